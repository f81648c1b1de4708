"""A column of a large table: it lies on the disk in pieces, and is looked at chunk by chunk, as often as asked.

`Pieces` stands in for a `pyarrow.ChunkedArray`: rules of columns go over `chunks`, which both have, or through the
functions here, which take both.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from modellab_core.data.room import Room
from modellab_core.data.texts import spans

CHUNK = 8 << 20
STEP = 1 << 20
Change = Callable[[pa.Array], pa.Array]


@dataclass(frozen=True)
class Piece:
    """Some rows of a column, laid down in `room`: bits of what is there, lengths of texts, values.

    `sizes` are the bytes of these three parts; a part that is not needed has none. `wide` are the bytes of a length,
    `longest` those of the longest text.
    """

    room: Room
    type: pa.DataType
    rows: int
    nulls: int
    place: int
    sizes: tuple[int, int, int]
    wide: int = 0
    longest: int = 0

    @property
    def size(self) -> int:
        """Its bytes in memory."""
        return sum(self.sizes) + (4 - self.wide) * self.rows * bool(self.wide)

    def load(self, start: int = 0, stop: int | None = None) -> pa.Array:
        """Its rows, or some of them; little else is read."""
        stop = self.rows if stop is None else stop
        before = start // 8 * 8  # bits begin with a byte
        valid = self._part(0, before // 8, (stop + 7) // 8) if self.nulls else None
        if self.wide:
            return self._texts(start, stop, valid, start - before)
        width = self.type.bit_width
        values = self._part(2, before * width // 8, (stop * width + 7) // 8)
        return pa.Array.from_buffers(self.type, stop - before, [valid, values]).slice(start - before)

    def _texts(self, start: int, stop: int, valid: pa.Buffer | None, lead: int) -> pa.Array:
        lengths = np.frombuffer(self._part(1, 0, stop * self.wide), dtype=f"<u{self.wide}")
        first = int(lengths[:start].sum(dtype=np.int64))
        offsets = np.zeros(lead + stop - start + 1, dtype=np.int32)
        np.cumsum(lengths[start:], out=offsets[lead + 1 :])
        values = self._part(2, first, first + int(offsets[-1]))
        held = pa.StringArray.from_buffers(len(offsets) - 1, pa.py_buffer(offsets), values, valid)
        return held.slice(lead)

    def _part(self, part: int, start: int, stop: int) -> pa.Buffer:
        """Some bytes of one of the three parts."""
        return self.room.get(self.place + sum(self.sizes[:part]) + start, stop - start)


def lay_down(room: Room, rows: pa.Array) -> Piece:
    """Some rows of a column as a Piece: text, or values of a fixed width."""
    nulls = rows.null_count
    valid = _values(rows.is_valid()) if nulls else memoryview(b"")
    if not pa.types.is_string(rows.type):
        values = _values(rows)
        return Piece(room, rows.type, len(rows), nulls, room.put(valid, values), (len(valid), 0, len(values)))
    offsets, data = spans(rows)
    lengths = np.diff(offsets)
    longest = int(lengths.max(initial=0))
    wide = 1 if longest < 1 << 8 else 2 if longest < 1 << 16 else 4
    parts = (valid, lengths.astype(f"<u{wide}").data.cast("B"), data[offsets[0] : offsets[-1]].data)
    first, second, third = (len(part) for part in parts)
    return Piece(room, pa.string(), len(rows), nulls, room.put(*parts), (first, second, third), wide, longest)


def _values(rows: pa.Array) -> memoryview:
    """The bits or values of an array of a fixed width, without those of rows before and after."""
    if rows.offset:
        rows = pa.concat_arrays([rows])
    held = rows.buffers()[1]
    return memoryview(held)[: (len(rows) * rows.type.bit_width + 7) // 8] if held is not None else memoryview(b"")


class Pieces:
    """A column that lies on the disk; `change` is done to what is read of it, the first `skipped` rows are left out."""

    def __init__(
        self, pieces: Sequence[Piece], kind: pa.DataType, change: Change | None = None, skipped: int = 0
    ) -> None:
        self.type = kind
        self._pieces = tuple(pieces)
        self._change = change
        self._skipped = skipped
        self._ends = list(accumulate(piece.rows for piece in pieces))
        self._nulls: int | None = None

    def __len__(self) -> int:
        return (self._ends[-1] if self._ends else 0) - self._skipped

    @property
    def room(self) -> Room:
        """Where it lies."""
        return self._pieces[0].room

    @property
    def longest(self) -> int:
        """Bytes of the longest text, left-out rows included."""
        return max((piece.longest for piece in self._pieces), default=0)

    @property
    def size(self) -> int:
        """Bytes of all its rows in memory."""
        return sum(piece.size for piece in self._pieces)

    @property
    def ends(self) -> list[int]:
        """Where the rows of each piece end."""
        return [end - self._skipped for end in self._ends]

    @property
    def chunks(self) -> Iterator[pa.Array]:
        """All rows, in arrays of some megabytes."""
        nulls, first = 0, self._skipped
        for together in self._runs():
            loaded = [piece.load() for piece in together]
            chunk = self._changed((loaded[0] if len(loaded) == 1 else pa.concat_arrays(loaded)).slice(first))
            nulls, first = nulls + chunk.null_count, 0
            yield chunk
        self._nulls = nulls

    def _runs(self) -> Iterator[list[Piece]]:
        run: list[Piece] = []
        size = 0
        for piece in self._pieces:
            if run and size + piece.size > CHUNK and sum(one.rows for one in run) > self._skipped:
                yield run
                run, size = [], 0
            run.append(piece)
            size += piece.size
        if run:
            yield run

    def _changed(self, chunk: pa.Array) -> pa.Array:
        return chunk if self._change is None else self._change(chunk)

    @property
    def null_count(self) -> int:
        """How many values are missing."""
        if self._nulls is None and self._change is None and not self._skipped:
            return sum(piece.nulls for piece in self._pieces)
        if self._nulls is None:
            self._nulls = sum(chunk.null_count for chunk in self.chunks)
        return self._nulls

    def rows(self, start: int, stop: int) -> pa.ChunkedArray:
        """Some rows; little else is read."""
        found = []
        start, stop = start + self._skipped, stop + self._skipped
        for place in range(bisect.bisect_right(self._ends, start), len(self._ends)):
            piece, begin = self._pieces[place], self._ends[place] - self._pieces[place].rows
            if begin >= stop:
                break
            found.append(self._changed(piece.load(max(start - begin, 0), min(stop - begin, piece.rows))))
        return pa.chunked_array(found, type=self.type)

    def bytes_before(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        """Some bytes that the rows before each of `rows` take in memory."""
        sizes = list(accumulate(piece.size for piece in self._pieces))
        return np.interp(rows, [0, *self.ends], [0, *sizes])

    def without(self, first: int) -> Pieces:
        """The column without its first rows."""
        return Pieces(self._pieces, self.type, self._change, self._skipped + first)

    def changed(self, change: Change, kind: pa.DataType | None = None) -> Pieces:
        """The column with something done to each chunk when it is read."""
        before = self._change
        both = change if before is None else lambda chunk: change(before(chunk))
        return Pieces(self._pieces, kind or self.type, both, self._skipped)

    def equals(self, other: Pieces) -> bool:
        """Whether both hold the same values."""
        spans = ((start, min(start + STEP, len(self))) for start in range(0, len(self), STEP))
        return len(self) == len(other) and all(self.rows(*span).equals(other.rows(*span)) for span in spans)


class Sink:
    """Where the values of a column are laid down, chunk after chunk: all of one type, or int64 and float64."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._pieces: list[Piece] = []

    def add(self, chunks: Iterable[pa.Array]) -> None:
        """Lay down the next rows."""
        self._pieces += [lay_down(self._room, chunk) for chunk in chunks]

    def whole(self) -> Pieces:
        """The whole column, where all of it has one type."""
        return Pieces(self._pieces, self._pieces[0].type)

    def column(self, rounding: bool = False) -> Pieces | None:
        """The whole column; None if a whole number is beside fractions and would be rounded, but for `rounding`."""
        kinds = {piece.type for piece in self._pieces}
        if len(kinds) == 1:
            return Pieces(self._pieces, kinds.pop())
        if not rounding and not all(_fits_floats(piece.load()) for piece in self._pieces):
            return None
        return Pieces(self._pieces, pa.float64(), lambda chunk: chunk.cast(pa.float64(), safe=False))


def _fits_floats(values: pa.Array) -> bool:
    try:
        values.cast(pa.float64())
    except pa.ArrowInvalid:
        return False
    return True


Cells: TypeAlias = pa.ChunkedArray | Pieces


def changed(column: Cells, change: Change) -> Cells:
    """The column with `change` done to its chunks, which keeps their type and length."""
    if isinstance(column, Pieces):
        return column.changed(change)
    return pa.chunked_array([change(chunk) for chunk in column.chunks], type=column.type)


def some_rows(column: Cells, start: int, stop: int) -> pa.ChunkedArray:
    """Some rows of a column, in memory."""
    return column.rows(start, stop) if isinstance(column, Pieces) else column.slice(start, stop - start)


def longest(column: Cells) -> int:
    """Bytes of the longest text."""
    if isinstance(column, Pieces):
        return column.longest
    return max((int(np.diff(spans(chunk)[0]).max(initial=0)) for chunk in column.chunks), default=0)


def in_memory(column: Cells) -> pa.ChunkedArray:
    """All rows of a column, in memory."""
    return pa.chunked_array(list(column.chunks), type=column.type)


def counts_of(chunks: Iterator[pa.Array], most: int) -> dict[str, int] | None:
    """How often each text occurs, in order of first occurrence; None when there are more than `most` texts."""
    counts: dict[str, int] = {}
    for chunk in chunks:
        found = pc.value_counts(chunk)
        if len(found) > most:
            return None
        for text, count in zip(found.field("values").to_pylist(), found.field("counts").to_pylist(), strict=True):
            counts[text] = counts.get(text, 0) + count
        if len(counts) > most:
            return None
    return counts
