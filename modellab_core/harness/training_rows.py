"""The training rows and the function that fits again, as a person hands them over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from modellab_core.errors import BadInput
from modellab_core.harness.arguments import Given, OnArrays, as_whole, codes_of, features_of
from modellab_core.harness.case import Refit, TrainRows
from modellab_core.harness.labels import as_column, labels_of, numbers_of
from modellab_core.harness.probabilities import whole_as_text


def train_rows(train: Any, X: Any, shared: Given) -> TrainRows | None:
    """From features alone or from a pair (X, y). BadInput when y holds a class that the test rows do not know."""
    if train is None or X is None:
        return None
    pair = isinstance(train, (tuple, list)) and len(train) == 2 and getattr(train[0], "ndim", 0) == 2
    features, y = (train[0], train[1]) if pair else (train, None)
    frame = features if isinstance(features, pd.DataFrame) else features_of(features, len(features))
    if frame is None or y is None:
        return None if frame is None else TrainRows(frame)
    column = as_column(y, "train[1]", len(frame))
    if not shared.classes:
        return TrainRows(frame, numbers_of(column, "train[1]"))
    names = labels_of(column, "train[1]", whole_as_text(shared.classes) or as_whole(column))
    codes = codes_of(names, shared.classes, "train[1]")
    return TrainRows(frame, codes, _spelling(column, codes, shared.classes))


def _spelling(column: pd.Series, codes: Any, classes: tuple[str, ...]) -> Any:
    """Each class as the person wrote it, (k,); one that no training row has is spelled as text."""
    labels: Any = np.array(classes, dtype=object)
    known, first = np.unique(codes, return_index=True)
    labels[known] = column.to_numpy(dtype=object)[first]
    return labels if len(known) < len(classes) else np.array(labels.tolist())


def refit_on(refit: Any, X: Any) -> Refit | None:
    """The function that fits again, called with frames; where arrays were given it gets arrays."""
    if refit is None:
        return None
    if not callable(refit):
        raise BadInput(f"refit is a {type(refit).__name__}: give a function (X, y) that returns a fitted model.")
    function: Callable[[Any, Any], Any] = refit
    if isinstance(X, pd.DataFrame):
        return function
    numeric = np.asarray(X).dtype.kind in "fiub"

    def fitted(frame: pd.DataFrame, y: Any) -> Any:
        array = frame.to_numpy(dtype=np.float64, na_value=np.nan) if numeric else frame.to_numpy()
        return OnArrays.around(function(array, y), array)

    return fitted
