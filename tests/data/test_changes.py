"""What became of a table, on tables to which one thing was done."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from modellab_core.data.changes import changes
from modellab_core.data.drift import SMALL_MISSING
from modellab_core.data.table import ColumnType, Reading, Table
from modellab_core.data.table_changes import TableChanges
from modellab_core.errors import BadInput

RNG = np.random.default_rng(11)
N = 600
BASE = pd.DataFrame(
    {
        "customer_id": [f"C-{number}" for number in RNG.permutation(N)],
        "age": RNG.integers(18, 90, N),
        "charge": RNG.lognormal(3, 0.4, N).round(2),
        "plan": RNG.choice(["basic", "standard", "premium"], N),
        "since": pd.Timestamp("2020-01-01") + pd.to_timedelta(RNG.integers(0, 900, N), unit="D"),
        "left": RNG.random(N) < 0.3,
    }
)
PLAIN = BASE.drop(columns="customer_id")


def kind_of(column: pd.Series) -> ColumnType:
    """The type that a Reading would name."""
    if pd.api.types.is_bool_dtype(column.dtype):
        return "boolean"
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return "date"
    return "number" if pd.api.types.is_numeric_dtype(column.dtype) else "text"


def table(frame: pd.DataFrame) -> Table:
    """The frame as a Table."""
    frame = frame.reset_index(drop=True)
    return Table(frame, Reading("csv", {str(name): kind_of(frame[name]) for name in frame}), "", 0)


def between(older: pd.DataFrame, newer: pd.DataFrame, key: str | None = None) -> TableChanges:
    """The changes, which are plain values and say something."""
    found = changes(table(older), table(newer), key)
    json.dumps(found.to_json(), allow_nan=False)
    assert found.sentences
    return found


def edited(frame: pd.DataFrame, name: str, rows: list[int], to: Callable[[Any], Any]) -> pd.DataFrame:
    """The frame with some cells of a column changed."""
    later = frame.copy()
    later.loc[rows, name] = later.loc[rows, name].map(to)
    return later


@pytest.mark.parametrize(("base", "by"), [(BASE, "key"), (PLAIN, "place")], ids=["key", "place"])
def test_three_cells(base: pd.DataFrame, by: str) -> None:
    """Three edited cells are three changed rows, named with both values; a table has not drifted by them."""
    found = between(base, edited(base, "charge", [3, 77, 500], lambda value: value + 1))
    assert (found.by, found.rows_changed, found.rows_same, found.cells_changed) == (by, 3, N - 3, {"charge": 3})
    assert [(float(one.older) + 1, one.column) for one in found.examples] == [
        (pytest.approx(float(one.newer)), "charge") for one in found.examples
    ]
    names = ["3", "77", "500"] if by == "place" else BASE["customer_id"][[3, 77, 500]].tolist()
    assert [one.row for one in found.examples] == names
    assert (found.drifted, found.compared) == ((), "all")
    assert [one.name for one in found.drift] == ["charge"]


def test_rows_from_elsewhere_are_not_called_changed() -> None:
    """Two tables that share nothing but their form have rows gone and added, none changed, and no drift by chance."""
    flags = pd.DataFrame({f"flag {number}": RNG.random(400) < 0.05 for number in range(12)}).assign(x=RNG.random(400))
    for frame in (PLAIN, flags):
        half = len(frame) // 2
        found = between(frame[:half], frame[half:])
        assert (found.by, found.rows_changed, found.key) == ("content", None, None)
        assert found.rows_added == found.rows_gone + len(frame) - 2 * half
        assert not found.drifted


def test_appended_rows_are_compared_with_the_old_ones() -> None:
    """Five percent of shifted rows at the end are found, which in the whole table they would not be."""
    more = PLAIN.sample(30, random_state=1).assign(charge=lambda frame: frame["charge"] * 2)
    for later in (pd.concat([PLAIN, more]), pd.concat([PLAIN, more]).sample(frac=1, random_state=2)):
        found = between(PLAIN, later)
        assert (found.rows_added, found.rows_same, found.compared) == (30, N, "added")
        assert [one.name for one in found.drifted] == ["charge"]
        assert "30 rows that were added" in " ".join(found.sentences)
    kept = edited(pd.concat([PLAIN, more]).reset_index(drop=True), "age", [4], lambda value: value + 1)
    assert between(PLAIN, kept).compared == "added"


def test_columns_added_gone_renamed_and_moved() -> None:
    """A column with the same values under another name is renamed: in order, shuffled, or with rows added."""
    added = BASE.assign(more=1.5)[["more", *BASE.columns]]
    found = between(BASE, added)
    assert (found.columns_added, found.columns_gone, found.columns_moved) == (("more",), (), False)
    assert between(BASE, BASE[list(BASE.columns)[::-1]]).columns_moved
    assert between(BASE, BASE.drop(columns="age")).columns_gone == ("age",)
    later = BASE.rename(columns={"age": "years", "left": "churned", "customer_id": "customer"})
    names = (("customer_id", "customer"), ("age", "years"), ("left", "churned"))
    for frame in (later, later.sample(frac=1, random_state=1), pd.concat([later, later[:9]]), later[50:]):
        found = between(BASE, frame)
        assert found.columns_renamed == names
        assert (found.columns_added, found.columns_gone) == ((), ())
        assert found.rows_same == min(N, len(frame))
    other = BASE.drop(columns="left").assign(kept=~BASE["left"], empty=np.nan)
    found = between(BASE.assign(nothing=np.nan), other)
    assert (found.columns_renamed, found.columns_gone) == ((), ("left", "nothing"))


def test_another_type_is_told_with_its_cause() -> None:
    """A column of another type is left out of the comparison of rows, and the cell that asks for it is named."""
    texts = BASE.assign(age=BASE["age"].astype("str"))
    found = between(BASE, edited(texts, "age", [5], lambda value: "unknown"))
    assert [(one.name, one.older, one.newer) for one in found.types_changed] == [("age", "number", "text")]
    assert "1 cell is no number, such as 'unknown'" in found.types_changed[0].sentence
    assert found.rows_same == N
    padded = between(BASE, texts.assign(age="0" + texts["age"])).types_changed[0].sentence
    assert "each cell looks like a number, such as '0" in padded
    assert between(BASE.assign(age=BASE["age"] > 40), BASE).types_changed[0].newer == "number"


def test_a_unit_a_value_and_gaps() -> None:
    """A unit times a thousand, a new value and more missing values are each told, and nothing else drifts."""
    unit = between(BASE, BASE.assign(charge=BASE["charge"] * 1000).sample(frac=1, random_state=3))
    assert (unit.by, unit.key, unit.key_found, unit.rows_changed, unit.moved) == ("key", "customer_id", True, N, True)
    assert [one.name for one in unit.drifted] == ["charge"]
    assert "1,000 times as large" in unit.drifted[0].sentence
    rows = list(range(0, N, 25))
    fresh = between(PLAIN, edited(PLAIN, "plan", rows, lambda value: "gold"))
    assert ("plan", ("gold", len(rows))) == (fresh.drifted[0].name, fresh.drifted[0].fresh[0])
    few = between(PLAIN, edited(PLAIN, "plan", [9], lambda value: "gold"))
    assert not few.drifted
    assert few.sentences[-1] == "Values that were not there before: 'plan': 'gold' (1)."
    gaps = between(PLAIN, edited(PLAIN, "charge", list(range(0, N, 8)), lambda value: np.nan))
    assert [(one.name, one.first.what) for one in gaps.drifted if one.first] == [("charge", "missing")]
    assert gaps.drifted[0].effect > SMALL_MISSING


def test_row_numbers_do_not_drift() -> None:
    """A column that numbers the rows is larger in each added row, which says nothing."""
    older = PLAIN.assign(row=range(N))
    found = between(older, pd.concat([older, PLAIN[:200].assign(row=range(N, N + 200))]))
    assert not found.drifted
    assert "numbers the rows" in next(one for one in found.drift if one.name == "row").sentence


def test_a_key_that_cannot_be_one() -> None:
    """A key that is absent, repeated, missing somewhere or of another type is refused with the way out."""
    gaps = BASE.assign(customer_id=BASE["customer_id"].mask(BASE.index == 4))
    numbered = BASE.assign(age=range(N))
    for older, newer, key, words in [
        (BASE, BASE, "nope", "choose from customer_id"),
        (BASE, BASE, "plan", "is there more than once in the older table: name a column"),
        (numbered, BASE, "age", "more than once in the newer table"),
        (BASE, gaps, "customer_id", "missing in the newer"),
        (numbered, BASE.assign(age=BASE["customer_id"]), "age", "its type is number in the older table"),
    ]:
        with pytest.raises(BadInput, match=words):
            between(older, newer, key)


def test_tables_with_nothing_in_common() -> None:
    """No common column, one row, or one column are no errors."""
    found = between(BASE[["age"]], BASE[["plan"]])
    assert (found.rows_same, found.rows_added, found.rows_gone, found.drift) == (0, N, N, ())
    assert (found.columns_added, found.columns_gone) == (("plan",), ("age",))
    one = between(BASE[:1], BASE[1:2])
    assert (one.rows_added, one.rows_gone, one.rows_changed or 0) in {(1, 1, 0), (0, 0, 1)}
    assert not one.drifted
