"""The process that reads one file: `python -m modellab_core.data.reader FILE FOLDER`, its request as JSON on stdin.

It has one thread and bounded memory and time, so that a file made to do harm ends this process and nothing else. It
leaves `copy.parquet` with its sums and `found.json` in FOLDER, or only `refused.json` with a sentence.
"""

from __future__ import annotations

import hashlib
import json
import mmap
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa

from modellab_core.data.columnar import read_columnar
from modellab_core.data.copies import copy_schema, group_rows, write_copy
from modellab_core.data.kinds import HEAD, is_parquet, refuse_other_kinds
from modellab_core.data.limits import Limits
from modellab_core.data.request import Asked
from modellab_core.data.table import Reading
from modellab_core.data.textfile import Parsed, read_text
from modellab_core.errors import BadInput
from modellab_core.files import publish

COPY = "copy.parquet"


def parse(
    raw: pa.Buffer, request: Asked | Reading, limits: Limits, let_go: Callable[[], object] = lambda: None
) -> Parsed:
    """The table in the bytes of a file, whatever kind it is; `let_go` is called when the bytes are not needed any more.

    BadInput names what cannot be read, and the way out.
    """
    if raw.size == 0:
        raise BadInput("The file is empty.")
    head, tail = raw[:HEAD].to_pybytes(), raw[max(0, raw.size - HEAD) :].to_pybytes()
    if is_parquet(head, tail):
        return read_columnar(raw, request, limits)
    refuse_other_kinds(head, tail)
    return read_text(raw, request, limits, let_go)


def request_json(request: Asked | Reading, limits: Limits) -> str:
    """The request as the child process takes it."""
    kind = "reading" if isinstance(request, Reading) else "asked"
    return json.dumps({kind: request.to_json(), "limits": asdict(limits)})


def _request(text: str) -> tuple[Asked | Reading, Limits]:
    value = json.loads(text)
    limits = Limits(**value["limits"])
    return Reading.from_json(value["reading"]) if "reading" in value else Asked.from_json(value["asked"]), limits


def _leave_copy(parsed: Parsed, folder: Path) -> None:
    table = parsed.table
    gaps = [name for name, column in zip(table.column_names, table.columns, strict=True) if column.null_count]
    rows = group_rows(table.num_rows, table.nbytes)
    groups = (table.slice(start, rows).columns for start in range(0, table.num_rows, rows))
    texts = [field.name for field in table.schema if pa.types.is_string(field.type)]
    schema = copy_schema(table.column_names, table.schema.types, gaps)
    write_copy(folder / COPY, schema, groups, texts, parsed.spellings)


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


def _mapped(path: Path) -> tuple[pa.Buffer, Callable[[], object]]:
    """The bytes of a file as the system maps them into memory, and a way to have them taken out of it again."""
    with path.open("rb") as stream:
        if path.stat().st_size == 0:
            return pa.py_buffer(b""), lambda: None
        mapped = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
    unneeded = getattr(mmap, "MADV_DONTNEED", None)
    return pa.py_buffer(mapped), lambda: None if unneeded is None else mapped.madvise(unneeded)


def _found(parsed: Parsed, sha256: str, size: int) -> dict[str, Any]:
    return {
        "reading": parsed.reading.to_json(),
        "notes": [asdict(note) for note in parsed.notes],
        "rows": parsed.table.num_rows,
        "sha256": sha256,
        "size": size,
    }


def main(file: str, folder: str) -> int:
    """Read `file` and leave the result in `folder`; 0, or 2 when the file was refused."""
    request, limits = _request(sys.stdin.read())
    _limit(limits)
    raw, let_go = _mapped(Path(file))
    sha256 = hashlib.sha256(raw).hexdigest()
    try:
        parsed = parse(raw, request, limits, let_go)
        _leave_copy(parsed, Path(folder))
    except BadInput as error:
        publish(Path(folder, "refused.json"), json.dumps(str(error)).encode())
        return 2
    publish(Path(folder, "found.json"), json.dumps(_found(parsed, sha256, raw.size)).encode())
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
