"""What the training rows tell of each column before it is corrupted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from modellab_core.harness.stress.kind import Known


def known_columns(train: pd.DataFrame, X: pd.DataFrame) -> dict[int, Known]:
    """What `train` tells of each column of X by its position there; X may order or type its columns otherwise.

    A column that the training rows lack has no spread and no categories; nor has one that is a number in only one of
    the two.
    """
    spread, texts = spreads(train), {at: categories_of(train.iloc[:, at]) for at in range(train.shape[1])}
    places = {name: at for at, name in reversed(list(enumerate(train.columns)))}
    numbers = set(number_columns(X))
    found = {}
    for at, name in enumerate(X.columns):
        there = places.get(name, -1)
        held = () if at in numbers else texts.get(there, ())
        flags = bool(pd.api.types.is_bool_dtype(X.dtypes.iloc[at]))
        found[at] = Known(spread.get(there, 0.0) if at in numbers else 0.0, held, flags)
    return found


def number_columns(frame: pd.DataFrame) -> list[int]:
    """Positions of the columns that hold real numbers; truth values and dates are none."""
    api = pd.api.types
    return [
        at
        for at, kind in enumerate(frame.dtypes)
        if api.is_numeric_dtype(kind) and not api.is_bool_dtype(kind) and not api.is_complex_dtype(kind)
    ]


def spreads(frame: pd.DataFrame) -> dict[int, float]:
    """Interquartile range by position of each number column in which it is above 0 and finite."""
    found = {}
    for at in number_columns(frame):
        values = frame.iloc[:, at].to_numpy(dtype=np.float64, na_value=np.nan)
        values = values[np.isfinite(values)]
        low, high = np.quantile(values, [0.25, 0.75]) if len(values) else (0.0, 0.0)
        if np.isfinite(high - low) and high > low:
            found[at] = float(high - low)
    return found


def categories_of(column: pd.Series) -> tuple[Any, ...]:
    """The different values of a column of texts, categories or truth values, sorted as text; () for other columns."""
    kind, api = column.dtype, pd.api.types
    named = isinstance(kind, pd.CategoricalDtype) or api.is_object_dtype(kind) or api.is_string_dtype(kind)
    if not named and not api.is_bool_dtype(kind):
        return ()
    try:
        return tuple(sorted(column.dropna().unique().tolist(), key=str))
    except TypeError:  # lists and the like, which cannot be told apart
        return ()
