"""A profile of columns that people rarely think of, against pandas and plain counting."""

# ruff: noqa: E501 - one case a line is easier to look through

from __future__ import annotations

import datetime
import json
import math
from collections import Counter
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from modellab_core.data import text_hashes, tops
from modellab_core.data.profile import ColumnProfile, column_profile, profile, profile_of_columns
from modellab_core.data.table import Reading, Table

INT64 = st.integers(-(2**63), 2**63 - 1)
FLOATS = st.floats(allow_nan=True, allow_infinity=True) | st.sampled_from([0.0, -0.0, 1e308, -1e308, 5e-324, 2.0**53])
DAYS = st.datetimes(datetime.datetime(1, 1, 1), datetime.datetime(9999, 12, 31))


def described(values: Any, kind: Any) -> ColumnProfile:
    """The profile of Arrow values, which goes through strict JSON and is the same for any cut into chunks."""
    column = values if isinstance(values, pa.ChunkedArray) else pa.chunked_array([values])
    found = column_profile("x", kind, column, {})
    assert ColumnProfile.from_json(json.loads(json.dumps(found.to_json(), allow_nan=False))) == found
    half = len(column) // 2
    pieces = pa.chunked_array([*column.slice(0, half).chunks, *column.slice(half).chunks], type=column.type)
    assert column_profile("x", kind, pieces, {}) == found
    return found


def exact_quantile(values: list[Any], share: float) -> float:
    """Linear interpolation in fractions."""
    place = Fraction(share) * (len(values) - 1)
    low = math.floor(place)
    below, above = Fraction(values[low]), Fraction(values[min(low + 1, len(values) - 1)])
    return float(below + (above - below) * (place - low))


def check_numbers(found: ColumnProfile, values: list[Any]) -> None:
    """Every count is that of a plain loop; places lie where fractions put them."""
    kept = [value for value in values if value is not None and value == value]
    inside = sorted(value for value in kept if math.isfinite(value))
    assert (found.count, found.missing, found.distinct) == (len(values), len(values) - len(kept), len(set(kept)))
    assert (found.zeros, found.negatives) == (kept.count(0), sum(value < 0 for value in kept))
    assert found.infinite == len(kept) - len(inside)
    times = Counter(kept).most_common(10)
    if len(set(kept)) >= 10:
        times = [pair for pair in times if pair[1] > 1]
    assert [count for _, count in found.top] == [count for _, count in times]
    if not inside:
        assert (found.min, found.mean, found.histogram) == (None, None, None)
        return
    assert (found.min, found.max) == (inside[0], inside[-1])
    assert isinstance(found.min, type(inside[0]))
    near = max(5e-324, 1e-15 * max(abs(inside[0]), abs(inside[-1])))  # a sum of opposite signs loses its last digits
    for share, value in found.quantiles.items():
        assert value == pytest.approx(exact_quantile(inside, float(share)), rel=1e-12, abs=near)
    assert found.mean == pytest.approx(
        float(sum(map(Fraction, inside)) / len(inside)), rel=1e-9, abs=1e-9 * max(map(abs, inside))
    )
    assert found.histogram is not None
    edges, counts = found.histogram.edges, found.histogram.counts
    assert sum(counts) == len(inside)
    assert list(edges) == sorted(edges)  # type: ignore[type-var]
    for place, count in enumerate(counts):
        last = place == len(counts) - 1
        assert count == sum(edges[place] <= value and (last or value < edges[place + 1]) for value in inside)  # type: ignore[operator]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.none() | INT64 | st.integers(-20, 20), max_size=60))
def test_whole_numbers(values: list[int | None]) -> None:
    """Whole numbers of any size and with gaps are counted exactly; none goes through floating point."""
    check_numbers(described(pa.array(values, pa.int64()), "number"), values)


@settings(max_examples=60, deadline=None)
@example([1.0, -9.0, -9.0])
@given(st.lists(st.none() | FLOATS | st.integers(-9, 9).map(float), max_size=60))
def test_numbers(values: list[float | None]) -> None:
    """Infinite, huge, tiny and repeated numbers, minus zero and gaps: counts are exact, nothing overflows."""
    check_numbers(described(pa.array(values, pa.float64()), "number"), values)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.none()
        | DAYS
        | st.dates(datetime.date(1960, 1, 1), datetime.date(1972, 1, 1)).map(
            lambda day: datetime.datetime.combine(day, datetime.time())
        ),
        max_size=40,
    )
)
def test_dates(values: list[datetime.datetime | None]) -> None:
    """Dates before 1970, far away and with parts of a second have their own text, and are in one bin each."""
    found = described(pa.array(values, pa.timestamp("us")), "date")
    kept = sorted(value for value in values if value is not None)
    assert (found.missing, found.distinct, found.zeros) == (len(values) - len(kept), len(set(kept)), None)
    if not kept:
        return
    for told, value in ((found.min, kept[0]), (found.max, kept[-1])):
        assert datetime.datetime.fromisoformat(str(told)) == value
    assert found.histogram is not None
    assert sum(found.histogram.counts) == len(kept)
    for share, told in found.quantiles.items():
        ticks = exact_quantile(
            [(value - datetime.datetime(1970, 1, 1)) // datetime.timedelta(microseconds=1) for value in kept],
            float(share),
        )
        assert abs((np.datetime64(str(told), "us") - np.datetime64(int(ticks), "us")).astype(int)) <= 1_500_000


@settings(max_examples=50, deadline=None)
@given(st.lists(st.none() | st.text(max_size=12) | st.sampled_from(["a", "b", " ", "ä", "😀", "NA"]), max_size=60))
def test_texts(values: list[str | None]) -> None:
    """Texts are counted as they are, ties in the order of code points; lengths are in characters."""
    found = described(pa.array(values, pa.string()), "text")
    kept = [value for value in values if value is not None]
    assert (found.missing, found.distinct) == (len(values) - len(kept), len(set(kept)))
    ranked = sorted(Counter(kept).items(), key=lambda pair: (-pair[1], pair[0]))[:10]
    assert list(found.top) == [pair for pair in ranked if len(set(kept)) < 10 or pair[1] > 1]
    assert (found.shortest, found.longest) == (min(map(len, kept), default=None), max(map(len, kept), default=None))
    assert (found.min, found.mean, found.histogram) == (None, None, None)


def test_texts_whose_numbers_collide(monkeypatch: pytest.MonkeyPatch) -> None:
    """Were two texts to have the same number, they are still counted as two."""
    values = pa.array([f"text {place % 900}" for place in range(1000)])
    right = described(values, "text")
    monkeypatch.setattr(tops, "text_hashes", lambda column: text_hashes.text_hashes(column) % np.uint64(7))
    assert described(values, "text") == right
    assert right.distinct == 900


@pytest.mark.parametrize("length", [0, 1, 7, 8, 9, 15, 16, 17, 100_000])
def test_numbers_of_texts_depend_on_each_byte(length: int) -> None:
    """Any other byte, length or order of bytes gives another number, and chunks make no difference."""
    text = "x" * length
    others = [
        text,
        text + "x",
        text + "\0",
        "y" + text,
        text[: length // 2] + "é" + text[length // 2 :],
        "\0" * length + "1",
    ]
    column = pa.chunked_array([others[:2], others[2:], [None, ""]])
    found = text_hashes.text_hashes(column)
    assert found[-1] == found[-2]
    assert len(set(found.tolist())) == len({*others, ""})
    assert (text_hashes.text_hashes(pa.chunked_array([column.combine_chunks()])) == found).all()


def test_booleans_and_nothing() -> None:
    """Booleans with gaps, columns without any value and without any row have counts and nothing else."""
    found = described(pa.array([True, None, False, True]), "boolean")
    assert (found.missing, found.distinct, found.top) == (1, 2, (("True", 2), ("False", 1)))
    for kind, type_ in (
        ("text", pa.string()),
        ("number", pa.float64()),
        ("date", pa.timestamp("us")),
        ("boolean", pa.bool_()),
    ):
        for rows in (0, 3):
            empty = described(pa.nulls(rows, type_), kind)
            assert (empty.count, empty.missing, empty.distinct, empty.top, empty.min, empty.histogram) == (
                rows,
                rows,
                0,
                (),
                None,
                None,
            )


def test_long_texts_are_cut() -> None:
    """The most frequent values of a profile are at most 200 characters long; lengths are those of the texts."""
    found = described(pa.array(["x" * 100_000, "x" * 100_000, "y"]), "text")
    assert [(len(text), count) for text, count in found.top] == [(200, 2), (1, 1)]
    assert (found.shortest, found.longest) == (1, 100_000)


def test_bins_of_whole_numbers_and_days() -> None:
    """Bins hold equally many whole numbers, or whole days, so that no bin is fuller than its neighbour by its width."""
    even = described(pa.array(range(1, 32)), "number").histogram
    assert even is not None
    assert set(even.counts[:-1]) == {even.counts[0]}
    days = described(
        pa.array([datetime.datetime(2020, 1, day) for day in range(1, 32)], pa.timestamp("us")), "date"
    ).histogram
    assert days is not None
    assert all(len(str(edge)) == 10 for edge in days.edges)


def test_all_doors_give_the_same() -> None:
    """A frame, Arrow columns, and columns taken one by one from an iterator have equal profiles."""
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(
        {"n": rng.normal(size=500), "i": pd.array([None, *rng.integers(0, 9, 499)], dtype="Int64"), "t": pd.array(rng.choice(["a", "b"], 500), dtype="str"),
         "b": pd.array([None, *(rng.random(499) < 0.5)], dtype="boolean"), "d": pd.date_range("1969-12-01", periods=500, freq="h").astype("datetime64[us]")}
    )  # fmt: skip
    types: dict[str, Any] = {"n": "number", "i": "number", "t": "text", "b": "boolean", "d": "date"}
    spelled = {"b": {"True": "yes", "False": "no"}}
    right = profile(Table(frame, Reading("csv", types), "", 0, (), spelled))
    columns = (
        (name, kind, pa.array(frame[name], from_pandas=True), spelled.get(name, {})) for name, kind in types.items()
    )
    assert profile_of_columns(columns) == right
    assert {text for text, _ in right[3].top} == {"yes", "no"}
    assert (right[0].mean, right[0].std) == (pytest.approx(frame["n"].mean()), pytest.approx(frame["n"].std()))
