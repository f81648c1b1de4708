"""Reading a file: CSV in the dialects that people have, and Parquet, into a Table or into a copy beside its profile."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modellab_core.data.copies import Copy, sums_path
from modellab_core.data.limits import BROWSER, COMMAND, Limits
from modellab_core.data.parquet import frame_of_copy
from modellab_core.data.profile import ColumnProfile
from modellab_core.data.reader import COPY, FOUND, request_json
from modellab_core.data.request import Asked
from modellab_core.data.table import Note, Reading, StoredTable, Table
from modellab_core.errors import BadInput, NotFound
from modellab_core.temporary import mark

__all__ = ["BROWSER", "COMMAND", "Asked", "Limits", "Taken", "read", "read_again", "read_to"]

FULL = 1 << 20
"""With fewer free bytes than this, a reading process that died is taken for one that could not write."""
_PACKAGES = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Taken:
    """What was found in a file, and the path of its Parquet copy (with its sums beside it); no rows are held.

    `sha256` and `size` are those of the bytes as they came.
    """

    reading: Reading
    sha256: str
    size: int
    rows: int
    notes: tuple[Note, ...]
    profile: tuple[ColumnProfile, ...]
    copy: Path

    def table(self) -> Table:
        """The table; its frame is read from the copy when it is first asked for."""
        copy = Copy(self.copy)
        spelled = copy.spellings
        told = (self.reading, self.sha256, self.size, self.notes, spelled)
        return StoredTable(lambda: frame_of_copy(copy, copy.names), *told)


def read(path: Path, asked: Asked | None = None, *, scratch: Path, limits: Limits = COMMAND) -> Table:
    """The table in a file: everything about it is found out, but for what was `asked`, and told in `Table.notes`.

    The file is read by a process of its own; what that leaves for a moment is in a folder under `scratch`, which is
    made when it is absent. BadInput when the file is no table, or cannot be read without changing what it says.
    """
    return _read(path, asked or Asked(), scratch, limits)


def read_again(path: Path, reading: Reading, *, scratch: Path, limits: Limits = COMMAND) -> Table:
    """The same table from the same bytes: as `reading` says, nothing is guessed. BadInput when they do not fit."""
    return _read(path, reading, scratch, limits)


def _read(path: Path, request: Asked | Reading, scratch: Path, limits: Limits) -> Table:
    scratch.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f"reading-{mark()}-", dir=scratch) as folder:
        table = read_to(path, Path(folder), request, scratch=scratch, limits=limits).table()
        return Table(table.frame, table.reading, table.sha256, table.size, table.notes, table.spellings)


def read_to(
    path: Path, into: Path, asked: Asked | Reading | None = None, *, scratch: Path, limits: Limits = COMMAND
) -> Taken:
    """Read a file and leave its Parquet copy with its sums in the folder `into`; as `asked`, or again by a Reading.

    All is done by a process of its own, which holds a small part of the table at a time. Both folders are made when
    they are absent and must be in one file system. BadInput as for `read`; then `into` holds nothing new.
    """
    if not path.is_file():
        raise NotFound(f"There is no file {str(path)!r}.")
    scratch.mkdir(parents=True, exist_ok=True)
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f"reading-{mark()}-", dir=scratch) as name:
        folder = Path(name)
        done = _run(path.resolve(), folder.resolve(), request_json(asked or Asked(), limits))
        if done.returncode != 0:
            raise BadInput(f"{path.name}: {_refusal(done, folder)}")
        found: dict[str, Any] = json.loads((folder / FOUND).read_text())
        copy = into / COPY
        (folder / COPY).replace(copy)
        sums_path(folder / COPY).replace(sums_path(copy))
    return _taken(found, copy)


def _run(path: Path, folder: Path, request: str) -> subprocess.CompletedProcess[bytes]:
    """The reading process at its end; it starts in its own folder, so that no other code is found there."""
    environment = {**os.environ, "PYTHONPATH": str(_PACKAGES), "PYTHONSAFEPATH": "1", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "modellab_core.data.reader", str(path), str(folder)]
    return subprocess.run(
        command, input=request.encode(), cwd=folder, env=environment, capture_output=True, check=False
    )


def _refusal(done: subprocess.CompletedProcess[bytes], folder: Path) -> str:
    said = done.returncode
    if said == 2 and done.stdout:
        return str(json.loads(done.stdout))
    if shutil.disk_usage(folder).free < FULL:
        return f"The disk of {folder.parent} is full: make space and try again."
    cause = f"the reading process ended with {signal.Signals(-said).name}" if said < 0 else "the reading process failed"
    return f"This file could not be read safely ({cause}); save it again as plain CSV."


def _taken(found: dict[str, Any], copy: Path) -> Taken:
    return Taken(
        Reading.from_json(found["reading"]),
        found["sha256"],
        found["size"],
        found["rows"],
        tuple(Note(**note) for note in found["notes"]),
        tuple(ColumnProfile.from_json(column) for column in found["profile"]),
        copy,
    )
