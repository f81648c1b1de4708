"""Quantiles and histograms of sorted numbers and dates: exact for whole numbers, without overflow for large ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from modellab_core.data.table import ColumnType

DAY = 86_400_000_000
SECOND = 1_000_000
BLOCK = 1 << 18

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


def mean_and_spread(ordered: Numbers) -> tuple[float, float | None]:
    """Mean and standard deviation (n − 1) of sorted finite numbers; no deviation of one, or beyond the largest float.

    Sums are about the middle of the range and in units of it, so that large numbers do not overflow and equal ones give
    themselves; block by block, which needs no second column in memory.
    """
    middle = float(ordered[0]) / 2 + float(ordered[-1]) / 2
    unit = max(abs(float(ordered[0]) - middle), abs(float(ordered[-1]) - middle)) or 1.0
    first = sum(float(np.sum(part)) for part in _parts(ordered, middle, unit)) / len(ordered)
    if len(ordered) < 2:
        return middle + first * unit, None
    squares = sum(float(np.sum((part - first) ** 2)) for part in _parts(ordered, middle, unit))
    std = float(np.sqrt(squares / (len(ordered) - 1))) * unit
    return middle + first * unit, std if np.isfinite(std) else None


def _parts(ordered: Numbers, middle: float, unit: float) -> Iterator[Numbers]:
    for start in range(0, len(ordered), BLOCK):
        yield (ordered[start : start + BLOCK].astype(np.float64) - middle) / unit


def unit_of(ordered: Numbers, kind: ColumnType) -> int:
    """What bins are whole multiples of: days for dates without a time, seconds for long spans, else the least step."""
    if kind != "date":
        return 1
    if not any((ordered[start : start + BLOCK] % DAY).any() for start in range(0, len(ordered), BLOCK)):
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
