"""The Parquet copy of a table that was read: a cache, checked wherever it is used, that may be removed at any time.

Beside `NAME.parquet` lies `NAME.sums`: the hash of the copy's footer and a CRC-32 of each column of each row group. The
checksums that Parquet keeps of its pages do not cover its own headers, in which one changed bit can change values.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from modellab_core.data.pieces import Pieces
from modellab_core.files import passing, publish

FORM = "modellab.copy/1"
GROUP_ROWS = 131_072
GROUP_BYTES = 32 << 20
GRID = 1024
_PIECE = 4 << 20
_TAIL = 8  # length of the footer, and the mark PAR1


class Unusable(Exception):
    """The copy is absent, damaged or of another form: it has to be made again."""


def row_groups(columns: Sequence[Pieces]) -> Iterator[tuple[int, int]]:
    """First row and the one after the last of each row group, so that each takes little memory."""
    rows = len(columns[0])
    grid = np.unique(np.append(np.arange(0, rows, GRID), rows))
    sizes = sum((column.bytes_before(grid) for column in columns), np.zeros(len(grid)))
    start = 0
    while start < len(grid) - 1:
        light = int(np.searchsorted(sizes, sizes[start] + GROUP_BYTES, side="right")) - 1
        stop = min(max(light, start + 1), start + GROUP_ROWS // GRID, len(grid) - 1)
        yield int(grid[start]), int(grid[stop])
        start = stop


def copy_schema(names: Sequence[str], types: Sequence[pa.DataType], gaps: Collection[str]) -> pa.Schema:
    """The schema of a copy: only columns that have missing values, by name `gaps`, are nullable."""
    return pa.schema([pa.field(name, kind, name in gaps) for name, kind in zip(names, types, strict=True)])


def write_copy(
    path: Path,
    schema: pa.Schema,
    groups: Iterable[Sequence[pa.Array | pa.ChunkedArray]],
    repeating: Sequence[str],
    spellings: Mapping[str, Mapping[str, str]],
) -> None:
    """Write the copy and its sums. `groups` are the columns of one row group after another, `repeating` names columns
    of few distinct values.
    """
    kept = {"spellings": json.dumps({name: dict(forms) for name, forms in spellings.items()}, ensure_ascii=False)}
    with passing(path) as sink:
        options: dict[str, Any] = {"compression": "lz4", "write_page_checksum": True, "store_schema": False}
        with pq.ParquetWriter(
            sink, schema, use_dictionary=list(repeating), write_statistics=False, **options
        ) as writer:
            for columns in groups:
                table = pa.Table.from_arrays(list(columns), schema=schema)
                writer.write_table(table, row_group_size=max(1, table.num_rows))
            writer.add_key_value_metadata(kept)
    publish(sums_path(path), _sums(path))


def sums_path(path: Path) -> Path:
    """Where the sums of the copy at `path` lie."""
    return path.with_suffix(".sums")


def _sums(path: Path) -> bytes:
    metadata = pq.ParquetFile(path).metadata
    with path.open("rb") as stream:
        told = {
            "form": FORM,
            "footer": _footer(stream, path.stat().st_size),
            "chunks": [
                [_crc(stream, *_span(metadata, group, place)) for place in range(metadata.num_columns)]
                for group in range(metadata.num_row_groups)
            ],
        }
    text = json.dumps(told)
    return f"{hashlib.sha256(text.encode()).hexdigest()}\n{text}".encode()


def _footer(stream: BinaryIO, size: int) -> str:
    stream.seek(max(0, size - _TAIL))
    length = int.from_bytes(stream.read(4), "little")
    stream.seek(max(0, size - _TAIL - length))
    return hashlib.sha256(stream.read()).hexdigest()


def _span(metadata: pq.FileMetaData, group: int, place: int) -> tuple[int, int]:
    """Where the column of a row group starts in the file, and its bytes."""
    chunk = metadata.row_group(group).column(place)
    start = chunk.data_page_offset
    if chunk.dictionary_page_offset:
        start = min(start, chunk.dictionary_page_offset)
    return start, chunk.total_compressed_size


def _crc(stream: BinaryIO, start: int, size: int) -> int:
    stream.seek(start)
    crc = 0
    for place in range(0, size, _PIECE):
        crc = zlib.crc32(stream.read(min(_PIECE, size - place)), crc)
    return crc


class Copy:
    """A copy, opened: its columns by name, all their rows or some. Everything that is read of it is checked.

    Unusable when it is absent or its bytes have changed.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._sums = self._checked_sums()
            self._file = pq.ParquetFile(path, page_checksum_verification=True)
        except (OSError, ValueError, KeyError, pa.ArrowException) as error:
            raise Unusable(str(error)) from error
        self.names: list[str] = self._file.schema_arrow.names
        self.gaps = frozenset(field.name for field in self._file.schema_arrow if field.nullable)
        self.rows: int = self._file.metadata.num_rows

    @property
    def spellings(self) -> dict[str, dict[str, str]]:
        """How the file spells the few values of some columns."""
        held: dict[str, dict[str, str]] = json.loads(self._file.metadata.metadata[b"spellings"])
        return held

    def columns(self, names: Sequence[str], start: int = 0, rows: int | None = None) -> Iterator[pa.ChunkedArray]:
        """The columns of these names, one after the other: `rows` rows from the 0-based row `start` on, or all."""
        groups, skipped = self._groups(start, self.rows if rows is None else rows)
        for name in names:
            column = self._read(groups, self.names.index(name))
            yield column if rows is None and start == 0 else column.slice(skipped, rows)

    def _groups(self, start: int, rows: int) -> tuple[list[int], int]:
        """The row groups that hold these rows, and how many rows of the first one come before them."""
        groups: list[int] = []
        skipped = first = 0
        for group in range(self._file.metadata.num_row_groups):
            after = first + self._file.metadata.row_group(group).num_rows
            if after > start and first < start + rows:
                skipped = skipped if groups else start - first
                groups.append(group)
            first = after
        return groups, max(0, skipped)

    def _read(self, groups: Sequence[int], place: int) -> pa.ChunkedArray:
        try:
            with self._path.open("rb") as stream:
                for group in groups:
                    if _crc(stream, *_span(self._file.metadata, group, place)) != self._sums[group][place]:
                        raise Unusable(f"a column of {self._path.name} has changed")
            table = self._file.reader.read_row_groups(groups, column_indices=[place], use_threads=False)
        except (OSError, pa.ArrowException) as error:
            raise Unusable(str(error)) from error
        return table.column(0)

    def _checked_sums(self) -> list[list[int]]:
        digest, _, text = sums_path(self._path).read_text().partition("\n")
        if hashlib.sha256(text.encode()).hexdigest() != digest:
            raise ValueError("the sums have changed")
        told = json.loads(text)
        with self._path.open("rb") as stream:
            if told["form"] != FORM or told["footer"] != _footer(stream, self._path.stat().st_size):
                raise ValueError("the copy has changed")
        chunks: list[list[int]] = told["chunks"]
        return chunks
