"""Tags about the features of a row, held against the training rows: where the model was asked about the unknown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from modellab_core.harness.failures.tags import USUAL, Look, listed, tag
from modellab_core.harness.predictions import Floats, Ints
from modellab_core.harness.slices.bins import QUANTILE_BINS, quantile_edges

MARGIN = 0.1
LETTERS = 60
RARE_ROWS = 15
RARE_SHARE = 0.05
Mask = npt.NDArray[np.bool_]


@tag("out of the training range")
def out_of_range(look: Look) -> dict[int, str]:
    """A number or a date lies outside of what the training rows show, by more than a tenth of their range."""
    texts: dict[int, list[str]] = {}
    for name, values, known in _paired_numbers(look):
        known = known[np.isfinite(known)]
        if not len(known):
            continue
        low, high = known.min(), known.max()
        margin = MARGIN * (high - low)
        outside = (values < low - margin) | (values > high + margin)
        show = shower(look.X[name])
        for at in _telling(look, outside):
            texts.setdefault(at, []).append(
                f"{name} is {show(values[at])}, and the training rows go from {show(low)} to {show(high)}"
            )
    return {at: listed(lines) for at, lines in texts.items()}


@tag("unseen category")
def unseen_category(look: Look) -> dict[int, str]:
    """A category that no training row has, or a missing value where no training row misses it."""
    texts: dict[int, list[str]] = {}
    for name in look.X.columns:
        column, known = look.X[name], look.train[name]
        gone = column.isna().to_numpy(dtype=bool)
        if gone.any() and not known.hasnans:
            for at in _telling(look, gone):
                texts.setdefault(at, []).append(f"{name} is missing, which it is in no training row")
        if is_number(column) or is_date(column):
            continue
        codes, held, words = look.codes(name)
        counts = np.bincount(held[held >= 0], minlength=len(words) + 1)  # the last place is for a missing value
        for at in _telling(look, (counts[codes] == 0) & ~gone):
            texts.setdefault(at, []).append(f"{name} is {words[codes[at]][:LETTERS]!r}, which no training row has")
    return {at: listed(lines) for at, lines in texts.items()}


@tag("rare slice")
def rare_slice(look: Look) -> dict[int, str]:
    """The row's one-way cell (a category, `missing`, a quantile bin) holds fewer than 15 training rows, but some."""
    few = min(RARE_ROWS, RARE_SHARE * len(look.train))
    texts: dict[int, list[str]] = {}
    for name in look.X.columns:
        codes, counts, show = _cells(look, name)
        held = counts[codes]
        for at in _telling(look, (held > 0) & (held < few)):
            texts.setdefault(at, []).append(f"{held[at]} of {len(look.train):,} training rows have {name} {show(at)}")
    return {at: listed(lines) for at, lines in texts.items()}


def _telling(look: Look, marked: Mask) -> list[int]:
    """The chosen rows among the marked ones; none where marked rows are usual."""
    return [] if marked.mean() > USUAL else look.rows[marked[look.rows]].tolist()


def is_number(column: pd.Series) -> bool:
    """Whether a column holds numbers; truth values are none."""
    return bool(pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_bool_dtype(column.dtype))


def is_date(column: pd.Series) -> bool:
    """Whether a column holds dates."""
    return bool(pd.api.types.is_datetime64_any_dtype(column.dtype))


def as_numbers(column: pd.Series) -> Floats:
    """Numbers, or days since 1970 of dates, (n,); NaN where missing."""
    if not is_date(column):
        return np.asarray(column.to_numpy(dtype=np.float64, na_value=np.nan))
    bare = column if column.dt.tz is None else column.dt.tz_convert("UTC").dt.tz_localize(None)
    stamps = bare.to_numpy(dtype="datetime64[us]")
    return np.where(np.isnat(stamps), np.nan, stamps.astype(np.int64) / 86_400e6)


def _paired_numbers(look: Look) -> Iterator[tuple[Any, Floats, Floats]]:
    """(name, test values, training values) of each column that holds numbers or dates in both."""
    for name in look.X.columns:
        pair = look.X[name], look.train[name]
        if all(map(is_number, pair)) or all(map(is_date, pair)):
            yield name, as_numbers(pair[0]), as_numbers(pair[1])


def shower(column: pd.Series) -> Callable[[float], str]:
    """How a value of a column of numbers or dates, as `as_numbers` gives it, reads."""
    if not is_date(column):
        return lambda value: f"{value:.6g}"
    return lambda value: pd.Timestamp(round(value * 86_400e6), unit="us").isoformat().removesuffix("T00:00:00")


def _cells(look: Look, name: Any) -> tuple[Ints, Ints, Callable[[int], str]]:
    """(the cell of each test row, the training rows of each cell, how the cell of a row reads); the last is missing."""
    column, known = look.X[name], look.train[name]
    if not ((is_number(column) and is_number(known)) or (is_date(column) and is_date(known))):
        codes, held, words = look.codes(name)
        last = len(words)
        codes, held = np.where(codes < 0, last, codes), np.where(held < 0, last, held)
        return codes, np.bincount(held, minlength=last + 1), lambda at: _category(words, int(codes[at]))
    values, told = as_numbers(column), as_numbers(known)
    edges = quantile_edges(values[~np.isnan(values)], QUANTILE_BINS)
    last = len(edges) + 1
    codes, held = (
        np.where(np.isnan(each), last, np.searchsorted(edges, each, side="right")).astype(np.int64)
        for each in (values, told)
    )
    ends = list(map(shower(column), edges))
    between = [f"≥ {low} and < {high}" for low, high in pairwise(ends)]
    reads = [*([f"< {ends[0]}", *between, f"≥ {ends[-1]}"] if ends else ["known"]), "missing"]
    return codes, np.bincount(held, minlength=last + 1), lambda at: reads[int(codes[at])]


def _category(words: list[str], code: int) -> str:
    return f"= {words[code][:LETTERS]!r}" if code < len(words) else "missing"
