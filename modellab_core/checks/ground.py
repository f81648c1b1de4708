"""What the checks stand on: the table, what is to be predicted, how rows are split, and columns as codes or numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from modellab_core.data.chance import shuffled
from modellab_core.data.split import Split, SplitRule
from modellab_core.data.table import ColumnType, Table
from modellab_core.data.target import class_labels, sorted_classes, target_values
from modellab_core.data.task import Task
from modellab_core.harness.predictions import Floats, Ints
from modellab_core.progress import OnPhase, silent
from modellab_core.training.values import as_dates, as_flags, as_numbers, date_part

MOST_ROWS = 300_000  # rows that are looked at in a very large table
MOST_FITTED = 20_000  # rows on which columns are scored

_MIX, _SHIFT = np.uint64(0x9E3779B97F4A7C15), np.uint64(29)


@dataclass(frozen=True, eq=False)
class Ground:
    """A table before it is trained on.

    `table` holds at most MOST_ROWS rows, of the `rows_in_all` that there are. `target`, `task` and `truth` are None
    where no target was named; `truth` is a class code (-1 missing) or a number (NaN missing) per row. `split` is None
    where there is none, and `problem` says why. `features` are the columns that a model would be given. `memory` holds
    what several checks measure once.
    """

    table: Table
    rows_in_all: int
    features: tuple[str, ...]
    target: str | None = None
    task: Task | None = None
    truth: npt.NDArray[np.int64] | Floats | None = None
    classes: tuple[str, ...] = ()
    positive: str | None = None
    rule: SplitRule = field(default_factory=lambda: SplitRule("random"))
    split: Split | None = None
    problem: str = ""
    dropped: tuple[str, ...] = ()
    weight: str | None = None
    seed: int = 42
    on_phase: OnPhase = silent
    _codes: dict[str, Ints] = field(default_factory=dict, repr=False)
    _numbers: dict[str, Floats] = field(default_factory=dict, repr=False)
    memory: dict[str, Any] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.table.frame)

    def lacks(self, needs: Literal["table", "target", "split"]) -> str:
        """Why what a check needs is not there, or nothing."""
        if needs != "table" and self.target is None:
            return "no target was named"
        if needs == "split" and self.split is None:
            return f"the rows cannot be split: {self.problem}".rstrip(".")
        return ""

    @property
    def kinds(self) -> dict[str, ColumnType]:
        """The type of every column, in the order of the table."""
        return dict(self.table.reading.types)

    def of_kind(self, *kinds: ColumnType) -> list[str]:
        """The features of these types, in the order of the table."""
        return [name for name in self.features if self.kinds[name] in kinds]

    def column(self, name: str) -> pd.Series:
        """A column by its name."""
        return self.table.frame[name]

    def codes(self, name: str) -> Ints:
        """A code per row, 0 … in order of appearance, -1 where the column is missing."""
        if name not in self._codes:
            self._codes[name] = np.asarray(pd.factorize(self.column(name), use_na_sentinel=True)[0], dtype=np.int64)
        return self._codes[name]

    def distinct(self, name: str) -> int:
        """How many different values a column has, without missing."""
        return int(self.codes(name).max(initial=-1)) + 1

    def counts(self, name: str) -> Ints:
        """How often each code occurs."""
        codes = self.codes(name)
        return np.bincount(codes[codes >= 0], minlength=self.distinct(name)).astype(np.int64)

    def numbers(self, name: str) -> Floats:
        """A column of numbers, booleans or dates (days since 2000) as float64, NaN where missing or infinite."""
        if name not in self._numbers:
            self._numbers[name] = _as_floats(self.column(name), self.kinds[name])
        return self._numbers[name]

    def whole(self, name: str) -> bool:
        """Whether a column of numbers holds whole numbers only."""
        if self.kinds[name] != "number":
            return False
        values = self.numbers(name)
        values = values[np.isfinite(values)]
        return bool(len(values) and (values == np.floor(values)).all() and np.abs(values).max() < 2**53)

    def keys(self, names: Sequence[str]) -> Ints:
        """A code per row, equal where the rows are equal in all of `names`; missing equals missing."""
        mixed = np.zeros(len(self), dtype=np.uint64)
        for name in names:
            mixed = (mixed ^ (self.codes(name) + 2).astype(np.uint64)) * _MIX
            mixed ^= mixed >> _SHIFT
        return np.asarray(pd.factorize(mixed)[0], dtype=np.int64)

    @cached_property
    def known(self) -> Ints:
        """The rows that have a target, sorted."""
        if self.truth is None:
            return np.zeros(0, dtype=np.int64)
        has = self.truth >= 0 if self.is_classification else np.isfinite(self.truth)
        return np.flatnonzero(has)

    @property
    def is_classification(self) -> bool:
        """Whether a class is to be predicted."""
        return self.task is not None and self.task.is_classification

    def sample(self, most: int = MOST_FITTED, purpose: str = "checks") -> Ints:
        """At most `most` of the rows with a target, drawn by the seed, sorted."""
        if len(self.known) <= most:
            return self.known
        return np.sort(shuffled(self.seed, purpose, self.known)[:most])

    def looked_at(self) -> dict[str, int]:
        """What evidence says of the rows that were looked at."""
        return {"rows": len(self), "rows_in_all": self.rows_in_all}


def _as_floats(column: pd.Series, kind: ColumnType) -> Floats:
    if kind == "date":
        return date_part(as_dates(column)[0], "days")
    return (as_flags(column) if kind == "boolean" else as_numbers(column))[0]


def truth_of(table: Table, target: str, task: Task) -> tuple[npt.NDArray[np.int64] | Floats, tuple[str, ...]]:
    """The target row by row, and its classes in order (none for a number)."""
    if not task.is_classification:
        values = target_values(table, target, task)
        return np.where(np.isfinite(values), values, np.nan), ()
    classes = sorted_classes(class_labels(table, target))
    return target_values(table, target, task, classes), classes
