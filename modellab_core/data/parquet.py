"""Frames as Parquet bytes and back: the same frame gives the same bytes, and pandas adds nothing of its own."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet

from modellab_core.data.copies import Copy
from modellab_core.errors import BadInput

ROWS_A_GROUP = 131_072


def arrow_table(frame: pd.DataFrame, metadata: Mapping[str, str] | None = None) -> pa.Table:
    """The frame's columns as Arrow, without its index, with `metadata` as the schema's only metadata."""
    columns = [pa.array(frame.iloc[:, place], from_pandas=True) for place in range(frame.shape[1])]
    columns = [_as_one(column) for column in columns]
    schema = pa.schema([pa.field(str(name), column.type) for name, column in zip(frame.columns, columns, strict=True)])
    return pa.Table.from_arrays(columns, schema=schema.with_metadata(dict(metadata) if metadata else None))


def _as_one(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Text as Arrow's plain strings, so that bytes do not depend on how pandas holds them; the rest as it is."""
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return whole.cast(pa.string()) if pa.types.is_large_string(whole.type) else whole


def frame_of(table: pa.Table) -> pd.DataFrame:
    """The frame of an Arrow table in the types of `Table.frame`: whole numbers with gaps stay whole (Int64)."""
    columns = [_series(column, bool(column.null_count)) for column in table.columns]
    return _framed(columns, table.column_names, pd.RangeIndex(table.num_rows))


def frame_of_copy(copy: Copy, names: Sequence[str], start: int = 0, rows: int | None = None) -> pd.DataFrame:
    """`rows` rows of a copy from the 0-based row `start` on, or all, in the types that the whole columns have.

    Holds no more than the frame and one column. Unusable when the copy is damaged.
    """
    held = max(0, min(copy.rows - start, copy.rows if rows is None else rows))
    read = zip(names, copy.columns(names, start, rows), strict=True)
    columns = [_series(column, name in copy.gaps) for name, column in read]
    return _framed(columns, names, pd.RangeIndex(start, start + held))


def _framed(columns: Sequence[pd.Series], names: Sequence[str], index: pd.RangeIndex) -> pd.DataFrame:
    frame = pd.DataFrame(dict(enumerate(columns)), index=pd.RangeIndex(len(index)))
    frame.index = index
    frame.columns = pd.Index(names, dtype=object)
    return frame


def _series(column: pa.ChunkedArray, gaps: bool) -> pd.Series:
    if gaps and pa.types.is_integer(column.type):
        return column.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get)
    if gaps and pa.types.is_boolean(column.type):
        return column.to_pandas(types_mapper={pa.bool_(): pd.BooleanDtype()}.get)
    return column.to_pandas()


def to_parquet(frame: pd.DataFrame, metadata: Mapping[str, str] | None = None) -> bytes:
    """The frame as Parquet, without its index; `metadata` are texts to carry along."""
    sink = io.BytesIO()
    pa.parquet.write_table(
        arrow_table(frame, metadata),
        sink,
        row_group_size=ROWS_A_GROUP,
        compression="zstd",
        store_schema=bool(metadata),
        write_page_checksum=True,
    )
    return sink.getvalue()


def from_parquet(source: bytes | Path) -> pd.DataFrame:
    """The frame that `to_parquet` wrote. BadInput when the bytes are damaged."""
    try:
        return frame_of(
            pa.parquet.ParquetFile(_opened(source), page_checksum_verification=True).read(use_threads=False)
        )
    except (pa.ArrowException, OSError) as error:
        raise BadInput(f"This Parquet file cannot be read: {error}.") from error


def parquet_metadata(source: bytes | Path) -> dict[str, str]:
    """The texts that `to_parquet` carried along. BadInput when the bytes are damaged."""
    try:
        held = pa.parquet.ParquetFile(_opened(source)).schema_arrow.metadata or {}
    except (pa.ArrowException, OSError) as error:
        raise BadInput(f"This Parquet file cannot be read: {error}.") from error
    return {key.decode(): value.decode() for key, value in held.items()}


def _opened(source: bytes | Path) -> io.BytesIO | Path:
    return io.BytesIO(source) if isinstance(source, bytes) else source
