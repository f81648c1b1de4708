"""Which values of a column of numbers or dates stand apart so far, and so often, that they seem to mean "missing"."""

from __future__ import annotations

import numpy as np
import pandas as pd

from modellab_core.harness.predictions import Floats, Ints

LEAST_ROWS = 20
FAR, VERY_FAR, FEW = 0.5, 2.0, 8
REPEATED, SPIKE = 0.005, 5
ENDS = frozenset({32767, -32768, 2147483647, -2147483648, 65535, 4294967295, 1e20, -1e20, 7777, 8888, 77777, 88888})
DATES = ("1900-01-01", "1899-12-30", "1899-12-31", "1970-01-01", "1753-01-01", "1800-01-01", "1901-01-01", "0001-01-01")
LATE_DATES = ("9999-12-31", "2999-12-31", "2099-12-31", "2999-01-01", "9999-01-01", "2100-01-01", "2199-12-31")


def sentinels(values: Floats) -> dict[float, int]:
    """Value → rows, for the at most two values at either end that seem to stand for missing."""
    levels, count = np.unique(values[np.isfinite(values)], return_counts=True)
    found: dict[float, int] = {}
    for side in (1, -1):
        for _ in range(2):
            if len(levels) < 4 or count.sum() < LEAST_ROWS:
                break
            place = 0 if side == 1 else len(levels) - 1
            if not _stands_for_missing(levels, count.astype(np.int64), place):
                break
            found[float(levels[place])] = int(count[place])
            levels, count = np.delete(levels, place), np.delete(count, place)
    return found


def _stands_for_missing(levels: Floats, count: Ints, place: int) -> bool:
    value, rows = float(levels[place]), int(count[place])
    rest, times = np.delete(levels, place), np.delete(count, place)
    if value == 0 or rows < 2:
        return False
    gap = float(np.abs(rest - value).min())
    spread = _spread(rest, times)
    if is_pattern(value, rest) and gap >= (FAR if len(rest) >= FEW else VERY_FAR) * spread:
        return True
    repeated = rows >= max(5, REPEATED * count.sum())
    if repeated and gap >= VERY_FAR * spread and len(rest) >= FEW and gap > 2 * _step(rest):
        return True
    return _spike(value, rows, rest, times) and repeated


def _spread(levels: Floats, count: Ints) -> float:
    """The distance between the 1 % and the 99 % quantile, at least the usual step between values."""
    reached = np.cumsum(count) / count.sum()
    low, high = levels[np.searchsorted(reached, 0.01)], levels[np.searchsorted(reached, 0.99)]
    return max(float(high - low), _step(levels))


def _step(levels: Floats) -> float:
    return float(np.median(np.diff(levels))) if len(levels) > 1 else 0.0


def is_pattern(value: float, rest: Floats) -> bool:
    """Whether a value is one that people write for missing: nines, the end of a type's range, or −1 … −9 below zero."""
    if value != np.floor(value):
        return False
    digits = f"{abs(int(value))}" if abs(value) < 1e18 else ""
    nines = len(digits) >= 2 and set(digits) == {"9"}
    return nines or value in ENDS or (-9 <= value <= -1 and bool((rest >= 0).all()))


def _spike(value: float, rows: int, rest: Floats, times: Ints) -> bool:
    """Whether −1 … −9, or nines, are far more frequent than the values beside them, of which there are many."""
    if not is_pattern(value, rest) or len(rest) < 10 or rows < 0.01 * (times.sum() + rows):
        return False
    near = np.argsort(np.abs(rest - value), kind="stable")[:10]
    often = float(np.median(times[near]))
    return rows >= SPIKE * often if value < 0 else rows >= 2 * SPIKE * often


def impossible_zeros(values: Floats) -> int:
    """How many zeros there are, if they stand apart from all other values, which are above zero; else 0."""
    filled = values[np.isfinite(values)]
    zero = int((filled == 0).sum())
    above = filled[filled > 0]
    if len(filled) < LEAST_ROWS or (filled < 0).any() or len(above) < LEAST_ROWS:
        return 0
    if not max(5, REPEATED * len(filled)) <= zero <= 0.5 * len(filled):
        return 0
    levels = np.unique(above)
    low, middle = np.quantile(above, [0.01, 0.5])
    apart = levels[0] >= 3 * _step(levels) and levels[0] >= 0.1 * middle
    return zero if len(levels) >= 20 and low >= middle / 3 and apart else 0


def sentinel_dates(column: pd.Series) -> dict[str, int]:
    """Date as text → rows, for first and last days of calendars that stand apart from all other dates."""
    moments = column.dropna().to_numpy().astype("datetime64[s]")
    days, count = np.unique(moments.astype(np.int64) // 86_400, return_counts=True)
    if len(days) < 4 or count.sum() < LEAST_ROWS:
        return {}
    known = {int(np.datetime64(text, "D").astype(np.int64)): text for text in (*DATES, *LATE_DATES)}
    found = {}
    for place in (0, len(days) - 1):
        rest, times = np.delete(days, place), np.delete(count, place)
        gap = abs(int(days[place]) - rest).min()
        far = FAR if int(days[place]) in known else VERY_FAR
        often = count[place] >= (2 if int(days[place]) in known else max(5, REPEATED * count.sum()))
        if often and gap >= far * _spread(rest.astype(np.float64), times.astype(np.int64)):
            found[str(np.datetime64(int(days[place]), "D"))] = int(count[place])
    return found
