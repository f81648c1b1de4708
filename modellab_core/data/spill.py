"""A table of text on its way to the disk: rows come in batches, and columns come out."""

from __future__ import annotations

import pyarrow as pa

from modellab_core.data.pieces import Piece, Pieces, lay_down
from modellab_core.data.room import Room

BATCHES = 32 << 20
ROWS = 1 << 20


class Spill:
    """Batches of rows of one width, kept in memory up to some megabytes and then laid down, column by column."""

    def __init__(self, room: Room, width: int) -> None:
        self.rows = 0
        self._room = room
        self._pieces: list[list[Piece]] = [[] for _ in range(width)]
        self._pending: list[pa.RecordBatch] = []
        self._size = 0

    def add(self, batch: pa.RecordBatch) -> None:
        """The next rows."""
        self.rows += batch.num_rows
        self._pending.append(batch)
        self._size += batch.nbytes
        if self._size >= BATCHES:
            self._lay_down()

    def columns(self) -> list[Pieces]:
        """The columns of all rows; nothing can be added afterwards."""
        self._lay_down()
        return [Pieces(pieces, pa.string()) for pieces in self._pieces]

    def _lay_down(self) -> None:
        for place, pieces in enumerate(self._pieces):
            chunks = [batch.column(place) for batch in self._pending if batch.num_rows]
            whole = chunks[0] if len(chunks) == 1 else pa.concat_arrays(chunks) if chunks else ()
            pieces += [lay_down(self._room, whole[start : start + ROWS]) for start in range(0, len(whole), ROWS)]
        self._pending, self._size = [], 0
