"""The task, the classes and the values of a target."""

# ruff: noqa: E501 - one case a line is easier to look through

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from modellab_core.data.parquet import frame_of
from modellab_core.data.table import Reading, Table
from modellab_core.data.target import (
    choose_positive,
    choose_task,
    class_labels,
    column_of,
    guess_task,
    sorted_classes,
    target_values,
    task_of,
)
from modellab_core.data.task import Task
from modellab_core.errors import BadInput

Parse = Callable[..., Any]


def table_of(parse: Parse, content: bytes) -> Table:
    """The table in the bytes."""
    found = parse(content)
    return Table(frame_of(found.table), found.reading, "0" * 64, len(content), found.notes, found.spellings)


def labels_in(parse: Parse, *cells: str) -> list[Any]:
    """The class labels of a column with these cells."""
    content = "n,y\n" + "".join(f"{n},{cell}\n" for n, cell in enumerate(cells))
    return class_labels(table_of(parse, content.encode()), "y").tolist()


GUESSES: list[tuple[list[Any], Task]] = [
    (["a", "b"] * 3, Task.BINARY),
    (["a", "b", "c"] * 3, Task.MULTICLASS),
    ([True, False] * 3, Task.BINARY),
    ([True, None, False], Task.BINARY),
    ([0, 1] * 3, Task.BINARY),
    ([1.0, 2.0, None], Task.BINARY),
    (list(range(10)) * 2, Task.MULTICLASS),
    (list(range(11)) * 2, Task.REGRESSION),
    ([0.5, 1.0], Task.REGRESSION),
    ([str(n) for n in range(100)] * 3, Task.MULTICLASS),
]


@pytest.mark.parametrize(("values", "task"), GUESSES)
def test_guess(values: list[Any], task: Task) -> None:
    """Text, booleans and few whole numbers are classes; other numbers are regression; the reason is told."""
    guessed, reason = guess_task(pd.Series(values).convert_dtypes(), "y")
    assert guessed is task
    assert "'y'" in reason
    assert reason.endswith(".")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([str(n) for n in range(101)] * 3, "--target"),
        ([str(n) for n in range(101)] * 3, "--task"),
        (["a", "b", "c", "d", "d"], "4 distinct values in 5 rows"),
        (["a", "a", None], "only one distinct value"),
        ([None, None], "no values"),
        (pd.to_datetime(["2024-01-01", "2024-01-02"]), "dates"),
    ],
)
def test_no_target(values: Any, said: str) -> None:
    """What cannot be a target is refused with the way out."""
    with pytest.raises(BadInput, match=said):
        guess_task(pd.Series(values), "y")


def test_asked_task() -> None:
    """A task that was asked for is taken where the column allows it, and refused where it does not."""
    many = pd.Series([f"name {n}" for n in range(300)])
    assert choose_task(many, "y", "classification")[0] is Task.MULTICLASS
    assert choose_task(pd.Series([1, 2, 1]), "y", "regression")[0] is Task.REGRESSION
    assert choose_task(pd.Series([0.5, 1.5, 0.5]), "y", "classification")[0] is Task.BINARY
    assert choose_task(pd.Series([1, 2, 1]), "y", None)[0] is Task.BINARY
    for column, asked, said in (
        (many, "regression", "no numbers"),
        (many, "binary", "300 distinct"),
        (pd.Series([1, 2]), "multiclass", "binary"),
        (pd.Series(range(2000)), "classification", "2,000"),
        (pd.Series([1, 2]), "clustering", "choose from"),
    ):
        with pytest.raises(BadInput, match=said):
            choose_task(column, "y", asked)


@pytest.mark.parametrize(
    "cells",
    [
        ("1", "0", "1"), ("1.0", "2.0", "1.0"), ("TRUE", "FALSE", "TRUE"), ("True", "False", "True"), ("yes", "no", "yes"),
        ("01", "02", "01"), ("0.5", "1.5", "0.5"), ("-1", "1", "-1"), ("1e3", "2e3", "1e3"), ("<=50K", ">50K", "<=50K"),
        ("A B", "ä", "A B"), ("007", "x", "007"), ("9007199254740993", "1", "1"),
    ],
)  # fmt: skip
def test_labels_are_as_written(parsed: Parse, cells: tuple[str, ...]) -> None:
    """A label is shown as the file writes it."""
    assert labels_in(parsed, *cells) == list(cells)


def test_labels_without_quotes(parsed: Parse) -> None:
    """Quotes of the file are no part of a label; gaps have none; a mixed spelling is one class."""
    assert labels_in(parsed, '"yes"', '"no"', '"y,n"') == ["yes", "no", "y,n"]
    gaps = labels_in(parsed, "1", "?", "", "2")
    assert [gaps[0], gaps[3]] == ["1", "2"]
    assert all(pd.isna(gap) for gap in gaps[1:3])
    assert labels_in(parsed, "1.0", "1", "1.0", "2") == ["1.0", "1.0", "1.0", "2"]


def test_order_of_classes() -> None:
    """Classes are sorted as numbers if all are numbers, else by code point."""
    assert sorted_classes(pd.Series(["10", "9", "-1.5", None])) == ("-1.5", "9", "10")
    assert sorted_classes(pd.Series(["b", "10", "9", "B"])) == ("10", "9", "B", "b")
    assert sorted_classes(pd.Series(["1e3", "500", "nan"])) == ("1e3", "500", "nan")


@pytest.mark.parametrize(
    ("classes", "asked", "positive"),
    [
        (("0", "1"), None, "1"), (("1", "2"), None, "1"), (("no", "yes"), None, "yes"), (("False", "TRUE"), None, "TRUE"),
        (("Positive", "negative"), None, "Positive"), (("a", "b"), None, "b"), (("1", "yes"), None, "yes"), (("a", "b"), "a", "a"),
    ],
)  # fmt: skip
def test_positive(classes: tuple[str, ...], asked: str | None, positive: str) -> None:
    """The positive class is the one asked for, else the one that says yes, else the last."""
    assert choose_positive(classes, asked) == positive


def test_wrong_names() -> None:
    """A wrong target, positive class or label is refused with the choices."""
    table = Table(pd.DataFrame({"age": [1], "churned": ["yes"]}), Reading("csv", {}), "", 0)
    with pytest.raises(BadInput, match="did you mean churned"):
        column_of(table, "churn")
    with pytest.raises(BadInput, match="choose from no, yes"):
        choose_positive(("no", "yes"), "ok")
    with pytest.raises(BadInput, match="'yes'"):
        target_values(table, "churned", Task.BINARY, ("no", "maybe"))
    with pytest.raises(BadInput, match="no numbers"):
        target_values(table, "churned", Task.REGRESSION)


def test_values(parsed: Parse) -> None:
    """Classes become their positions, -1 where missing; numbers become floats, NaN where missing."""
    table = table_of(parsed, b"a,b,c\n2,x,1.5\n10,,\n?,y,2\n2,x,3\n")
    assert target_values(table, "a", Task.BINARY).tolist() == [0, 1, -1, 0]
    assert target_values(table, "b", Task.BINARY).tolist() == [0, -1, 1, 0]
    assert target_values(table, "b", Task.BINARY, ("y", "x")).tolist() == [1, -1, 0, 1]
    np.testing.assert_array_equal(target_values(table, "c", Task.REGRESSION), [1.5, np.nan, 2, 3])
    np.testing.assert_array_equal(target_values(table, "a", Task.REGRESSION), [2, 10, np.nan, 2])


def test_frames_from_parquet_have_labels() -> None:
    """A table without spellings has plain labels: whole floats without a point."""
    table = Table(frame_of(pa.table({"y": [1.0, 2.0, None]})), Reading("parquet", {"y": "number"}), "", 0)
    assert class_labels(table, "y").tolist()[:2] == ["1", "2"]


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (
            [f"{n},{n:03d}" for n in range(2, 60)],
            "commas could mark decimals or thousands; to decide it, say --type y=number",
        ),
        ([*(f"{n}.5" for n in range(60)), "inf"], "infinite values: 1 of 61 cells, such as 'inf' in record 61"),
        ([f"name {n}" for n in range(60)], "does not look like classes"),
    ],
)
def test_a_target_that_just_missed_being_numbers(parsed: Parse, cells: list[str], said: str) -> None:
    """The refusal of a target says what keeps it text where that is the way out, else that it looks like names."""
    content = "n,y\n" + "".join(f'{n},"{cell}"\n' for n, cell in enumerate(cells))
    with pytest.raises(BadInput, match=said.replace(".", "\\.")):
        task_of(table_of(parsed, content.encode()), "y")
