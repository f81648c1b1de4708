"""Other rows instead of other values: the same predictions, weighted towards a part of the population."""

from __future__ import annotations

import numpy as np
import pandas as pd

from modellab_core.harness.predictions import Floats
from modellab_core.harness.stress.columns import number_columns
from modellab_core.harness.stress.kind import Mask, stress


@stress(
    "weigh",
    "reweighted_population",
    "Reweighted population",
    "share of weight taken from the other rows",
    (0.5,),
    repeats=1,
    each_feature=True,
    claimed=False,
)
def reweighted_population(column: pd.Series, severity: float) -> Floats:
    """Rows of one segment weigh 1 + `severity` and the others 1 − `severity`; at 1 only the segment is left.

    The segment are the rows above the median of a number or date, and those that do not hold the most frequent of other
    values (the first of equals by text); a missing value is in none. The model is not called again. n_eff = (Σw)²/Σw²
    says how many rows of equal weight would carry as much.
    """
    inside = segment(column)
    return np.where(inside, 1 + severity, 1 - severity)


def segment(column: pd.Series) -> Mask:
    """The rows of a column towards which the population is moved, (n,)."""
    known = column.notna().to_numpy()
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        column = column.astype("int64")
    elif not number_columns(column.to_frame()):
        codes, values = pd.factorize(column.astype(object).map(str, na_action="ignore"), sort=True)
        counts = np.bincount(codes[codes >= 0], minlength=max(len(values), 1))
        return np.asarray(known & (codes != int(np.argmax(counts))))
    numbers = column.to_numpy(dtype=np.float64, na_value=np.nan)
    middle = np.median(numbers[known]) if known.any() else np.nan
    return np.asarray(known & (numbers > middle))
