from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from modellab_core.errors import BadInput
from modellab_core.training.columns import Left, choose_columns, names_in

N = 200
RNG = np.random.default_rng(0)
ROWS = np.sort(RNG.permutation(N)[:150])


def left_out(frame: pd.DataFrame, keep: tuple[str, ...] = ()) -> dict[str | None, str]:
    """The code of the note for each column that is left out beside a column that always stays."""
    whole = frame.assign(stays=RNG.normal(size=len(frame)))
    return {note.column: note.code for note in choose_columns(whole, ROWS, {}, keep).notes}


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("number", np.arange(N)),
        ("number", np.arange(N)[::-1] * 3 + 1000),
        ("n", pd.array(np.arange(1, N + 1), dtype="Int64")),
        ("n", np.arange(N).astype(float)),
        ("customer_id", RNG.permutation(10**6)[:N]),
        ("PassengerId", RNG.permutation(10**6)[:N]),
        ("orderno", RNG.permutation(10**6)[:N]),
        ("Unnamed: 0", RNG.permutation(N)),
        ("index", RNG.permutation(N)),
        ("name", pd.Series([f"Person {i}" for i in range(N)], dtype="str")),
        ("remark", pd.Series([f"text {i % 195}" for i in range(N)], dtype="str")),
    ],
)
def test_columns_that_name_rows_are_left_out(name: str, values: object) -> None:
    """A column that counts the rows, is an id by name and content, or has a text of its own per row is left out."""
    assert left_out(pd.DataFrame({name: values})) == {name: "left_out_id"}


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("income", RNG.permutation(10**6)[:N]),
        ("population", np.sort(RNG.integers(0, 10**8, N))),
        ("year", np.arange(1800, 1800 + N)),
        ("weight", np.sort(RNG.normal(size=N))),
        ("id", RNG.integers(0, 60, N)),
        ("paid", RNG.permutation(10**6)[:N]),
        ("zip", pd.Series(RNG.integers(0, 80, N).astype(str), dtype="str")),
        ("when", pd.Timestamp("2020-01-01") + pd.to_timedelta(np.arange(N), unit="D")),
        ("id", RNG.normal(size=N)),
    ],
)
def test_measurements_stay(name: str, values: object) -> None:
    """Distinct measurements, years, dates, fractions and categories that repeat are no names of rows."""
    assert left_out(pd.DataFrame({name: values})) == {}


def test_useless_columns_are_left_out_with_a_note_that_says_why_and_the_way_out() -> None:
    """Each note names the column, the reason, and how to keep it."""
    frame = pd.DataFrame(
        {"one": "same", "none": [None] * N, "some": [None, "a"] * (N // 2), "id": np.arange(N), "x": 0.5}
    )
    frame["x"] = RNG.normal(size=N)
    notes = {note.column: note for note in choose_columns(frame, ROWS, {}).notes}
    assert {name: note.code for name, note in notes.items()} == {
        "one": "left_out_constant",
        "none": "left_out_missing",
        "id": "left_out_id",
    }
    assert "'one' has the same value, 'same'" in notes["one"].text
    assert "set the parameter keep to id" in notes["id"].text


def test_only_training_rows_decide() -> None:
    """A column that varies in other rows alone is constant."""
    values = np.full(N, 7.0)
    values[np.setdiff1d(np.arange(N), ROWS)] = RNG.normal(size=N - len(ROWS))
    assert left_out(pd.DataFrame({"c": values})) == {"c": "left_out_constant"}


def test_keep_keeps() -> None:
    """A column that is asked for stays, although it looks like a name of the rows."""
    assert left_out(pd.DataFrame({"id": np.arange(N)}), keep=("id",)) == {}
    with pytest.raises(BadInput, match=r"'ix'.*choose from id, stays"):
        left_out(pd.DataFrame({"id": np.arange(N)}), keep=("ix",))


def test_a_name_of_rows_is_better_than_nothing() -> None:
    """The only column stays, and without any column the sentence says what was wrong with each."""
    assert choose_columns(pd.DataFrame({"id": np.arange(N)}), ROWS, {}).names == ("id",)
    with pytest.raises(BadInput, match=r"No column is left.*'c' has the same value"):
        choose_columns(pd.DataFrame({"c": [1] * N, "y": range(N)}), ROWS, {"y": None})


def test_excluded_columns_are_told_only_with_a_reason() -> None:
    """What was asked for needs no note, what the split rules out has one."""
    frame = pd.DataFrame({"a": RNG.normal(size=N), "g": RNG.integers(0, 9, N), "y": RNG.normal(size=N)})
    chosen = choose_columns(frame, ROWS, {"y": None, "g": Left("left_out_split", "rules the split")})
    assert chosen.names == ("a",)
    assert [(note.code, note.column) for note in chosen.notes] == [("left_out_split", "g")]


def test_names_with_commas_stand_in_quotes() -> None:
    """The text of the parameter `keep` can name every column."""
    assert names_in(' a, "b, c" ,d') == ("a", "b, c", "d")
    assert names_in("") == ()
