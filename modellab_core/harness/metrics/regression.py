"""Metrics of predicted numbers; errors are prediction − truth, in the unit of the target."""

from __future__ import annotations

import math

import numpy as np

from modellab_core.harness.engine.cells import Tally, ratio
from modellab_core.harness.metrics.metric import POSITIVE, REGRESSION, metric
from modellab_core.harness.predictions import Floats

CONSTANT = "the target is the same in all rows"


def _log_square_error(tally: Tally) -> Floats:
    """Standard error of ln(mean squared error), (b,), from the variance between the units that are drawn."""
    level = mse(tally)
    squares, products, weights = (tally.sum(f"unit_{name}") for name in ("squares", "products", "weights"))
    spread = np.maximum(squares - 2 * level * products + level**2 * weights, 0.0)
    return ratio(np.sqrt(spread), tally.total * level)


def _scatter(tally: Tally) -> Floats:
    """Sum of squares of the target about its mean, (b,); NaN where the target is constant."""
    first, second = tally.sum("target"), tally.sum("target_square")
    spread = second - ratio(first**2, tally.total)
    return np.where(spread <= 1e-12 * second, np.nan, spread)


@metric("mae", "Mean absolute error", REGRESSION, -1, interval="checked", column="absolute", span=POSITIVE)
def mae(tally: Tally) -> Floats:
    """Mean |error|, in the unit of the target, at least 0; lower is better."""
    return tally.mean("absolute")


@metric(
    "mse",
    "Mean squared error",
    REGRESSION,
    -1,
    interval="bootstrap_t",
    error=_log_square_error,
    column="square",
    span=POSITIVE,
)
def mse(tally: Tally) -> Floats:
    """Mean squared error, in the squared unit of the target, at least 0; lower is better."""
    return tally.mean("square")


@metric(
    "rmse",
    "Root mean squared error",
    REGRESSION,
    -1,
    interval="bootstrap_t",
    error=lambda tally: _log_square_error(tally) / 2,
    column="square",
    span=POSITIVE,
)
def rmse(tally: Tally) -> Floats:
    """Square root of the mean squared error, in the unit of the target, at least 0; lower is better."""
    return np.sqrt(tally.mean("square"))


@metric(
    "r2", "R²", REGRESSION, +1, CONSTANT, interval="checked", column="square", against="target", span=(-math.inf, 1.0)
)
def r2(tally: Tally) -> Floats:
    """1 − squared error / scatter of the target about its mean, at most 1, 0 for the mean itself; higher is better."""
    return 1 - tally.sum("square") / _scatter(tally)


@metric("median_absolute_error", "Median absolute error", REGRESSION, -1, interval="median", span=POSITIVE)
def median_absolute_error(tally: Tally) -> Floats:
    """Median |error|, in the unit of the target; half-way between the middle two, weights as in scikit-learn."""
    return tally.median("absolute")


@metric(
    "explained_variance",
    "Explained variance",
    REGRESSION,
    +1,
    CONSTANT,
    interval="checked",
    column="error",
    against="target",
    span=(-math.inf, 1.0),
)
def explained_variance(tally: Tally) -> Floats:
    """1 − variance of the errors / variance of the target, at most 1: R² that forgives a bias; higher is better."""
    unexplained = tally.sum("square") - ratio(tally.sum("error") ** 2, tally.total)
    return 1 - unexplained / _scatter(tally)


@metric(
    "mape",
    "Mean absolute percentage error",
    REGRESSION,
    -1,
    "a target is zero",
    interval="checked",
    column="share",
    span=POSITIVE,
)
def mape(tally: Tally) -> Floats:
    """Mean |error| / |target| as a share (0.1 is 10 %), at least 0; lower is better."""
    return np.where(tally.sum("zero_target") > 0, np.nan, tally.mean("share"))


@metric(
    "smape",
    "Symmetric mean absolute percentage error",
    REGRESSION,
    -1,
    interval="checked",
    column="symmetric_share",
    span=(0.0, 2.0),
)
def smape(tally: Tally) -> Floats:
    """Mean 2·|error| / (|target| + |prediction|) as a share in [0, 2], 0 where both are 0; lower is better."""
    return tally.mean("symmetric_share")


@metric("max_error", "Largest error", REGRESSION, -1, interval="none", span=POSITIVE)
def max_error(tally: Tally) -> Floats:
    """Largest |error|, in the unit of the target; lower is better."""
    if not len(tally.cells):
        return np.full(len(tally), np.nan)
    size = tally.cells.columns["absolute"]
    largest = np.where(tally.counts > 0, size, -1.0).max(axis=1)
    return np.where(largest < 0, np.nan, largest)


@metric("mean_error", "Mean error (prediction − truth)", REGRESSION, 0)
def mean_error(tally: Tally) -> Floats:
    """Mean of prediction − truth, in the unit of the target; nearer to zero is better."""
    return tally.mean("error")
