"""A metric averaged over several predictions of the same rows, in every resample of the rows.

Means of a loss per row are averaged over the predictions first, which is exact and one product of matrices. So is ROC
AUC where there are few pairs; where there are many its first-order term is taken (DeLong's placements), which differs
in the order of one over the rows of the smaller class. Any other smooth metric is taken to first order too; for a
median resample b takes prediction b mod r, so that its spread holds the luck of a single prediction.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from modellab_core.harness.engine.cells import cells_of, ratio
from modellab_core.harness.engine.drawing import one_thread, value_of
from modellab_core.harness.engine.influence import auc_placements
from modellab_core.harness.engine.resampling import Resampling
from modellab_core.harness.engine.row_influence import by_losses, by_ranks, influence, row_losses, score_of, weights_of
from modellab_core.harness.metrics.metric import Metric
from modellab_core.harness.predictions import Floats, Predictions
from modellab_core.harness.stress.bands import Counts

MOST_PAIRS = 20_000
ELEMENTS = 1 << 17
STEPPED = "median"  # the rule for metrics that have no slope

Kept = npt.NDArray[np.uint8] | Floats


def mean_draws(
    grid: Sequence[Sequence[Predictions]], metric: Metric, resampling: Resampling, counts: Counts | None = None
) -> Floats:
    """For each line of `grid` (predictions of the same rows) the mean of the metric in each resample, (lines, B).

    On a scale where higher is better; NaN where undefined.
    """
    known = Counts.of(resampling) if counts is None else counts
    first = grid[0][0]
    with one_thread():
        if by_ranks(metric, first):
            return _aucs(grid, known.kept)
        if by_losses(metric):
            rows = np.array([np.mean([row_losses(metric.name, one) for one in line], axis=0) for line in grid])
            return metric.better(weighted_means(rows, weights_of(first), known.kept))
        if metric.interval != STEPPED:
            rows = np.array([np.mean([_to_first_order(metric, one) for one in line], axis=0) for line in grid])
            return weighted_means(rows, np.ones(len(first)), known.kept)
        lines = [[cells_of(one, resampling.codes) for one in line] for line in grid]
        return metric.better(known.drawn(lines, metric))


def _to_first_order(metric: Metric, predictions: Predictions) -> Floats:
    """What a smooth metric is the mean of, (n,), to first order."""
    value = metric.better(np.array([value_of(metric, predictions)]))
    return np.asarray(value + influence(metric, predictions))


def weighted_means(rows: Floats, weight: Floats, counts: Kept) -> Floats:
    """Weighted means of `rows` (lines, n) under each set of counts (B, n): (lines, B)."""
    found = np.empty((len(rows), len(counts)))
    columns = np.vstack([rows * weight, weight]).T
    step = max(1, ELEMENTS // max(counts.shape[1], 1))
    for first in range(0, len(counts), step):
        sums = counts[first : first + step].astype(np.float64) @ columns
        found[:, first : first + step] = ratio(sums[:, :-1], sums[:, -1:]).T
    return found


def _aucs(grid: Sequence[Sequence[Predictions]], counts: Kept) -> Floats:
    base = grid[0][0]
    hit = base.y_true == base.positive_code
    weight = weights_of(base)
    above, below = np.flatnonzero(hit), np.flatnonzero(~hit)
    if len(above) * len(below) > MOST_PAIRS:
        return _first_order(grid, hit, weight, counts)
    high, low = (counts[:, rows] * weight[rows] for rows in (above, below))
    pairs = high.sum(axis=1) * low.sum(axis=1)
    found = np.empty((len(grid), len(counts)))
    for place, line in enumerate(grid):
        won = np.mean([_won(score_of(one)[above], score_of(one)[below]) for one in line], axis=0)
        found[place] = ratio(((high @ won) * low).sum(axis=1), pairs)
    return found


def _won(high: Floats, low: Floats) -> Floats:
    """1 where a positive row has the higher score than a negative one, ½ for a tie: (positives, negatives)."""
    return np.asarray((high[:, None] > low) + 0.5 * (high[:, None] == low))


def _first_order(
    grid: Sequence[Sequence[Predictions]],
    hit: npt.NDArray[np.bool_],
    weight: Floats,
    counts: Kept,
) -> Floats:
    lines = [np.mean([auc_placements(score_of(one), hit, weight) for one in line], axis=0) for line in grid]
    rows = np.array(lines).reshape(len(grid), len(hit))
    values = np.array([[np.average(line[hit], weights=weight[hit])] for line in rows])
    sides = [weighted_means(rows[:, side], weight[side], counts[:, side]) for side in (hit, ~hit)]
    return np.asarray(sides[0] + sides[1] - values)
