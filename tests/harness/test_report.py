"""The report: one table, fixed files, the same bytes, and what was loaded equals what was saved."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from modellab_core.errors import BadInput, NotFound
from modellab_core.harness.canonical import canonical, plain
from modellab_core.harness.report import Report, evaluate, evaluate_predictions
from modellab_core.harness.scores import Plan, Score

NAMES = {
    *("eval_summary.json", "metrics.json", "confidence_intervals.json", "slices.json", "failure_examples.json"),
    *("stress_tests.json", "calibration.json", "comparison.json", "takeaway.txt", "report.html"),
}
PLAN = Plan(resamples=80)


def model(rows: pd.DataFrame) -> np.ndarray:
    """P(yes) from the first feature."""
    p = 1 / (1 + np.exp(-2 * np.nan_to_num(rows["a"].to_numpy(dtype=float)).clip(-300, 300)))
    return np.stack([1 - p, p], axis=1)


def arguments(n: int = 150) -> dict[str, Any]:
    """A binary evaluation with everything in it."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"a": rng.normal(size=n), "kind": rng.choice(["x", "<b>y</b>"], n)})
    X.loc[rng.random(n) < 0.1, "a"] = np.nan
    y = pd.Series(np.where(X["a"].fillna(0) + rng.normal(size=n) > 0, "yes", "no"), name="target")
    dummy = np.full((n, 2), 0.5)
    return {"y_true": y, "X": X, "model": model, "baselines": {"dummy": dummy}, "plan": PLAN}


REPORT = evaluate(**arguments())


def test_files_have_their_fixed_names() -> None:
    """Every file of the contract is there, and with pictures those under plots."""
    assert {name for name, _ in REPORT.files(pngs=False)} == NAMES


@pytest.mark.slow
def test_pictures_are_among_the_files() -> None:
    """With pictures the PNG files of the task are there."""
    names = {name for name, _ in REPORT.files()}
    assert names >= NAMES
    for plot in ("confusion_matrix", "roc_curve", "pr_curve", "calibration_curve", "confidence_histogram"):
        assert f"plots/{plot}.png" in names
    assert "<b>y</b>" not in REPORT._repr_html_()


def test_saved_and_loaded_reports_are_equal(tmp_path: Path) -> None:
    """Loading the folder or its summary gives an equal report, and saving that gives the same bytes."""
    REPORT.save(tmp_path / "out", pngs=False)
    for path in (tmp_path / "out", tmp_path / "out" / "eval_summary.json", str(tmp_path / "out")):
        loaded = Report.load(path)
        assert loaded == REPORT
        assert loaded.predictions is None
    assert dict(loaded.files(pngs=False)) == dict(REPORT.files(pngs=False))
    assert loaded != replace(REPORT, n=1)


def test_same_input_same_bytes() -> None:
    """Two evaluations of the same rows with the same seed give the same bytes in every file; another seed does not."""
    assert dict(evaluate(**arguments()).files(pngs=False)) == dict(REPORT.files(pngs=False))
    other = evaluate(**arguments() | {"plan": replace(PLAN, seed=1)})
    assert other["roc_auc"].value == REPORT["roc_auc"].value
    assert other["log_loss"].low != REPORT["log_loss"].low


@pytest.mark.slow
def test_bytes_do_not_depend_on_process_or_threads(tmp_path: Path) -> None:
    """Processes with 1, 2 and 3 threads and other hash seeds write the same bytes."""
    script = "import sys; sys.path[:0] = sys.argv[1:3]; import test_report; test_report.REPORT.save(sys.argv[3])"
    here = Path(__file__).resolve()
    seen = []
    for threads in ("1", "2", "3"):
        folder = tmp_path / threads
        env = {"PATH": "/usr/bin:/bin", "OMP_NUM_THREADS": threads, "PYTHONHASHSEED": threads}
        places = [str(here.parent), str(here.parents[2]), str(folder)]
        subprocess.run([sys.executable, "-c", script, *places], check=True, env=env)
        seen.append({path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()})
    assert seen[0] == seen[1] == seen[2]


def test_every_file_is_part_of_the_summary() -> None:
    """Metrics, intervals, slices, stress tests, failures, calibration and comparison follow from the summary."""
    files = {name: content for name, content in REPORT.files(pngs=False) if name.endswith(".json")}
    read = {name: json.loads(content) for name, content in files.items()}
    whole = read["eval_summary.json"]
    assert set(whole) == {
        *("schema", "task", "target", "classes", "positive", "n", "plan", "scores", "curves", "calibration"),
        *("failures", "comparison", "takeaway", "slices", "stress", "notes"),
        *("discovery", "thresholds", "conformal", "cross", "importance", "advice"),
    }
    assert whole["schema"] == "modellab.eval/1"
    assert (whole["task"], whole["target"], whole["positive"], whole["n"]) == ("binary", "target", "yes", 150)
    assert read["metrics.json"]["roc_auc"] == REPORT["roc_auc"].value
    interval = read["confidence_intervals.json"]["roc_auc"]
    assert {"value", "low", "high", "level", "method", "n", "resamples"} <= set(interval)
    assert read["failure_examples.json"] == whole["failures"]
    assert read["comparison.json"] == whole["comparison"]
    assert read["calibration.json"] == whole["calibration"]
    fields = set(Score.__dataclass_fields__)
    for line in read["slices.json"]:
        assert fields | {"feature", "bin", "query", "confirmed", "q_value"} <= set(line)
        assert {key: line[key] for key in fields} in whole["scores"]
    assert {line["stress"] for line in read["stress_tests.json"]} >= {"missing_values", "noise", "label_noise"}
    assert set(read["failure_examples.json"][0]) == {"row", "y_true", "y_pred", "proba", "loss", "tags", "cause"}


def test_slice_counts_sum_to_n() -> None:
    """The n of the slices of a feature, missing included, sum to the n of the report."""
    lines = [line for line in REPORT.slice_lines() if line["metric"] == "accuracy"]
    for feature in ("a", "kind"):
        assert sum(line["n"] for line in lines if line["feature"] == feature) == 150
    assert any(line["bin"] == "missing" for line in lines)


def test_the_weighted_mean_of_slice_accuracies_is_the_accuracy() -> None:
    """Over the bins of a feature the accuracies, weighted by n, give the overall one."""
    lines = [x for x in REPORT.slice_lines() if x["metric"] == "accuracy" and x["feature"] == "a"]
    mean = np.average([line["value"] for line in lines], weights=[line["n"] for line in lines])
    assert mean == pytest.approx(REPORT["accuracy"].value, abs=1e-12)


def test_a_score_by_its_metric() -> None:
    """A metric or an alias gives its Score; a wrong one is explained."""
    assert REPORT["roc_auc"].low < REPORT["roc_auc"].value < REPORT["roc_auc"].high
    assert REPORT["f1_score"] == REPORT["f1"]
    assert "f1_score" in REPORT
    assert "mae" not in REPORT
    with pytest.raises(NotFound, match="no metric 'roc_aux': did you mean roc_auc"):
        REPORT["roc_aux"]


def test_the_frame_holds_all_scores() -> None:
    """Overall, slices and stress tests are filters of one table."""
    frame = REPORT.frame()
    assert list(frame.columns) == list(Score.__dataclass_fields__)
    assert len(frame) == len(REPORT.scores)
    overall = frame[(frame.slice == "all") & (frame.stress == "none") & frame.cls.isna()]
    assert overall.metric.is_unique


def test_the_plan_chooses_metrics_slices_and_stress() -> None:
    """Only what the plan names is computed, and the headline always."""
    plan = Plan(resamples=30, metrics=("f1",), slicers=("predicted",), stresses=(), headline="accuracy")
    report = evaluate(**arguments() | {"plan": plan})
    assert [score.metric for score in report.overall] == ["accuracy", "f1"]
    assert {told["slicer"] for told in report.slices.values()} == {"predicted"}
    assert not report.stress
    assert report.plan.headline == "accuracy"


def test_the_phases_are_told() -> None:
    """A listener hears the steps in order, each with a done of a total."""
    heard: list[tuple[str, int, int, str]] = []
    evaluate_predictions(REPORT.predictions, PLAN, model=model, on_phase=lambda *told: heard.append(told))
    assert {phase for phase, *_ in heard} == {"evaluating"}
    done = [step for _, step, _, _ in heard]
    assert done == sorted(done)
    assert max(done) < heard[0][2]


def test_what_is_no_report_is_refused(tmp_path: Path) -> None:
    """A missing file, a damaged one and another schema give a sentence."""
    with pytest.raises(NotFound, match="There is no report"):
        Report.load(tmp_path / "nothing.json")
    file = tmp_path / "eval_summary.json"
    for content in ("{", "[]", '{"schema": "modellab.eval/1"}', '{"schema": "else"}'):
        file.write_text(content)
        with pytest.raises(BadInput):
            Report.load(tmp_path)


def test_canonical_json_is_canonical() -> None:
    """Keys sorted, floats by repr, undefined as null, UTF-8, a final newline; a lone surrogate survives."""
    value = {"b": np.float64(0.1), "a": [np.int64(1), float("nan"), np.inf, np.bool_(True)], "ü": "ä", "c": (1,)}
    assert canonical(value) == '{"a": [1, null, null, true], "b": 0.1, "c": [1], "ü": "ä"}\n'.encode()
    assert json.loads(canonical({"x": "\ud800"})) == {"x": "\ud800"}
    assert plain(np.array([[1.5, np.nan]])) == [[1.5, None]]


def test_user_text_is_escaped_in_html() -> None:
    """Names from a table never become markup."""
    files = dict(REPORT.files(pngs=False))
    assert b"<b>y</b>" not in files["report.html"]
    assert b"<script" not in files["report.html"]


def test_undefined_is_null_with_a_note() -> None:
    """A metric that is not defined is null in the files and its note says why."""
    report = evaluate([0] * 20, y_proba=[0.3] * 20, classes=[0, 1], plan=PLAN)
    files = {name: content for name, content in report.files(pngs=False) if name.endswith(".json")}
    assert json.loads(files["metrics.json"])["roc_auc"] is None
    assert json.loads(files["confidence_intervals.json"])["roc_auc"]["note"]
    assert all(b"NaN" not in content and b"Infinity" not in content for content in files.values())
