"""Columns of labels and numbers as people hand them over."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from modellab_core.data.spelling import plain as written
from modellab_core.errors import BadInput
from modellab_core.harness.predictions import Floats

FEW = 10


def as_column(values: Any, name: str, n: int | None = None) -> pd.Series:
    """`values` as one column with rows numbered from 0. BadInput when it is no column or has not `n` rows."""
    if isinstance(values, pd.DataFrame):
        values = values.iloc[:, 0] if values.shape[1] == 1 else values.to_numpy()
    if not isinstance(values, pd.Series):
        values = _series(values, name)
    if n is not None and len(values) != n:
        raise BadInput(f"{name} has {len(values)} rows and y_true has {n}: give the same rows in both.")
    return values.reset_index(drop=True)


def _series(values: Any, name: str) -> pd.Series:
    if isinstance(values, (str, bytes)) or not hasattr(values, "__len__"):
        raise BadInput(f"{name} is {type(values).__name__}: give one value per row, as an array, a list or a Series.")
    if isinstance(values, (pd.Index, pd.api.extensions.ExtensionArray)):
        return pd.Series(values)
    try:
        array = np.asarray(values) if isinstance(values, np.ndarray) else np.asarray(values, dtype=object)
    except ValueError as error:
        raise BadInput(f"{name} is no column: its rows have different lengths.") from error
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        raise BadInput(f"{name} has the shape {array.shape}: give one value per row.")
    return pd.Series(array).infer_objects()


def labels_of(column: pd.Series, name: str, numeric: bool = False) -> list[str]:
    """Class labels as text: whole numbers without a point; with `numeric` truth values as 1 and 0.

    BadInput names the first row without a label.
    """
    gaps = column.isna().to_numpy(dtype=bool)
    if gaps.any():
        raise BadInput(f"{name} has no label in row {int(np.argmax(gaps))}: leave such rows out.")
    codes, values = pd.factorize(column)
    texts = np.array([label_text(value, numeric) for value in values], dtype=object)
    return list(texts[codes]) if len(codes) else []


def label_text(value: Any, numeric: bool = False) -> str:
    """One label as text; with `numeric` truth values are 1 and 0."""
    if numeric and isinstance(value, (bool, np.bool_)):
        return str(int(value))
    return value.decode("utf-8", errors="replace") if isinstance(value, bytes) else written(value)


def numbers_of(column: pd.Series, name: str) -> Floats:
    """Numbers as float64. BadInput names the first row that holds none, or an infinite one."""
    try:
        values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise BadInput(f"{name} is no column of numbers ({column.iloc[0]!r} …): for labels say task.") from error
    bad = ~np.isfinite(values)
    if bad.any():
        row = int(np.argmax(bad))
        raise BadInput(f"{name} is {values[row]} in row {row}: leave such rows out or fill them.")
    return np.asarray(values, dtype=np.float64)


def looks_like_classes(column: pd.Series) -> bool:
    """Text and truth values are classes, and so are at most ten different whole numbers."""
    if not pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_bool_dtype(column.dtype):
        return True
    values = pd.unique(column.dropna())
    return len(values) <= FEW and all(float(value).is_integer() for value in values)
