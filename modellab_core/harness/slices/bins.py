"""One feature cut into bins: quantile bins of numbers and dates, categories, and `missing` as an ordinary bin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from modellab_core.harness.predictions import Floats, Ints
from modellab_core.harness.slices.columns import Column, Mask, column_of

QUANTILE_BINS = 5
CATEGORIES = 8
RARE_ROWS = 15
RARE_SHARE = 0.01
LONGEST = 10_000  # characters of a query
BOOLEANS = ("False", "True")
WORDS = ("missing", "other", "")

Codes = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Bin:
    """Some values of one feature: the `rows` that have them (n,), a short text, and a query of the grammar."""

    text: str
    rows: Mask
    query: str | None


@dataclass(frozen=True, eq=False)
class Cut:
    """A feature in bins, each with rows: the bin of each row, (n,), and the text and the query of each bin."""

    codes: Codes
    texts: tuple[str, ...]
    queries: tuple[str | None, ...]

    def __len__(self) -> int:
        return len(self.texts)

    def bins(self) -> list[Bin]:
        """The bins one by one; together they hold each row once."""
        told = enumerate(zip(self.texts, self.queries, strict=True))
        return [Bin(text, self.codes == code, query) for code, (text, query) in told]


def column_name(name: str) -> str:
    """A column as the query grammar writes it: bare if it is an identifier, else in backticks."""
    words = ("in", "not", "and", "or", "is", "missing", "True", "False", "None")
    return name if name.isidentifier() and name.isascii() and name not in words else f"`{name.replace('`', '``')}`"


def bins_of(column: pd.Series, name: str) -> list[Bin]:
    """The bins of a feature: they cover every row once, so their counts sum to n."""
    return cut_of(column_of(column), name).bins()


def cut_of(column: Column, name: str) -> Cut:
    """The feature `name` in bins, at most ten; the last is `missing` where a value is.

    A bin whose query would be longer than anybody reads has none.
    """
    codes, texts, queries = _WAYS[column.kind](column, column_name(name))
    if column.missing.any():
        codes[column.missing] = len(texts)
        texts, queries = [*texts, "missing"], [*queries, f"{column_name(name)} is missing"]
    return Cut(codes, tuple(texts), tuple(query if len(query) <= LONGEST else None for query in queries))


def quantile_edges(values: npt.NDArray[Any], bins: int) -> npt.NDArray[Any]:
    """At most `bins` − 1 inner edges, each a value that occurs, ascending; ties never straddle an edge."""
    return _edges(np.sort(values), bins)


def _edges(ordered: npt.NDArray[Any], bins: int) -> npt.NDArray[Any]:
    if not len(ordered):
        return ordered
    edges = np.unique(ordered[np.arange(1, bins) * len(ordered) // bins])
    return np.asarray(edges[edges > ordered[0]])


def ranges(values: Floats, bins: int, show: Callable[[Any], str]) -> Cut:
    """Quantile bins of `values` without NaN; texts like `< 20`, `20 to < 35`, `≥ 35`; no query."""
    edges = quantile_edges(values, bins)
    texts = _range_texts(edges, show)
    return Cut(_codes_between(edges, values), tuple(texts), (None,) * len(texts))


def _codes_between(edges: npt.NDArray[Any], values: npt.NDArray[Any]) -> Codes:
    return np.searchsorted(edges, values, side="right").astype(np.uint8)


def _range_texts(edges: npt.NDArray[Any], show: Callable[[Any], str]) -> list[str]:
    if not len(edges):
        return ["any value"]
    told = [show(edge) for edge in edges]
    between = [f"{low} to < {high}" for low, high in pairwise(told)]
    return [f"< {told[0]}", *between, f"≥ {told[-1]}"]


def shown(value: float) -> str:
    """A number as short as it can be written without loss; whole numbers without a point."""
    return str(int(value)) if abs(value) < 1e15 and value == int(value) else repr(float(value))


def literal(value: float) -> str:
    """A number as the query grammar writes it; infinity is 1e999."""
    return shown(value) if np.isfinite(value) else ("1e999" if value > 0 else "-1e999")


Binned = tuple[Codes, list[str], list[str]]


def _numbers(column: Column, name: str) -> Binned:
    known = np.sort(column.values[~column.missing])
    distinct = known[np.append(True, known[1:] != known[:-1])] if len(known) else known
    if len(distinct) <= QUANTILE_BINS:
        codes = np.searchsorted(distinct, column.values).astype(np.uint8)
        return codes, [literal(x) for x in distinct], [f"{name} == {literal(x)}" for x in distinct]
    edges = np.array([short_edge(edge, known) for edge in _edges(known, QUANTILE_BINS)])
    return _between(column.values, edges, literal, literal, name)


def short_edge(edge: float, known: Floats) -> float:
    """The number with the fewest digits that parts the ascending `known` values where `edge`, one of them, does."""
    below = float(known[np.searchsorted(known, edge) - 1])
    for digits in range(0, 16):
        rounded = f"{edge:.{digits}e}"
        step = float(f"1e{int(rounded.partition('e')[2]) - digits}") if "e" in rounded else 0.0
        for value in (float(rounded), float(f"{float(rounded) - step:.{digits}e}")):
            if below < value <= edge:
                return value
    return float(edge)


def _dates(column: Column, name: str) -> Binned:
    known = np.sort(column.values[~column.missing])
    if not len(known):
        return np.zeros(len(column), dtype=np.uint8), [], []
    return _between(column.values, _edges(known, QUANTILE_BINS), day, lambda edge: f'"{day(edge)}"', name)


def day(stamp: Any) -> str:
    """A datetime64 in ISO 8601, without a time where it is midnight."""
    date, _, time = str(np.datetime_as_string(stamp)).partition("T")
    time = time.rstrip("0").rstrip(".") if "." in time else time
    return date if time.replace("0", "").replace(":", "") == "" else f"{date}T{time}"


def _between(
    values: npt.NDArray[Any], edges: npt.NDArray[Any], show: Callable[[Any], str], ask: Callable[[Any], str], name: str
) -> Binned:
    asked = [ask(edge) for edge in edges]
    below = [*(f"{name} < {edge}" for edge in asked), ""]
    above = ["", *(f"{name} >= {edge}" for edge in asked)]
    queries = [" and ".join(filter(None, pair)) for pair in zip(above, below, strict=True)]
    return _codes_between(edges, values), _range_texts(edges, show), queries if asked else [f"not {name} is missing"]


def _truths(column: Column, name: str) -> Binned:
    present = [value for value in (0, 1) if (column.values == value).any()]
    codes = np.searchsorted(present, column.values).astype(np.uint8)
    return codes, [BOOLEANS[value] for value in present], [f"{name} == {BOOLEANS[value]}" for value in present]


def _categories(column: Column, name: str) -> Binned:
    texts, known = column.texts, column.values[~column.missing]
    kept = kept_categories(np.bincount(known, minlength=len(texts)), texts, len(column))
    # missing is −1, which reads the last place of the table
    table = np.full(len(texts) + 1, len(kept), dtype=np.uint8)
    table[kept] = np.arange(len(kept), dtype=np.uint8)
    told = [_plain_text(texts[k]) for k in kept]
    queries = [f"{name} == {quoted(texts[k])}" for k in kept]
    if len(kept) < len(texts):
        listed = ", ".join(quoted(texts[k]) for k in kept)
        comma = "," if len(kept) == 1 else ""  # one value in brackets is no list of values
        exclude = f"{name} not in ({listed}{comma}) and " if kept else ""
        told, queries = [*told, "other"], [*queries, f"{exclude}not {name} is missing"]
    return table[column.values], told, queries


_WAYS: dict[str, Callable[[Column, str], Binned]] = {
    "number": _numbers,
    "date": _dates,
    "truth": _truths,
    "text": _categories,
}


def kept_categories(counts: Ints, texts: tuple[str, ...], n: int) -> list[int]:
    """Positions of at most `CATEGORIES` values with ≥ max(15, 1 % of n) rows, most frequent first, ties by text."""
    enough = min(max(RARE_ROWS, RARE_SHARE * n), n / 2)
    order = np.lexsort((np.arange(len(texts)), -counts)).tolist()
    frequent = [k for k in order[: CATEGORIES + 1] if counts[k] >= enough][:CATEGORIES]
    # a single rare value needs no pool: it keeps its name
    return order if len(texts) == len(frequent) + 1 and len(texts) <= CATEGORIES else frequent


def quoted(text: str) -> str:
    """A string as the query grammar writes it."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\r", "\\r") + "'"


def _plain_text(value: Any) -> str:
    return f'"{value}"' if value in WORDS else str(value)
