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


@dataclass(frozen=True, eq=False)
class Climb:
    """Going down a ranking for b sets of counts: what each place (or group of equal scores) with positives gains.

    `gained` positives, `above` negatives that score higher (ties half), `found` positives and `seen` rows so far, all
    (b, places); `positives` and `negatives` in total, (b,).
    """

    gained: Floats
    above: Floats
    found: Counts | Floats
    seen: Counts | Floats
    positives: Floats
    negatives: Floats

    @classmethod
    def of(cls, counts: Counts | Floats, ranking: Ranking) -> Climb:
        """From the counts (b, m) by falling score, m ≥ 1."""
        wide = counts.dtype if counts.dtype.itemsize >= 4 else np.dtype(np.int32)  # int32 holds a sum over 2e9 rows
        seen: Any = np.cumsum(counts, axis=1, dtype=wide)
        gained: Any = _at(counts, ranking.positive)
        found: Any = np.cumsum(gained, axis=1, dtype=wide)
        total, some = seen[:, -1].astype(np.float64), len(ranking.positive) > 0
        positives = found[:, -1].astype(np.float64) if some else np.zeros(len(counts))
        if ranking.tied:
            above, gained, found, seen = _at_groups(counts, seen, found, ranking)
        else:
            seen = _at(seen, ranking.positive)
            above = seen - found
        return cls(gained.astype(np.float64), above.astype(np.float64), found, seen, positives, total - positives)

    def auc(self) -> Floats:
        """ROC AUC, (b,): share of (positive, negative) pairs in which the positive scores higher, ties half.

        NaN where a class is missing.
        """
        pairs = self.positives * self.negatives
        with np.errstate(divide="ignore", invalid="ignore"):
            auc = 1 - np.einsum("bm,bm->b", self.gained, self.above) / pairs
        return np.where((self.positives <= 0) | (self.negatives <= 0), np.nan, auc)

    def average_precision(self) -> Floats:
        """Σ (R_g − R_{g−1})·P_g over the distinct scores from the top, (b,), as scikit-learn's.

        NaN without positives.
        """
        share = self.found / np.maximum(self.seen, TINY)  # where nothing was seen nothing is gained either
        with np.errstate(divide="ignore", invalid="ignore"):
            found = np.einsum("bm,bm->b", self.gained, share) / self.positives
        return np.where(self.positives <= 0, np.nan, found)


def _at(values: Any, places: Ints) -> Any:
    return values.take(places, axis=1, mode="clip")  # the places are known to be inside, which need not be checked


def _at_groups(counts: Counts | Floats, seen: Any, found: Any, ranking: Ranking) -> tuple[Any, Any, Any, Any]:
    """Negatives above (half of those within), positives gained, positives found and rows seen, per group of scores."""
    seen_before = _at(seen, ranking.first) - _at(counts, ranking.first)
    seen, found = _at(seen, ranking.last), _at(found, ranking.last_positive)
    gained = np.diff(found, axis=1, prepend=found.dtype.type(0))
    above = (seen + seen_before - 2 * found + gained) / 2
    return above, gained, found, seen
