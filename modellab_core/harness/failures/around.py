"""What stands around an error: its values beside those of known rows, and the nearest right and wrong ones."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from modellab_core.harness.predictions import Floats, Ints
from modellab_core.harness.slices.columns import Column, column_of

TAILS = (1, 99)  # percent of the known values that the spread of a number leaves out at each end
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Known:
    """Rows with a prediction by a model that did not see them: the features `X` (m, columns), `row` (m,) their numbers,
    `truth` and `said` (m,) as they are shown, `right` (m,) whether the prediction was. `kind` says what rows they are.
    """

    X: pd.DataFrame
    row: Ints
    truth: list[Any]
    said: list[Any]
    right: Mask
    kind: str

    def __len__(self) -> int:
        return len(self.row)

    @cached_property
    def columns(self) -> dict[Hashable, Column]:
        """Every feature as numbers, read once."""
        return {name: column_of(self.X[name]) for name in self.X.columns}

    def distances(self, values: pd.DataFrame) -> Floats:
        """How unlike each known row is to the one row of `values`, (m,) in [0, 1].

        The mean over the features of |a − b| over the spread of the known values (at most 1) for numbers and dates, of
        0 or 1 for everything else; a missing value is like a missing one alone. After Gower, Biometrics 27 (1971).
        """
        parts = [_unlike(column, values[name]) for name, column in self.columns.items() if name in values]
        return np.mean(parts, axis=0) if parts else np.zeros(len(self))

    def nearest(self, values: pd.DataFrame, which: Mask) -> int | None:
        """The position of the most alike row among `which`, the first of equals; None without any."""
        places = np.flatnonzero(which)
        if not len(places):
            return None
        return int(places[np.argmin(self.distances(values)[places])])

    def told(self, name: Hashable, value: Any) -> str:
        """The value of a feature beside the known ones: their middle and ends, or how many have the same."""
        column = self.columns[name]
        known = column.values[~column.missing]
        if pd.isna(value):
            return f"missing in {column.missing.mean():.1%}".replace("%", " %")
        if not len(known):
            return "always missing"
        if column.kind == "text":
            same = int((known == _code(column, value)).sum())
            return f"{same / len(column):.1%} have it".replace("%", " %") if same else "in no row"
        low, middle, high = (_show(column, np.sort(known)[at]) for at in (0, len(known) // 2, -1))
        return f"{low} to {high}, half below {middle}"


def _unlike(column: Column, one: pd.Series) -> Floats:
    value = one.iloc[0]
    if pd.isna(value):
        return np.where(column.missing, 0.0, 1.0)
    if column.kind == "text":
        apart = (column.values != _code(column, value)).astype(np.float64)
    else:
        apart = np.minimum(np.abs(_numbers(column) - _number(column, one)) / _spread(column), 1.0)
    return np.where(column.missing, 1.0, apart)


def _code(column: Column, value: Any) -> int:
    """The place of a value among the texts of a column, −2 where it has no such text."""
    place = int(np.searchsorted(np.array(column.texts, dtype=object), str(value))) if column.texts else 0
    return place if place < len(column.texts) and column.texts[place] == str(value) else -2


def _numbers(column: Column) -> Floats:
    return np.asarray(
        column.values.astype("datetime64[us]").astype(np.int64) if column.kind == "date" else column.values
    )


def _number(column: Column, one: pd.Series) -> float:
    read = column_of(one)
    return float(_numbers(read)[0]) if read.kind == column.kind else float("nan")


def _spread(column: Column) -> float:
    known = _numbers(column)[~column.missing]
    known = known[np.isfinite(known)]
    low, high = np.percentile(known, TAILS) if len(known) else (0.0, 0.0)
    return float(high - low) or 1.0


def _show(column: Column, value: Any) -> str:
    if column.kind == "date":
        return str(np.datetime_as_string(value, unit="D"))
    return f"{float(value):,.4g}"


def right_rows(truth: npt.NDArray[Any], said: npt.NDArray[Any], classify: bool) -> Mask:
    """Whether each prediction is right, (m,): the class itself; for numbers an error of at most the median."""
    if classify:
        return np.asarray(truth == said)
    error = np.abs(truth.astype(np.float64) - said.astype(np.float64))
    return np.asarray(error <= np.median(error)) if len(error) else np.zeros(0, dtype=bool)
