"""Uploaded Parquet files, and the Parquet that the program writes itself."""

# ruff: noqa: E501 - one case a line is easier to look through

from __future__ import annotations

import datetime
import decimal
import io
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from modellab_core.data.limits import COMMAND
from modellab_core.data.parquet import from_parquet, parquet_metadata, to_parquet
from modellab_core.errors import BadInput

D = datetime.datetime


def written(columns: dict[str, pa.Array], **options: Any) -> bytes:
    """The columns as the bytes of a Parquet file."""
    held = io.BytesIO()
    pq.write_table(pa.table(columns), held, **options)
    return held.getvalue()


def test_types_stay(parsed: Any) -> None:
    """Numbers stay numbers, whole ones whole, text text, dates dates, and nothing is guessed from text."""
    columns = {
        "i": pa.array([1, None, 9007199254740993], pa.int64()),
        "u": pa.array([1, 2, 255], pa.uint8()),
        "f": pa.array([0.5, None, float("nan")], pa.float32()),
        "t": pa.array(["1", " ", None]),
        "c": pa.array(["x", "y", "x"]).dictionary_encode(),
        "b": pa.array([True, None, False]),
        "d": pa.array([datetime.date(2024, 1, 2), None, datetime.date(1, 1, 1)], pa.date32()),
        "s": pa.array([D(2024, 1, 2, 3, 4, 5, 6), None, None], pa.timestamp("us")),
    }
    found = parsed(written(columns))
    assert list(found.reading.types.values()) == [
        "number",
        "number",
        "number",
        "text",
        "text",
        "boolean",
        "date",
        "date",
    ]
    values = found.table.to_pydict()
    assert values["i"] == [1, None, 9007199254740993]
    assert values["u"] == [1, 2, 255]
    assert values["t"] == ["1", None, None]
    assert values["c"] == ["x", "y", "x"]
    assert values["d"] == [D(2024, 1, 2), None, D(1, 1, 1)]
    assert values["s"][0] == D(2024, 1, 2, 3, 4, 5, 6)
    assert [note.code for note in found.notes] == ["blank_cells"]


def test_changes_are_told(parsed: Any) -> None:
    """Decimals, zones, parts of microseconds, large whole numbers, times of day and infinities are told."""
    zoned = pa.array([D(2024, 1, 1, 12)], pa.timestamp("us")).cast(pa.timestamp("us", "Europe/Berlin"))
    columns = {
        "decimal": pa.array([decimal.Decimal("1.25")]),
        "zone": zoned,
        "fine": pa.array([1], pa.timestamp("ns")),
        "large": pa.array([2**64 - 1], pa.uint64()),
        "clock": pa.array([datetime.time(1, 2)]),
        "infinite": pa.array([float("inf")]),
        "null": pa.nulls(1),
    }
    found = parsed(written(columns, coerce_timestamps=None))
    assert {note.column: note.code for note in found.notes} == {
        "decimal": "decimals", "zone": "dates", "fine": "dates", "large": "beyond_int64", "clock": "clock",
        "infinite": "infinite", "null": "all_missing",
    }  # fmt: skip
    assert found.table["large"][0].as_py() == "18446744073709551615"
    assert found.table["zone"][0].as_py() == D(2024, 1, 1, 12)


def test_asked_types(parsed: Any) -> None:
    """What a person asks for is done: text as number or date, number as text, tokens as missing."""
    columns = {
        "a": pa.array(["01", "?"]),
        "d": pa.array(["13/01/2024", None]),
        "n": pa.array([1, -999]),
        "t": pa.array(["u", "x"]),
    }
    found = parsed(written(columns), types={"a": "number", "d": "date"}, missing=("-999", "u"))
    assert found.table.to_pydict() == {"a": [1, None], "d": [D(2024, 1, 13), None], "n": [1, None], "t": [None, "x"]}
    assert found.reading.dates == {"d": "DD/MM/YYYY"}
    assert parsed(written(columns), types={"n": "text"}).table["n"].to_pylist() == ["1", "-999"]


def test_pandas_metadata_is_ignored(parsed: Any) -> None:
    """A column that pandas would hide as an index is a column like any other."""
    held = io.BytesIO()
    pd.DataFrame({"a": [1, 2]}, index=pd.Index([7, 8], name="key")).to_parquet(held)
    assert parsed(held.getvalue()).table.column_names == ["a", "key"]


def test_names_are_usable(parsed: Any) -> None:
    """Double and blank names are made usable as in a CSV file, each with its own values."""
    table = pa.table([pa.array([1]), pa.array([2]), pa.array(["x"])], names=["a", "a", ""])
    held = io.BytesIO()
    pq.write_table(table, held)
    found = parsed(held.getvalue())
    assert found.table.to_pydict() == {"a": [1], "a_2": [2], "column_3": ["x"]}
    assert [note.code for note in found.notes] == ["duplicate_name", "blank_name"]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (pa.array([[1, 2]]), "nested"),
        (pa.array([{"x": 1}]), "nested"),
        (pa.array([b"x"]), "binary"),
        (pa.array([b"xy"], pa.binary(2)), "fixed_size_binary"),
        (pa.array([datetime.timedelta(1)]), "duration"),
    ],
)
def test_unsuitable_columns(parsed: Any, values: pa.Array, said: str) -> None:
    """Nested and binary columns and durations are refused by name."""
    with pytest.raises(BadInput, match=said):
        parsed(written({"fine": pa.array([1]), "odd": values}))


def test_no_rows_and_no_columns(parsed: Any) -> None:
    """A file without rows or columns is refused."""
    with pytest.raises(BadInput, match="no rows"):
        parsed(written({"a": pa.array([], pa.int64())}))
    with pytest.raises(BadInput, match="no "):
        parsed(written({}))


def test_too_many_cells_by_the_footer(parsed: Any) -> None:
    """The number of cells that the footer tells is limited before anything is decoded."""
    with pytest.raises(BadInput, match="1,000,000 cells"):
        parsed(written({"a": pa.array(np.zeros(1_000_000))}), limits=replace(COMMAND, cells=999_999))


def test_a_small_file_cannot_mean_much_text(parsed: Any) -> None:
    """One long text repeated a million times is a few bytes in the file; its length is checked before it is written out."""
    bomb = pa.DictionaryArray.from_arrays(pa.array(np.zeros(1_000_000, np.int32)), pa.array(["x" * 90_000]))
    content = written({"a": bomb}, compression="zstd")
    assert len(content) < 10_000
    with pytest.raises(BadInput, match="would take"):
        parsed(content)
    with pytest.raises(BadInput, match="90,000 characters"):
        parsed(content, limits=replace(COMMAND, cell_characters=1000))


def test_one_flipped_byte() -> None:
    """A damaged file is refused or gives the same values; it never gives other ones, and never ends the program."""
    frame = pd.DataFrame({"a": np.arange(2000), "t": ["x", "y"] * 1000})
    content = to_parquet(frame)
    rng = np.random.default_rng(5)
    for place in rng.integers(4, len(content) // 2, 60):
        damaged = bytearray(content)
        damaged[place] ^= 1 << int(rng.integers(8))
        try:
            read = from_parquet(bytes(damaged))
        except BadInput:
            continue
        assert read["a"].equals(frame["a"])


def test_own_parquet() -> None:
    """What is written comes back the same, with its texts; the same frame gives the same bytes."""
    frame = pd.DataFrame(
        {
            "whole": np.arange(3),
            "gaps": pd.array([1, None, 3], dtype="Int64"),
            "float": [0.1, np.nan, -0.0],
            "text": pd.array(["ä", None, ""], dtype="str"),
            "date": pd.to_datetime(["2024-01-01 00:00", None, "2024-01-03 12:00"]).astype("datetime64[us]"),
            "bool": [True, False, True],
            "maybe": pd.array([True, None, False], dtype="boolean"),
        }
    )
    content = to_parquet(frame, {"classes": '["a", "b"]'})
    pd.testing.assert_frame_equal(from_parquet(content), frame, check_column_type=False)
    assert parquet_metadata(content) == {"classes": '["a", "b"]'}
    assert to_parquet(from_parquet(content), {"classes": '["a", "b"]'}) == content
    assert parquet_metadata(to_parquet(frame)) == {}


def test_a_few_long_texts_beside_blanks(parsed: Any) -> None:
    """Long texts of a dictionary are written out a few rows at a time, so that no memory is taken for all rows."""
    places = pa.array(np.r_[np.zeros(200_000, np.int32), np.ones(5, np.int32)])
    column = pa.DictionaryArray.from_arrays(places, pa.array(["", "x" * 90_000]))
    found = parsed(written({"a": column}))
    assert found.table["a"].null_count == 200_000
    assert found.table["a"][-1].as_py() == "x" * 90_000
