"""What the column to predict holds: its task, its classes, and its values as models take them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from modellab_core.data.spelling import plain
from modellab_core.data.table import Table
from modellab_core.data.task import Task
from modellab_core.data.telling import STAYS_TEXT
from modellab_core.errors import BadInput, choices

MOST_WHOLE_NUMBERS = 10
MOST_TEXT_CLASSES = 100
MOST_CLASSES = 1000
POSITIVE_WORDS = frozenset({"1", "true", "yes", "y", "t", "positive"})

_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", re.ASCII)


def column_of(table: Table, name: str, role: str = "target") -> pd.Series:
    """The column `name`; `role` says in the sentence what it was wanted for. BadInput when there is none."""
    if name not in table.frame.columns:
        raise BadInput(f"The {role} column {name!r} is not in the table: {choices(name, table.frame.columns)}")
    return table.frame[name]


def guess_task(column: pd.Series, name: str) -> tuple[Task, str]:
    """The task that predicting `column` is, and the reason in one sentence.

    Text or boolean, and whole numbers with at most 10 distinct values, are classes; other numbers are regression.
    BadInput for a column with fewer than two distinct values, for dates, and for text that is more like names than
    like classes (more than 100 distinct values, or more than half of the values distinct).
    """
    distinct = _distinct(column, name)
    if is_number(column):
        return _guess_number(column, name, distinct)
    if is_boolean(column):
        return Task.BINARY, f"{name!r} holds booleans."
    filled = int(column.notna().sum())
    if distinct > MOST_TEXT_CLASSES or distinct * 2 > filled:
        raise BadInput(
            f"Column {name!r} holds text with {distinct:,} distinct values in {filled:,} rows, which does not "
            f"look like classes: choose another --target, or say --task classification."
        )
    return _by_classes(distinct), f"{name!r} holds text with {distinct} distinct values."


def _guess_number(column: pd.Series, name: str, distinct: int) -> tuple[Task, str]:
    if not _whole(column):
        return Task.REGRESSION, f"{name!r} holds numbers that are not whole."
    if distinct > MOST_WHOLE_NUMBERS:
        return Task.REGRESSION, f"{name!r} holds whole numbers with {distinct:,} distinct values."
    return _by_classes(distinct), f"{name!r} holds whole numbers with only {distinct} distinct values."


def choose_task(column: pd.Series, name: str, asked: str | None) -> tuple[Task, str]:
    """The task, and the reason: as `asked` (binary, multiclass, regression or classification), else as guessed.

    BadInput when the column cannot be predicted in the way that was asked for.
    """
    if asked is None:
        return guess_task(column, name)
    if asked not in {*Task, "classification"}:
        raise BadInput(f"There is no task {asked!r}: {choices(asked, [*Task, 'classification'])}")
    distinct = _distinct(column, name)
    if asked == Task.REGRESSION:
        if not is_number(column):
            raise BadInput(f"Column {name!r} holds no numbers, so it cannot be the target of a regression.")
        return Task.REGRESSION, "The task was asked for."
    if distinct > MOST_CLASSES:
        raise BadInput(
            f"Column {name!r} has {distinct:,} distinct values, and at most {MOST_CLASSES:,} classes can be told "
            f"apart: choose another --target."
        )
    task = _by_classes(distinct)
    if asked not in {task, "classification"}:
        raise BadInput(f"Column {name!r} has {distinct} distinct values, so the task is {task}, not {asked}.")
    return task, "The task was asked for."


def task_of(table: Table, target: str, asked: str | None = None) -> tuple[Task, str]:
    """`choose_task` for a column of `table`, by name.

    Where a column is refused that only just missed being numbers or dates, BadInput says what keeps it text.
    """
    try:
        return choose_task(column_of(table, target), target, asked)
    except BadInput:
        kept = [note.text for note in table.notes if note.column == target and note.code in STAYS_TEXT]
        if not kept or asked not in (None, Task.REGRESSION):
            raise
        raise BadInput(kept[0]) from None


def _distinct(column: pd.Series, name: str) -> int:
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        raise BadInput(f"Column {name!r} holds dates, which cannot be predicted: choose another --target.")
    distinct = int(column.nunique())
    if distinct == 0:
        raise BadInput(f"Column {name!r} has no values at all: choose another --target.")
    if distinct == 1:
        only = column.dropna().iloc[0]
        raise BadInput(f"Column {name!r} has only one distinct value ({only}), so there is nothing to predict.")
    return distinct


def _by_classes(distinct: int) -> Task:
    return Task.BINARY if distinct == 2 else Task.MULTICLASS


def is_boolean(column: pd.Series) -> bool:
    """Whether the column holds booleans, missing ones or not."""
    return bool(pd.api.types.is_bool_dtype(column.dtype))


def is_number(column: pd.Series) -> bool:
    """Whether the column holds numbers, missing ones or not; booleans are none."""
    return bool(pd.api.types.is_numeric_dtype(column.dtype)) and not is_boolean(column)


def _whole(column: pd.Series) -> bool:
    if pd.api.types.is_integer_dtype(column.dtype):
        return True
    values = column.dropna().to_numpy(dtype=np.float64)
    return bool(np.all(np.isfinite(values)) and np.all(values == np.round(values)))


def class_labels(table: Table, target: str) -> pd.Series:
    """The labels of the target as the file writes them, as text; missing where the target is missing."""
    column = column_of(table, target)
    if isinstance(column.dtype, pd.StringDtype):
        return column
    spelled: Mapping[str, str] = table.spellings.get(target, {})
    codes, values = pd.factorize(column, use_na_sentinel=True)
    labels = np.array([spelled.get(plain(value), plain(value)) for value in values] + [None], dtype=object)
    return pd.Series(labels[codes], index=column.index, name=target, dtype="str")


def sorted_classes(labels: pd.Series) -> tuple[str, ...]:
    """The distinct labels, sorted as numbers if all are numbers, else by code point."""
    distinct = [str(label) for label in labels.dropna().unique()]
    if all(_NUMBER.fullmatch(label) for label in distinct):
        return tuple(sorted(distinct, key=lambda label: (float(label), label)))
    return tuple(sorted(distinct))


def choose_positive(classes: Sequence[str], asked: str | None) -> str:
    """The positive class of two: as `asked`, else the one that says yes, else the last. BadInput names the choices."""
    if asked is not None:
        if asked not in classes:
            raise BadInput(f"There is no class {asked!r} to be positive: {choices(asked, classes)}")
        return asked
    saying_yes = [label for label in classes if label.lower() in POSITIVE_WORDS]
    return saying_yes[0] if len(saying_yes) == 1 else classes[-1]


def target_values(
    table: Table, target: str, task: Task, classes: Sequence[str] | None = None
) -> npt.NDArray[np.int64] | npt.NDArray[np.float64]:
    """The target row by row.

    Classification: positions in `classes` (default: the sorted classes), int64, -1 where missing. Regression: float64,
    NaN where missing. BadInput when a label is not among `classes` or the column holds no numbers.
    """
    if not task.is_classification:
        column = column_of(table, target)
        if not is_number(column):
            raise BadInput(f"Column {target!r} holds no numbers, so it cannot be the target of a regression.")
        numbers: npt.NDArray[np.float64] = column.to_numpy(dtype=np.float64, na_value=np.nan)
        return numbers
    labels = class_labels(table, target)
    known = tuple(classes) if classes is not None else sorted_classes(labels)
    strange = set(labels.dropna().unique()) - set(known)
    if strange:
        raise BadInput(f"Column {target!r} has the class {min(strange)!r}, which is none of {', '.join(known)}.")
    codes: npt.NDArray[np.int64] = np.asarray(pd.Categorical(labels, categories=list(known)).codes, dtype=np.int64)
    return codes
