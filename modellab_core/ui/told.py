"""What was found out when a file was read, as a small table: each value, and who said so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

import modellab_core.data.said as said
import modellab_core.ui.rereading as rereading
from modellab_core.data.table import COLUMN_TYPES, Reading

FOUND, SAID, BYTES = "found out", "you said", "the file says"
KINDS = {"number": "number", "text": "text", "date": "date", "boolean": "yes-or-no"}
NOUNS = {
    "number": ("number", "numbers"),
    "text": ("text", "texts"),
    "date": ("date", "dates"),
    "boolean": ("yes or no", "yes or no"),
}
MARKS = {".": "point", ",": "comma", "'": "apostrophe", "\u2019": "apostrophe"}
MOST_NAMED = 6


def found_out(version: Any) -> None:
    """What is known of how the bytes were read, a line each: the value, and who said so."""
    reading = Reading.from_json(version.reading)
    codes = {note["code"] for note in version.notes}
    typed = [note["column"] for note in version.notes if note["code"] == said.TYPE]
    lines = [{"what": "Format", "value": "CSV" if reading.format == "csv" else "Parquet", "source": [BYTES]}]
    if reading.format == "csv":
        mark = rereading.DELIMITERS.get(reading.delimiter or "", repr(reading.delimiter))
        letters = rereading.ENCODINGS.get(reading.encoding or "", str(reading.encoding).upper())
        lines += [
            _fact("Encoding", letters, said.ENCODING in codes),
            _fact("Between the cells", mark, said.DELIMITER in codes),
            _fact("The first line", rereading.HEADERS[bool(reading.header)], said.HEADER in codes),
        ]
    lines += [
        _fact("Types of columns", _types(reading, ()), False) | {"source": _sources(reading, typed)},
        *([_fact("Types that you chose", _types(reading, typed), True)] if typed else []),
        *_missing_facts(reading, said.MISSING in codes),
        *_marks(reading),
    ]
    st.dataframe(
        pd.DataFrame(lines),
        key=f"found-out-{version.id}",
        hide_index=True,
        height="content",
        alt="What was found out when the file was read",
        column_config={
            "what": st.column_config.TextColumn("What", width="small"),
            "value": st.column_config.TextColumn("Read as", width="large"),
            "source": st.column_config.MultiselectColumn(
                "Known because", options=[FOUND, SAID, BYTES], color=["gray", "blue", "green"], width="small"
            ),
        },
    )


def _fact(what: str, value: str, by_you: bool) -> dict[str, Any]:
    return {"what": what, "value": value, "source": [SAID if by_you else FOUND]}


def _sources(reading: Reading, typed: Sequence[str]) -> list[str]:
    if reading.format == "parquet":
        return [BYTES]
    return [FOUND] if len(typed) < len(reading.types) else [SAID]


def _types(reading: Reading, names: Sequence[str]) -> str:
    if names:
        return _some(f"{name}: {reading.types.get(name, '')}" for name in names)
    kinds = list(reading.types.values())
    counts = {kind: kinds.count(kind) for kind in COLUMN_TYPES if kind in kinds}
    return ", ".join(f"{count:,} {NOUNS[kind][count > 1]}" for kind, count in counts.items())


def _missing_facts(reading: Reading, by_you: bool) -> list[dict[str, Any]]:
    facts = []
    if reading.missing_everywhere:
        facts.append(_fact("Missing everywhere", "  ".join(reading.missing_everywhere), True))
    words = "  ".join(reading.missing) or "nothing but empty cells"
    facts.append(_fact("Missing in numbers and dates", words, by_you and not reading.missing))
    return facts


def _marks(reading: Reading) -> list[dict[str, Any]]:
    held = (("Decimal mark", reading.decimal), ("Thousands mark", reading.thousands), ("Form of dates", reading.dates))
    return [_fact(what, _by_value(marks), False) for what, marks in held if marks]


def _by_value(marks: Mapping[str, str]) -> str:
    """`comma in a, b; point in c`."""
    columns: dict[str, list[str]] = {}
    for name, mark in marks.items():
        columns.setdefault("space" if mark.isspace() else MARKS.get(mark, mark), []).append(name)
    return "; ".join(f"{mark} in {_some(names)}" for mark, names in columns.items())


def _some(words: Iterable[str]) -> str:
    held = list(words)
    more = f", and {len(held) - MOST_NAMED:,} more" if len(held) > MOST_NAMED else ""
    return ", ".join(held[:MOST_NAMED]) + more
