"""Columns that are read as another type than before, and which cells ask for it."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from modellab_core.data.drift_words import quoted
from modellab_core.data.side import Side
from modellab_core.data.table_changes import TypeChange

KINDS = {"number": "numbers", "text": "texts", "date": "dates", "boolean": "yes or no"}
_NUMBER = r"^\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?\s*$"


def type_change(older: Side, newer: Side, name: str) -> TypeChange:
    """What is told of a column whose type differs."""
    one, other = older.types[name], newer.types[name]
    told = f"Column {quoted(name)} held {KINDS[one]} and holds {KINDS[other]}{_cause(newer.column(name), one, other)}."
    return TypeChange(name, one, other, f"{told} Its values are not compared.")


def _cause(column: pa.ChunkedArray, older: str, newer: str) -> str:
    if (older, newer) != ("number", "text"):
        return ""
    filled = column.drop_null()
    others = filled.filter(pc.invert(pc.match_substring_regex(filled, _NUMBER)))
    if not len(others):
        return f": each cell looks like a number, such as {quoted(filled[0].as_py())}" if len(filled) else ""
    cells = "1 cell is no number" if len(others) == 1 else f"{len(others):,} cells are no numbers"
    return f": {cells}, such as {quoted(others[0].as_py())}"
