"""One feature cut into bins: quantile bins of numbers and dates, categories, and `missing` as an ordinary bin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from modellab_core.harness.predictions import Floats, Ints

QUANTILE_BINS = 5
CATEGORIES = 8
RARE_ROWS = 15
RARE_SHARE = 0.01
BOOLEANS = ("False", "True")
WORDS = ("missing", "other", "")


@dataclass(frozen=True)
class Bin:
    """Some values of one feature: the `rows` that have them (n,), a short text, and a query of the grammar."""

    text: str
    rows: npt.NDArray[np.bool_]
    query: str | None


def column_name(name: str) -> str:
    """A column as the query grammar writes it: bare if it is an identifier, else in backticks."""
    words = ("in", "not", "and", "or", "is", "missing", "True", "False", "None")
    return name if name.isidentifier() and name.isascii() and name not in words else f"`{name.replace('`', '``')}`"


def bins_of(column: pd.Series, name: str) -> list[Bin]:
    """The bins of a feature: they cover every row once, so their counts sum to n."""
    missing = column.isna().to_numpy(dtype=bool)
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        found = _date_bins(column, missing, name)
    elif pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_bool_dtype(column.dtype):
        found = _number_bins(column.to_numpy(dtype=np.float64, na_value=np.nan), missing, name)
    else:
        found = _category_bins(column, missing, name)
    if missing.any():
        found.append(Bin("missing", missing, f"{column_name(name)} is missing"))
    return found


def quantile_edges(values: Floats, bins: int) -> Floats:
    """At most `bins` − 1 inner edges, each a value that occurs, ascending; ties never straddle an edge."""
    if not len(values):
        return np.empty(0)
    ordered = np.sort(values)
    places = np.arange(1, bins) * len(ordered) // bins
    edges = np.unique(ordered[places])
    return np.asarray(edges[edges > ordered[0]])


def ranges(values: Floats, missing: npt.NDArray[np.bool_], bins: int, show: Callable[[float], str]) -> list[Bin]:
    """Quantile bins of `values` where not `missing`; texts like `< 20`, `20 to < 35`, `≥ 35`; no query."""
    edges = quantile_edges(values[~missing], bins)
    codes = np.searchsorted(edges, values, side="right")
    texts = [_range_text(edges, code, show) for code in range(len(edges) + 1)]
    found = [Bin(text, (codes == code) & ~missing, None) for code, text in enumerate(texts)]
    return [one for one in found if one.rows.any()]


def _range_text(edges: Floats, code: int, show: Callable[[float], str]) -> str:
    if not len(edges):
        return "any value"
    if code == 0:
        return f"< {show(edges[0])}"
    if code == len(edges):
        return f"≥ {show(edges[-1])}"
    return f"{show(edges[code - 1])} to < {show(edges[code])}"


def shown(value: float) -> str:
    """A number as short as it can be written without loss; whole numbers without a point."""
    return str(int(value)) if abs(value) < 1e15 and value == int(value) else repr(float(value))


def _number_bins(values: Floats, missing: npt.NDArray[np.bool_], name: str) -> list[Bin]:
    distinct = np.unique(values[~missing])
    if len(distinct) <= QUANTILE_BINS:
        return [Bin(_literal(x), values == x, f"{column_name(name)} == {_literal(x)}") for x in distinct]
    edges = quantile_edges(values[~missing], QUANTILE_BINS)
    return _with_queries(ranges(values, missing, QUANTILE_BINS, _literal), [_literal(edge) for edge in edges], name)


def _literal(value: float) -> str:
    return shown(value) if np.isfinite(value) else ("1e999" if value > 0 else "-1e999")


def _with_queries(found: list[Bin], edges: list[str], name: str) -> list[Bin]:
    column = column_name(name)
    below = [*(f"{column} < {edge}" for edge in edges), ""]
    above = ["", *(f"{column} >= {edge}" for edge in edges)]
    queries = [" and ".join(filter(None, pair)) for pair in zip(above, below, strict=True)]
    if not edges:
        queries = [f"not {column} is missing"]
    return [Bin(one.text, one.rows, query) for one, query in zip(found, queries, strict=True)]


def _date_bins(column: pd.Series, missing: npt.NDArray[np.bool_], name: str) -> list[Bin]:
    stamps = column.to_numpy(dtype="datetime64[ns]") if column.dt.tz is None else column.dt.tz_convert("UTC")
    ticks = np.where(missing, 0, np.asarray(stamps, dtype="datetime64[ns]").astype(np.int64))
    distinct = np.unique(ticks[~missing])
    # ranks stand for the dates: nanoseconds do not fit into the 53 bits of a float
    ranks = np.searchsorted(distinct, ticks).astype(np.float64)

    def day(rank: float) -> str:
        stamp = pd.Timestamp(int(distinct[int(rank)]))
        return str(stamp.date().isoformat() if stamp == stamp.normalize() else stamp.isoformat())

    edges = [f'"{day(edge)}"' for edge in quantile_edges(ranks[~missing], QUANTILE_BINS)]
    return _with_queries(ranges(ranks, missing, QUANTILE_BINS, day), edges, name) if len(distinct) else []


def _category_bins(column: pd.Series, missing: npt.NDArray[np.bool_], name: str) -> list[Bin]:
    if pd.api.types.is_bool_dtype(column.dtype):
        truth = column.to_numpy(dtype=np.float64, na_value=np.nan)
        halves = [Bin(text, truth == value, f"{column_name(name)} == {value}") for value, text in enumerate(BOOLEANS)]
        return [half for half in halves if half.rows.any()]
    codes, texts = _codes(column, missing)
    counts = np.bincount(codes[~missing], minlength=len(texts))
    kept = kept_categories(counts, texts, len(column))
    found = [Bin(_plain_text(texts[k]), codes == k, f"{column_name(name)} == {quoted(texts[k])}") for k in kept]
    rest = ~missing & ~np.isin(codes, kept)
    if rest.any():
        listed = ", ".join(quoted(texts[k]) for k in kept)
        comma = "," if len(kept) == 1 else ""  # one value in brackets is no list of values
        exclude = f"{column_name(name)} not in ({listed}{comma}) and " if kept else ""
        found.append(Bin("other", rest, f"{exclude}not {column_name(name)} is missing"))
    return found


def _codes(column: pd.Series, missing: npt.NDArray[np.bool_]) -> tuple[Ints, list[str]]:
    """Position of each row's value in the sorted distinct texts, −1 where missing."""
    hashable = column if column.dtype != object else column.where(missing, column.map(str))
    first, values = pd.factorize(hashable)
    texts = [str(value) for value in values]
    names = sorted(set(texts))
    place = {text: code for code, text in enumerate(names)}
    table = np.array([place[text] for text in texts] + [-1], dtype=np.int64)
    return np.where(missing, -1, table[first]), names


def kept_categories(counts: Ints, texts: list[str], n: int) -> list[int]:
    """Positions of at most `CATEGORIES` values with ≥ max(15, 1 % of n) rows, most frequent first, ties by text."""
    enough = min(max(RARE_ROWS, RARE_SHARE * n), n / 2)
    order = sorted(range(len(texts)), key=lambda k: (-counts[k], texts[k]))
    frequent = [k for k in order if counts[k] >= enough][:CATEGORIES]
    # a single rare value needs no pool: it keeps its name
    return order if len(texts) == len(frequent) + 1 and len(texts) <= CATEGORIES else frequent


def quoted(text: str) -> str:
    """A string as the query grammar writes it."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\r", "\\r") + "'"


def _plain_text(value: Any) -> str:
    return f'"{value}"' if value in WORDS else str(value)
