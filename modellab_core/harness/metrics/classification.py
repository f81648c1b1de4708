"""Metrics of predicted classes: all are read off the confusion matrix.

A class met neither in the truth nor in the predictions of the rows is left out of every average, as scikit-learn does.
"""

from __future__ import annotations

import numpy as np

from modellab_core.harness.engine.cells import Tally, ratio
from modellab_core.harness.metrics.metric import BINARY, CLASSIFICATION, CORRELATION, MULTICLASS, SHARE, metric
from modellab_core.harness.predictions import Floats


def _right(tally: Tally) -> Floats:
    return np.asarray(np.trace(tally.confusion, axis1=1, axis2=2))


def _by_class(tally: Tally) -> tuple[Floats, Floats, Floats]:
    """True positives, weight by truth and weight by prediction of each class that is present, (b, classes) each."""
    table, present = tally.confusion, tally.cells.present
    hits = np.diagonal(table, axis1=1, axis2=2)[:, present]
    return hits, table.sum(axis=2)[:, present], table.sum(axis=1)[:, present]


def _weighted(values: Floats, support: Floats) -> Floats:
    """Mean of `values` by `support`; a class without support has no say, even where its value is undefined."""
    return ratio(np.where(support > 0, support * values, 0.0).sum(axis=1), support.sum(axis=1))


def _f1_by_class(tally: Tally) -> Floats:
    hits, support, predicted = _by_class(tally)
    return ratio(2 * hits, support + predicted)


@metric(
    "accuracy",
    "Accuracy",
    CLASSIFICATION,
    +1,
    interval="proportion",
    fraction=lambda tally: (_right(tally), tally.total),
    span=SHARE,
)
def accuracy(tally: Tally) -> Floats:
    """Share of rows whose class is predicted right, in [0, 1]; higher is better."""
    return ratio(_right(tally), tally.total)


@metric(
    "balanced_accuracy",
    "Balanced accuracy",
    CLASSIFICATION,
    +1,
    "a class was predicted that no row has",
    interval="macro",
    span=SHARE,
)
def balanced_accuracy(tally: Tally) -> Floats:
    """Mean over the classes of the share of their rows that is found, in [0, 1]; higher is better."""
    hits, support, _ = _by_class(tally)
    return np.asarray(ratio(hits, support).mean(axis=1))


@metric(
    "precision",
    "Precision",
    BINARY,
    +1,
    "no row was predicted positive",
    interval="proportion",
    fraction=lambda tally: (tally.confusion[:, 1, 1], tally.confusion[:, :, 1].sum(axis=1)),
    span=SHARE,
)
def precision(tally: Tally) -> Floats:
    """Share of the rows predicted positive that are positive, in [0, 1]; higher is better."""
    return ratio(tally.confusion[:, 1, 1], tally.confusion[:, :, 1].sum(axis=1))


@metric(
    "recall",
    "Recall",
    BINARY,
    +1,
    "no row is positive",
    interval="proportion",
    fraction=lambda tally: (tally.confusion[:, 1, 1], tally.confusion[:, 1].sum(axis=1)),
    span=SHARE,
)
def recall(tally: Tally) -> Floats:
    """Share of the positive rows that are predicted positive, in [0, 1]; higher is better."""
    return ratio(tally.confusion[:, 1, 1], tally.confusion[:, 1].sum(axis=1))


@metric(
    "specificity",
    "Specificity",
    BINARY,
    +1,
    "no row is negative",
    interval="proportion",
    fraction=lambda tally: (tally.confusion[:, 0, 0], tally.confusion[:, 0].sum(axis=1)),
    span=SHARE,
)
def specificity(tally: Tally) -> Floats:
    """Share of the negative rows that are predicted negative, in [0, 1]; higher is better."""
    return ratio(tally.confusion[:, 0, 0], tally.confusion[:, 0].sum(axis=1))


@metric("f1", "F1", BINARY, +1, "no row is positive or predicted positive", interval="matrix", span=SHARE)
def f1(tally: Tally) -> Floats:
    """Harmonic mean of precision and recall, 2TP / (2TP + FP + FN), in [0, 1]; higher is better."""
    table = tally.confusion
    return ratio(2 * table[:, 1, 1], table[:, 1].sum(axis=1) + table[:, :, 1].sum(axis=1))


@metric(
    "precision_macro", "Precision (macro)", MULTICLASS, +1, "a class was never predicted", interval="macro", span=SHARE
)
def precision_macro(tally: Tally) -> Floats:
    """Mean of the precision of each class, in [0, 1]; higher is better."""
    hits, _, predicted = _by_class(tally)
    return np.asarray(ratio(hits, predicted).mean(axis=1))


@metric(
    "precision_weighted",
    "Precision (weighted)",
    MULTICLASS,
    +1,
    "a class was never predicted",
    interval="macro",
    span=SHARE,
)
def precision_weighted(tally: Tally) -> Floats:
    """Mean of the precision of each class weighted by its rows, in [0, 1]; higher is better."""
    hits, support, predicted = _by_class(tally)
    return _weighted(ratio(hits, predicted), support)


@metric(
    "recall_macro",
    "Recall (macro)",
    MULTICLASS,
    +1,
    "a class was predicted that no row has",
    interval="macro",
    span=SHARE,
)
def recall_macro(tally: Tally) -> Floats:
    """Mean of the recall of each class, in [0, 1]; the same number as balanced accuracy; higher is better."""
    hits, support, _ = _by_class(tally)
    return np.asarray(ratio(hits, support).mean(axis=1))


@metric(
    "recall_weighted",
    "Recall (weighted)",
    MULTICLASS,
    +1,
    interval="proportion",
    fraction=lambda tally: (_right(tally), tally.total),
    span=SHARE,
)
def recall_weighted(tally: Tally) -> Floats:
    """Mean of the recall of each class weighted by its rows; the same number as accuracy; higher is better."""
    return ratio(_right(tally), tally.total)


@metric(
    "specificity_macro",
    "Specificity (macro)",
    MULTICLASS,
    +1,
    "all rows are of one class",
    interval="macro",
    span=SHARE,
)
def specificity_macro(tally: Tally) -> Floats:
    """Mean over the classes of TN / (TN + FP), each class against the rest, in [0, 1]; higher is better."""
    hits, support, predicted = _by_class(tally)
    total = tally.total[:, None]
    # weights are summed with rounding: where all rows are of one class the rest may be 1e-17 instead of nothing
    rest = np.where(total - support > 1e-12 * total, total - support, 0.0)
    return np.asarray(ratio(rest - predicted + hits, rest).mean(axis=1))


@metric("f1_macro", "F1 (macro)", MULTICLASS, +1, interval="matrix", span=SHARE)
def f1_macro(tally: Tally) -> Floats:
    """Mean of the F1 of each class, in [0, 1]; that of a class never predicted is 0; higher is better."""
    return np.asarray(_f1_by_class(tally).mean(axis=1))


@metric("f1_weighted", "F1 (weighted)", MULTICLASS, +1, interval="matrix", span=SHARE)
def f1_weighted(tally: Tally) -> Floats:
    """Mean of the F1 of each class weighted by its rows, in [0, 1]; higher is better."""
    return _weighted(_f1_by_class(tally), _by_class(tally)[1])


@metric("mcc", "Matthews correlation", CLASSIFICATION, +1, interval="matrix", span=CORRELATION)
def mcc(tally: Tally) -> Floats:
    """Correlation of truth and predicted class, in [−1, 1]; 0 where one of them is constant; higher is better.

    Gorodkin, Computational Biology and Chemistry 2004, for several classes.
    """
    table = tally.confusion
    total, truth, guess = tally.total, table.sum(axis=2), table.sum(axis=1)
    joint = _right(tally) * total - (truth * guess).sum(axis=1)
    spread = (total**2 - (guess**2).sum(axis=1)) * (total**2 - (truth**2).sum(axis=1))
    constant = ((truth > 0).sum(axis=1) < 2) | ((guess > 0).sum(axis=1) < 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = joint / np.sqrt(spread)
    return np.where(total == 0, np.nan, np.where(constant, 0.0, value))


@metric(
    "cohen_kappa",
    "Cohen's kappa",
    CLASSIFICATION,
    +1,
    "truth and prediction are one and the same class",
    span=CORRELATION,
)
def cohen_kappa(tally: Tally) -> Floats:
    """Agreement beyond what the shares of the classes give by chance, in [−1, 1]; higher is better. Cohen 1960."""
    table, total = tally.confusion, tally.total
    truth, guess = table.sum(axis=2), table.sum(axis=1)
    chance = ratio((truth * guess).sum(axis=1), total)
    single = ((truth > 0) | (guess > 0)).sum(axis=1) < 2
    return np.where(single, np.nan, 1 - ratio(total - _right(tally), total - chance))
