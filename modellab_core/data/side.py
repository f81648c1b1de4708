"""One of two tables that are compared: its columns are read when they are asked for, one at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from modellab_core.data.spelling import plain
from modellab_core.data.table import ColumnType, Table
from modellab_core.data.values import as_column


@dataclass(frozen=True)
class Side:
    """`column` gives the values of a column by its name, as `data.values.as_column` has them; `spellings` as a Table
    has them.
    """

    types: Mapping[str, ColumnType]
    rows: int
    column: Callable[[str], pa.ChunkedArray]
    spellings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def written(self, name: str, value: object) -> str:
        """A value as the file writes it; empty where it is missing."""
        text = "" if value is None or value != value else plain(value).removesuffix(" 00:00:00")
        return self.spellings.get(name, {}).get(text, text)


def side_of(table: Table) -> Side:
    """A table that is in memory."""
    types = table.reading.types
    return Side(types, len(table.frame), lambda name: as_column(table.frame[name], types[name]), table.spellings)
