"""Resamples: drawn once, the same in whatever blocks, and equal to a loop over scikit-learn."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from naive import by_sklearn, made_up, rows_drawn

from modellab_core.harness.engine.drawing import resampled, value_of
from modellab_core.harness.engine.resampling import Resampling, resampling_for
from modellab_core.harness.engine.timeblocks import block_length, design_effect, politis_white
from modellab_core.harness.intervals.formulas import (
    expanded_percentile,
)
from modellab_core.harness.intervals.tails import outer, skewness_ends
from modellab_core.harness.metrics import METRICS, metrics_for
from modellab_core.harness.predictions import Predictions
from modellab_core.harness.scores import Plan, Score
from modellab_core.harness.scoring import paired, scores


def found(predictions: Predictions, resampling: Resampling) -> dict[str, Score]:
    return {score.metric: score for score in scores(predictions, metrics_for(predictions.task), resampling)}


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
@pytest.mark.parametrize("weighted", [False, True])
def test_resamples_equal_a_loop(task: str, weighted: bool) -> None:
    """Scoring resamples together gives what scoring them one by one with scikit-learn gives."""
    some = made_up(task, 120, 6, decimals=2, weighted=weighted)
    resampling = Resampling(120, 40, seed=3)
    drawn = resampled(some, metrics_for(some.task), resampling)
    for number in range(0, 40, 8):
        again = some.take(rows_drawn(resampling, number))
        for name, values in drawn.items():
            theirs = by_sklearn(name, again)
            if name == "max_error" or not math.isnan(theirs):
                assert values[number] == pytest.approx(theirs, abs=1e-9), name


def test_draws_depend_on_seed_and_number_only() -> None:
    """A resample is the same in whatever block and among however many it is drawn."""
    one, many = Resampling(50, 10, seed=1), Resampling(50, 1000, seed=1)
    np.testing.assert_array_equal(one.counts(0, 10), many.counts(0, 10))
    np.testing.assert_array_equal(many.counts(7, 9), many.counts(0, 10)[7:9])
    assert (Resampling(50, 10, seed=2).counts(0, 10) != one.counts(0, 10)).any()
    assert (one.counts(0, 10).sum(axis=1) == 50).all()
    blocks = np.vstack([counts for _, counts in many.blocks(elements=170)])
    np.testing.assert_array_equal(blocks, many.counts(0, 1000))


def test_groups_are_drawn_whole() -> None:
    """Rows of a group are drawn together, and under ten groups no interval is given."""
    some = made_up("binary", 90, 1, groups=30)
    resampling = resampling_for(some, Plan(resamples=200))
    assert resampling.grouped
    counts = resampling.counts(0, 5)
    for group in np.unique(some.groups):
        assert (np.ptp(counts[:, some.groups == group], axis=1) == 0).all()
    few = found(replace(some, groups=some.groups % 9), resampling_for(replace(some, groups=some.groups % 9), Plan()))
    assert all(score.low is None and score.note for score in few.values() if score.method != "null_band")
    assert "Only 9 groups" in few["roc_auc"].note


def test_time_blocks() -> None:
    """In time whole runs of rows are drawn, every resample has all rows, and the note tells the length and effect."""
    some = made_up("regression", 200, 1)
    resampling = resampling_for(some, Plan(resamples=100, time_ordered=True))
    assert resampling.block >= 2 * math.ceil(200 ** (1 / 3))
    counts = resampling.counts(0, 20)
    assert (counts.sum(axis=1) == 200).all()
    changes = (np.diff(counts, axis=1) != 0).sum(axis=1)
    assert changes.max() <= 2 * math.ceil(200 / resampling.block)
    score = found(some, resampling)["mae"]
    assert score.method == "blocks"
    assert "design effect" in score.note
    dates = replace(some, groups=np.repeat(np.arange(50), 4))
    by_date = resampling_for(dates, Plan(resamples=100, time_ordered=True)).counts(0, 3).reshape(3, 50, 4)
    assert (np.ptp(by_date, axis=2) == 0).all()


def test_block_length_grows_with_dependence() -> None:
    """Politis and White's rule asks for longer blocks, and the design effect is larger, the longer rows remember."""
    rng = np.random.default_rng(0)
    lengths, effects = [], []
    for rho in (0.0, 0.6, 0.95):
        series = np.zeros(2000)
        for place in range(1, 2000):
            series[place] = rho * series[place - 1] + rng.normal()
        lengths.append(politis_white(series))
        effects.append(design_effect(series, block_length(series)))
    assert lengths[0] < lengths[1] < lengths[2]
    assert effects[0] < 1.6
    assert effects[1] == pytest.approx((1 + 0.6) / (1 - 0.6), rel=0.35)


def test_many_rows_take_fewer_resamples() -> None:
    """Above 100,000 rows of few groups, where every resample runs through all rows, 200 are drawn, and it is said."""
    some = replace(made_up("regression", 100_001, 1), groups=np.arange(100_001) % 500)
    score = scores(some, [METRICS["mae"]], resampling_for(some, Plan(resamples=300)))[0]
    assert score.resamples == 200
    assert "200 resamples instead of 300" in score.note


def test_slices_equal_scoring_them_alone() -> None:
    """The value of a slice is that of its rows alone, and its resamples are the shared ones restricted to it."""
    for task in ("binary", "multiclass", "regression"):
        some = made_up(task, 160, 4, decimals=2, weighted=task == "regression")
        mask = np.arange(160) % 3 == 0
        metrics = metrics_for(some.task)
        resampling = Resampling(160, 60, seed=1)
        listed = [score for score in scores(some, metrics, resampling, {"third": mask}) if score.slice == "third"]
        whole = {score.metric: score for score in scores(some, metrics, resampling)}
        for score, metric in zip(listed, metrics, strict=True):
            assert score.value == pytest.approx(value_of(metric, some.take(mask)), abs=1e-12)
            assert score.n == 54
        alone = {score.metric: score for score in scores(some, metrics, resampling)}
        assert alone == whole
        if task == "binary":
            ap = next(score for score in listed if score.metric == "average_precision")
            values = [by_sklearn("average_precision", some.take(rows[mask[rows]])) for rows in _drawn(resampling)]
            ends = outer(expanded_percentile(np.array(values), 54), skewness_ends(ap.value, np.array(values)), ap.value)
            assert (ap.low, ap.high) == pytest.approx(ends, abs=1e-9)


def _drawn(resampling: Resampling) -> list[np.ndarray]:
    return [rows_drawn(resampling, number) for number in range(resampling.used)]


def test_paired_differences_share_the_rows() -> None:
    """A model against itself never differs, and against another varies less than the two alone."""
    some = made_up("binary", 400, 1)
    assert some.proba is not None
    other = replace(some, proba=0.9 * some.proba + 0.1 * np.random.default_rng(2).dirichlet([1, 1], 400))
    metrics = [METRICS["roc_auc"], METRICS["log_loss"]]
    resampling = Resampling(400, 300)
    same = paired(some, some, metrics, resampling)["roc_auc"]
    assert (same.difference, same.low) == (0.0, None)
    differ = paired(some, other, metrics, resampling)
    alone = resampled(some, metrics, resampling)
    assert differ["roc_auc"].sd < alone["roc_auc"].std() * 0.8
    assert differ["log_loss"].difference == pytest.approx(
        by_sklearn("log_loss", other) - by_sklearn("log_loss", some), abs=1e-12
    )
