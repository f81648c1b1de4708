"""Where the reading process lays down what it does not hold in memory: a folder on the disk, up to a limit."""

from __future__ import annotations

import mmap
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa

from modellab_core.errors import BadInput
from modellab_core.files import passing

MOST_MAPPED = 64 << 20
PAUSE = 0.01


class Room:
    """A folder to lay bytes down in and to take them up again by their place.

    BadInput when the disk is full, or when more than `most` bytes are laid down: then the file is too large to be read.
    """

    def __init__(self, folder: Path, most: int) -> None:
        self.folder = folder
        self.used = 0
        self._most = most
        self._cells = passing(folder / "cells")
        self._texts = 0
        self._maps: list[mmap.mmap] = []

    def put(self, *pieces: pa.Buffer | memoryview | bytes) -> int:
        """Lay down pieces one after the other; gives the place of the first."""
        place = self._cells.tell()
        for piece in pieces:
            self.write(self._cells, piece)
        return place

    def get(self, place: int, size: int) -> pa.Buffer:
        """What was laid down there, in memory of its own."""
        self._cells.flush()
        return pa.py_buffer(os.pread(self._cells.fileno(), size, place))

    def write(self, file: BinaryIO, piece: pa.Buffer | memoryview | bytes) -> None:
        """Write to a file of this room."""
        view = memoryview(piece)
        self.used += view.nbytes
        if self.used > self._most:
            raise BadInput(
                f"Reading this file takes more than {self._most >> 30:,} GB of disk: leave out columns or rows."
            )
        try:
            file.write(view)
        except OSError as error:
            raise self.full(error) from error

    def full(self, error: OSError) -> BadInput:
        """The sentence for a disk that takes no more."""
        return BadInput(
            f"There is no room to read this file in {self.folder.parent} ({error.strerror or error}): free some space "
            f"and add it again."
        )

    def text(self) -> Text:
        """A new text that is written piece by piece, and then looked at as a whole."""
        self._texts += 1
        return Text(self, passing(self.folder / f"text-{self._texts}"))

    def mapped(self, file: BinaryIO) -> pa.Buffer:
        """The content of a file as the system maps it into memory, where it takes no place that others need."""
        if os.fstat(file.fileno()).st_size == 0:
            return pa.py_buffer(b"")
        self._maps.append(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        return pa.py_buffer(self._maps[-1])

    def let_go(self) -> None:
        """Have all mapped bytes taken out of memory again; they come back when they are looked at."""
        if unneeded := getattr(mmap, "MADV_DONTNEED", None):
            for mapped in list(self._maps):
                mapped.madvise(unneeded)


class Text:
    """Bytes that are written to a file of a Room; used as `pyarrow.BufferOutputStream` is."""

    def __init__(self, room: Room, file: BinaryIO) -> None:
        self._room, self._file = room, file

    def write(self, piece: bytes | memoryview) -> None:
        """Add `piece`."""
        self._room.write(self._file, piece)

    def getvalue(self) -> pa.Buffer:
        """All of it."""
        self._file.flush()
        return self._room.mapped(self._file)


@contextmanager
def kept_small(room: Room) -> Iterator[None]:
    """Have mapped bytes of `room` taken out of memory whenever they are too many, where the system can tell."""
    done = threading.Event()
    watch = threading.Thread(target=_watch, args=(room, done), daemon=True)
    watch.start()
    try:
        yield
    finally:
        done.set()
        watch.join()


def _watch(room: Room, done: threading.Event) -> None:
    try:
        before = _mapped_bytes()
        while not done.wait(PAUSE):
            if _mapped_bytes() - before > MOST_MAPPED:
                room.let_go()
    except OSError:  # no /proc here
        return


def _mapped_bytes() -> int:
    """Bytes of files that this process has in memory."""
    return int(Path("/proc/self/statm").read_text().split()[2]) * mmap.PAGESIZE
