"""What is in each column: counts, range, quantiles, most frequent values, and a small histogram."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from modellab_core.data.ordered import bin_edges, counts_between, finite, mean_and_spread, moment, quantile, unit_of
from modellab_core.data.spelling import plain
from modellab_core.data.table import ColumnType, Table
from modellab_core.data.tops import Top, counted, counted_texts
from modellab_core.data.values import as_column, filled_numbers

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
TOP_VALUES = 10
MOST_BINS = 20
LONGEST_SHOWN = 200

Value = float | int | str | None
Described = tuple[str, ColumnType, Any, Mapping[str, str]]


@dataclass(frozen=True)
class Histogram:
    """`counts` of values from one of the `edges` (numbers, or dates as text) on and below the next; the last edge of
    numbers with a fraction belongs to its bin. One more edge than counts.
    """

    edges: tuple[Value, ...]
    counts: tuple[int, ...]


@dataclass(frozen=True)
class ColumnProfile:
    """One column at a glance.

    `missing` and `distinct` are counts, `distinct` without missing. `min`, `max`, `mean`, `std` (n − 1) and `quantiles`
    (by share as text, "0.5") are numbers, or ISO dates as text (`std` of dates is left out), and None for text and
    booleans; infinite values are left out of these and of the histogram, and counted in `infinite`. `zeros` and
    `negatives` are counts of numbers, `shortest` and `longest` characters of texts. `top` are the most frequent values
    with their counts, ties in order of values, texts cut after 200 characters; where there are ten or more values,
    those that occur once are not among them.
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
    std: float | None = None
    zeros: int | None = None
    negatives: int | None = None
    infinite: int | None = None
    shortest: int | None = None
    longest: int | None = None

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
    return profile_of_columns(
        (name, kind, table.frame[name], table.spellings.get(name, {})) for name, kind in table.reading.types.items()
    )


def profile_of_columns(columns: Iterable[Described]) -> list[ColumnProfile]:
    """The profile of each (name, type, values, plain form of a value → how the file spells it), one after the other.

    Values are Arrow columns, Series or arrays. While a column is described, at most two more of its size are in memory.
    """
    return [column_profile(*column) for column in columns]


def column_profile(name: str, kind: ColumnType, values: Any, spelled: Mapping[str, str]) -> ColumnProfile:
    """The profile of one column."""
    column = as_column(values, kind)
    if kind in ("number", "date"):
        filled = filled_numbers(column)
        empty = ColumnProfile(name, kind, len(column), len(column) - len(filled), 0)
        return of_ordered(empty, np.sort(filled), spelled)
    return _named(ColumnProfile(name, kind, len(column), column.null_count, 0), column.drop_null(), spelled)


def _named(empty: ColumnProfile, filled: pa.ChunkedArray, spelled: Mapping[str, str]) -> ColumnProfile:
    distinct, top = counted_texts(filled, TOP_VALUES)
    found = replace(empty, distinct=distinct, top=written(top, spelled))
    if empty.type == "boolean" or not len(filled):
        return found
    lengths = pc.min_max(pc.utf8_length(filled))
    return replace(found, shortest=lengths["min"].as_py(), longest=lengths["max"].as_py())


def of_ordered(empty: ColumnProfile, ordered: npt.NDArray[Any], spelled: Mapping[str, str]) -> ColumnProfile:
    """The profile of a column of numbers or dates from those that are there, in rising order."""
    is_date = empty.type == "date"
    distinct, top = counted(ordered, TOP_VALUES)
    if is_date:
        top = [(moment(value, exact=True), count) for value, count in top]
    inside = finite(ordered)
    found = replace(empty, distinct=distinct, top=written(top, spelled))
    if not is_date:
        zero = ordered.dtype.type(0)  # of another type, it would have all of the column copied
        below, upto = (int(np.searchsorted(ordered, zero, side=side)) for side in ("left", "right"))
        found = replace(found, zeros=upto - below, negatives=below, infinite=len(ordered) - len(inside))
    return _ranged(found, inside) if len(inside) else found


def _ranged(found: ColumnProfile, inside: npt.NDArray[Any]) -> ColumnProfile:
    """With what is told of finite values."""
    is_date = found.type == "date"
    mean, std = mean_and_spread(inside)
    low, high = inside[0].item(), inside[-1].item()
    edges = bin_edges(low, high, _bins(len(inside)), unit_of(inside, found.type))
    shown = moment if is_date else _plain_number
    return replace(
        found,
        min=moment(low, exact=True) if is_date else _plain_number(low),
        max=moment(high, exact=True) if is_date else _plain_number(high),
        mean=shown(mean),
        std=None if is_date else std,
        quantiles={f"{share:g}": shown(quantile(inside, share)) for share in QUANTILES},
        histogram=Histogram(tuple(shown(edge) for edge in edges), tuple(counts_between(inside, edges))),
    )


def _bins(n: int) -> int:
    """Sturges's number of bins."""
    return min(MOST_BINS, max(5, int(np.ceil(np.log2(n) + 1))))


def _plain_number(value: float) -> Value:
    """Without the sign of zero."""
    return value + 0


def written(top: Top, spelled: Mapping[str, str]) -> tuple[tuple[str, int], ...]:
    """Values with their counts as the file writes them; long ones are cut."""
    return tuple((_cut(spelled.get(plain(value), plain(value))), count) for value, count in top)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"
