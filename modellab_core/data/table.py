"""What a table is once it was read, and how it was read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, get_args

if TYPE_CHECKING:  # the process that reads files needs these types and no pandas
    import pandas as pd

ColumnType = Literal["number", "text", "date", "boolean"]
COLUMN_TYPES: tuple[ColumnType, ...] = get_args(ColumnType)


@dataclass(frozen=True)
class Note:
    """Something that a person should know about how the data was understood.

    `code` is stable and machine-readable, `text` is the sentence, `column` the column that it is about.
    """

    code: str
    text: str
    column: str | None = None


@dataclass(frozen=True)
class Reading:
    """How bytes become a table: with the same bytes and the same Reading the table is the same.

    `types` holds every column in the order of the file, by the name under which it is known; `decimal` and `thousands`
    hold the marks of those number columns that do not use the plain form; `dates` the format of each date column;
    `missing` the tokens read as missing in columns of numbers and dates, `missing_everywhere` those that a person said
    are missing in every column. CSV-only fields are None for Parquet.
    """

    format: Literal["csv", "parquet"]
    types: Mapping[str, ColumnType]
    encoding: str | None = None
    delimiter: str | None = None
    header: bool | None = None
    missing: tuple[str, ...] = ()
    decimal: Mapping[str, str] = field(default_factory=dict)
    thousands: Mapping[str, str] = field(default_factory=dict)
    dates: Mapping[str, str] = field(default_factory=dict)
    missing_everywhere: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; `from_json` gives an equal Reading."""
        return asdict(self) | {
            "types": dict(self.types),
            "missing": list(self.missing),
            "missing_everywhere": list(self.missing_everywhere),
            "columns": list(self.types),  # JSON objects are written with sorted keys, so the order is kept here
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Reading:
        """The Reading that `to_json` wrote."""
        given = {key: item for key, item in value.items() if key != "columns"}
        types = {name: value["types"][name] for name in value["columns"]}
        tokens = {key: tuple(value[key]) for key in ("missing", "missing_everywhere")}
        return cls(**given | {"types": types} | tokens)


@dataclass(frozen=True)
class Table:
    """A table as it was read.

    `frame` has one line a data record, its index 0 … n−1 is the `row` by which everything else knows the record. Types:
    number → int64, Int64 or float64; text → str; date → datetime64; boolean → bool or boolean. `spellings` maps, for
    number columns with few distinct values, the plain form of a value to how the file writes it where that differs
    ("1.0" for 1), so that class labels are shown as written. `sha256` and `size` are those of the bytes as they came.
    """

    frame: pd.DataFrame
    reading: Reading
    sha256: str
    size: int
    notes: tuple[Note, ...] = ()
    spellings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


class StoredTable(Table):
    """A Table whose frame is made by `load` when it is first asked for, and then kept.

    Where `load` gives some columns only, `reading` still speaks of all.
    """

    def __init__(
        self,
        load: Callable[[], pd.DataFrame],
        reading: Reading,
        sha256: str,
        size: int,
        notes: tuple[Note, ...] = (),
        spellings: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        told = {"reading": reading, "sha256": sha256, "size": size, "notes": notes, "spellings": spellings or {}}
        for name, value in told.items():
            object.__setattr__(self, name, value)
        object.__setattr__(self, "_load", load)

    @cached_property
    def frame(self) -> pd.DataFrame:
        load: Callable[[], pd.DataFrame] = self.__dict__["_load"]
        return load()
