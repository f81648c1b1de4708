"""What two versions of a table have in common and what differs, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from modellab_core.data.drift import ColumnDrift
from modellab_core.data.table import ColumnType

By = Literal["content", "key", "place"]


@dataclass(frozen=True)
class TypeChange:
    """A column of another type than before; `sentence` says what in it asks for that, as far as it is known."""

    name: str
    older: ColumnType
    newer: ColumnType
    sentence: str


@dataclass(frozen=True)
class CellChange:
    """One cell of a row that is in both tables. `row` is the value of the key, or the row's number in the newer table;
    values are as the files write them, empty where they are missing.
    """

    row: str
    column: str
    older: str
    newer: str


@dataclass(frozen=True)
class TableChanges:
    """What became of an older table in a newer one.

    Rows are compared over the columns of both with one type. `by` says how a row is known again: by the whole of its
    `content`, by the column `key` (`key_found`: nobody named it), or by its `place`, where rows that changed are still
    where they were. `rows_same` are equal in each of these columns; `rows_changed` are known again and differ, None
    where nothing but content could tell; the rest of the older table is gone, of the newer one added. `moved` says that
    rows that stayed are in another order. `cells_changed` counts cells of changed rows by column.

    `compared` says what drift is about: "all" rows of both tables, the "added" ones against the older table, or
    "none", as nothing can have drifted. `drift` has those that drifted first, the largest effect before the others.
    `sentences` say all of it in words: rows, columns, types, cells, then each column that drifted.
    """

    rows_older: int
    rows_newer: int
    rows_same: int
    rows_added: int
    rows_gone: int
    rows_changed: int | None = None
    by: By = "content"
    key: str | None = None
    key_found: bool = False
    moved: bool = False
    columns_added: tuple[str, ...] = ()
    columns_gone: tuple[str, ...] = ()
    columns_renamed: tuple[tuple[str, str], ...] = ()
    columns_moved: bool = False
    types_changed: tuple[TypeChange, ...] = ()
    cells_changed: Mapping[str, int] = field(default_factory=dict)
    examples: tuple[CellChange, ...] = ()
    compared: Literal["all", "added", "none"] = "none"
    drift: tuple[ColumnDrift, ...] = ()
    sentences: tuple[str, ...] = ()

    @property
    def drifted(self) -> tuple[ColumnDrift, ...]:
        """The columns that drifted, the largest effect first."""
        return tuple(one for one in self.drift if one.drifted)

    @property
    def is_same(self) -> bool:
        """Whether both tables have the same rows in the same order under the same names."""
        return not (
            self.rows_added
            or self.rows_gone
            or self.rows_changed
            or self.moved
            or self.columns_added
            or self.columns_gone
            or self.columns_renamed
            or self.columns_moved
            or self.types_changed
        )

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self) | {"drift": [one.to_json() for one in self.drift], "is_same": self.is_same}
