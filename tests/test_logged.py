"""What a script logs: kept whole, kept twice when it changes, in the app at once, and never in the way."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from command import ROOT
from sklearn.linear_model import LogisticRegression

from modellab_core.errors import BadInput, NotFound
from modellab_core.harness.report import Report, evaluate_model
from modellab_core.harness.scores import Plan
from modellab_core.jobs import recover
from modellab_core.lab import Lab
from modellab_core.lab.placing import placed
from modellab_core.store.catalog import Catalog

TARGET = "species"


@pytest.fixture(scope="module")
def shared(trained: tuple[Path, str], tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """A copy of the trained workspace, in which the tests of this file log."""
    folder = tmp_path_factory.mktemp("logged") / "workspace"
    shutil.copytree(trained[0], folder)
    return Lab.open(folder)


@pytest.fixture
def lab(shared: Lab) -> Iterator[Lab]:
    """The shared workspace; every run of a test is ended."""
    yield shared
    assert not [run for run in shared.all_runs() if run.live]


@pytest.fixture(scope="module")
def own(shared: Lab) -> tuple[Any, pd.DataFrame, Report, str]:
    """A model of one's own on the split of a trained run: (model, test features, report, the trained run)."""
    run = next(run for run in shared.all_runs() if run.model == "linear")
    train, test = shared.split_of(run)
    model = LogisticRegression(C=0.01).fit(train.drop(columns=TARGET), train[TARGET])
    features = test.drop(columns=TARGET)
    plan = Plan(resamples=50, stresses=(), slicers=(), discovery=False, importance=0)
    return model, features, evaluate_model(model, features, test[TARGET], plan=plan), run.id


def test_what_was_logged_is_read_back(lab: Lab, tmp_path: Path) -> None:
    """Parameters, metrics with their steps, words and files, under the names and in the order they were given."""
    (tmp_path / "a.txt").write_text("one")
    with lab.start_run("mine", "first", seed=7, params={"depth": 6}, tags=["keep"]) as run:
        for step in range(3):
            run.log_metrics({"val loss": 1 / (1 + step)}, step=step)
        run.log_metrics(auc=0.9)
        run.log_tags(team="risk")
        run.log_artifact(tmp_path / "a.txt")
        run.log_artifact(b"two", "b.bin")
    said, stored = lab.logged(run.id or ""), lab.run(run.id or "")
    assert (stored.state, stored.kind, stored.name, stored.recipe["seed"]) == ("succeeded", "logged", "first", 7)
    assert said.params == {"depth": 6}
    assert said.metrics == {"val loss": pytest.approx(1 / 3), "auc": 0.9}
    assert said.series.query("name == 'val loss'")["step"].tolist() == [0, 1, 2]
    assert said.tags == {"keep": "", "team": "risk"}
    assert [lab.artifact(stored, name) for name in said.artifacts] == [b"one", b"two"]


def test_a_changed_value_keeps_both(lab: Lab) -> None:
    """The later one holds, and the earlier one can be seen."""
    with lab.start_run("mine") as run:
        run.log_params(depth=6)
        run.log_params(depth=7)
        run.log_metrics(auc=0.9, step=1)
        run.log_metrics(auc=0.8, step=1)
        run.log_artifact(b"old", "a")
        run.log_artifact(b"new", "a")
    said = lab.logged(run.id or "")
    assert (said.params, said.metrics) == ({"depth": 7}, {"auc": 0.8})
    assert said.changes["value"].tolist() == [6, 7]
    assert said.series["value"].tolist() == [0.9, 0.8]
    assert lab.artifact(run.id or "", "a") == b"new"
    assert len(lab.catalog.logged.said(run.id or "").artifacts) == 2


def test_a_failure_in_the_block_is_kept_and_goes_on_its_way(lab: Lab) -> None:
    """The run has failed with the exception, its log holds the traceback, and what was logged before is there."""
    run = lab.start_run("mine", params={"a": 1})
    with pytest.raises(ZeroDivisionError), run:
        _ = 1 / 0
    stored = lab.run(run.id or "")
    assert (stored.state, stored.error) == ("failed", "ZeroDivisionError: division by zero")
    assert "_ = 1 / 0" in lab.log(stored.id)
    assert lab.logged(stored).params == {"a": 1}
    with pytest.raises(KeyboardInterrupt), lab.start_run("mine") as run:
        raise KeyboardInterrupt
    assert lab.run(run.id or "").state == "cancelled"


def test_logging_never_stops_a_training(lab: Lab, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What cannot be logged becomes a note of the run; a store that fails becomes a line on stderr."""
    with lab.start_run("mine") as run:
        run.log_metrics(auc="high")
        run.log_artifact(tmp_path / "none")
        run.log_report("no report")  # type: ignore[arg-type]
        run.log_model(object(), [[1]])
        run.log_params({"": 1})
    assert len(lab.run(run.id or "").notes) == 5
    run.log_params(late=1)
    assert "late" not in lab.logged(run.id or "").params

    def broken(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(lab.catalog.logged, "start", broken)
    with lab.start_run("mine") as gone:
        gone.log_params(a=1)
    assert gone.id is None


def test_wrong_arguments_are_said_before_anything_begins(lab: Lab) -> None:
    """A name that cannot be one, a seed that is no number, a parent that is not here."""
    for wrong in ({"name": " "}, {"project": ""}, {"seed": "x"}):
        with pytest.raises(BadInput):
            lab.start_run(**wrong)  # type: ignore[arg-type]
    with pytest.raises(NotFound):
        lab.start_run(parent="nothing")


def test_a_run_in_a_block_is_its_child(lab: Lab) -> None:
    """By itself, or by naming the parent."""
    with lab.start_run("mine") as outer, lab.start_run("mine") as inner:
        pass
    with lab.start_run("mine", parent=inner) as last:
        pass
    parents = [lab.run(run.id or "").parent_id for run in (outer, inner, last)]
    assert parents == [None, outer.id, inner.id]


def test_a_logged_report_stands_beside_the_trained_runs(lab: Lab, own: tuple[Any, pd.DataFrame, Report, str]) -> None:
    """It has the page's files and the same split; the model comes back and says the same; both reports are kept."""
    model, features, report, trained = own
    with lab.start_run("default", "own") as run:
        run.log_report(report)
        run.log_model(model, features)
        run.log_report(report)
        run.log_script(__file__)
    stored = lab.run(run.id or "")
    assert stored.notes == []
    assert {pair.candidate for pair in lab.compare([trained, stored.id]).pairs} <= {trained, stored.id}
    assert lab.report(stored).overall == report.overall
    assert lab.opened(stored)[2].equals(features)
    assert {row["row"] for row in lab.report(stored).failures} <= set(features.index)
    assert lab.model(stored).predict(features).tolist() == model.predict(features).tolist()
    assert {"earlier/1/eval/metrics.json", "script/test_logged.py"} <= set(stored.files)
    assert lab.catalog.runs.scores(stored.id, "all", "none")


def test_rows_are_known_again_by_their_features(lab: Lab, own: tuple[Any, pd.DataFrame, Report, str]) -> None:
    """A report whose rows lost their numbers stands on the trained run's rows if truth and features are equal."""
    model, features, report, trained = own
    _, test = lab.split_of(trained)
    lost = evaluate_model(model, features.reset_index(drop=True), test[TARGET].tolist(), plan=report.plan)
    home = lab.run(trained).project_id
    assert placed(lab, home, lost).predictions.row.tolist() == features.index.tolist()  # type: ignore[union-attr]
    other = evaluate_model(model, (features + 1).reset_index(drop=True), test[TARGET].tolist(), plan=report.plan)
    assert placed(lab, home, other).beside is None


def test_a_report_that_was_logged_first_is_compared_all_the_same(
    lab: Lab, own: tuple[Any, pd.DataFrame, Report, str]
) -> None:
    """Logged in a project where nothing was trained, it stands on the rows of a trained run by their numbers."""
    *_, report, trained = own
    with lab.start_run("elsewhere") as run:
        run.log_report(report)
    assert lab.run(run.id or "").recipe["sha256"] is None
    assert set(lab.compare([trained, run.id or ""]).names) == {trained, run.id}


def test_runs_are_found_by_metric_parameter_and_tag(lab: Lab) -> None:
    """The table has a line a run; conditions are those of slices."""
    for depth in (2, 4, 6):
        with lab.start_run("search", f"d{depth}", params={"depth": depth}, tags={"team": "a"}) as run:
            run.log_metrics(auc=depth / 10)
    frame = lab.runs("search")
    assert frame["name"].tolist() == ["d6", "d4", "d2"]
    assert frame["params.depth"].tolist() == [6, 4, 2]
    assert lab.runs("search", where="metrics.auc >= 0.4 and params.depth < 6")["name"].tolist() == ["d4"]
    assert lab.runs("search", params={"depth": 2}, tags={"team": "a"})["name"].tolist() == ["d2"]
    assert lab.runs("search", tags=["team"], limit=2)["name"].tolist() == ["d6", "d4"]
    assert lab.runs("search", tags=["none"]).empty
    with pytest.raises(BadInput, match="metrics\\.auk"):
        lab.runs("search", where="metrics.auk > 1")
    assert {"template", "logged"} <= set(lab.runs()["kind"])


@pytest.mark.slow
def test_a_script_that_is_killed_leaves_an_interrupted_run(tmp_path: Path) -> None:
    """The next program that opens the workspace says so, and what was logged half a second before is there."""
    code = (
        "import os, time; from modellab_core import Lab; lab = Lab.open('w'); run = lab.start_run('mine').__enter__();"
        "run.log_params(a=1); time.sleep(1); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, check=False)
    lab = Lab.open(tmp_path / "w")
    (run,) = lab.all_runs()
    assert (run.state, lab.logged(run).params) == ("interrupted", {"a": 1})


def test_a_run_that_slept_too_long_still_ends_well(lab: Lab) -> None:
    """A machine that slept makes its runs look lost; when the script ends, the run has succeeded all the same."""
    with lab.start_run("mine") as run:
        catalog: Catalog = lab.catalog
        stored = catalog.runs.get(run.id or "")
        assert recover(catalog) == []
        catalog.queue.interrupt(stored.id, stored.lease or "", "It was silent.")
    assert json.loads(lab.run(run.id or "").model_dump_json())["state"] == "succeeded"
