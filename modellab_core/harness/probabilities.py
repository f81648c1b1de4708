"""Predicted probabilities as people hand them over, checked and in the order of the classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from modellab_core.errors import BadInput
from modellab_core.harness.labels import label_text, labels_of
from modellab_core.harness.predictions import Floats

OUTSIDE = 1e-6
SUM = 5e-3


def given_columns(frame: pd.DataFrame, numeric: bool) -> tuple[str, ...]:
    """The class that each column of a frame of probabilities is named after."""
    return tuple(labels_of(pd.Series(list(frame.columns)), "the columns of y_proba", numeric))


def whole_as_text(classes: Sequence[str]) -> bool:
    """Whether the classes are numbers, so that a truth value means 1 or 0."""
    try:
        return all(np.isfinite(float(label)) for label in classes)
    except ValueError:
        return False


def probabilities_of(
    y_proba: Any, n: int, classes: Sequence[str], columns: Sequence[str], positive: str | None
) -> Floats:
    """(n, k) float64 in the order of `classes`.

    `y_proba` is (n, k) in the order of `columns`, a frame with the classes as columns, or for two classes (n,) with the
    probability of `positive`. BadInput for a wrong shape, values outside [0, 1], and rows that do not sum to 1.
    """
    if isinstance(y_proba, pd.DataFrame) and y_proba.shape[1] > 1:
        y_proba, columns = _by_name(y_proba, classes), classes
    values = _as_floats(y_proba)
    if len(values) != n:
        raise BadInput(f"y_proba has {len(values)} rows and y_true has {n}: give the same rows in both.")
    _check_range(values)
    values = np.clip(values, 0.0, 1.0)  # rounding may leave 1.0000001
    if values.ndim == 1:
        return _two_columns(values, classes, positive)
    if values.shape[1] != len(columns):
        raise BadInput(
            f"y_proba has {values.shape[1]} columns and there are {len(columns)} classes ({', '.join(columns)}): "
            "name the class of each column with classes=[…]."
        )
    _check_sums(values)
    order = [list(columns).index(label) for label in classes]
    return np.ascontiguousarray(values[:, order])


def _by_name(frame: pd.DataFrame, classes: Sequence[str]) -> Floats:
    names = [label_text(name, whole_as_text(classes)) for name in frame.columns]
    lacking = [label for label in classes if label not in names]
    if lacking:
        raise BadInput(f"y_proba has no column for the class {lacking[0]!r}; its columns are {', '.join(names)}.")
    return _as_floats(frame.iloc[:, [names.index(label) for label in classes]])


def _as_floats(y_proba: Any) -> Floats:
    try:
        if isinstance(y_proba, (pd.Series, pd.DataFrame)):
            values = y_proba.to_numpy(dtype=np.float64, na_value=np.nan)
        else:
            values = np.asarray(y_proba, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise BadInput("y_proba holds something that is no number, or rows of different lengths.") from error
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim not in (1, 2):
        raise BadInput(f"y_proba has the shape {values.shape}: give (n,) or (n, classes).")
    return np.asarray(values, dtype=np.float64)


def _two_columns(values: Floats, classes: Sequence[str], positive: str | None) -> Floats:
    if len(classes) != 2:
        raise BadInput(f"y_proba has one column and there are {len(classes)} classes: give a column for each class.")
    pair = [values if label == positive else 1 - values for label in classes]
    return np.stack(pair, axis=1)


def _check_range(values: Floats) -> None:
    wrong = ~((values >= -OUTSIDE) & (values <= 1 + OUTSIDE))
    if wrong.any():
        place = np.unravel_index(int(np.argmax(wrong)), wrong.shape)
        raise BadInput(f"y_proba is {values[place]} in row {place[0]}: probabilities lie between 0 and 1.")


def _check_sums(values: Floats) -> None:
    sums = values.sum(axis=1)
    wrong = np.abs(sums - 1) > SUM
    if wrong.any():
        row = int(np.argmax(wrong))
        raise BadInput(f"The probabilities in row {row} of y_proba sum to {sums[row]:.6g}: they must sum to 1.")
