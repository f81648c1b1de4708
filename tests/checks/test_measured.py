"""The numbers in the evidence of checks are those that others compute."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planted_traps import logistic, table_of
from scipy.stats import spearmanr
from sklearn.metrics import accuracy_score, mean_absolute_error, r2_score, roc_auc_score

from modellab_core.checks.groups import alikeness
from modellab_core.checks.measure import Scored, gain, measured, scored
from modellab_core.checks.run import ground_of
from modellab_core.checks.single import bins_of, column_score, folds_of, rank_r2
from modellab_core.data.task import Task


def test_values_are_those_of_scikit_learn() -> None:
    """AUC, accuracy and mean absolute error are scikit-learn's, and so is 1 − squared error over squared deviation."""
    rng = np.random.default_rng(1)
    truth, said = rng.integers(0, 2, 400), rng.normal(size=400).round(1)
    assert scored(Task.BINARY, truth, said).value == pytest.approx(roc_auc_score(truth, said))
    kinds, named = rng.integers(0, 4, 400), rng.integers(0, 4, 400).astype(float)
    assert scored(Task.MULTICLASS, kinds, named).value == pytest.approx(accuracy_score(kinds, named))
    numbers = rng.normal(size=400)
    assert scored(Task.REGRESSION, numbers, said).value == pytest.approx(mean_absolute_error(numbers, said))
    assert rank_r2(numbers, said).value == pytest.approx(r2_score(numbers, said))


@pytest.mark.parametrize("task", [Task.BINARY, Task.REGRESSION])
def test_errors_of_clusters_are_those_of_resampled_clusters(task: Task) -> None:
    """The interval over clusters is as wide as that of values from resampled clusters, and wider than over rows."""
    rng = np.random.default_rng(7)
    clusters = np.repeat(np.arange(120), 8)
    own = rng.normal(0, 1.5, 120)[clusters]
    truth = logistic(rng, own) if task is Task.BINARY else own + rng.normal(size=960)
    said = 0.5 * own + rng.normal(size=960)
    ends = measured(scored(task, truth, said), clusters)
    values = []
    for _ in range(400):
        rows = np.concatenate([np.flatnonzero(clusters == one) for one in rng.integers(0, 120, 120)])
        values.append(scored(task, truth[rows], said[rows]).value)
    assert (ends.high - ends.low) / 2 / 1.98 == pytest.approx(np.std(values), rel=0.15)
    alone = measured(scored(task, truth, said))
    assert ends.high - ends.low > 1.1 * (alone.high - alone.low) or task is Task.BINARY


def test_a_difference_counts_the_luck_of_fits() -> None:
    """The error of a difference holds that of rows and that between fits; of equal predictions it is nothing."""
    rng = np.random.default_rng(3)
    truth = rng.normal(size=300)
    better = [scored(Task.REGRESSION, truth, truth + rng.normal(0, 0.5, 300) + shift) for shift in (0, 0.4, 0.8)]
    worse = [scored(Task.REGRESSION, truth, truth + rng.normal(0, 1.5, 300)) for _ in range(3)]
    alone, several = gain(better[:1], worse[:1]), gain(better, worse)
    assert alone.value > 0
    fits = np.std([a.value - b.value for a, b in zip(better, worse, strict=True)], ddof=1) / np.sqrt(3)
    assert several.value / several.z >= fits
    same = gain(better[:1], better[:1])
    assert (same.value, same.z) == (0, 0)


def brute(bins: np.ndarray, fold: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Each row by the mean of its bin over the other folds, drawn to the overall mean by one row."""
    said = np.empty(len(y))
    for row in range(len(y)):
        others = (bins == bins[row]) & (fold != fold[row])
        said[row] = (y[others].sum() + y.mean()) / (others.sum() + 1)
    return said


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(["number", "text"]), st.sampled_from(["binary", "number"]))
def test_a_column_is_scored_as_slowly_written_out(seed: int, kind: str, task: str) -> None:
    """The score of one column is that of held-out means of bins, row by row, or of the numbers themselves."""
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 9, 80)
    column = pd.Series(values.astype(float) if kind == "number" else [f"v{k}" for k in values])
    column[rng.random(80) < 0.1] = np.nan if kind == "number" else None
    y = logistic(rng, values - 4.0) if task == "binary" else values + rng.normal(size=80)
    if len(np.unique(y)) < 2:
        return
    ground = ground_of(table_of(pd.DataFrame({"x": column, "y": y})), "y")
    rows = np.arange(80)
    score = column_score(ground, "x", rows)
    assert score is not None
    bins, fold = bins_of(ground, "x", rows), folds_of(ground, rows)
    if task == "binary":
        own = roc_auc_score(y, brute(bins, fold, y.astype(float)))
        filled = column.fillna(column.median()) if kind == "number" else None
        up = roc_auc_score(y, filled) if filled is not None else 0.5
        assert score.value == pytest.approx(max(own, up, 1 - up))
    elif kind == "number" and not column.isna().any():
        rank = (pd.Series(y).rank() * 2 - 1) / 80 - 1
        own = r2_score(rank, brute(bins, fold, rank.to_numpy()))
        assert score.value == pytest.approx(max(own, spearmanr(column, y).statistic ** 2))


def test_scores_of_nothing_are_near_nothing() -> None:
    """A column that says nothing has an AUC whose interval holds .5 in about 95 of 100 tables."""
    held = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        frame = pd.DataFrame({"x": rng.normal(size=200), "y": rng.integers(0, 2, 200)})
        score = column_score(ground_of(table_of(frame), "y"), "x", np.arange(200))
        assert score is not None
        held += score.low <= 0.56 and score.value < 0.65
    assert held >= 90


def test_alikeness_is_the_intraclass_correlation() -> None:
    """Without groups in the target the share is about 0 and p is uniform; with half of the variance it is about .5."""
    rng = np.random.default_rng(5)
    codes = np.repeat(np.arange(200), 5)
    p_values = [alikeness(rng.normal(size=1000), codes)[0] for _ in range(200)]
    assert 0.4 < np.mean(p_values) < 0.6
    p, share = alikeness(rng.normal(size=200)[codes] + rng.normal(size=1000), codes)
    assert p < 1e-10
    assert share == pytest.approx(0.5, abs=0.08)


def test_an_unknown_value_has_no_interval_that_lies() -> None:
    """Perfect predictions have an interval that is not a point: its lower end is below 1."""
    one = scored(Task.BINARY, np.r_[np.zeros(10), np.ones(10)], np.r_[np.zeros(10), np.ones(10)])
    assert isinstance(one, Scored)
    assert measured(one).value == 1
    assert measured(one).low < 0.95
