"""The process that reads one file: `python -m modellab_core.data.reader FILE FOLDER`, its request as JSON on stdin.

It has one thread and bounded memory and time, so that a file made to do harm ends this process and nothing else. It
leaves `copy.parquet` with its sums and `found.json` in FOLDER, or says why not: one sentence as JSON on stdout. What
else it lays down in FOLDER is for nobody.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa

from modellab_core.data.columnar import read_columnar
from modellab_core.data.copies import copy_schema, row_groups, write_copy
from modellab_core.data.described import described
from modellab_core.data.kinds import HEAD, is_parquet, refuse_other_kinds
from modellab_core.data.limits import Limits
from modellab_core.data.profile import ColumnProfile
from modellab_core.data.request import Asked
from modellab_core.data.room import Room, kept_small
from modellab_core.data.table import Reading
from modellab_core.data.textfile import Parsed, read_text
from modellab_core.errors import BadInput, of_disk
from modellab_core.files import publish

COPY = "copy.parquet"
FOUND = "found.json"


def parse(raw: pa.Buffer, request: Asked | Reading, limits: Limits, room: Room) -> Parsed:
    """The table in the bytes of a file, whatever kind it is; its columns may lie in `room`.

    BadInput names what cannot be read, and the way out.
    """
    if raw.size == 0:
        raise BadInput("The file is empty.")
    head, tail = raw[:HEAD].to_pybytes(), raw[max(0, raw.size - HEAD) :].to_pybytes()
    if is_parquet(head, tail):
        return read_columnar(raw, request, limits, room)
    refuse_other_kinds(head, tail)
    return read_text(raw, request, limits, room)


def request_json(request: Asked | Reading, limits: Limits) -> str:
    """The request as the child process takes it."""
    kind = "reading" if isinstance(request, Reading) else "asked"
    return json.dumps({kind: request.to_json(), "limits": asdict(limits)})


def _request(text: str) -> tuple[Asked | Reading, Limits]:
    value = json.loads(text)
    limits = Limits(**value["limits"])
    return Reading.from_json(value["reading"]) if "reading" in value else Asked.from_json(value["asked"]), limits


def _limit(limits: Limits) -> None:
    """One thread, and no more memory and time than `limits` say, where the system can enforce them."""
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    if sys.platform == "win32":
        return
    import resource

    for what, most in ((resource.RLIMIT_DATA, limits.memory), (resource.RLIMIT_CPU, limits.seconds)):
        _, hard = resource.getrlimit(what)
        resource.setrlimit(what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _profiles(parsed: Parsed, room: Room) -> list[ColumnProfile]:
    types, spelled = parsed.reading.types, parsed.spellings
    columns = parsed.columns.items()
    return [described(name, types[name], column, spelled.get(name, {}), room) for name, column in columns]


def _leave_copy(parsed: Parsed, profiles: Sequence[ColumnProfile], path: Path) -> None:
    names, columns = list(parsed.columns), list(parsed.columns.values())
    gaps = [name for name, column in parsed.columns.items() if column.null_count]
    repeating = [one.name for one in profiles if one.type == "text" and one.distinct * 4 <= one.count]
    groups = ([column.rows(*span) for column in columns] for span in row_groups(columns))
    schema = copy_schema(names, [column.type for column in columns], gaps)
    write_copy(path, schema, groups, repeating, parsed.spellings)


def _found(file: Path, request: Asked | Reading, limits: Limits, room: Room) -> dict[str, Any]:
    """Everything that is told of the file; its copy is left in the room."""
    with file.open("rb") as stream:
        raw = room.mapped(stream)
    sha256 = hashlib.sha256(raw).hexdigest()
    parsed = parse(raw, request, limits, room)
    profiles = _profiles(parsed, room)
    _leave_copy(parsed, profiles, room.folder / COPY)
    return {
        "reading": parsed.reading.to_json(),
        "notes": [asdict(note) for note in parsed.notes],
        "profile": [one.to_json() for one in profiles],
        "rows": parsed.rows,
        "sha256": sha256,
        "size": raw.size,
    }


def main(file: str, folder: str) -> int:
    """Read `file` and leave the result in `folder`; 0, or 2 when the file was refused."""
    request, limits = _request(sys.stdin.read())
    _limit(limits)
    try:
        room = Room(Path(folder), limits.disk)
        with kept_small(room):
            found = _found(Path(file), request, limits, room)
        publish(room.folder / FOUND, json.dumps(found).encode())
    except BadInput as error:
        print(json.dumps(str(error)))
        return 2
    except OSError as error:
        told = of_disk(error)
        if told is None:
            raise
        print(json.dumps(str(told)))
        return 2
    return 0


if __name__ == "__main__":
    said = main(*sys.argv[1:])
    sys.stdout.flush()
    os._exit(said)  # without waiting for Arrow's reading thread, whose end after a refusal can abort the process
