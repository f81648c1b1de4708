"""All models of a split in the same resamples: what each pair differs by, and how far that may be luck."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from modellab_core.harness.engine.drawing import part_of, resampled_together, value_of
from modellab_core.harness.engine.resampling import Resampling
from modellab_core.harness.intervals.formulas import expanded_tail, normal_quantile
from modellab_core.harness.intervals.rules import UNDEFINED_SHARE
from modellab_core.harness.metrics.metric import Metric
from modellab_core.harness.predictions import Floats, Predictions

FEW_UNITS = 40  # groups or blocks under this: c is widened as a percentile interval is
NO_SPREAD = 1e-12  # of a value: a standard deviation under this is rounding


@dataclass(frozen=True, eq=False)
class Together:
    """Models in the same resamples.

    `values` (M,) are those of the metric; `point` (M,) and `draws` (M, B) are on a scale where higher is better, with
    c = `critical` and s = `spread` (M, M). `optimism` is how much better than it is the best of M equally good models
    looks, in the unit of the metric. NaN where undefined; `note` says why there is no c.
    """

    values: Floats
    point: Floats
    draws: Floats
    critical: float
    spread: Floats
    optimism: float = math.nan
    note: str = ""


def drawn_together(
    models: Mapping[str, Predictions], metric: Metric, resampling: Resampling, used: int, values: Floats
) -> Together:
    """Draw all models on the same rows; `values` (M,) are their points."""
    point = metric.better(values)
    known = np.flatnonzero(np.isfinite(point))
    draws = np.full((len(point), used), np.nan)
    unknown = np.full((len(point), len(point)), np.nan)
    if len(known) < 2:
        return Together(values, point, draws, math.nan, unknown)
    listed = list(models.values())
    found = resampled_together([listed[place] for place in known], [metric], resampling, used)
    used = len(found[0][metric.name])  # fewer where the metric has to run through many rows
    draws = np.full((len(point), used), np.nan)
    for place, one in zip(known, found, strict=True):
        draws[place] = metric.better(one[metric.name])
    defined = np.isfinite(draws[known]).all(axis=0)
    missing = int((~defined).sum())
    if missing > UNDEFINED_SHARE * used:
        note = f"Undefined in {missing} of {used} resamples."
        return Together(values, point, draws, math.nan, unknown, note=note)
    usable = draws[known][:, defined]
    critical, unknown[np.ix_(known, known)] = simultaneous(point[known], usable, resampling.level)
    critical *= _widening(listed[0], resampling)
    return Together(values, point, draws, critical, unknown, optimism(point[known], usable))


def simultaneous(point: Floats, draws: Floats, level: float = 0.95) -> tuple[float, Floats]:
    """c and s (M, M) of `point` (M,) and its resampled values `draws` (M, B), which must be finite.

    s_ij is the standard deviation of the paired differences d*_ij,b (0 on the diagonal and where it is rounding only),
    c the `level` quantile over b of max_{i<j} |d*_ij,b − d_ij| / s_ij; 0 where no pair has a spread. i beats j where
    d_ij > c·s_ij. It is the single-step max-T procedure (Westfall & Young 1993) on all pairwise differences.
    """
    models, resamples = draws.shape
    spread, largest = np.zeros((models, models)), np.zeros(resamples)
    away = draws - point[:, None]
    for one, two in combinations(range(models), 2):
        apart = away[one] - away[two]
        s = float(apart.std(ddof=1))
        if s <= NO_SPREAD * max(1.0, abs(point[one]), abs(point[two])):
            continue
        spread[one, two] = spread[two, one] = s
        np.maximum(largest, np.abs(apart) / s, out=largest)
    return float(np.quantile(largest, level)), spread


def optimism(point: Floats, draws: Floats) -> float:
    """mean_b max_m (θ*_mb − θ_m): how much too good the best of M equally good models looks on these rows, ≥ 0.

    `point` (M,) and `draws` (M, B) on a scale where higher is better. It is an upper bound: where one model is clearly
    the best, its own value is hardly too good.
    """
    return float(np.mean((draws - point[:, None]).max(axis=0)))


def values_of(models: Mapping[str, Predictions], metric: Metric) -> Floats:
    """The metric of each model, (M,), NaN where undefined."""
    return np.array([value_of(metric, predictions) for predictions in models.values()])


def _widening(predictions: Predictions, resampling: Resampling) -> float:
    """Factor on c where groups or blocks are few: that of the expanded percentile interval."""
    if resampling.exchangeable:
        return 1.0
    return widening(part_of(predictions, resampling, "all", None).units, resampling.level)


def widening(units: float, level: float) -> float:
    """Factor on a normal quantile at `level` where an estimate rests on few independent units; 1 from 40 units on."""
    if units >= FEW_UNITS:
        return 1.0
    return normal_quantile(1 - 2 * expanded_tail(units, level)) / normal_quantile(level)
