"""Sentences about columns that changed between two samples of rows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from modellab_core.data.drift_tests import Superiority
from modellab_core.data.ordered import moment, quantile
from modellab_core.data.table import ColumnType

FACTORS = {1000.0: "1,000", 100.0: "100", 10.0: "10", 1e6: "1,000,000", 60.0: "60", 3600.0: "3,600", 1024.0: "1,024"}
SHOWN = 40


def percent(share: float) -> str:
    """`12 %`, `0.4 %`; never 0 % or 100 % for what is not."""
    points = 100 * share
    if 0 < points < 0.1 or 99.9 < points < 100:
        return "< 0.1 %" if points < 1 else "> 99.9 %"
    return f"{points:.1f} %" if 0 < points < 10 or 99 < points < 100 else f"{points:.0f} %"


def shown(value: Any, kind: ColumnType = "number") -> str:
    """A number or a date (microseconds since 1970) as a sentence writes it."""
    if kind == "date":
        return moment(value)
    whole = isinstance(value, int) or (float(value).is_integer() and abs(value) < 1e6)
    return f"{int(value):,}" if whole and abs(value) < 1e15 else f"{value:.4g}"


def quoted(text: str) -> str:
    """A value of the data inside a sentence: on one line, in quotes, its end cut off where it is long."""
    line = " ".join(text.split())
    return f"'{line if len(line) <= SHOWN else line[: SHOWN - 1] + '…'}'"


def missing_words(name: str, older: float, newer: float) -> str:
    """What became of the share of missing values."""
    return f"{quoted(name)}: {percent(newer)} of the values are missing, {percent(older)} were."


def level_words(name: str, level: str, older: float, newer: float, effect: float) -> str:
    """Which level moved most."""
    return (
        f"{quoted(name)}: {percent(effect)} of the rows would have to have another value; {quoted(level)} moved most, "
        f"from {percent(older)} to {percent(newer)}."
    )


def fresh_words(name: str, times: Mapping[str, int], number: int, share: float) -> str:
    """Which of `number` values were not there before, the most frequent with their counts."""
    named = ", ".join(f"{quoted(level)} ({count:,})" for level, count in times.items())
    more = f" and {number - len(times):,} more" if number > len(times) else ""
    return f"{quoted(name)} has values in {percent(share)} of the rows that were not there before: {named}{more}."


def order_words(
    name: str, kind: ColumnType, older: Any, newer: Any, effect: float, place: Any, chance: Superiority
) -> str:
    """Where the middle and the spread went, both samples sorted; that a unit may have changed where all grew alike."""
    middles = [quantile(side, 0.5) for side in (older, newer)]
    factor = _factor(older, newer) if kind == "number" else ""
    if factor:
        return f"{quoted(name)} is about {factor}, at every quantile: the unit may have changed."
    went = f"the median went from {shown(middles[0], kind)} to {shown(middles[1], kind)}"
    if middles[0] == middles[1]:
        one, other = (_middle_half(side, kind) for side in (older, newer))
        went = f"the median stayed {shown(middles[0], kind)}, the middle half went from {one} to {other}"
    if chance.value in (0.0, 1.0):
        side = "larger" if chance.value else "smaller"
        return f"{quoted(name)}: {went}; every newer value is {side} than every older one."
    below = [np.searchsorted(side, place, side="right") / len(side) for side in (older, newer)]
    return (
        f"{quoted(name)}: {went}; {percent(below[1])} of the values are at most {shown(place.item(), kind)}, "
        f"{percent(below[0])} were (D {effect:.2f}), and a newer value is the larger one in {percent(chance.value)} of "
        f"pairs{_ends(chance)}."
    )


def _ends(chance: Superiority) -> str:
    low, high = percent(chance.low), percent(chance.high)
    return "" if low == high else f" ({low} to {high})"


def _middle_half(side: Any, kind: ColumnType) -> str:
    return f"{shown(quantile(side, 0.25), kind)} to {shown(quantile(side, 0.75), kind)}"


def _factor(older: Any, newer: Any) -> str:
    """`1,000 times as large`, if every quantile grew by nearly that; empty otherwise."""
    pairs = [(quantile(older, share), quantile(newer, share)) for share in (0.1, 0.25, 0.5, 0.75, 0.9)]
    ratios = [b / a for a, b in pairs if a and b and np.isfinite(a) and np.isfinite(b)]
    if len(ratios) < 3 or min(ratios) <= 0 or max(ratios) / min(ratios) > 1.25:
        return ""
    typical = math.exp(sum(math.log(ratio) for ratio in ratios) / len(ratios))
    for factor, name in FACTORS.items():
        if abs(math.log(typical / factor)) < 0.1:
            return f"{name} times as large"
        if abs(math.log(typical * factor)) < 0.1:
            return f"{name} times smaller"
    return ""
