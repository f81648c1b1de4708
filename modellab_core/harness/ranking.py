"""ROC AUC and average precision of many sets of counts over one order of the rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from modellab_core.harness.predictions import Counts, Floats, Ints

TINY = float(np.finfo(np.float64).tiny)


@dataclass(frozen=True, eq=False)
class Ranking:
    """Rows from the highest score to the lowest, told only where a positive row is.

    `order` gives the cells by falling score, (m,). `positive` gives the places in this order that hold a positive,
    (p,). Equal scores form a group: for each group that holds a positive, `first` and `last` are its first and last
    place in the order, `last_positive` the place of its last positive within `positive`. `tied` says whether any of
    these groups holds more than one row.
    """

    order: Ints
    positive: Ints
    first: Ints
    last: Ints
    last_positive: Ints
    tied: bool

    @classmethod
    def of(cls, score: Floats, truth: npt.NDArray[np.bool_]) -> Ranking:
        """The ranking of cells by `score` (m,), where `truth` (m,) says which are positive."""
        order = np.argsort(-score)
        falling, positive = score[order], np.flatnonzero(truth[order])
        starts = np.flatnonzero(np.append(True, falling[1:] != falling[:-1])) if len(score) else np.zeros(0, int)
        ends = np.append(starts[1:], len(score)) - 1
        group = np.searchsorted(starts, positive, side="right") - 1
        groups, firsts = np.unique(group, return_index=True)
        last_positive = np.append(firsts[1:], len(positive))[: len(groups)] - 1
        first, last = starts[groups], ends[groups]
        return cls(order, positive, first, last, last_positive, bool((first != last).any()))


def ranked(counts: Counts | Floats, ranking: Ranking) -> tuple[Floats, Floats]:
    """ROC AUC and average precision for each set of `counts` (b, m) by falling score, (b,) each; NaN without a class.

    AUC: share of (positive, negative) pairs in which the positive scores higher, ties half. Average precision: Σ
    (R_g − R_{g−1})·P_g over the distinct scores from the top, as scikit-learn's `average_precision_score`.
    """
    if not counts.shape[1] or not len(ranking.positive):
        return np.full(len(counts), np.nan), np.full(len(counts), np.nan)
    wide = counts.dtype if counts.dtype.itemsize >= 4 else np.dtype(np.int32)  # int32 holds a sum over 2e9 rows
    seen: Any = np.cumsum(counts, axis=1, dtype=wide)
    gained: Any = counts.take(ranking.positive, axis=1)
    found: Any = np.cumsum(gained, axis=1, dtype=wide)
    positives, total = found[:, -1].astype(np.float64), seen[:, -1]
    if ranking.tied:
        above, gained, found, seen = _at_groups(counts, seen, found, ranking)
    else:
        seen = seen.take(ranking.positive, axis=1)
        above = seen - found
    negatives = total - positives
    gained = gained.astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        auc = 1 - np.einsum("bm,bm->b", gained, above.astype(np.float64)) / (positives * negatives)
        share = found / np.maximum(seen, TINY)  # where nothing was seen nothing is gained either
        ap = np.einsum("bm,bm->b", gained, share) / positives
    undefined = (positives <= 0) | (negatives <= 0)
    return np.where(undefined, np.nan, auc), np.where(positives <= 0, np.nan, ap)


def _at_groups(counts: Counts | Floats, seen: Any, found: Any, ranking: Ranking) -> tuple[Any, Any, Any, Any]:
    """Negatives above (half of those within), positives gained, positives found and rows seen, per group of scores."""
    seen_before = seen.take(ranking.first, axis=1) - counts.take(ranking.first, axis=1)
    seen = seen.take(ranking.last, axis=1)
    found = found.take(ranking.last_positive, axis=1)
    gained = np.diff(found, axis=1, prepend=found.dtype.type(0))
    above = (seen + seen_before - 2 * found + gained) / 2
    return above, gained, found, seen
