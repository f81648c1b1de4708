"""Reading a file into a Table: CSV in the dialects that people have, and Parquet."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from modellab_core.data.limits import BROWSER, COMMAND, Limits
from modellab_core.data.parquet import frame_of
from modellab_core.data.reader import request_json
from modellab_core.data.request import Asked
from modellab_core.data.table import Note, Reading, Table
from modellab_core.errors import BadInput, NotFound

__all__ = ["BROWSER", "COMMAND", "Asked", "Limits", "read", "read_again"]

_PACKAGES = Path(__file__).resolve().parents[2]


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
    if not path.is_file():
        raise NotFound(f"There is no file {str(path)!r}.")
    scratch.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="reading-", dir=scratch) as folder:
        said = _run(path.resolve(), Path(folder).resolve(), request_json(request, limits))
        if said != 0:
            raise BadInput(f"{path.name}: {_refusal(Path(folder), said)}")
        return _table(Path(folder))


def _run(path: Path, folder: Path, request: str) -> int:
    """What the reading process says at its end; it starts in its own folder, so that no other code is found there."""
    environment = {**os.environ, "PYTHONPATH": str(_PACKAGES), "PYTHONSAFEPATH": "1", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "modellab_core.data.reader", str(path), str(folder)]
    done = subprocess.run(
        command, input=request.encode(), cwd=folder, env=environment, capture_output=True, check=False
    )
    return done.returncode


def _refusal(folder: Path, said: int) -> str:
    refused = folder / "refused.json"
    if said == 2 and refused.is_file():
        return str(json.loads(refused.read_text()))
    cause = f"the reading process ended with {signal.Signals(-said).name}" if said < 0 else "the reading process failed"
    return f"This file could not be read safely ({cause}); save it again as plain CSV."


def _table(folder: Path) -> Table:
    found: dict[str, Any] = json.loads((folder / "found.json").read_text())
    columns = pq.ParquetFile(folder / "table.parquet").read(use_threads=False)
    return Table(
        frame_of(columns),
        Reading.from_json(found["reading"]),
        found["sha256"],
        found["size"],
        tuple(Note(**note) for note in found["notes"]),
        found["spellings"],
    )
