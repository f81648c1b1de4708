"""Scores of out-of-fold predictions with intervals, and paired differences of two of them on the same rows.

ROC AUC of P(positive), accuracy, or mean absolute error. Each value comes with the influence of each row, so that one
rule gives the standard error of a value, of a difference, and of both where rows come in clusters (groups, equal rows,
days): the square root of the summed squares of the clusters' sums.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import stats

from modellab_core.data.task import Task
from modellab_core.harness.figures.wording import with_interval
from modellab_core.harness.intervals.formulas import delong_components, newcombe_auc, wilson
from modellab_core.harness.predictions import Floats, Ints

LABELS = {"roc_auc": "ROC AUC", "accuracy": "accuracy", "mae": "mean absolute error", "rank_r2": "R² of ranks"}
METRIC = {Task.BINARY: "roc_auc", Task.MULTICLASS: "accuracy", Task.REGRESSION: "mae"}


@dataclass(frozen=True)
class Measured:
    """A value on `n` rows with the ends of its 95 % interval."""

    metric: str
    value: float
    low: float
    high: float
    n: int

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {"metric": self.metric, "value": self.value, "low": self.low, "high": self.high, "n": self.n}

    def __str__(self) -> str:
        return with_interval(self.value, self.low, self.high)

    @property
    def label(self) -> str:
        """How the metric is called in a sentence."""
        return LABELS[self.metric]


@dataclass(frozen=True)
class Gain:
    """By how much one set of predictions is better than another on the same rows; `z` is in standard errors."""

    value: float
    low: float
    high: float
    z: float

    def to_json(self) -> dict[str, float]:
        """Plain JSON values."""
        return {"value": self.value, "low": self.low, "high": self.high}

    def __str__(self) -> str:
        return with_interval(self.value, self.low, self.high)


@dataclass(frozen=True, eq=False)
class Scored:
    """The value of predictions and the influence of each row, (n,) with mean 0; higher is better for `sign` 1."""

    metric: str
    value: float
    influence: Floats
    sign: int
    sizes: tuple[int, int] = (0, 0)


def scored(task: Task, truth: Any, predicted: Floats) -> Scored:
    """`predicted` is P(positive) for two classes (truth 1 = positive), the class for more, else the number."""
    if task is Task.BINARY:
        return _auc(truth == 1, predicted)
    if task is Task.MULTICLASS:
        right = (predicted == truth).astype(np.float64)
        return Scored("accuracy", float(right.mean()), right - right.mean(), 1)
    errors = np.abs(predicted - truth)
    return Scored("mae", float(errors.mean()), errors - errors.mean(), -1)


def _auc(positive: Any, predicted: Floats) -> Scored:
    n, ones = len(positive), int(positive.sum())
    if not 0 < ones < n:
        return Scored("roc_auc", math.nan, np.zeros(n), 1, (ones, n - ones))
    value, above, below = delong_components(predicted, positive)
    influence = np.empty(n)
    influence[positive] = (above - value) * n / ones
    influence[~positive] = (below - value) * n / (n - ones)
    return Scored("roc_auc", value, influence, 1, (ones, n - ones))


def measured(one: Scored, clusters: Ints | None = None) -> Measured:
    """The value with its interval, never narrower than that of independent rows for shares near 0 and 1."""
    n, t = len(one.influence), _t(one.influence, clusters)
    reach = t * _error(one.influence, clusters)
    low, high = one.value - reach, one.value + reach
    if one.metric == "accuracy":
        ends = wilson(one.value * n, n)
    elif one.metric == "roc_auc":
        ends = newcombe_auc(one.value, *one.sizes)
    else:
        return Measured(one.metric, one.value, max(low, 0.0), high, n)
    return Measured(one.metric, one.value, max(min(low, ends[0]), 0.0), min(max(high, ends[1]), 1.0), n)


def averaged(several: Sequence[Scored]) -> Scored:
    """The mean over repeated fits of scores on the same rows."""
    values, influences = [one.value for one in several], [one.influence for one in several]
    return replace(several[0], value=float(np.mean(values)), influence=np.mean(influences, axis=0))


def gain(better: Sequence[Scored], worse: Sequence[Scored], clusters: Ints | None = None) -> Gain:
    """By how much the first is better than the second, in the metric's unit: paired by rows, and by repeated fits.

    The error is that of rows and, with several fits, that of the fits: what a single fit does well by luck is luck.
    """
    one, other = averaged(better), averaged(worse)
    difference = (one.value - other.value) * one.sign
    influence = (one.influence - other.influence) * one.sign
    fits = [a.value - b.value for a, b in zip(better, worse, strict=True)]
    error = math.hypot(
        _error(influence, clusters), float(np.std(fits, ddof=1)) / math.sqrt(len(fits)) if fits[1:] else 0
    )
    reach = _t(influence, clusters) * error
    return Gain(difference, difference - reach, difference + reach, difference / error if error > 0 else 0.0)


def _error(influence: Floats, clusters: Ints | None) -> float:
    """Standard error of a value from the influence of its rows."""
    n = len(influence)
    sums = influence if clusters is None else np.bincount(clusters, weights=influence)
    m = np.count_nonzero(np.bincount(clusters)) if clusters is not None else n
    return math.sqrt(float((sums**2).sum()) * m / max(m - 1, 1)) / n if n else math.nan


def _t(influence: Floats, clusters: Ints | None) -> float:
    m = len(influence) if clusters is None else np.count_nonzero(np.bincount(clusters))
    return float(stats.t.ppf(0.975, max(m - 1, 1)))
