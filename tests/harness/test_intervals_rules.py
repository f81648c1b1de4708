"""Which number gets which interval, and how often the intervals hold a truth that is known."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from naive import made_up, rows_drawn

from modellab_core.data.task import Task
from modellab_core.harness.engine.drawing import resampled
from modellab_core.harness.engine.resampling import Resampling
from modellab_core.harness.intervals.formulas import (
    wilson,
)
from modellab_core.harness.intervals.resampled import (
    bootstrap_t_log,
    dominated,
)
from modellab_core.harness.metrics import METRICS, metrics_for
from modellab_core.harness.predictions import Predictions
from modellab_core.harness.scores import Score
from modellab_core.harness.scoring import scores


def found(predictions: Predictions, resampling: Resampling) -> dict[str, Score]:
    return {score.metric: score for score in scores(predictions, metrics_for(predictions.task), resampling)}


def test_few_successes_or_failures() -> None:
    """Accuracy of a model with fewer than ten errors gets Wilson's interval, others the percentile."""
    some = made_up("binary", 200, 1, skill=1)
    nearly = some.y_true.copy()
    nearly[:4] = 1 - nearly[:4]
    sure = found(replace(some, y_pred=nearly), Resampling(200, 200))
    assert sure["accuracy"].method == "wilson"
    assert (sure["accuracy"].low, sure["accuracy"].high) == wilson(196, 200)
    assert found(some, Resampling(200, 200))["accuracy"].method == "percentile"


def test_a_perfect_model() -> None:
    """No error in n rows: Wilson for shares, Newcombe for AUC, none for what never changes, and a note for each."""
    some = made_up("binary", 60, 2)
    proba = np.column_stack([1 - some.y_true, some.y_true]).astype(float) * 0.98 + 0.01
    perfect = found(replace(some, y_pred=some.y_true, proba=proba), Resampling(60, 200))
    assert perfect["accuracy"].low == wilson(60, 60)[0]
    assert perfect["roc_auc"].method == "newcombe"
    for name in ("mcc", "f1", "balanced_accuracy", "average_precision"):
        assert perfect[name].value == 1
        assert perfect[name].low is None
        assert perfect[name].note
    exact = made_up("regression", 30, 1)
    assert found(replace(exact, y_pred=exact.y_true), Resampling(30, 100))["mae"].note.startswith("No error in 30 rows")


def test_f1_needs_five_right() -> None:
    """F1 and MCC have no interval when fewer than five positives or negatives are predicted right."""
    truth = np.array([1] * 10 + [0] * 90)
    guess = truth.copy()
    guess[:6] = 0
    guess[95:] = 1
    some = Predictions(Task.BINARY, np.arange(100), truth, guess, None, ("0", "1"), "1")
    for name in ("f1", "mcc"):
        assert found(some, Resampling(100, 100))[name].low is None
    guess[:4] = 1
    assert found(replace(some, y_pred=guess), Resampling(100, 200))["f1"].low is not None


def test_undefined_resamples_are_counted() -> None:
    """Where more than 1 % of the resamples are undefined there is no interval, and their number is told."""
    truth = np.array([0] * 58 + [1] * 2)
    some = Predictions(Task.BINARY, np.arange(60), truth, truth, None, ("0", "1"), "1")
    drawn = resampled(some, [METRICS["recall"]], Resampling(60, 400))["recall"]
    missing = int(np.isnan(drawn).sum())
    assert 20 < missing < 100
    note = found(replace(some, weight=np.linspace(1, 2, 60)), Resampling(60, 400))["recall"].note
    assert f"Undefined in {missing} of 400" in note


def test_one_dominating_row() -> None:
    """A squared error that carries more than 4·ln(n)/n of the sum takes the interval away, with its share."""
    some = made_up("regression", 200, 3)
    far = some.y_pred.copy()
    far[0] += 60
    checked = found(replace(some, y_pred=far), Resampling(200, 100))
    for name in ("mse", "rmse", "r2"):
        assert checked[name].low is None
        assert "One row carries" in checked[name].note
    assert dominated(np.append(np.ones(99), 30.0))
    assert not dominated(np.ones(100))


def test_bootstrap_t_uses_studentised_pivots() -> None:
    """The ends of a mean squared error are value·exp(−t·error) at the quantiles of the pivots, and MSE = RMSE²."""
    some = made_up("regression", 150, 8)
    square = (some.y_pred - some.y_true) ** 2
    resampling = Resampling(150, 300, seed=5)
    draws, errors = [], []
    for number in range(300):
        again = square[rows_drawn(resampling, number)]
        draws.append(again.mean())
        errors.append(again.std() / math.sqrt(150) / again.mean())
    error = square.std() / math.sqrt(150) / square.mean()
    low, high = bootstrap_t_log(square.mean(), error, np.array(draws), np.array(errors))
    shown = found(some, resampling)
    assert (shown["mse"].low, shown["mse"].high) == pytest.approx((low, high), rel=1e-9)
    assert shown["rmse"].low == pytest.approx(math.sqrt(low), rel=1e-9)
    assert shown["mse"].method == "bootstrap_t"


COVERED = {
    "binary": ("accuracy", "balanced_accuracy", "precision", "recall", "f1", "mcc", "roc_auc", "average_precision",
               "log_loss", "brier"),
    "regression": ("mae", "mse", "rmse", "r2", "median_absolute_error", "mean_error"),
}  # fmt: skip


@pytest.mark.parametrize(("task", "n"), [("binary", 200), ("regression", 200)])
def test_coverage(task: str, n: int) -> None:
    """In 150 samples the interval holds the truth about 95 times of 100 (long form: tests/benchmarks/coverage.py)."""
    truth = found(made_up(task, 100_000, 999), Resampling(100_000, 2))
    metrics = [METRICS[name] for name in COVERED[task]]
    hits, shown = dict.fromkeys(COVERED[task], 0), dict.fromkeys(COVERED[task], 0)
    for seed in range(150):
        for score in scores(made_up(task, n, seed), metrics, Resampling(n, 200, seed)):
            value = truth[score.metric].value
            if score.low is not None and score.high is not None and value is not None:
                shown[score.metric] += 1
                hits[score.metric] += score.low <= value <= score.high
    for name in COVERED[task]:
        assert shown[name] >= 140, name
        assert hits[name] / shown[name] >= 0.89, (name, hits[name] / shown[name])
