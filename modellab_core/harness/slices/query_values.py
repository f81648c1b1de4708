"""How the values of a column are compared with a value of a query. A missing value compares as False."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from modellab_core.harness.slices.columns import Column, Mask

Sign = Callable[[Any, Any], Any]
DATE = re.compile(
    r"([+-]?\d{4,6}(?:-\d\d(?:-\d\d)?)?)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?Z?", re.ASCII | re.IGNORECASE
)
NANO = 10**9
PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": NANO}
HOLDS = {"number": "numbers", "truth": "truth values", "date": "dates", "text": "text"}


def compared(column: Column, sign: Sign, value: str | float | bool) -> Mask:
    """Rows whose value has the relation `sign` (of `operator`) to `value`, (n,).

    ValueError with the end of a sentence where the two are of different kinds.
    """
    if column.kind == "text":
        if not isinstance(value, str):
            raise ValueError(f"a column of text is compared with {value!r}: write the value in quotes")
        told = [bool(sign(text, value)) for text in column.texts]
        return np.asarray(np.array([*told, False])[column.values] & ~column.missing)
    if column.kind == "date":
        return _dates_compared(column, sign, value) & ~column.missing
    if isinstance(value, str):
        raise ValueError(f"a column of {HOLDS[column.kind]} is compared with the text {value!r}: leave out the quotes")
    return np.asarray(sign(column.values, float(value)) & ~column.missing)


def compared_columns(first: Column, sign: Sign, second: Column) -> Mask:
    """Rows in which the first column has the relation `sign` to the second, (n,); ValueError for different kinds."""
    known = ~first.missing & ~second.missing
    if {first.kind, second.kind} <= {"number", "truth"} or first.kind == second.kind == "date":
        return np.asarray(sign(first.values, second.values) & known)
    if first.kind != second.kind:
        raise ValueError(f"a column of {HOLDS[first.kind]} is compared with one of {HOLDS[second.kind]}")
    place = {text: code for code, text in enumerate(sorted({*first.texts, *second.texts}))}
    sides = [np.array([*(place[t] for t in one.texts), -1])[one.values] for one in (first, second)]
    return np.asarray(sign(*sides) & known)


def _dates_compared(column: Column, sign: Sign, value: str | float | bool) -> Mask:
    unit = np.datetime_data(column.values.dtype)[0]
    ticks = column.values.view(np.int64)
    # the moment lies on a tick of the column, or between `floor` and the tick after it
    floor, rest = divmod(_nanoseconds(value) * PER_SECOND[unit], NANO)
    if not rest or sign not in (operator.eq, operator.ne):
        later = rest and sign in (operator.lt, operator.ge)
        return np.asarray(sign(ticks, floor + 1 if later else floor))
    return np.full(len(ticks), sign is operator.ne)


def _nanoseconds(value: str | float | bool) -> int:
    """Nanoseconds from 1970 of a date as text, whatever its size."""
    match = DATE.fullmatch(value.strip()) if isinstance(value, str) else None
    try:
        if match is None:
            raise ValueError
        day, hour, minute, second, fraction = match.groups(default="0")
        seconds = int(np.datetime64(day, "s").astype(np.int64))
        if not (int(hour) < 24 and int(minute) < 60 and int(second) < 60):
            raise ValueError
        return (seconds + int(hour) * 3600 + int(minute) * 60 + int(second)) * NANO + int(fraction.ljust(9, "0"))
    except ValueError:
        raise ValueError(f'a column of dates is compared with {value!r}: write a date as "2024-03-01"') from None
