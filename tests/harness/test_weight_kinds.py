"""A weight is an importance, or it says how many rows a row stands for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from naive import made_up

from modellab_core.errors import BadInput
from modellab_core.harness.engine.bundles import EXACT_ROWS
from modellab_core.harness.engine.drawing import part_of, resampled
from modellab_core.harness.engine.resampling import resampling_for
from modellab_core.harness.metrics import metrics_for
from modellab_core.harness.metrics.calibration import calibration_curve, calibration_scores
from modellab_core.harness.predictions import Predictions
from modellab_core.harness.report import evaluate
from modellab_core.harness.scores import Plan
from modellab_core.harness.scoring import discordant_ends, discordant_rows, scores

PLAN = Plan(resamples=400, weight_kind="frequency")
CLOSED = ("wilson", "newcombe", "order_statistic", "none")


def both(task: str, n: int, seed: int = 1, **more: float) -> tuple[Predictions, Predictions]:
    """Rows that stand for 0 to 3 rows, and these rows one by one."""
    some = made_up(task, n, seed, **more)
    copies = np.random.default_rng(seed).integers(0, 4, n)
    repeated = some.take(np.repeat(np.arange(n), copies))
    return replace(some, weight=copies.astype(float)), replace(repeated, row=np.arange(len(repeated)))


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
@pytest.mark.parametrize("n", [150, EXACT_ROWS + 500])
def test_a_frequency_is_rows_repeated(task: str, n: int) -> None:
    """Values are those of the rows repeated, closed forms are equal to the last digits, resampled ends nearly so."""
    few, many = both(task, n)
    metrics = metrics_for(few.task)
    one, two = scores(few, metrics, resampling_for(few, PLAN)), scores(many, metrics, resampling_for(many, PLAN))
    for first, second in zip(one, two, strict=True):
        assert first.value == pytest.approx(second.value, rel=1e-12, abs=1e-14), first.metric
        assert first.method == second.method, first.metric
        if first.low is None or second.low is None or first.high is None or second.high is None:
            continue
        width = second.high - second.low
        near = 1e-9 if first.method in CLOSED else 0.25 * width
        assert first.low == pytest.approx(second.low, abs=near), first.metric
        assert first.high == pytest.approx(second.high, abs=near), first.metric


@pytest.mark.parametrize("n", [3_000, EXACT_ROWS + 500])
def test_frequencies_are_drawn_as_often_as_they_stand_for(n: int) -> None:
    """As many rows are drawn as all stand for, and a mean spreads as that of the rows repeated."""
    few, _ = both("regression", n)
    assert few.weight is not None
    resampling = resampling_for(few, PLAN)
    drawn = resampling.counts(0, 3) * few.weight
    np.testing.assert_allclose(drawn.sum(axis=1), few.weight.sum(), rtol=0.005)
    np.testing.assert_allclose(drawn, np.round(drawn), atol=1e-9)
    mae = [metric for metric in metrics_for(few.task) if metric.name == "mae"]
    spread = resampled(few, mae, resampling)["mae"].std()
    sizes = np.repeat(np.abs(few.y_pred - few.y_true), few.weight.astype(int))
    assert spread == pytest.approx(sizes.std() / np.sqrt(len(sizes)), rel=0.12)
    assert part_of(few, resampling, "all", None).units == few.weight.sum()


def test_large_frequencies_need_no_memory() -> None:
    """A row may stand for a million: what is drawn is the number of its copies."""
    some = replace(made_up("binary", 60, 1), weight=np.full(60, 1e6))
    resampling = resampling_for(some, Plan(resamples=20, weight_kind="frequency"))
    counts = resampling.counts(0, 20)
    np.testing.assert_allclose((counts * 1e6).sum(axis=1), 60e6)
    assert counts.std() == pytest.approx(1e-3, rel=0.2)


@pytest.mark.parametrize("n", [120, EXACT_ROWS + 10])
def test_the_same_importance_of_all_rows_changes_nothing(n: int) -> None:
    """Importance weight 2 on all rows gives the values and the ends of no weight."""
    plain = made_up("binary", n, 2)
    double = replace(plain, weight=np.full(n, 2.0))
    metrics = metrics_for(plain.task)
    one, two = (scores(each, metrics, resampling_for(each, Plan(resamples=30))) for each in (plain, double))
    for first, second in zip(one, two, strict=True):
        for name in ("value", "low", "high"):
            left, right = getattr(first, name), getattr(second, name)
            assert left == right or left == pytest.approx(right, rel=1e-10), (first.metric, name)


def test_discordant_rows_count_as_often_as_they_stand_for() -> None:
    """Rows that one of two models gets right, and the interval made of them, are those of the rows repeated."""
    few, many = both("binary", 80)
    other = replace(few, y_pred=np.where(few.row % 11 == 0, 1 - few.y_pred, few.y_pred))
    assert few.weight is not None
    copies = np.repeat(np.arange(80), few.weight.astype(int))
    repeated = replace(many, y_pred=other.y_pred[copies])
    metric = metrics_for(few.task)[0]
    assert discordant_rows(metric, few, other, frequency=True) == discordant_rows(metric, many, repeated)
    assert discordant_ends(few, other, 0.95, frequency=True) == discordant_ends(many, repeated, 0.95)


def test_calibration_counts_frequencies() -> None:
    """The bars of the calibration curve, and L2 error, rest on as many rows as the weights say."""
    few, many = both("binary", 300)
    one, two = calibration_curve(few, frequency=True)["bins"], calibration_curve(many)["bins"]
    for first, second in zip(one, two, strict=True):
        for name in ("predicted", "observed", "low", "high"):
            assert first[name] == pytest.approx(second[name], rel=1e-10)
    left, right = (calibration_scores(each, resampling_for(each, PLAN)) for each in (few, many))
    for first, second in zip(left, right, strict=True):
        assert first.value == pytest.approx(second.value, rel=1e-7, abs=1e-9), first.metric


def test_a_frequency_is_a_whole_number() -> None:
    """A weight that is no whole number of rows is refused with its row, its value, and the way out."""
    some = made_up("binary", 40, 1)
    assert some.proba is not None
    weight = np.ones(40)
    weight[7] = 1.5
    with pytest.raises(BadInput, match=r"row 7 is 1.5.*importance"):
        evaluate(some.y_true, y_proba=some.proba[:, 1], weight=weight, plan=PLAN)
    report = evaluate(some.y_true, y_proba=some.proba[:, 1], weight=np.full(40, 3), plan=PLAN)
    assert report["accuracy"].low is not None
