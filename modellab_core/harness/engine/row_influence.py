"""What each row does to a metric, to first order in the share of the row.

For means of a loss it is the distance of the row's loss from the mean, for ROC AUC that of its placement; for any other
metric the slope of its kernel when the row counts a little more or less, which takes as many sets of counts as there
are rows. Hampel, Journal of the American Statistical Association 69 (1974).
"""

from __future__ import annotations

import numpy as np

from modellab_core.data.task import Task
from modellab_core.harness.engine.cells import Cells, cells_of
from modellab_core.harness.engine.drawing import computable
from modellab_core.harness.engine.influence import auc_placements
from modellab_core.harness.metrics.metric import Metric
from modellab_core.harness.predictions import Floats, Predictions

LOSSES = {"log_loss": "log_loss", "brier": "brier", "mae": "absolute", "mse": "square"}
STEP = 1e-3  # of a row
ELEMENTS = 1 << 17


def by_losses(metric: Metric) -> bool:
    """Whether the metric is the mean of a loss per row."""
    return metric.name == "accuracy" or metric.name in LOSSES


def by_ranks(metric: Metric, predictions: Predictions) -> bool:
    """Whether the metric is ROC AUC and the scores are known."""
    return metric.name == "roc_auc" and predictions.task is Task.BINARY and predictions.score is not None


def row_losses(name: str, predictions: Predictions) -> Floats:
    """What the metric is the mean of, (n,): for accuracy 1 where right, else the loss of each row."""
    if name == "accuracy":
        return np.asarray(predictions.y_true == predictions.y_pred, dtype=np.float64)
    cells = cells_of(predictions)
    found = np.empty(len(cells))
    found[cells.order] = cells.columns[LOSSES[name]]
    return found


def weights_of(predictions: Predictions) -> Floats:
    """The weight of each row, (n,); 1 without weights."""
    return np.ones(len(predictions)) if predictions.weight is None else predictions.weight


def score_of(predictions: Predictions) -> Floats:
    """P(positive) of each row, (n,), where it is known."""
    assert predictions.score is not None
    return predictions.score


def influence(metric: Metric, predictions: Predictions) -> Floats:
    """What each row does to the metric, (n,), with mean 0, on a scale where higher is better; NaN where undefined.

    The metric of rows drawn c times each is about its value + Σ c·influence / n.
    """
    weight = weights_of(predictions)
    if by_ranks(metric, predictions):
        return _by_ranks(predictions, weight)
    if by_losses(metric):
        rows = metric.better(row_losses(metric.name, predictions))
        return np.asarray(weight * (rows - np.average(rows, weights=weight)) / weight.mean())
    return slopes(metric, predictions)


def _by_ranks(predictions: Predictions, weight: Floats) -> Floats:
    hit = predictions.y_true == predictions.positive_code
    rows = auc_placements(score_of(predictions), hit, weight)
    found = np.zeros(len(rows))
    for side in (hit, ~hit):
        if weight[side].sum() > 0:
            share = weight[side].sum() / len(rows)
            found[side] = weight[side] * (rows[side] - np.average(rows[side], weights=weight[side])) / share
    return found


def slopes(metric: Metric, predictions: Predictions) -> Floats:
    """`influence` of any metric whose kernel is smooth in the counts, from the kernel itself."""
    n = len(predictions)
    if not computable(metric, predictions):
        return np.full(n, np.nan)
    cells = cells_of(predictions)
    found = np.empty(n)
    step = max(1, ELEMENTS // n)
    for first in range(0, n, step):
        rows = np.arange(first, min(first + step, n))
        ends = [_moved(metric, cells, rows, by) for by in (STEP, -STEP)]
        found[rows] = n * (ends[0] - ends[1]) / (2 * STEP)
    return np.asarray(found - found.mean())


def _moved(metric: Metric, cells: Cells, rows: np.ndarray, by: float) -> Floats:
    """The metric when each of `rows` in turn counts 1 + `by`, where higher is better."""
    counts = np.ones((len(rows), len(cells)))
    counts[np.arange(len(rows)), rows] += by
    return metric.better(metric.kernel(cells.tally(counts)))
