"""The Parquet copy: what is read of it is what was written, and no changed byte goes unseen."""

from __future__ import annotations

import datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from modellab_core.data.copies import Copy, Unusable, copy_schema, sums_path, write_copy
from modellab_core.data.parquet import frame_of, frame_of_copy

ROWS = 10
DAY = datetime.datetime(2024, 1, 1)
TABLE = pa.table(
    {
        "a.b": pa.array(range(ROWS), pa.int64()),
        "gaps": pa.array([None, *range(ROWS - 1)], pa.int64()),
        "word": pa.array(["x", "", None, "é\n"] * 2 + ["x", "y"]),
        "when": pa.array([DAY + datetime.timedelta(n) for n in range(ROWS)], pa.timestamp("us")),
        "ok": pa.array([True, None] * 5),
        "part": pa.array([n / 3 for n in range(ROWS)]),
    }
)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of TABLE in row groups of 4 rows."""
    path = tmp_path / "copy.parquet"
    gaps = [name for name in TABLE.column_names if TABLE[name].null_count]
    schema = copy_schema(TABLE.column_names, TABLE.schema.types, gaps)
    write_copy(path, schema, (TABLE.slice(start, 4).columns for start in (0, 4, 8)), ["word"], {"part": {"0.0": "0"}})
    return path


def test_what_was_written_is_read(copy: Path) -> None:
    """All rows of all columns, and how values are spelled."""
    opened = Copy(copy)
    assert (opened.names, opened.rows, opened.spellings) == (TABLE.column_names, ROWS, {"part": {"0.0": "0"}})
    pd.testing.assert_frame_equal(frame_of_copy(opened, opened.names), frame_of(TABLE))


def test_some_rows_of_some_columns(copy: Path) -> None:
    """Any rows of any columns are those of the whole, in the same types and under the same row numbers."""
    opened, whole = Copy(copy), frame_of(TABLE)
    for start in range(ROWS + 2):
        for rows in range(ROWS + 2):
            some = frame_of_copy(opened, ["ok", "gaps"], start, rows)
            pd.testing.assert_frame_equal(some, whole[["ok", "gaps"]].iloc[start : start + rows])


def test_every_flipped_bit_is_seen(copy: Path) -> None:
    """A bit that changed anywhere in the copy or its sums makes it unusable, or changes nothing that is read."""
    for path in (copy, sums_path(copy)):
        content = path.read_bytes()
        for place in range(len(content)):
            changed = bytearray(content)
            changed[place] ^= 1 << (place % 8)
            path.write_bytes(bytes(changed))
            try:
                opened = Copy(copy)
                read = frame_of_copy(opened, opened.names)
            except Unusable:
                continue
            pd.testing.assert_frame_equal(read, frame_of(TABLE))
        path.write_bytes(content)


def test_an_absent_or_cut_copy(copy: Path) -> None:
    """Without its sums, cut off, or away, a copy is unusable."""
    content = copy.read_bytes()
    for cut in (0, 4, len(content) // 2, len(content) - 1):
        copy.write_bytes(content[:cut])
        with pytest.raises(Unusable):
            Copy(copy)
    copy.unlink()
    with pytest.raises(Unusable):
        Copy(copy)
    copy.write_bytes(content)
    sums_path(copy).unlink()
    with pytest.raises(Unusable):
        Copy(copy)
