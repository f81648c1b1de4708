"""A table that is read in many small pieces is the table that is read in one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modellab_core.data import delimited, pieces, spill
from modellab_core.data.limits import COMMAND
from modellab_core.data.reader import parse
from modellab_core.data.request import Asked
from modellab_core.data.room import Room
from modellab_core.errors import BadInput

Told = dict[str, Any] | str


def told(content: bytes, room: Room, **asked: Any) -> Told:
    """Everything that is said of a file, or the refusal."""
    try:
        found = parse(pa.py_buffer(content), Asked(**asked), COMMAND, room)
    except BadInput as error:
        return str(error)
    notes = [asdict(note) for note in found.notes]
    values = [found.table.schema.to_string(), str(found.table.to_pydict())]
    return {"notes": notes, "reading": found.reading.to_json(), "spelled": str(found.spellings), "values": values}


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., tuple[Told, Told]]:
    """What is said when a file is read in one piece, and in pieces of a line or two."""
    folder = tmp_path_factory.mktemp("room")
    (folder / "one").mkdir()
    (folder / "many").mkdir()
    one, many = Room(folder / "one", 1 << 30), Room(folder / "many", 1 << 30)

    def read(content: bytes, **asked: Any) -> tuple[Told, Told]:
        whole = told(content, one, **asked)
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(delimited, "BLOCK", 48)
            patched.setattr(spill, "BATCHES", 1)
            patched.setattr(spill, "ROWS", 2)
            patched.setattr(pieces, "CHUNK", 1)
            patched.setattr(pieces, "STEP", 3)
            return whole, told(content, many, **asked)

    return read


COLUMNS = {
    "whole, then fractions": ["1", "2", "3"] * 9 + ["1.5"],
    "whole beyond 2^53, then fractions": ["9007199254740993", *["2"] * 20, "1.5"],
    "beyond int64 at the end": [*["1"] * 20, "9223372036854775808"],
    "zeros at the end": [*["1"] * 20, "007"],
    "commas that decide late": [*["1,234"] * 20, "1,5"],
    "commas that never decide": ["1,234"] * 20,
    "points between": [*["1.234,5"] * 20, "7"],
    "tokens late": [*["1"] * 20, "NA", "?", "NA"],
    "a word late": [*["1"] * 20, "word"],
    "nothing": [""] * 20,
    "nothing, then numbers": [*[""] * 20, "5"],
    "day first, decided late": [*["01/02/2024"] * 20, "13/02/2024"],
    "day or month": ["01/02/2024", "03/04/2024"] * 9,
    "the same either way": ["01/01/2024", "02/02/2024"] * 9,
    "zones": ["2024-01-01T10:00Z", "2024-01-02T10:00+02:00"] * 9,
    "zones late": [*["2024-01-01 10:00"] * 20, "2024-01-01 10:00Z"],
    "a date not in the calendar": [*["2024-01-01"] * 20, "2024-02-30"],
    "hours alone late": [*["2024-01-01 10:00"] * 20, "2024-01-01 10"],
    "truths": ["true", "False", ""] * 9,
    "spellings": ["1.0", "1.00", "2", "1.0"] * 9,
    "text with tokens": ["Namibia", "NA", "x"] * 9,
    "mostly numbers": [*["1", "2"] * 12, "1,5,5", "12a"],
}


@pytest.mark.parametrize("kind", COLUMNS)
def test_columns(both: Callable[..., tuple[Told, Told]], kind: str) -> None:
    """Types, values, notes with their counts and records: none depends on where a column is cut."""
    cells = COLUMNS[kind]
    lines = ["id;x", *(f"{number};{cell}" for number, cell in enumerate(cells))]
    for end in ("\n", "\r\n"):
        whole, many = both(end.join(lines).encode())
        assert many == whole
    for asked in ("number", "text", "date", "boolean"):
        whole, many = both("\n".join(lines).encode(), types={"x": asked})
        assert many == whole


CELLS = st.one_of(
    st.sampled_from(["1", "2.5", "-3", "NA", "?", "", " ", "1,5", "1,234", "1.234", "007", "+1", "1e3", "true", "no"]),
    st.sampled_from(
        ["01/02/2024", "13/02/2024", "2024-01-02", "2024-01-02 03:04", "2024-01-02T03:04Z", "x", "ä\nb", '"']
    ),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS), min_size=2, max_size=40), st.booleans())
def test_any_cells(both: Callable[..., tuple[Told, Told]], rows: list[tuple[str, str]], quoted: bool) -> None:
    """Any mixture of cells, quoted or not, well-formed or not."""
    if quoted:
        rows = [tuple('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]  # type: ignore[misc]
    whole, many = both(("a;b\n" + "\n".join(";".join(row) for row in rows)).encode())
    assert many == whole


@pytest.mark.parametrize(
    "content",
    [
        b"a,b\n1,2\n" * 3 + b"\n" * 200 + b"3,4\n" * 40,
        b"a,b\n" + b'"x\ny",2\n' * 60,
        b"a,b\n" + b"1,2\n" * 60 + b"3\n" + b"4,5\n" * 9,
        b"a,b\n" + b'1,"2\n' * 30,
        "a,b\nä,1\n".encode("utf-16") + "ö,2\n".encode("utf-16-le") * 60,
        b"a,b\n" + b"1,2\n" * 60 + b"\xe4,3\n",
        b'a, b\n1, "x, y"\n' * 40,
        b"a\n" + b"x" * 3000 + b"\ny\n" * 30,
    ],
)
def test_files(both: Callable[..., tuple[Told, Told]], content: bytes, tmp_path: Path) -> None:
    """Blank lines, line ends in quotes, rows of other widths, encodings, and records longer than a block."""
    whole, many = both(content)
    assert many == whole
