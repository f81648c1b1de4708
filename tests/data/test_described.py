"""Profiles of columns that lie on the disk: the same as of columns in memory, however little memory there is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modellab_core.data import described as described_file
from modellab_core.data import sorting
from modellab_core.data.described import described
from modellab_core.data.pieces import Pieces, lay_down
from modellab_core.data.profile import column_profile
from modellab_core.data.room import Room
from modellab_core.data.sorting import ordered_numbers

FEW = settings(max_examples=60, deadline=None)


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """A room, with the limits of memory set so low that everything goes by way of the disk."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sorting, "HELD", 64)
        patched.setattr(sorting, "RUN", 128)
        patched.setattr(sorting, "_MARKS", 8)
        patched.setattr(described_file, "MOST_ROWS", 0)
        yield Room(tmp_path_factory.mktemp("room"), 1 << 30)


def laid_down(room: Room, values: pa.Array, size: int = 7) -> Pieces:
    """A column in pieces of some rows."""
    return Pieces([lay_down(room, values.slice(start, size)) for start in range(0, len(values), size)], values.type)


NUMBERS = st.one_of(
    st.lists(st.none() | st.integers(-5, 5), min_size=1, max_size=80).map(lambda held: pa.array(held, pa.int64())),
    st.lists(st.none() | st.integers(-(2**63), 2**63 - 1), min_size=1).map(lambda held: pa.array(held, pa.int64())),
    st.lists(st.none() | st.floats(allow_nan=False), min_size=1).map(lambda held: pa.array(held, pa.float64())),
    st.lists(st.sampled_from([0.0, -0.0, 1.5, -2.5, None, float("inf")]), min_size=1).map(
        lambda held: pa.array(held, pa.float64())
    ),
)


@FEW
@given(NUMBERS)
def test_numbers_are_put_in_order(room: Room, values: pa.Array) -> None:
    """What is there comes back sorted, as numpy sorts it."""
    ordered = ordered_numbers(laid_down(room, values), room)
    assert ordered.tolist() == sorted(values.drop_null().to_pylist())


@pytest.mark.parametrize("kind", ["one value", "two values", "all different", "most the same"])
def test_many_numbers(room: Room, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where one value fills more than a run."""
    rng, n = np.random.default_rng(0), 20_000
    values = {
        "one value": np.full(n, 7),
        "two values": rng.integers(0, 2, n),
        "all different": rng.permutation(n),
        "most the same": np.where(rng.random(n) < 0.9, 3, rng.integers(0, 10**9, n)),
    }[kind]
    monkeypatch.setattr(sorting, "RUN", 4096)
    ordered = ordered_numbers(laid_down(room, pa.array(values), 999), room)
    np.testing.assert_array_equal(ordered, np.sort(values))


@FEW
@given(NUMBERS)
def test_numbers_are_described(room: Room, values: pa.Array) -> None:
    """Every number of the profile is the one that is found in memory."""
    found = described("x", "number", laid_down(room, values), {}, room)
    assert str(found) == str(column_profile("x", "number", values, {}))


def test_dates_are_described(room: Room) -> None:
    """Dates too."""
    values = pa.array([86_400_000_000 * n % 999_999_937 for n in range(100)], pa.timestamp("us"))
    assert described("x", "date", laid_down(room, values), {}, room) == column_profile("x", "date", values, {})


def texts(words: Any, most: int) -> st.SearchStrategy[pa.Array]:
    """Columns of such words, with gaps."""
    return st.lists(st.none() | words, min_size=1, max_size=most).map(lambda held: pa.array(held, pa.string()))


@FEW
@given(st.one_of(texts(st.text(max_size=3), 100), texts(st.text("abé", min_size=1, max_size=2), 200)))
def test_texts_are_described(room: Room, values: pa.Array) -> None:
    """Counts, lengths and the most frequent texts, ties by code points included."""
    found = described("x", "text", laid_down(room, values), {"a": "A"}, room)
    assert found == column_profile("x", "text", values, {"a": "A"})


def test_many_ties(room: Room) -> None:
    """Of a thousand texts that are equally frequent, the first by code points are shown."""
    rng = np.random.default_rng(0)
    words = [f"w{n}" for n in range(1000)] * 2 + ["often"] * 3
    values = pa.array(rng.permutation(words).tolist())
    found = described("x", "text", laid_down(room, values, 50), {}, room)
    assert found == column_profile("x", "text", values, {})
    assert found.top[0] == ("often", 3)


def test_the_copies_of_rows(room: Room, tmp_path: Path) -> None:
    """Any rows of a column in pieces are those of the column."""
    values = pa.array([None if n % 5 == 0 else n for n in range(100)], pa.int64())
    for held in (values, values.cast(pa.string()), values.cast(pa.bool_()), values.cast(pa.float64())):
        column = laid_down(room, held, 9)
        for start, stop in ((0, 100), (0, 1), (8, 10), (9, 27), (50, 50), (91, 100), (3, 64)):
            for skipped in (0, 3):
                some = column.without(skipped).rows(start, min(stop, 100 - skipped))
                assert some.to_pylist() == held.to_pylist()[skipped:][start : min(stop, 100 - skipped)]
        assert column.null_count == held.null_count
