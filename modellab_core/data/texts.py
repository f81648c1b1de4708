"""Columns of text as they come out of a file: which cells are blank, and what the cells look like."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

SPACE_STARTS = np.zeros(256, dtype=bool)
SPACE_STARTS[[9, 10, 11, 12, 13, 28, 29, 30, 31, 32, 0xC2, 0xE1, 0xE2, 0xE3]] = True  # first bytes of white space


class Chunked(Protocol):
    """A column in chunks: `pyarrow.ChunkedArray`, or one that lies on the disk."""

    @property
    def chunks(self) -> Iterable[pa.Array]:
        """All rows, in order."""


Bytes = npt.NDArray[np.uint8]
Offsets = npt.NDArray[np.int32]


def spans(chunk: pa.StringArray) -> tuple[Offsets, Bytes]:
    """Where each cell of `chunk` starts (and the last one ends) in the bytes of all cells, and these bytes."""
    _, offsets, data = chunk.buffers()
    if offsets is None or len(chunk) == 0:
        return np.zeros(len(chunk) + 1, dtype=np.int32), np.zeros(0, dtype=np.uint8)
    starts = np.frombuffer(offsets, dtype=np.int32)[chunk.offset : chunk.offset + len(chunk) + 1]
    return starts, np.frombuffer(data, dtype=np.uint8) if data is not None else np.zeros(0, dtype=np.uint8)


def first_bytes(offsets: Offsets, data: Bytes, place: int = 0) -> Bytes:
    """The byte at `place` of each cell, 0 for a cell that is shorter."""
    at = offsets[:-1] + place
    if not len(data):
        return np.zeros(len(at), dtype=np.uint8)
    got = np.take(data, at, mode="clip")
    got *= at < offsets[1:]
    return got


def with_gaps(column: pa.ChunkedArray, tokens: Collection[str] = ()) -> pa.ChunkedArray:
    """The column with blank cells (empty or white space) and those that are one of `tokens` as missing."""
    return pa.chunked_array([gaps(chunk, tokens) for chunk in column.chunks], type=pa.string())


def gaps(chunk: pa.StringArray, tokens: Collection[str] = ()) -> pa.StringArray:
    """The same for one chunk."""
    offsets, data = spans(chunk)
    missing = np.diff(offsets) == 0
    if chunk.null_count:
        missing |= chunk.is_null().to_numpy(zero_copy_only=False)
    if tokens or SPACE_STARTS[first_bytes(offsets, data)].any():
        trimmed = pc.utf8_trim_whitespace(chunk)
        away = pc.is_in(trimmed, value_set=pa.array(["", *tokens], pa.string()))
        missing |= away.to_numpy(zero_copy_only=False)
    if not missing.any():
        return chunk
    valid = pa.array(~missing).buffers()[1]
    buffers = [pa.py_buffer(np.ascontiguousarray(offsets)), pa.py_buffer(data)]
    return pa.StringArray.from_buffers(len(chunk), *buffers, valid, int(missing.sum()))


def first_cells(column: Chunked, number: int) -> list[str]:
    """The first cells that are not missing, without the white space around them."""
    cells: list[str] = []
    for piece in _pieces(column, 4 * number):
        cells += [cell.strip() for cell in piece.drop_null().to_pylist()]
        if len(cells) >= number:
            break
    return cells[:number]


def _pieces(column: Chunked, size: int) -> Iterator[pa.StringArray]:
    for chunk in column.chunks:
        for start in range(0, len(chunk), size):
            yield chunk.slice(start, size)
