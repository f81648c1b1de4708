"""Confident learning: which labels are probably wrong, judged by probabilities of models that did not see them.

Northcutt, Jiang & Chuang, Confident Learning, Journal of Artificial Intelligence Research 70, 2021.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from modellab_core.harness.predictions import Floats, Ints


def class_thresholds(y: Ints, proba: Floats) -> Floats:
    """The mean probability of each class among the rows that carry its label, (k,) in [0, 1]; NaN without such rows.

    `y` (n,) are codes of the classes, `proba` (n, k) probabilities that were predicted out of sample. A class is said
    with confidence of a row where its probability reaches this threshold.
    """
    own = proba[np.arange(len(y)), y]
    counts = np.bincount(y, minlength=proba.shape[1])
    sums = np.bincount(y, own, minlength=proba.shape[1])
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(counts == 0, np.nan, sums / np.maximum(counts, 1)), dtype=np.float64)


def confident_classes(proba: Floats, thresholds: Floats) -> Ints:
    """The class that is said with confidence of each row, (n,), −1 where there is none.

    Among the classes whose probability reaches the threshold the most probable one, the first of equals; a class with
    the threshold NaN is never said with confidence.
    """
    reached = proba >= thresholds
    best = np.where(reached, proba, -1.0).argmax(axis=1)
    return np.where(reached.any(axis=1), best, -1).astype(np.int64)


def confident_joint(y: Ints, proba: Floats, thresholds: Floats | None = None) -> Ints:
    """How many rows with label i are confidently of class j, (k, k) counts; rows without a confident class are not in.

    `thresholds` are those of the same rows unless others are given. Off the diagonal stand the likely label errors.
    """
    k = proba.shape[1]
    said = confident_classes(proba, class_thresholds(y, proba) if thresholds is None else thresholds)
    known = said >= 0
    return np.bincount(y[known] * k + said[known], minlength=k * k).reshape(k, k).astype(np.int64)


def likely_label_errors(y: Ints, proba: Floats, thresholds: Floats) -> npt.NDArray[np.bool_]:
    """Whether each label is probably wrong, (n,): another class is said with confidence, and it is the most probable.

    The off-diagonal rows of the confident joint but those whose label is the most probable class all the same, as in
    cleanlab's `filter_by="confident_learning"`.
    """
    said = confident_classes(proba, thresholds)
    return np.asarray((said >= 0) & (said != y) & (proba.argmax(axis=1) != y))


def self_confidence(thresholds: Floats) -> float:
    """The mean of the thresholds over the classes that have one, in [0, 1]: near 1 where the classes are separate."""
    known = thresholds[~np.isnan(thresholds)]
    return float(known.mean()) if len(known) else float("nan")
