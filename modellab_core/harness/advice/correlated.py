"""Features that say the same: groups of columns with a high rank correlation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from modellab_core.harness.predictions import Floats

HIGH = 0.7
MOST_ROWS = 1000  # evenly spaced; the standard error of a rank correlation of .7 is then below .02


def correlated_groups(X: pd.DataFrame, columns: Sequence[int]) -> list[tuple[int, ...]]:
    """Groups of two or more of the `columns` (positions) linked by a Spearman correlation above .7 in size.

    Numbers, truth values and dates count; a pair is correlated over the rows in which both are present.
    """
    numbers = {at: values for at in columns if (values := _as_numbers(X.iloc[:, at])) is not None}
    if len(numbers) < 2:
        return []
    step = -(-len(X) // MOST_ROWS)
    frame = pd.DataFrame({at: values[::step] for at, values in numbers.items()})
    size = np.abs(frame.corr(method="spearman", min_periods=3).to_numpy())
    return linked(size > HIGH, list(numbers))


def _as_numbers(column: pd.Series) -> Floats | None:
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return np.where(column.isna(), np.nan, column.astype("int64").to_numpy(np.float64))
    if pd.api.types.is_numeric_dtype(column.dtype):
        return np.asarray(column.to_numpy(dtype=np.float64, na_value=np.nan))
    return None


def linked(touching: np.ndarray, names: Sequence[int]) -> list[tuple[int, ...]]:
    """The connected groups of at least two, given who touches whom, (k, k)."""
    group = np.arange(len(names))
    for one, other in np.argwhere(np.triu(touching, 1)):
        group[group == group[other]] = group[one]
    members = [tuple(names[int(at)] for at in np.flatnonzero(group == code)) for code in dict.fromkeys(group.tolist())]
    return [one for one in members if len(one) > 1]
