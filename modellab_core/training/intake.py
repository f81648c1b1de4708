"""Columns of a table become the inputs of a model, the same way for training and for any later table.

A number or a boolean is one number; a date is its days since 2000-01-01 (with the fraction of the day where times
exist), year, month, day of week and hour; a text is a category. The categories known are those of the training rows in
code-point order. A later table may lack columns, hold others, hold numbers as text or new categories: `encode` makes
the best of it and `check` says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from modellab_core.data.table import ColumnType, Note
from modellab_core.errors import BadInput
from modellab_core.training.columns import kind_of
from modellab_core.training.values import (
    Codes,
    Floats,
    Ints,
    Mask,
    as_dates,
    as_flags,
    as_numbers,
    as_texts,
    date_part,
)

MISSING, UNSEEN = -1, -2
DATE_PARTS = ("days", "year", "month", "weekday", "hour")

FieldKind = Literal["number", "cycle", "category"]


@dataclass(frozen=True)
class Field:
    """One input of a model: a column, or one part of a date. A cycle is a small whole number that repeats (month)."""

    column: str
    kind: FieldKind
    part: str = ""

    @property
    def label(self) -> str:
        """The name that a person reads."""
        return f"{self.column} ({self.part})" if self.part else self.column


@dataclass(frozen=True)
class Column:
    """One input column: its kind, the known categories of a text, the parts of a date that are used."""

    name: str
    kind: ColumnType
    categories: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()

    @property
    def fields(self) -> tuple[Field, ...]:
        """The inputs that this column gives."""
        if self.kind == "date":
            return tuple(Field(self.name, _part_kind(part), part) for part in self.parts)
        return (Field(self.name, "category" if self.kind == "text" else "number"),)


def _part_kind(part: str) -> FieldKind:
    return "number" if part in ("days", "year") else "cycle"


@dataclass(frozen=True, eq=False)
class Inputs:
    """The inputs of n rows.

    `numbers` (n, p) float64 holds number and cycle fields, NaN where missing, never infinite; `codes` (n, q) int32
    holds category fields as positions in the known categories, MISSING or UNSEEN.
    """

    numbers: Floats
    codes: Codes

    def __len__(self) -> int:
        return len(self.numbers)

    def take(self, rows: Ints) -> Inputs:
        """The inputs of some rows, by position."""
        return Inputs(self.numbers[rows], self.codes[rows])


@dataclass(frozen=True)
class Intake:
    """How columns become inputs: `columns` in the order of the table."""

    columns: tuple[Column, ...]

    @classmethod
    def learn(cls, frame: pd.DataFrame, rows: Ints) -> Intake:
        """The intake for all columns of `frame`, with the categories that its training `rows` hold."""
        return cls(tuple(_learn_column(frame[name].iloc[rows], str(name)) for name in frame.columns))

    @property
    def fields(self) -> tuple[Field, ...]:
        """All inputs in the order of the columns."""
        return tuple(item for column in self.columns for item in column.fields)

    @property
    def number_fields(self) -> tuple[Field, ...]:
        """The fields of `Inputs.numbers`, in order."""
        return tuple(item for item in self.fields if item.kind != "category")

    @property
    def category_columns(self) -> tuple[Column, ...]:
        """The columns of `Inputs.codes`, in order."""
        return tuple(column for column in self.columns if column.kind == "text")

    def places(self, columns: Sequence[str]) -> tuple[Ints, Ints]:
        """Where the inputs of some columns stand, in `Inputs.numbers` and in `Inputs.codes`."""
        numbers = [at for at, item in enumerate(self.number_fields) if item.column in columns]
        codes = [at for at, column in enumerate(self.category_columns) if column.name in columns]
        return np.array(numbers, dtype=np.int64), np.array(codes, dtype=np.int64)

    def encode(self, frame: pd.DataFrame) -> Inputs:
        """The inputs of the rows of any table. A missing column is missing in every row, other columns are ignored.

        BadInput when not one of the columns is there.
        """
        self._refuse_foreign(frame)
        numbers = np.full((len(frame), len(self.number_fields)), np.nan)
        codes = np.full((len(frame), len(self.category_columns)), MISSING, dtype=np.int32)
        at = {"number": 0, "category": 0}
        for column in self.columns:
            if column.kind == "text":
                if column.name in frame.columns:
                    codes[:, at["category"]] = category_codes(frame[column.name], column.categories)
                at["category"] += 1
                continue
            wide = len(column.fields)
            if column.name in frame.columns:
                numbers[:, at["number"] : at["number"] + wide] = _numbers(frame[column.name], column)
            at["number"] += wide
        return Inputs(numbers, codes)

    def _refuse_foreign(self, frame: pd.DataFrame) -> None:
        if not any(column.name in frame.columns for column in self.columns):
            names = ", ".join(column.name for column in self.columns[:12])
            raise BadInput(f"The table has none of the columns that this model was trained on: {names}.")

    def check(self, frame: pd.DataFrame) -> tuple[Note, ...]:
        """What a person should know before trusting predictions for `frame`: columns and values unlike training."""
        known = {column.name for column in self.columns}
        notes = [note for column in self.columns for note in _check_column(frame, column)]
        extra = [str(name) for name in frame.columns if name not in known]
        if extra:
            shown = ", ".join(extra[:8]) + (f" and {len(extra) - 8} more" if len(extra) > 8 else "")
            notes.append(Note("column_extra", f"The model does not use these columns: {shown}."))
        return tuple(notes)

    def to_json(self) -> list[dict[str, Any]]:
        """Plain JSON values; `from_json` gives an equal Intake."""
        return [
            {"name": c.name, "kind": c.kind, "categories": list(c.categories), "parts": list(c.parts)}
            for c in self.columns
        ]

    @classmethod
    def from_json(cls, value: Sequence[Mapping[str, Any]]) -> Intake:
        """The Intake that `to_json` wrote."""
        return cls(tuple(Column(c["name"], c["kind"], tuple(c["categories"]), tuple(c["parts"])) for c in value))


def _learn_column(values: pd.Series, name: str) -> Column:
    kind = kind_of(values)
    if kind == "text":
        return Column(name, kind, categories=tuple(sorted(as_texts(values).dropna().unique())))
    if kind != "date":
        return Column(name, kind)
    dates, _ = as_dates(values)
    timed = bool((date_part(dates, "days") % 1 > 0).any())
    return Column(name, kind, parts=DATE_PARTS if timed else DATE_PARTS[:-1])


def category_codes(values: pd.Series, categories: Sequence[str]) -> Codes:
    """Position of each value in `categories`, MISSING where there is none, UNSEEN where it is new; int32."""
    texts = as_texts(values)
    codes, distinct = pd.factorize(texts)
    places = pd.Index(categories, dtype=object).get_indexer(pd.Index(distinct, dtype=object))
    unknown = [MISSING if not str(text).strip() else UNSEEN for text in distinct]
    table = np.append(np.where(places < 0, unknown, places), MISSING).astype(np.int32)
    return np.asarray(table[codes])  # factorize gives -1 for missing, which picks the last


def _numbers(values: pd.Series, column: Column) -> Floats:
    if column.kind == "date":
        dates, _ = as_dates(values)
        return np.column_stack([date_part(dates, part) for part in column.parts])
    numbers, _ = as_flags(values) if column.kind == "boolean" else as_numbers(values)
    return numbers[:, None]


def _check_column(frame: pd.DataFrame, column: Column) -> list[Note]:
    name = column.name
    if name not in frame.columns:
        return [Note("column_missing", f"The column {name!r} is not there; it counts as missing in every row.", name)]
    values = frame[name]
    if column.kind == "text":
        new = category_codes(values, column.categories) == UNSEEN
        return _told("unseen_category", "values of {} were not seen in training, for example {}", values, new, name)
    words = {"number": "numbers", "boolean": "true or false", "date": "dates"}[column.kind]
    read = {"number": as_numbers, "boolean": as_flags, "date": as_dates}[column.kind]
    sentence = f"values of {{}} cannot be read as {words} and count as missing, for example {{}}"
    return _told(f"not_{column.kind}", sentence, values, read(values)[1], name)


def _told(code: str, sentence: str, values: pd.Series, rows: Mask, name: str) -> list[Note]:
    if not rows.any():
        return []
    example = str(values.iloc[int(np.argmax(rows))])[:40]
    return [Note(code, f"{int(rows.sum()):,} {sentence.format(repr(name), repr(example))}.", name)]
