"""Times with honest ends, kept apart from the report; findings that stay the same and can be accepted for a while."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from lazily import Lazily

from modellab_core.errors import BadInput
from modellab_core.harness.comparing.findings import Accepted, accepted_in, findings_of, lines_of, told_apart
from modellab_core.harness.latency import Latency, latency, times_of
from modellab_core.harness.report import Report, evaluate_model
from modellab_core.harness.scores import Plan

FRAME = pd.DataFrame({"a": np.arange(70.0)})


class Clock:
    """A clock that moves on by the seconds it is told, once a call is made."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_only_calls_after_the_warm_up_count() -> None:
    """Each size has its own batches of that many rows, and the slow first calls leave no trace."""
    clock, sizes = Clock(), []

    def predict(rows: pd.DataFrame) -> None:
        clock.now += 1.0 if len(sizes) % 12 < 2 else 0.001 * len(rows)
        sizes.append(len(rows))

    found = latency(predict, FRAME, batches=(1, 32), calls=10, seconds=100, warm_up=2, clock=clock)
    assert sizes == [1] * 12 + [32] * 12
    assert [one.p99 for one in found.times] == pytest.approx([1.0, 32.0])
    assert [one.rows_per_second for one in found.times] == pytest.approx([1000, 1000])
    assert Latency.from_json(json.loads(json.dumps(found.to_json()))) == found


def test_a_slow_model_is_called_for_so_long_and_no_longer() -> None:
    """At least once, and not after the time is up."""
    clock = Clock()

    def predict(_: pd.DataFrame) -> None:
        clock.now += 3.0

    (one,) = latency(predict, FRAME, batches=(1,), calls=100, seconds=5.0, clock=clock).times
    assert one.calls == 2
    assert one.p99_high is None


def test_the_ends_hold_the_quantile_as_often_as_they_say() -> None:
    """Of 500 samples from a distribution with a long tail, at least 93 % hold the true quantiles."""
    rng = np.random.default_rng(5)
    held = {"p50": 0, "p95": 0}
    for _ in range(500):
        one = times_of(rng.exponential(size=400), 1)
        for name, truth in (("p50", np.log(2)), ("p95", np.log(20))):
            held[name] += getattr(one, f"{name}_low") <= 1e3 * truth <= getattr(one, f"{name}_high")
    assert min(held.values()) >= 0.93 * 500


def test_what_cannot_be_timed_is_said() -> None:
    """No rows, no calls, no time."""
    for wrong in ({"rows": FRAME.head(0)}, {"calls": 0}, {"seconds": 0}, {"batches": (0,)}):
        with pytest.raises(BadInput):
            latency(len, **{"rows": FRAME, **wrong})  # type: ignore[arg-type]


def report_with(lost: bool) -> Report:
    """A report of a model that needs its feature, or does not."""
    X = pd.DataFrame({"a": np.tile([0.0, 1.0], 60), "b": np.arange(120.0)})
    y = X["a"].astype(int)
    plan = Plan(resamples=50, stresses=("missing_feature",), slicers=(), discovery=False, importance=0, advice=False)
    return evaluate_model(lambda rows: (rows["a"] > 0.5).astype(int) if lost else rows["b"] % 2, X, y, plan=plan)


REPORTS = Lazily([True, False], report_with)


def test_a_finding_keeps_its_id_and_can_be_known_or_accepted_for_a_while() -> None:
    """New, unless the baseline has it too or somebody accepted it; after its last day it is new again."""
    report, plain = REPORTS[True], REPORTS[False]
    (one, *_) = findings_of(report)
    assert one.id == findings_of(report)[0].id
    assert len(one.id) == 12
    today = date(2026, 5, 1)
    entry = Accepted(one.id, "looked at", date(2026, 5, 1))
    none: list[Accepted] = []
    for baseline, accepted, state in ((plain, none, "new"), (report, none, "known"), (plain, [entry], "accepted")):
        told = {each.id: each for each in told_apart(report, baseline, accepted, today)}
        assert told[one.id].state == state
    late = next(each for each in told_apart(report, plain, [entry], date(2026, 5, 2)) if each.id == one.id)
    assert (late.state, late.reason) == ("new", "looked at (expired)")
    assert lines_of([late])[0][:2] == (one.id, "new: looked at (expired)")


@pytest.mark.parametrize(
    "wrong",
    [
        b"{",
        b"[]",
        b'{"schema": "other", "accepted": []}',
        b'{"schema": "modellab.accepted/1", "accepted": [1]}',
        b'{"schema": "modellab.accepted/1", "accepted": [{"finding": "a", "reason": " ", "expires": "2027-01-01"}]}',
        b'{"schema": "modellab.accepted/1", "accepted": [{"finding": "a", "reason": "b", "expires": "soon"}]}',
    ],
)
def test_a_file_of_another_form_is_refused_with_its_name(wrong: bytes) -> None:
    """The sentence names the file, and the entry where there is one."""
    with pytest.raises(BadInput, match="known\\.json"):
        accepted_in(wrong, "known.json")


def test_the_commands_time_a_model_and_fail_on_new_findings(
    trained: tuple[Path, str], tmp_path: Path, modellab: Any
) -> None:
    """Times become an artifact and leave the files of the run alone; the exit code follows the findings."""
    import shutil

    home = tmp_path / "home"
    shutil.copytree(trained[0], home)
    runs = {run["model"]: run["id"] for run in json.loads(trained[1])["runs"]}
    before = json.loads(modellab("runs", "show", runs["linear"], "--json", home=home).stdout)["files"]
    told = modellab("latency", runs["linear"], "--calls", 3, "--json", home=home)
    assert [one["rows"] for one in json.loads(told.stdout)["times"]] == [1, 32, 1000]
    assert json.loads(modellab("runs", "show", runs["linear"], "--json", home=home).stdout)["files"] == before
    line = ("gate", runs["xgboost"], runs["linear"], "--metric", "accuracy", "--margin", 0.5, "--json")
    assert modellab(*line, home=home).returncode == 0
    first = modellab(*line, "--findings", home=home)
    new = [one["id"] for one in json.loads(first.stdout)["findings"] if one["state"] == "new"]
    assert first.returncode == (1 if new else 0)
    entries = [{"finding": one, "reason": "known", "expires": "2999-01-01"} for one in new]
    (tmp_path / "known.json").write_text(json.dumps({"schema": "modellab.accepted/1", "accepted": entries}))
    assert modellab(*line, "--findings", "--accepted", tmp_path / "known.json", home=home).returncode == 0
    assert modellab(*line, "--accepted", tmp_path / "known.json", home=home).returncode == 2
    assert modellab(*line, "--findings", "--accepted", tmp_path / "none.json", home=home).returncode == 2
