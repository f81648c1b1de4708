"""Which columns of a table a model may learn from, and why the others are left out.

Left out: what the recipe says, the columns that rule the split or the weights, columns without a value or with a single
one in the training rows, and columns that only name the row. Numbers with a fraction, dates, and categories that repeat
are never taken for names of rows. The decision looks at the training rows only and never at the target.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from modellab_core.data.table import ColumnType, Note
from modellab_core.errors import BadInput, choices
from modellab_core.training.values import Ints

DISTINCT_SHARE = 0.9  # text with a larger share of distinct values names its rows
FEWEST_ROWS = 20  # below, "all distinct" says nothing
DENSE = 10  # a running number spans at most so many times the rows in which it was seen


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


_ID_WORDS = _listed("id ids uid uuid guid pk rownum rowid rowno unnamed")
_COUNT_WORDS = _listed("index idx row record line case no nr number num key serial seq obs")
_OWNERS = _listed(
    "account application booking case client contact contract customer device employee house household invoice item "
    "job listing loan lot member movie object observation order passenger patient person player policy post product "
    "property record ride row sample sensor session station store student subject ticket transaction trip user vehicle"
)
_ID_WHOLE = frozenset(owner + end for owner in _OWNERS for end in ("id", "no", "nr", "number", "key"))
_TIME_WORDS = _listed(
    "year yr month mon week day date time hour minute second timestamp ts period quarter epoch age step t"
)


@dataclass(frozen=True)
class Left:
    """Why a column is left out: a stable code and the end of a sentence that begins with the column."""

    code: str
    reason: str


@dataclass(frozen=True)
class Chosen:
    """`names` are the input columns in the order of the table; `notes` tell of the others."""

    names: tuple[str, ...]
    notes: tuple[Note, ...]


def kind_of(column: pd.Series) -> ColumnType:
    """The kind of a column by its dtype: boolean, number, date, else text."""
    if pd.api.types.is_bool_dtype(column.dtype):
        return "boolean"
    if pd.api.types.is_numeric_dtype(column.dtype):
        return "number"
    return "date" if pd.api.types.is_datetime64_any_dtype(column.dtype) else "text"


def names_in(text: str) -> tuple[str, ...]:
    """The column names in a comma-separated text; a name that holds a comma stands in double quotes."""
    return tuple(name.strip() for line in csv.reader([text], skipinitialspace=True) for name in line if name.strip())


def choose_columns(
    frame: pd.DataFrame, rows: Ints, excluded: Mapping[str, Left | None], keep: Sequence[str] = ()
) -> Chosen:
    """The columns of `frame` to learn from, judged on the training `rows`.

    `excluded` maps a column that is out of the question to what a note says of it (None: no note); `keep` names columns
    that stay although they look like names of rows. BadInput when `keep` names no column, or when no column is left.
    """
    for name in keep:
        if name not in frame.columns:
            raise BadInput(f"The parameter keep names {name!r}, which is no column: {choices(name, frame.columns)}")
    left = dict(excluded)
    left |= _found(_without_information, frame, rows, left)
    naming = _found(_names_rows, frame, rows, {**left, **dict.fromkeys(keep)})
    if len(left) + len(naming) < frame.shape[1]:
        left |= naming  # when nothing else is there, a name of the row is better than nothing
    names = tuple(name for name in frame.columns if name not in left)
    if not names:
        raise BadInput(_nothing_left(left))
    return Chosen(names, tuple(_note(name, why) for name in frame.columns if (why := left.get(name))))


def _found(rule: object, frame: pd.DataFrame, rows: Ints, known: Mapping[str, Left | None]) -> dict[str, Left | None]:
    assert callable(rule)
    pairs = ((name, rule(frame[name].iloc[rows], rows)) for name in frame.columns if name not in known)
    return {name: why for name, why in pairs if why is not None}


def _nothing_left(left: Mapping[str, Left | None]) -> str:
    told = [f"{name!r} {why.reason}" for name, why in left.items() if why][:5]
    why = f": {'; '.join(told)}" if told else ""
    return f"No column is left to learn from{why}. Give a table with at least one column that varies beside the target."


def _without_information(values: pd.Series, rows: Ints) -> Left | None:
    present = values.dropna()
    if present.empty:
        return Left("left_out_missing", "has no value in the training rows")
    if len(present) == len(rows) and present.nunique() == 1:
        text = str(present.iloc[0])
        shown = text if len(text) <= 40 else text[:39] + "…"
        return Left("left_out_constant", f"has the same value, {shown!r}, in every training row")
    return None


def _names_rows(values: pd.Series, rows: Ints) -> Left | None:
    kind, present = kind_of(values), values.notna().to_numpy()
    count, distinct = int(present.sum()), int(values.nunique())
    if count < FEWEST_ROWS or kind in ("boolean", "date"):
        return None
    if kind == "text":
        told = f"has {distinct:,} different texts in {count:,} training rows and so names its rows"
        return Left("left_out_id", told) if distinct > DISTINCT_SHARE * count else None
    numbers = values[present].to_numpy(dtype=np.float64)
    if distinct < count or not np.array_equal(numbers, np.floor(numbers)):
        return None
    return _numbers_rows(numbers, str(values.name), rows[present])


def _numbers_rows(numbers: np.ndarray, name: str, rows: Ints) -> Left | None:
    """Why whole numbers without a repetition name their rows; None when they may be a measurement."""
    words = set(_words(name))
    if words & _ID_WORDS or words & _ID_WHOLE or (words and words <= _COUNT_WORDS):
        return Left("left_out_id", "is named like an id and has a different whole number in every row")
    steps = np.diff(numbers[np.argsort(rows)])
    runs = bool((steps > 0).all() or (steps < 0).all())
    dense = bool(np.ptp(numbers) <= DENSE * max(int(np.ptp(rows)), 1))
    return Left("left_out_id", "counts the rows") if runs and dense and not words & _TIME_WORDS else None


def _words(name: str) -> list[str]:
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", name)
    return [word.lower() for word in re.split(r"[^A-Za-z]+", spaced) if word]


def _note(name: str, why: Left) -> Note:
    text = f"The column {name!r} {why.reason}, so it was left out."
    if why.code == "left_out_id":
        quoted = f'"{name}"' if "," in name else name
        text += f" To keep it, set the parameter keep to {quoted}."
    elif why.code in ("left_out_missing", "left_out_constant"):
        text += " To keep it, give training rows in which it has at least two values."
    return Note(why.code, text, name)
