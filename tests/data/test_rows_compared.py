"""Which rows two tables share, against counting whole rows one by one."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modellab_core.data import changes as module
from modellab_core.data import sameness
from modellab_core.data.changes import changes
from modellab_core.data.sameness import differences, matched, rest, value_hashes
from modellab_core.data.table import Reading, Table
from modellab_core.data.table_changes import TableChanges

TYPES: dict[str, Any] = {"i": "number", "f": "number", "t": "text", "d": "date", "b": "boolean"}
DAY = pd.Timestamp("1969-12-31 12:00")
ROW = st.tuples(
    st.none() | st.integers(0, 2) | st.sampled_from([2**53, 2**53 + 1]),
    st.none() | st.sampled_from([0.0, -0.0, 0.5, math.inf, 1e308]),
    st.none() | st.sampled_from(["", "a", "b", "ab"]),
    st.none() | st.sampled_from([DAY, DAY + pd.Timedelta(days=1)]),
    st.none() | st.booleans(),
)
ROWS = st.lists(ROW, min_size=1, max_size=25)
SLOWLY = settings(max_examples=20, deadline=None)


def table(rows: list[tuple[Any, ...]]) -> Table:
    """A table of such rows."""
    columns = list(zip(*rows, strict=True))
    dtypes = ("Int64", "float64", "str", "datetime64[us]", "boolean")
    frame = pd.DataFrame(
        {name: pd.Series(list(cells), dtype=dtype) for name, cells, dtype in zip(TYPES, columns, dtypes, strict=True)}
    )
    return Table(frame, Reading("csv", TYPES), "", 0)


def adds_up(found: TableChanges, older: list[Any], newer: list[Any]) -> None:
    """Every row of either table is counted once."""
    changed = found.rows_changed or 0
    assert found.rows_same + changed + found.rows_gone == found.rows_older == len(older)
    assert found.rows_same + changed + found.rows_added == found.rows_newer == len(newer)
    assert sum(found.cells_changed.values()) >= changed


@SLOWLY
@given(ROWS, ROWS)
def test_rows_are_compared_as_a_multiset(older: list[Any], newer: list[Any]) -> None:
    """As many rows are the same as counting whole rows gives, whatever is repeated, missing or of another order."""
    found = changes(table(older), table(newer))
    adds_up(found, older, newer)
    assert found.rows_same == sum((Counter(older) & Counter(newer)).values())
    assert found.is_same == (older == newer)


@SLOWLY
@given(ROWS, ROWS, st.randoms(use_true_random=False))
def test_added_rows_are_counted(older: list[Any], added: list[Any], shuffler: Any) -> None:
    """Adding k rows, anywhere, reports k added, none gone and none changed; taking them away, k gone."""
    newer = [*older, *added]
    shuffler.shuffle(newer)
    found = changes(table(older), table(newer))
    assert (found.rows_added, found.rows_gone, found.rows_changed or 0) == (len(added), 0, 0)
    back = changes(table(newer), table(older))
    assert (back.rows_added, back.rows_gone, back.rows_changed or 0) == (0, len(added), 0)


@SLOWLY
@given(ROWS, st.randoms(use_true_random=False))
def test_another_order_is_no_other_content(rows: list[Any], shuffler: Any) -> None:
    """A version against itself has no changes; in another order the same rows have moved, and nothing else."""
    assert changes(table(rows), table(rows)).sentences[0].startswith("Nothing changed")
    mixed = shuffler.sample(rows, len(rows))
    found = changes(table(rows), table(mixed))
    assert (found.rows_same, found.rows_added, found.rows_gone) == (len(rows), 0, 0)
    assert found.moved == (mixed != rows)
    assert (found.compared, found.drift) == ("none", ())


@SLOWLY
@given(ROWS, st.data())
def test_with_a_key_cells_are_counted(rows: list[Any], data: Any) -> None:
    """With a key, rows that are known again are compared cell by cell, in any order."""
    keys = data.draw(st.lists(st.integers(0, 99), min_size=len(rows), max_size=len(rows), unique=True))
    later = data.draw(st.lists(ROW, min_size=len(rows), max_size=len(rows)))
    left = data.draw(st.integers(0, len(rows) - 1))
    older = dict(zip(keys, rows, strict=True))
    newer = {**dict(zip(keys[left:], later, strict=False)), 1000: rows[0]}
    tables = [table([*side.values()]) for side in (older, newer)]
    for one, side in zip(tables, (older, newer), strict=True):
        one.frame["k"] = list(side)
    both = [Table(one.frame, Reading("csv", {**TYPES, "k": "number"}), "", 0) for one in tables]
    found = changes(both[0], both[1], key="k")
    common = [key for key in newer if key in older]
    assert (found.by, found.rows_added, found.rows_gone) == ("key", 1, left)
    assert found.rows_changed == sum(older[key] != newer[key] for key in common)
    counts = {name: sum(older[k][place] != newer[k][place] for k in common) for place, name in enumerate(TYPES)}
    assert found.cells_changed == {name: count for name, count in counts.items() if count}
    assert len(found.examples) == min(10, sum(counts.values()))


@SLOWLY
@given(st.lists(st.integers(0, 4), max_size=30), st.lists(st.integers(0, 4), max_size=30))
def test_pairs_of_equal_numbers(older: list[int], newer: list[int]) -> None:
    """There are as many pairs as a multiset has, each of equal numbers, each row in at most one."""
    one, other = np.array(older, np.uint64), np.array(newer, np.uint64)
    pairs = matched(one, other)
    assert (one[pairs.older] == other[pairs.newer]).all()
    assert len(set(pairs.older.tolist())) == len(set(pairs.newer.tolist())) == len(pairs)
    assert len(pairs) == sum((Counter(older) & Counter(newer)).values())
    assert sorted([*rest(len(one), pairs.older).tolist(), *pairs.older.tolist()]) == list(range(len(one)))


def test_numbers_are_not_rounded() -> None:
    """Whole numbers beyond 2^53 differ from their neighbours, also from one that is held as a float."""
    whole = pa.chunked_array([[2**53, 2**53 + 1, 5, None, -(2**63), 0]])
    floats = pa.chunked_array([[2.0**53, 2.0**53, 5.0, math.nan, -(2.0**63), -0.0]])
    places = np.arange(6)
    assert differences(whole, floats, sameness.Pairs(places, places)).tolist() == [
        False,
        True,
        False,
        False,
        True,
        False,
    ]
    same = value_hashes(whole) == value_hashes(floats)
    assert same[[0, 2, 3, 5]].all()
    assert not same[1]


@pytest.mark.parametrize("weak", [1, 3])
def test_rows_whose_numbers_collide(weak: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Were rows that differ to have the same number, that is noticed, and others are taken."""
    older = [(number, float(number), str(number % 7), None, None) for number in range(60)]
    newer = [*older[5:], *[(number, 0.5, "x", None, None) for number in range(9)]]
    right = changes(table(older), table(newer))
    whole = value_hashes
    calls = []

    def colliding(column: Any, seed: int = 0) -> Any:
        calls.append(seed)
        return whole(column, seed) % np.uint64(5) if seed < weak else whole(column, seed)

    monkeypatch.setattr(module, "value_hashes", colliding)
    assert changes(table(older), table(newer)) == right
    assert max(calls) >= weak
