"""The predictions of one model on one set of rows: all that the harness needs to know."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from modellab_core.data.task import Task

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Predictions:
    """Truth and prediction row by row, sorted by `row`.

    `row` is the 0-based number of the record in its table, (n,). Classification: `y_true` and `y_pred` are positions in
    `classes` (int64), `classes` are the labels as text in contract order, `proba` is (n, k) float64 in that order or
    None, and `positive` (binary only) is one of `classes`. Regression: `y_true` and `y_pred` are float64, the rest
    None. `weight` is an importance weight ≥ 0 per row or None, `groups` a group code per row or None, `X` the features
    of the rows as the model takes them or None.
    """

    task: Task
    row: Ints
    y_true: Ints | Floats
    y_pred: Ints | Floats
    proba: Floats | None = None
    classes: tuple[str, ...] = ()
    positive: str | None = None
    weight: Floats | None = None
    groups: Ints | None = None
    X: pd.DataFrame | None = None

    def __len__(self) -> int:
        return len(self.row)

    @property
    def positive_code(self) -> int:
        """Position of the positive class in `classes`; binary only."""
        return self.classes.index(self.positive or self.classes[-1])

    @property
    def score(self) -> Floats | None:
        """P(positive) per row where it is known; binary only."""
        if self.task is not Task.BINARY or self.proba is None:
            return None
        return self.proba[:, self.positive_code]

    def labels(self, codes: Ints | Floats) -> list[str]:
        """The class labels of `codes`; classification only."""
        return [self.classes[int(code)] for code in codes]

    def take(self, rows: Ints | npt.NDArray[np.bool_]) -> Predictions:
        """The same predictions at some positions: a boolean mask or positions, of length n or less."""
        pick: dict[str, Any] = {
            name: None if value is None else value[rows]
            for name in ("row", "y_true", "y_pred", "proba", "weight", "groups")
            for value in [getattr(self, name)]
        }
        return replace(self, **pick, X=None if self.X is None else self.X.iloc[np.asarray(rows)])
