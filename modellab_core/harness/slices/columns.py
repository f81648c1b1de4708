"""A feature as numbers: what its values are compared by, read once for bins, queries and searches alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

Kind = Literal["number", "truth", "date", "text"]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Column:
    """The values of one feature, (n,).

    `kind` says what `values` hold: "number" float64; "truth" 0.0 and 1.0; "date" datetime64 of UTC without a zone;
    "text" the position of the value's text in `texts`, which is sorted by code point (−1 where missing). Whatever is
    no number, truth value or date is compared by its text. `missing` (n,) marks the rows without a value; what
    `values` holds there means nothing.
    """

    kind: Kind
    values: npt.NDArray[Any]
    missing: Mask
    texts: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.values)


def column_of(column: pd.Series) -> Column:
    """The column of a frame, read by its type."""
    missing = column.isna().to_numpy(dtype=bool)
    dtype = column.dtype
    if pd.api.types.is_datetime64_any_dtype(dtype):
        return Column("date", _dates(column), missing)
    plain = not isinstance(dtype, pd.CategoricalDtype)
    if plain and (pd.api.types.is_numeric_dtype(dtype) or pd.api.types.is_bool_dtype(dtype)):
        values = column.to_numpy(dtype=np.float64, na_value=np.nan)
        kind: Kind = "truth" if pd.api.types.is_bool_dtype(dtype) else "number"
        return Column(kind, values, missing | np.isnan(values))
    codes, texts = _codes(column, missing)
    return Column("text", codes, missing, texts)


def _dates(column: pd.Series) -> npt.NDArray[Any]:
    zoned = column.dt.tz is not None
    stamps = (column.dt.tz_convert("UTC").dt.tz_localize(None) if zoned else column).to_numpy()
    return stamps if stamps.dtype.kind == "M" else np.asarray(stamps, dtype="datetime64[us]")


def _codes(column: pd.Series, missing: Mask) -> tuple[npt.NDArray[np.int32], tuple[str, ...]]:
    """Position of each row's value in the sorted distinct texts, −1 where missing."""
    told = column
    if column.dtype == object and pd.api.types.infer_dtype(column, skipna=True) != "string":
        told = column.where(missing, column.map(str))
    first, values = pd.factorize(told)
    spelled = [str(value) for value in values]
    names = sorted(set(spelled))
    place = {text: code for code, text in enumerate(names)}
    table = np.array([place[text] for text in spelled] + [-1], dtype=np.int32)
    codes = table[first]
    codes[missing] = -1
    return codes, tuple(names)


class Columns(Mapping[str, Column]):
    """The columns of a frame by their names as text, each read when asked for; of equal names the first counts."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame = frame
        self.places: dict[str, int] = {}
        for place, name in enumerate(frame.columns):
            self.places.setdefault(str(name), place)
        self._read: dict[int, Column] = {}

    def __getitem__(self, name: str) -> Column:
        return self.at(self.places[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self.places)

    def __len__(self) -> int:
        return len(self.places)

    def at(self, place: int) -> Column:
        """The column at a position."""
        if place not in self._read:
            self._read[place] = column_of(self.frame.iloc[:, place])
        return self._read[place]
