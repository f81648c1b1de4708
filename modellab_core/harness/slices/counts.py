"""Count metrics and areas of many slices at once, from the codes of the bins that the rows are in.

A cut is an array of codes, (n,) of whole numbers from 0: the bin of each row. Everything here takes plain arrays.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from modellab_core.harness.predictions import Floats
from modellab_core.harness.slices.search import Cut, bins_in

Flags = npt.NDArray[np.bool_]


def slice_metrics(
    cuts: Sequence[Cut], y_true: Flags, y_pred: Flags, score: Floats | None = None, weight: Floats | None = None
) -> list[dict[str, Floats]]:
    """The binary metrics of every bin of every cut: one count of codes per cut, and one sort for all areas.

    `y_true` and `y_pred` (n,) say whether a row is positive. Per cut a dict with `n, accuracy, precision, recall, f1`
    and, with `score`, `roc_auc`, each an array with a number per bin; `n` counts rows, the others take `weight`. NaN
    where a metric is undefined: no row, no positive prediction, one class alone. F1 is 0 where there are positives and
    none is found.
    """
    y_true, y_pred = np.asarray(y_true, dtype=bool), np.asarray(y_pred, dtype=bool)
    joint = y_true.view(np.uint8) * np.uint8(2) + y_pred.view(np.uint8)
    ranked = None if score is None else Ranked(y_true, score, weight)
    told = []
    for cut in cuts:
        bins = bins_in(cut)
        found = _from_counts(_counted(cut, joint, bins, weight))
        found["n"] = np.bincount(cut, minlength=bins).astype(np.float64)
        if ranked is not None:
            found["roc_auc"] = ranked.areas(cut, bins)
        told.append(found)
    return told


def _counted(cut: Cut, joint: npt.NDArray[np.uint8], bins: int, weight: Floats | None) -> Floats:
    narrow = bins <= 63  # then four times the code still fits into a byte
    codes: npt.NDArray[Any] = np.asarray(cut, dtype=np.uint8 if narrow else np.int64)
    codes = codes * codes.dtype.type(4) + joint
    return np.bincount(codes, weights=weight, minlength=bins * 4).astype(np.float64).reshape(bins, 4)


def _from_counts(table: Floats) -> dict[str, Floats]:
    tn, fp, fn, tp = table.T
    with np.errstate(invalid="ignore"):
        return {
            "accuracy": (tn + tp) / table.sum(axis=1),
            "precision": tp / (tp + fp),
            "recall": tp / (tp + fn),
            "f1": 2 * tp / (2 * tp + fp + fn),
        }


class Ranked:
    """Rows in ascending order of their scores, sorted once; `areas` then cuts them in any way."""

    def __init__(self, y_true: Flags, score: Floats, weight: Floats | None = None) -> None:
        self.order = np.argsort(score)
        ordered = np.asarray(score)[self.order]
        self.rank = np.cumsum(np.append(False, ordered[1:] != ordered[:-1]), dtype=np.int32)
        self.positive = np.asarray(y_true, dtype=bool)[self.order]
        self.weight = None if weight is None else np.asarray(weight, dtype=np.float64)[self.order]

    def areas(self, cut: Cut, bins: int) -> Floats:
        """ROC AUC of each bin, (bins,), ties counted half; NaN without a row of each class."""
        codes = cut[self.order]
        return np.array([self._area(np.flatnonzero(codes == code)) for code in range(bins)])

    def _area(self, rows: npt.NDArray[np.int64]) -> float:
        positive, rank = self.positive[rows], self.rank[rows]
        weight = np.ones(len(rows)) if self.weight is None else self.weight[rows]
        last = np.flatnonzero(np.append(rank[1:] != rank[:-1], True)) if len(rows) else rows
        above = np.cumsum(weight * positive)[last]
        below = np.cumsum(weight * ~positive)[last]
        if not len(last) or above[-1] <= 0 or below[-1] <= 0:
            return float("nan")
        start = np.append(0.0, below[:-1])
        wins = (np.diff(above, prepend=0.0) * (start + below) / 2).sum()
        return float(wins / (above[-1] * below[-1]))
