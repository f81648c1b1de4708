"""What a person said about a file, as notes that are kept with the table: all else about it was found out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from modellab_core.data.request import Asked
from modellab_core.data.table import Note, Reading

DELIMITER, ENCODING, HEADER, MISSING, TYPE = (
    "said_delimiter",
    "said_encoding",
    "said_header",
    "said_missing",
    "said_type",
)
SAID = frozenset({DELIMITER, ENCODING, HEADER, MISSING, TYPE})


def said(asked: Asked | None) -> tuple[Note, ...]:
    """A note for each thing that was `asked` rather than found out."""
    if asked is None:
        return ()
    notes = []
    if asked.delimiter is not None:
        notes.append(Note(DELIMITER, f"As you said, {asked.delimiter!r} stands between the cells."))
    if asked.encoding is not None:
        notes.append(Note(ENCODING, f"As you said, the encoding is {asked.encoding}."))
    if asked.header is not None:
        notes.append(Note(HEADER, f"As you said, the first line holds {'names' if asked.header else 'data'}."))
    if asked.missing is not None:
        tokens = ", ".join(repr(token) for token in asked.missing)
        told = f"{tokens} means missing in every column" if tokens else "no word means missing"
        notes.append(Note(MISSING, f"As you said, {told}."))
    kinds = {"number": "numbers", "text": "text", "date": "dates", "boolean": "yes or no"}
    notes += [
        Note(TYPE, f"As you said, column {name!r} holds {kinds[kind]}.", name) for name, kind in asked.types.items()
    ]
    return tuple(notes)


def asked_for(reading: Reading, notes: Iterable[Mapping[str, Any]]) -> Asked:
    """What was said when a table was read so: the values stand in `reading`; `notes` say which of them were said."""
    codes = {note["code"] for note in notes}
    typed = [str(note["column"]) for note in notes if note["code"] == TYPE]
    return Asked(
        delimiter=reading.delimiter if DELIMITER in codes else None,
        encoding=reading.encoding if ENCODING in codes else None,
        header=reading.header if HEADER in codes else None,
        missing=reading.missing_everywhere if MISSING in codes else None,
        types={name: reading.types[name] for name in typed if name in reading.types},
    )
