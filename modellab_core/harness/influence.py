"""What each row does to ROC AUC and to average precision, so that both become sums over rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from modellab_core.harness.predictions import Floats, Ints

TINY = float(np.finfo(np.float64).tiny)


@dataclass(frozen=True, eq=False)
class Falling:
    """Rows from the highest score to the lowest, equal scores as one group.

    `truth` and `weight` (n,) are in this order; `group` (n,) numbers the groups, None where each row is its own; `hits`
    and `seen` (groups,) are the weight of the positive rows, and of all, down to the end of each group.
    """

    truth: npt.NDArray[np.bool_]
    weight: Floats
    group: Ints | None
    hits: Floats
    seen: Floats

    @classmethod
    def of(cls, score: Floats, truth: npt.NDArray[np.bool_], weight: Floats) -> Falling:
        """From rows that are in order of falling `score` already."""
        starts = np.append(True, score[1:] != score[:-1])[: len(score)]
        hits, seen = np.cumsum(weight * truth), np.cumsum(weight)
        if starts.all():
            return cls(truth, weight, None, hits, seen)
        ends = np.append(np.flatnonzero(starts)[1:], len(score)) - 1
        return cls(truth, weight, np.cumsum(starts) - 1, hits[ends], seen[ends])

    def at(self, values: Floats) -> Floats:
        """A value per group, for each of its rows."""
        return values if self.group is None else values[self.group]

    def placements(self) -> Floats:
        """The share of the other class that each row is on the right side of, ties half, (n,); 0 without one.

        DeLong, DeLong & Clarke-Pearson, Biometrics 44 (1988): its mean over either class is the ROC AUC.
        """
        alarms = self.seen - self.hits
        above = self.at((self.hits + _before(self.hits)) / 2) / max(_last(self.hits), TINY)
        below = 1 - self.at((alarms + _before(alarms)) / 2) / max(_last(alarms), TINY)
        return np.where(self.truth, below if _last(alarms) > 0 else 0.0, above)

    def precision_terms(self) -> tuple[Floats, Floats]:
        """Average precision to first order, Σ weight·term / Σ weight·truth, and how it bends: terms and bends, (n,).

        They are the first and second derivatives of Σ weight·truth·precision by the weight of each row. When rows are
        drawn again, precision rises on average by half the sum of weight²·bend over the weight of the positive rows.
        """
        hits, seen, gained = self.hits, np.maximum(self.seen, TINY), np.diff(self.hits, prepend=0.0)
        precision = hits / seen
        level, drop = gained / seen, gained * precision / seen
        behind = [_from_here(values) for values in (level, drop, level / seen, drop / seen)]
        terms = np.where(self.truth, self.at(precision + behind[0]), 0.0) - self.at(behind[1])
        own = np.where(self.truth, self.at((1 - precision) / seen - behind[2]), 0.0)
        return terms, 2 * (own + self.at(behind[3]))


def _before(running: Floats) -> Floats:
    return np.concatenate([[0.0], running[:-1]])


def _from_here(values: Floats) -> Floats:
    """Sum of the values from each place to the end."""
    return np.cumsum(values[::-1])[::-1]


def _last(running: Floats) -> float:
    return float(running[-1]) if len(running) else 0.0


def _falling(
    score: Floats, truth: npt.NDArray[np.bool_], weight: Floats | None
) -> tuple[npt.NDArray[np.intp], Falling]:
    order = np.argsort(-np.asarray(score, dtype=np.float64), kind="stable")
    heavy = np.ones(len(order)) if weight is None else np.asarray(weight, dtype=np.float64)
    return order, Falling.of(np.asarray(score)[order], np.asarray(truth, dtype=bool)[order], heavy[order])


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
