"""What a person says about how a file is to be read; all else is found out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from modellab_core.data.table import COLUMN_TYPES, ColumnType
from modellab_core.errors import BadInput, choices


@dataclass(frozen=True)
class Asked:
    """What a person overrides; None and absent columns are found out.

    `missing` are tokens that mean missing in every column, or as COLUMN=TOKEN in one, besides the fixed list that
    counts in columns of numbers and dates; an empty tuple switches that list off. `types` gives columns a type by name.
    """

    delimiter: str | None = None
    encoding: str | None = None
    header: bool | None = None
    missing: tuple[str, ...] | None = None
    types: Mapping[str, ColumnType] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, kind in self.types.items():
            if kind not in COLUMN_TYPES:
                raise BadInput(f"Column {name!r} cannot be of the type {kind!r}: {choices(kind, COLUMN_TYPES)}")

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; `from_json` gives an equal Asked."""
        return asdict(self) | {"missing": None if self.missing is None else list(self.missing)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Asked:
        """What `to_json` wrote."""
        missing = value["missing"]
        return cls(**dict(value) | {"missing": None if missing is None else tuple(missing)})
