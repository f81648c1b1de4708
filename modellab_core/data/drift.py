"""Whether a column means the same in two samples of rows: the size of each change, and whether chance explains it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from modellab_core.data.drift_levels import Levels, levels_of
from modellab_core.data.drift_tests import (
    Superiority,
    apart,
    cramers_v,
    false_discovery,
    mean_difference,
    pooled,
    share_gap,
    superiority,
    tally,
    total_variation,
)
from modellab_core.data.drift_words import fresh_words, level_words, missing_words, order_words, quoted
from modellab_core.data.ordered import bin_edges, counts_between, finite, moment, quantile, unit_of
from modellab_core.data.table import ColumnType
from modellab_core.data.values import as_column, filled_numbers

LEVEL = 0.05
SMALL = 0.1  # share of rows; below it a difference of distributions is not called drift, however sure it is
SMALL_MISSING = 0.05
SMALL_FRESH = 0.01
BINS = 20
SHOWN_LEVELS = 12
FEW_LEVELS = 100
SHOWN_FRESH = 3


@dataclass(frozen=True)
class Shift:
    """One way in which a column may differ.

    `what` is distribution (`statistic` D of Kolmogorov and Smirnov for numbers and dates, its p-value joined with that
    of ranks; TV, the total variation distance, for texts and booleans), missing (the difference of the shares that are
    missing) or new_values (rows with a value that the older sample lacks, beyond what its single values let expect).
    `effect` is a share of rows, in [0, 1]; it has drifted only if the `q_value` is below .05 and the effect is at least
    `small`.
    """

    what: str
    statistic: str
    effect: float
    small: float
    p_value: float
    q_value: float
    sentence: str

    @property
    def drifted(self) -> bool:
        """Sure and large enough to be told."""
        return self.q_value < LEVEL and self.effect >= self.small


@dataclass(frozen=True)
class Bars:
    """Two histograms over the same bins: counts of `older` and of `newer` under each of `labels`.

    Bins of numbers and dates lie between `edges`, one more than labels; the outer ones also hold what lies beyond.
    """

    labels: tuple[str, ...]
    older: tuple[int, ...]
    newer: tuple[int, ...]
    edges: tuple[float | int | str, ...] = ()


@dataclass(frozen=True)
class ColumnDrift:
    """How a column of the newer sample differs from the older one.

    `rows` and `missing` are counts (older, newer). `shifts` has the largest that drifted first. `superiority` is the
    chance that a newer value is the larger one, `difference` of means in standard deviations (numbers and dates only);
    `cramers_v` is there for texts and booleans. `fresh` are the most frequent values that the older sample lacks, with
    counts, where it has at most a hundred. `reason` says why values were not compared, else it is empty.
    """

    name: str
    type: ColumnType
    rows: tuple[int, int]
    missing: tuple[int, int]
    shifts: tuple[Shift, ...] = ()
    superiority: Superiority | None = None
    difference: float | None = None
    cramers_v: float | None = None
    bars: Bars | None = None
    fresh: tuple[tuple[str, int], ...] = ()
    reason: str = ""

    @property
    def drifted(self) -> bool:
        """Whether one of the shifts has."""
        return any(shift.drifted for shift in self.shifts)

    @property
    def drifted_in(self) -> tuple[str, ...]:
        """What drifted, as `Shift.what`."""
        return tuple(shift.what for shift in self.shifts if shift.drifted)

    @property
    def first(self) -> Shift | None:
        """The shift that is told first."""
        return self.shifts[0] if self.shifts else None

    @property
    def statistic(self) -> str:
        """Of the first shift; empty where nothing could be compared."""
        return self.first.statistic if self.first else ""

    @property
    def effect(self) -> float:
        """Of the first shift, a share of rows in [0, 1]; 0 where nothing could be compared."""
        return self.first.effect if self.first else 0.0

    @property
    def p_value(self) -> float:
        """Of the first shift; 1 where nothing could be compared."""
        return self.first.p_value if self.first else 1.0

    @property
    def q_value(self) -> float:
        """Of the first shift; 1 where nothing could be compared."""
        return self.first.q_value if self.first else 1.0

    @property
    def sentence(self) -> str:
        """What drifted, in words; where nothing has, the reason or that there is no drift."""
        told = [shift.sentence for shift in self.shifts if shift.drifted]
        return " ".join(told) or self.reason or f"{quoted(self.name)} did not drift."

    def to_json(self) -> dict[str, Any]:
        """Plain values, with what the properties say."""
        names = ("drifted", "statistic", "effect", "p_value", "q_value", "sentence")
        return asdict(self) | {name: getattr(self, name) for name in names}


def drift(
    older: Any, newer: Any, kind: ColumnType, name: str = "", spelled: Mapping[str, str] | None = None
) -> ColumnDrift:
    """The drift of one column between two samples of rows that are independent of one another.

    `older` and `newer` are Series, arrays or Arrow columns of the type `kind`; an empty one is compared with nothing.
    `spelled` says how the file writes the plain form of a value. q-values are over the shifts of this column;
    `adjusted` makes them those of a table.
    """
    one, other = as_column(older, kind), as_column(newer, kind)
    is_ordered = kind in ("number", "date")
    filled, there = (filled_numbers(side) if is_ordered else side.drop_null() for side in (one, other))
    missing = (len(one) - len(filled), len(other) - len(there))
    found = ColumnDrift(name, kind, (len(one), len(other)), missing)
    if not len(one) or not len(other):
        return replace(found, reason=f"{quoted(name)} is not compared, as there are no rows to compare.")
    if not len(filled) or not len(there):
        found = replace(found, reason=f"The values of {quoted(name)} are not compared, as one side has none.")
    elif is_ordered:
        found = _ordered(found, filled, there)
    else:
        found = _levels(found, levels_of(filled, there, spelled or {}))
    return adjusted([replace(found, shifts=(*found.shifts, *_missing(found)))])[0]


def adjusted(drifts: Iterable[ColumnDrift]) -> list[ColumnDrift]:
    """The same with the q-values of Benjamini and Hochberg over all shifts of all columns.

    Columns that drifted come first, the largest effect before the others; the rest keep their order.
    """
    held = list(drifts)
    q_values = iter(false_discovery([shift.p_value for one in held for shift in one.shifts]))
    done = []
    for one in held:
        shifts = [replace(shift, q_value=next(q_values)) for shift in one.shifts]
        done.append(replace(one, shifts=tuple(sorted(shifts, key=lambda s: (not s.drifted, -s.effect * s.drifted)))))
    return sorted(done, key=lambda one: (not one.drifted, -one.effect * one.drifted))


def _missing(found: ColumnDrift) -> tuple[Shift, ...]:
    (one, other), (n, m) = found.missing, found.rows
    if not one and not other:
        return ()
    gap = share_gap(one, n, other, m)
    told = missing_words(found.name, one / n, other / m)
    return (Shift("missing", "difference", gap.effect, SMALL_MISSING, gap.p_value, 1.0, told),)


def _ordered(found: ColumnDrift, older: Any, newer: Any) -> ColumnDrift:
    one, other = np.sort(older), np.sort(newer)
    if one.dtype != other.dtype:
        one, other = one.astype(np.float64), other.astype(np.float64)
    both = tally(one, other)
    gap, place = apart(both)
    chance = superiority(both)
    told = order_words(found.name, found.type, one, other, gap.effect, place, chance)
    return replace(
        found,
        shifts=(Shift("distribution", "D", gap.effect, SMALL, gap.p_value, 1.0, told),),
        superiority=chance,
        difference=mean_difference(one, other),
        bars=_common_bins(finite(one), finite(other), found.type),
    )


def _common_bins(one: Any, other: Any, kind: ColumnType) -> Bars | None:
    """Bins between the 1 % quantiles of both, so that a few far values leave the rest visible."""
    if not len(one) or not len(other):
        return None
    low = min(quantile(one, 0.01), quantile(other, 0.01))
    high = max(quantile(one, 0.99), quantile(other, 0.99))
    if one.dtype.kind in "iu":
        low, high = int(np.floor(low)), int(np.ceil(high))
    edges = bin_edges(low, high, BINS, min(unit_of(one, kind), unit_of(other, kind)))
    shown = [moment(edge) if kind == "date" else edge for edge in edges]
    labels = tuple(f"{a} to {b}" if kind == "date" else f"{a:.6g} to {b:.6g}" for a, b in pairwise(shown))
    return Bars(labels, tuple(counts_between(one, edges)), tuple(counts_between(other, edges)), tuple(shown))


def _levels(found: ColumnDrift, levels: Levels) -> ColumnDrift:
    alone, few, few_newer = pooled(levels.older, levels.newer)
    shifts = _fresh(found.name, levels)
    if (levels.older > 0).sum() <= FEW_LEVELS:
        found = replace(found, fresh=tuple(levels.fresh(SHOWN_FRESH).items()))
    if not len(alone):
        reason = f"The values of {quoted(found.name)} are not compared, as hardly any is there more than a few times."
        return replace(found, shifts=shifts, reason=reason)
    gap = total_variation(few, few_newer)
    shares, shares_newer = few / few.sum(), few_newer / few_newer.sum()
    gains = (shares_newer - shares)[:-1]
    moved = int(np.argmax(np.abs(gains) + 1e-9 * (gains > 0)))  # of two levels the one that gained
    told = level_words(found.name, levels.name(int(alone[moved])), shares[moved], shares_newer[moved], gap.effect)
    return replace(
        found,
        shifts=(Shift("distribution", "TV", gap.effect, SMALL, gap.p_value, 1.0, told), *shifts),
        cramers_v=cramers_v(few, few_newer),
        bars=_common_levels(levels),
    )


def _fresh(name: str, levels: Levels) -> tuple[Shift, ...]:
    """Rows with values that the older sample lacks, against its rows with a value that only they have (Good 1953)."""
    is_fresh = levels.older == 0
    if not is_fresh.any():
        return ()
    rows, n, m = int(levels.newer[is_fresh].sum()), int(levels.older.sum()), int(levels.newer.sum())
    single = int((levels.older == 1).sum())
    gap = share_gap(single, n, rows, m)
    effect = max(0.0, rows / m - single / n)
    told = fresh_words(name, levels.fresh(SHOWN_FRESH), int(is_fresh.sum()), rows / m)
    return (Shift("new_values", "difference", effect, SMALL_FRESH, gap.p_value if effect else 1.0, 1.0, told),)


def _common_levels(levels: Levels) -> Bars:
    largest = np.maximum(levels.older / levels.older.sum(), levels.newer / levels.newer.sum())
    most = np.argsort(-largest, kind="stable")[:SHOWN_LEVELS]
    labels = [levels.name(place) for place in most.tolist()]
    counts = [[int(count) for count in side[most]] for side in (levels.older, levels.newer)]
    if len(largest) > len(most):
        labels.append("all others")
        sums = [int(side.sum()) for side in (levels.older, levels.newer)]
        counts = [[*row, total - sum(row)] for row, total in zip(counts, sums, strict=True)]
    return Bars(tuple(labels), tuple(counts[0]), tuple(counts[1]))
