"""Quantiles and histograms of sorted numbers and dates: exact for whole numbers, without overflow for large ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from modellab_core.data.table import ColumnType

DAY = 86_400_000_000
SECOND = 1_000_000

Numbers = npt.NDArray[Any]
Number = int | float


def finite(ordered: Numbers) -> Numbers:
    """The sorted numbers without infinite ones; a view."""
    if ordered.dtype.kind != "f":
        return ordered
    return ordered[np.searchsorted(ordered, -np.inf, side="right") : np.searchsorted(ordered, np.inf, side="left")]


def quantile(ordered: Numbers, share: float) -> Number:
    """By linear interpolation, as numpy and pandas have it; a value of the column itself stays exact."""
    place = share * (len(ordered) - 1)
    low = int(place)
    below, above = ordered[low].item(), ordered[min(low + 1, len(ordered) - 1)].item()
    if place == low or below == above:
        return below  # type: ignore[no-any-return]
    part = place - low
    gap = above - below
    return float(below + gap * part) if np.isfinite(float(gap)) else float(below * (1 - part) + above * part)


def unit_of(ordered: Numbers, kind: ColumnType) -> int:
    """What bins are whole multiples of: days for dates without a time, seconds for long spans, else the least step."""
    if kind != "date":
        return 1
    if not (ordered % DAY).any():
        return DAY
    return SECOND if ordered[-1] - ordered[0] >= 100 * SECOND else 1


def bin_edges(low: Number, high: Number, bins: int, unit: int = 1) -> list[Number]:
    """Edges of at most `bins` bins from `low` to `high`, rising; whole numbers give bins of equally many of them.

    Of whole numbers the last edge lies above `high`; of others it is `high`, and one value has one bin.
    """
    if isinstance(low, int) and isinstance(high, int):
        steps = (high - low) // unit + 1
        width = -(-steps // bins) * unit
        return [*range(low, high + 1, width), low + -(-steps * unit // width) * width]
    if low == high:
        return [low, high]
    gap = float(high) - float(low)
    wide = not np.isfinite(gap)
    edges = [low * (1 - k / bins) + high * (k / bins) if wide else low + gap * (k / bins) for k in range(bins)]
    return sorted({float(edge) for edge in edges if low < edge < high} | {float(low), float(high)})


def counts_between(ordered: Numbers, edges: Sequence[Number]) -> list[int]:
    """Sorted numbers in each bin: from an edge on and below the next; those beyond the ends in the outer bins."""
    inner = np.searchsorted(ordered, np.array(edges[1:-1], dtype=ordered.dtype), side="left")
    return [int(count) for count in np.diff(np.r_[0, inner, len(ordered)])]


def moment(ticks: float, exact: bool = False) -> str:
    """Microseconds since 1970 as `2020-01-31`, or `2020-01-31 12:00:00` where there is a time; any year.

    To the second, unless `exact`: then parts of a second are there where the moment has them.
    """
    whole = int(ticks) if exact else round(ticks / SECOND) * SECOND
    if whole % DAY == 0:
        return str(np.datetime64(whole, "us").astype("datetime64[D]"))
    fine = np.datetime64(whole, "us")
    return str(fine if whole % SECOND else fine.astype("datetime64[s]")).replace("T", " ")
