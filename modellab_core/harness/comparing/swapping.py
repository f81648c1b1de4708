"""Telling two models apart whose difference never varies: by swapping their predictions.

A model that ranks every row right beats a constant by the same .5 of ROC AUC in every resample, so that resamples tell
no spread. Were the two equally good, each row's pair of predictions might as well be the other way round.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from modellab_core.harness.engine.drawing import value_of
from modellab_core.harness.metrics.metric import Metric
from modellab_core.harness.predictions import Predictions

SWAPS = 399
MOST_UNITS = 400  # rows or groups that are swapped; of more a sample, which tells less but no less rightly
ROUNDING = 1e-12
Flips = np.ndarray[tuple[int], np.dtype[np.bool_]]


def swapped_reach(first: Predictions, second: Predictions, metric: Metric, seed: int, level: float) -> float:
    """The difference that random swaps of the two stay below with the chance `level`, in the metric's unit, >= 0.

    Each row, or each group, keeps or swaps its two predictions with equal chances: an approximate randomization test
    of paired predictions, two-sided (Noreen 1989); the two are told apart at `level` if they differ by more. Infinite
    where the metric is undefined or `level` asks for more swaps than are made. Costs `SWAPS` × 2 evaluations of at most
    `MOST_UNITS` units.
    """
    rng = np.random.default_rng(seed)
    units = np.arange(len(first)) if first.groups is None else np.unique(first.groups, return_inverse=True)[1]
    count = int(units.max(initial=-1)) + 1
    if count > MOST_UNITS:
        kept = np.isin(units, rng.choice(count, MOST_UNITS, replace=False))
        first, second, units = first.take(kept), second.take(kept), units[kept]
    apart = np.array([_swapped(first, second, metric, (rng.random(count) < 0.5)[units]) for _ in range(SWAPS)])
    allowed = math.floor((1 - level) * (SWAPS + 1) + ROUNDING)
    return float(np.sort(apart)[SWAPS - allowed]) + ROUNDING if allowed else math.inf


def _swapped(first: Predictions, second: Predictions, metric: Metric, flips: Flips) -> float:
    """How far the two are apart when the rows `flips` are swapped."""
    apart = abs(_difference(_mixed(first, second, flips), _mixed(second, first, flips), metric))
    return apart if math.isfinite(apart) else math.inf


def _difference(first: Predictions, second: Predictions, metric: Metric) -> float:
    one, other = (float(metric.better(np.array([value_of(metric, side)]))[0]) for side in (first, second))
    return one - other


def _mixed(first: Predictions, second: Predictions, flips: Flips) -> Predictions:
    """The predictions of `first`, where `flips` those of `second`."""
    proba = None
    if first.proba is not None and second.proba is not None:
        proba = np.where(flips[:, None], second.proba, first.proba)
    return replace(first, X=None, y_pred=np.where(flips, second.y_pred, first.y_pred), proba=proba)
