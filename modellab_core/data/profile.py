"""What is in each column: counts, range, quantiles, most frequent values, and a small histogram."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from modellab_core.data.spelling import plain
from modellab_core.data.table import ColumnType, Table

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
TOP_VALUES = 10
MOST_BINS = 20

Value = float | int | str | None


@dataclass(frozen=True)
class Histogram:
    """`counts` of values between neighbouring `edges` (numbers, or dates as text); one more edge than counts."""

    edges: tuple[Value, ...]
    counts: tuple[int, ...]


@dataclass(frozen=True)
class ColumnProfile:
    """One column at a glance.

    `missing` and `distinct` are counts, `distinct` without missing. `min`, `max`, `mean` and `quantiles` (by share as
    text, "0.5") are numbers, or ISO dates as text, and None for text and booleans; infinite values are left out of
    these and of the histogram. `top` are the most frequent values with their counts, ties in order of
    the text; empty where every one of ten or more values occurs once.
    """

    name: str
    type: ColumnType
    count: int
    missing: int
    distinct: int
    min: Value = None
    max: Value = None
    mean: Value = None
    quantiles: Mapping[str, Value] = field(default_factory=dict)
    top: tuple[tuple[str, int], ...] = ()
    histogram: Histogram | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; `from_json` gives an equal profile."""
        held = None if self.histogram is None else {key: list(item) for key, item in asdict(self.histogram).items()}
        return asdict(self) | {"top": [list(pair) for pair in self.top], "histogram": held}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> ColumnProfile:
        """The profile that `to_json` wrote."""
        held = value["histogram"]
        histogram = held and Histogram(tuple(held["edges"]), tuple(held["counts"]))
        top = tuple((text, count) for text, count in value["top"])
        return cls(**dict(value) | {"top": top, "histogram": histogram})


def profile(table: Table) -> list[ColumnProfile]:
    """The profile of each column, in the order of the table."""
    return [_column(table, name, kind) for name, kind in table.reading.types.items()]


def _column(table: Table, name: str, kind: ColumnType) -> ColumnProfile:
    column = table.frame[name]
    spelled = table.spellings.get(name, {})
    filled = column.dropna()
    empty = ColumnProfile(name, kind, len(column), len(column) - len(filled), 0)
    if kind in {"text", "boolean"}:
        found = filled.value_counts()
        return replace(empty, distinct=len(found), top=_top(found.index, found.to_numpy(), spelled))
    values = filled.to_numpy()
    if kind == "date":
        return _ordered(empty, values.astype("datetime64[us]").astype(np.int64), spelled, _date)
    numbers = values.astype(np.int64 if _are_whole(values) else np.float64, copy=False)
    return _ordered(empty, numbers, spelled, _number)


def _are_whole(values: npt.NDArray[Any]) -> bool:
    """Whole numbers with gaps come as objects."""
    return bool(values.dtype == object or values.dtype.kind in "iu")


def _ordered(
    empty: ColumnProfile, numbers: npt.NDArray[Any], spelled: Mapping[str, str], shown: Callable[[Any], Value]
) -> ColumnProfile:
    """The profile of a column of numbers or dates, by one sort."""
    ordered = np.sort(numbers)
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if len(ordered) else np.zeros(0, np.int64)
    times = np.diff(np.r_[starts, len(ordered)])
    most = _most_frequent(times)
    counted = replace(
        empty, distinct=len(starts), top=_top([shown(value) for value in ordered[starts[most]]], times[most], spelled)
    )
    ordered = ordered[np.isfinite(ordered)]
    if not len(ordered) or not np.isfinite(float(ordered[-1]) - float(ordered[0])):
        return counted
    return replace(
        counted,
        min=shown(ordered[0]),
        max=shown(ordered[-1]),
        mean=shown(_mean(ordered)),
        quantiles={f"{share:g}": shown(value) for share, value in zip(QUANTILES, _quantiles(ordered), strict=True)},
        histogram=_histogram(ordered, shown),
    )


def _mean(ordered: npt.NDArray[Any]) -> float:
    """About the middle of the range, so that large numbers do not overflow and equal ones give themselves."""
    middle = float(ordered[0]) / 2 + float(ordered[-1]) / 2
    return middle + float(np.mean(ordered.astype(np.float64) - middle))


def _quantiles(ordered: npt.NDArray[Any]) -> list[float]:
    """By linear interpolation, as numpy and pandas do."""
    place = np.array(QUANTILES) * (len(ordered) - 1)
    low = np.floor(place).astype(np.int64)
    high = np.minimum(low + 1, len(ordered) - 1)
    below, above = ordered[low].astype(np.float64), ordered[high].astype(np.float64)
    return [float(value) for value in below + (above - below) * (place - low)]


def _histogram(ordered: npt.NDArray[Any], shown: Callable[[Any], Value]) -> Histogram:
    low, high = float(ordered[0]), float(ordered[-1])
    bins = 1 if low == high else min(MOST_BINS, max(5, int(np.ceil(np.log2(len(ordered)) + 1))))
    edges = np.linspace(low, high, bins + 1)
    inner = np.searchsorted(ordered.astype(np.float64), edges[1:-1], side="left")
    counts = np.diff(np.r_[0, inner, len(ordered)])
    return Histogram(tuple(shown(edge) for edge in edges), tuple(int(count) for count in counts))


def _most_frequent(times: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """Positions of the most frequent values, ties in their own order."""
    if len(times) > 4 * TOP_VALUES:
        least = np.partition(times, -TOP_VALUES)[-TOP_VALUES]
        sure = np.flatnonzero(times > least)
        tied = np.flatnonzero(times == least)[: TOP_VALUES - len(sure)]
        candidates = np.sort(np.r_[sure, tied])
    else:
        candidates = np.arange(len(times))
    return candidates[np.argsort(-times[candidates], kind="stable")][:TOP_VALUES]


def _top(values: Any, times: Any, spelled: Mapping[str, str]) -> tuple[tuple[str, int], ...]:
    written = [plain(value) for value in values]
    if max(times, default=0) == 1 and len(written) == TOP_VALUES:  # every value once: none is frequent
        return ()
    ranked = sorted(zip(written, (int(count) for count in times), strict=True), key=lambda pair: (-pair[1], pair[0]))
    return tuple((spelled.get(text, text), count) for text, count in ranked[:TOP_VALUES])


def _number(value: Any) -> Value:
    number = float(value)
    return int(value) if isinstance(value, np.integer) else number


def _date(value: Any) -> Value:
    moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(microseconds=round(float(value)))
    moment = moment.replace(microsecond=0)
    return moment.isoformat(sep=" ") if moment.time() != datetime.time() else moment.date().isoformat()
