"""What each row does to ROC AUC and to average precision, so that both become sums over rows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from modellab_core.harness.predictions import Floats, Ints


@dataclass(frozen=True, eq=False)
class Falling:
    """Rows from the highest score to the lowest, equal scores as one group.

    `truth` (n,) is in this order, as is `weight`, None where all weigh 1; `group` (n,) numbers the groups, None where
    each row is its own; `hits` (groups,) is the weight of the positive rows down to the end of each group. `counted` is
    the same of all rows, None where it is 1, 2, 3 and so on. Few arrays of the length of the rows live at a time.
    """

    truth: npt.NDArray[np.bool_]
    weight: Floats | None
    group: Ints | None
    hits: Floats
    counted: Floats | None

    @classmethod
    def of(cls, score: Floats, truth: npt.NDArray[np.bool_], weight: Floats | None = None) -> Falling:
        """From rows that are in order of falling `score` already."""
        starts = np.append(True, score[1:] != score[:-1])[: len(score)]
        hits = np.cumsum(truth if weight is None else weight * truth, dtype=np.float64)
        seen = None if weight is None else np.cumsum(weight)
        if starts.all():
            return cls(truth, weight, None, hits, seen)
        ends = np.append(np.flatnonzero(starts)[1:], len(score)) - 1
        return cls(truth, weight, np.cumsum(starts) - 1, hits[ends], ends + 1.0 if seen is None else seen[ends])

    @property
    def seen(self) -> Floats:
        """Weight of all rows down to the end of each group, (groups,)."""
        return np.arange(1.0, len(self.hits) + 1) if self.counted is None else self.counted

    @property
    def total(self) -> float:
        """Weight of all rows."""
        return float(len(self.hits)) if self.counted is None else _last(self.counted)

    @property
    def positives(self) -> float:
        """Weight of the positive rows."""
        return _last(self.hits)

    @property
    def negatives(self) -> float:
        """Weight of the others."""
        return self.total - self.positives

    @cached_property
    def places(self) -> Ints:
        """The groups that hold a positive row with a weight."""
        if self.group is None:
            return np.flatnonzero(self.truth if self.weight is None else self.truth & (self.weight > 0))
        return np.flatnonzero(np.diff(self.hits, prepend=0.0) > 0)

    def _there(self) -> tuple[Floats, Floats, Floats]:
        """Weight of the positive rows gained in each of `places`, and `hits` and `seen` there."""
        hits = self.hits[self.places]
        seen = self.places.astype(np.float64) + 1 if self.counted is None else self.counted[self.places]
        return np.diff(hits, prepend=0.0), hits, seen

    def auc(self) -> float:
        """ROC AUC, ties half; NaN where a class is missing."""
        if self.positives <= 0 or self.negatives <= 0:
            return float("nan")
        gained, hits, seen = self._there()
        alarms = seen - hits
        if self.group is not None:
            before = self.places - 1
            alarms += np.where(before < 0, 0.0, self.seen[before] - self.hits[before])
            alarms /= 2
        return 1 - float(gained @ alarms) / (self.positives * self.negatives)

    def average_precision(self) -> float:
        """Σ (R_g − R_{g−1})·P_g over the groups from the top; NaN without positives."""
        if self.positives <= 0:
            return float("nan")
        gained, hits, seen = self._there()
        return float(gained @ (hits / seen)) / self.positives

    def placements(self) -> Floats:
        """The share of the other class that each row is on the right side of, ties half, (n,); 0 without one.

        DeLong, DeLong & Clarke-Pearson, Biometrics 44 (1988): its mean over either class is the ROC AUC.
        """
        if self.positives <= 0 or self.negatives <= 0:
            return np.zeros(len(self.truth))
        alarms, hits = self.seen - self.hits, self.hits
        if self.group is not None:  # half of one's own group; alone in it, a row has none of the other class beside it
            alarms, hits = (alarms + _before(alarms)) / 2, (hits + _before(hits)) / 2
        alarms /= -self.negatives
        alarms += 1
        found = self._at(hits / self.positives)
        np.copyto(found, self._at(alarms), where=self.truth)
        return found

    def precision_terms(self, drawn_alone: bool = False) -> tuple[Floats, float]:
        """What average precision is made of, and what drawing rows again adds to it on average.

        The terms (n,) are the derivatives of Σ weight·truth·precision by the weight of each row; Σ weight·term / Σ
        weight·truth is average precision, to first order also when the rows are drawn again. To second order half the
        sum of weight² times the second derivatives comes on top of Σ weight·term, on average: the second result. With
        `drawn_alone` a weight of w stands for w rows, each drawn by itself.
        """
        if self.positives <= 0:
            return np.zeros(len(self.truth)), 0.0
        gained, hits, seen = self._there()
        level, drop = np.zeros((2, len(self.hits)))
        level[self.places] = gained / seen
        drop[self.places] = gained / seen * (hits / seen)
        bend = float(gained @ ((1 - hits / seen) / seen))
        if self.weight is not None and not drawn_alone:
            bend = self._bend()
        for values in (level, drop):
            np.cumsum(values[::-1], out=values[::-1])
        level[self.places] += hits / seen
        level -= drop
        found = self._at(np.negative(drop, out=drop))
        np.copyto(found, self._at(level), where=self.truth)
        return found, bend

    def _bend(self) -> float:
        """The second result of `precision_terms` where weights differ; else all but its first part cancels."""
        assert self.weight is not None
        gained, hits, seen = self._there()
        square = self.weight**2
        ends = self.places if self.group is None else np.searchsorted(self.group, self.places, side="right") - 1
        hit, every = np.cumsum(square * self.truth)[ends], np.cumsum(square)[ends]
        own = float(np.diff(hit, prepend=0.0) @ ((1 - hits / seen) / seen))
        return own + float((gained / seen**2) @ (hits / seen * every - hit))

    def _at(self, values: Floats) -> Floats:
        """A value per group, for each of its rows."""
        return values if self.group is None else values[self.group]


def _before(running: Floats) -> Floats:
    return np.concatenate([[0.0], running[:-1]])


def _last(running: Floats) -> float:
    return float(running[-1]) if len(running) else 0.0


def _falling(
    score: Floats, truth: npt.NDArray[np.bool_], weight: Floats | None
) -> tuple[npt.NDArray[np.intp], Falling]:
    order = np.argsort(-np.asarray(score, dtype=np.float64), kind="stable")
    heavy = None if weight is None else np.asarray(weight, dtype=np.float64)[order]
    return order, Falling.of(np.asarray(score)[order], np.asarray(truth, dtype=bool)[order], heavy)


def auc_placements(score: Floats, truth: npt.NDArray[np.bool_], weight: Floats | None = None) -> Floats:
    """The share of the other class that each row is on the right side of, ties half, (n,), in the order of the rows.

    The weighted mean over the positive rows, and over the negative ones, is the ROC AUC; 0 where the other class has
    no rows. The components V10 and V01 of DeLong et al., Biometrics 44 (1988).
    """
    order, falling = _falling(score, truth, weight)
    found = np.empty(len(order))
    found[order] = falling.placements()
    return found


def average_precision_terms(score: Floats, truth: npt.NDArray[np.bool_], weight: Floats | None = None) -> Floats:
    """Terms t (n,) with Σ weight·t / Σ weight·truth = average precision, which hold to first order in the weights."""
    order, falling = _falling(score, truth, weight)
    found = np.empty(len(order))
    found[order] = falling.precision_terms()[0]
    return found
