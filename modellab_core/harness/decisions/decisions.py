"""Decisions by a threshold, as functions of plain arrays: counts, rates, net benefit, cost, and the best threshold.

A row is called positive where its score is at least the threshold. What does not exist is NaN.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from modellab_core.errors import BadInput
from modellab_core.harness.predictions import Floats

EQUAL_COSTS = {"fp": 1.0, "fn": 1.0}


class Counts(NamedTuple):
    """True and false positives and negatives at each threshold, (m,) each: rows, or their weight."""

    tp: Floats
    fp: Floats
    fn: Floats
    tn: Floats

    @property
    def total(self) -> Floats:
        """All rows, (m,)."""
        return self.tp + self.fp + self.fn + self.tn


def threshold_counts(y_true: Any, score: Any, thresholds: Any, weight: Any = None) -> Counts:
    """(tp, fp, fn, tn), (m,) each, when rows with score ≥ threshold are called positive.

    `y_true` (n,) holds 0 and 1 or truth values, `score` (n,) any numbers, `thresholds` (m,) in any order, `weight` (n,)
    is added up in place of rows. `sklearn.metrics.confusion_matrix` gives the same for each threshold.
    """
    truth, cuts = np.asarray(y_true).astype(bool), np.asarray(thresholds, dtype=np.float64)
    order = np.argsort(cuts, kind="stable")
    reached = np.searchsorted(cuts[order], np.asarray(score, dtype=np.float64), side="right")
    sides = [
        _from_above(reached[side], None if weight is None else np.asarray(weight)[side], len(cuts))
        for side in (truth, ~truth)
    ]
    (hits, positives), (alarms, negatives) = ((called[order.argsort()], total) for called, total in sides)
    return Counts(hits, alarms, positives - hits, negatives - alarms)


def _from_above(reached: npt.NDArray[np.intp], weight: Any, m: int) -> tuple[Floats, float]:
    """Rows (or weight) that reach each of m thresholds, and all of them; `reached` is how many a row reaches."""
    found = np.bincount(reached, weight, minlength=m + 1).astype(np.float64)
    above = np.cumsum(found[::-1])[::-1]
    return above[1:], float(above[0])


def share(part: Any, whole: Any) -> Floats:
    """`part` / `whole`, NaN where `whole` is 0."""
    part, whole = np.asarray(part, dtype=np.float64), np.asarray(whole, dtype=np.float64)
    unknown = np.full(np.broadcast(part, whole).shape, np.nan)
    return np.asarray(np.divide(part, whole, out=unknown, where=whole > 0), dtype=np.float64)


@dataclass(frozen=True)
class Rate:
    """A share of rows that depends on a threshold: `counts(tp, fp, fn, tn)` gives (successes, trials).

    `value` turns the share successes / trials into the rate by a function that rises; F1 is one of TP / (TP + FP + FN).
    """

    name: str
    label: str
    counts: Callable[[Counts], tuple[Floats, Floats]]
    value: Callable[[Any], Any] = lambda share: share

    def of(self, counts: Counts) -> Floats:
        """The rate at each threshold, NaN where no row counts."""
        return np.asarray(self.value(share(*self.counts(counts))))


RATES = {
    rate.name: rate
    for rate in (
        Rate("precision", "Precision", lambda c: (c.tp, c.tp + c.fp)),
        Rate("recall", "Recall", lambda c: (c.tp, c.tp + c.fn)),
        Rate("f1", "F1", lambda c: (c.tp, c.tp + c.fp + c.fn), lambda jaccard: 2 * jaccard / (1 + jaccard)),
        Rate("alert_rate", "Alert rate", lambda c: (c.tp + c.fp, c.total)),
        Rate("specificity", "Specificity", lambda c: (c.tn, c.tn + c.fp)),
    )
}


def precision_recall_at(y_true: Any, score: Any, threshold: float, weight: Any = None) -> tuple[float, float]:
    """Precision and recall when rows with score ≥ threshold are called positive; NaN without any such row, or truth."""
    counts = threshold_counts(y_true, score, [threshold], weight)
    return float(RATES["precision"].of(counts)[0]), float(RATES["recall"].of(counts)[0])


def net_benefit(tp: Any, fp: Any, n: Any, t: Any) -> Floats:
    """TP/n − FP/n · t/(1−t): true positives per row, less false ones at the odds of the threshold t in [0, 1).

    At most the prevalence, 0 for calling nothing positive, NaN for t ≥ 1. Vickers & Elkin, Medical Decision Making 26
    (2006).
    """
    return np.asarray(share(tp, n) - share(fp, n) * odds_of(t))


def odds_of(t: Any) -> Floats:
    """t/(1−t): false positives that one true positive is worth at the threshold t; NaN for t ≥ 1."""
    cuts = np.asarray(t, dtype=np.float64)
    unknown = np.full(cuts.shape, np.nan)
    return np.asarray(np.divide(cuts, 1 - cuts, out=unknown, where=cuts < 1), dtype=np.float64)


def expected_cost(tp: Any, fp: Any, fn: Any, tn: Any, costs: Mapping[str, float], n: Any) -> Floats:
    """Mean cost of a row: (tp·costs["tp"] + fp·costs["fp"] + …) / n; a cost that is not named is 0, NaN without rows.

    BadInput for a cost of something that is none of tp, fp, fn and tn.
    """
    strange = set(costs) - set(Counts._fields)
    if strange:
        raise BadInput(f"There is no cost of {sorted(strange)[0]!r}: name costs of {', '.join(Counts._fields)}.")
    parts = zip(Counts._fields, (tp, fp, fn, tn), strict=True)
    return share(sum(costs.get(name, 0.0) * np.asarray(part) for name, part in parts), n)


Objective = Callable[[Counts], Floats]

OBJECTIVES: dict[str, Objective] = {
    "f1": RATES["f1"].of,
    "cost": lambda counts: -expected_cost(*counts, EQUAL_COSTS, counts.total),
}
"""What a threshold can be best at, higher is better: F1, or the least cost where both mistakes cost the same."""


def best_threshold(y_true: Any, score: Any, objective: str | Objective = "f1", weight: Any = None) -> float:
    """The score at which `objective` is largest, of equally good ones the highest; infinity where calling nothing
    positive is best, NaN without rows or where the objective is defined nowhere.

    `objective` is a key of OBJECTIVES, or a function that takes Counts and gives a value per threshold, higher is
    better.
    """
    if not len(score):
        return float("nan")
    cuts, counts = _every_cut(np.asarray(y_true).astype(bool), np.asarray(score, dtype=np.float64), weight)
    chosen = OBJECTIVES[objective] if isinstance(objective, str) else objective
    values = np.asarray(chosen(counts))
    return float("nan") if np.isnan(values).all() else float(cuts[np.nanargmax(values)])


def _every_cut(truth: npt.NDArray[np.bool_], score: Floats, weight: Any) -> tuple[Floats, Counts]:
    """Infinity and each score that occurs, descending, with what it gives: one sort whatever the number of rows."""
    heavy = np.ones(len(score)) if weight is None else np.asarray(weight, dtype=np.float64)
    order = np.argsort(-score, kind="stable")
    ends = np.flatnonzero(np.append(np.diff(score[order]) != 0, True))
    hits, alarms = (np.append(0.0, np.cumsum((heavy * side)[order])[ends]) for side in (truth, ~truth))
    cuts = np.append(np.inf, score[order][ends])
    return cuts, Counts(hits, alarms, hits[-1] - hits, alarms[-1] - alarms)
