"""A model asked about rows: what it says, or in one sentence why it cannot. A model may be anybody's code."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from modellab_core.data.task import Task
from modellab_core.harness.predictions import Floats, Predictions, predict

LETTERS = 200


class NotApplicable(Exception):
    """Something cannot be looked for or tried; the message completes "not applicable, because …"."""


class Unanswered(Exception):
    """The model raised, or its answer does not fit the rows; the message completes "because …"."""


def answered(model: Any, rows: Predictions, X: pd.DataFrame) -> Predictions:
    """`rows` with what the model says of X, which has a row for each of them. Unanswered when it cannot."""
    try:
        said, proba = predict(model, X, rows.task, rows.classes, rows.positive)
    except Exception as error:
        first = (str(error).strip().splitlines() or [""])[0][:LETTERS].rstrip(".")
        raise Unanswered(f"the model refused the rows ({type(error).__name__}: {first})") from error
    return replace(rows, y_pred=said, proba=proba, X=X)


def apart(given: Predictions, again: Predictions) -> Floats:
    """How far two answers about the same rows are apart, (n,), ≥ 0.

    The largest difference of a probability where both have them, else 1 for another class; of numbers the difference in
    relation to their size, at least 1.
    """
    if given.task is Task.REGRESSION:
        scale = np.maximum(1.0, np.abs(given.y_pred))
        return np.asarray(np.abs(given.y_pred - again.y_pred) / scale)
    if given.proba is None or again.proba is None:
        return np.asarray(given.y_pred != again.y_pred, dtype=np.float64)
    return np.asarray(np.abs(given.proba - again.proba).max(axis=1))


def shown_answer(predictions: Predictions, at: int) -> str:
    """What is predicted at a position, as text: the number, or the class with its probability."""
    said = predictions.y_pred[at]
    if predictions.task is Task.REGRESSION:
        return f"{said:.6g}"
    label = predictions.labels(np.array([said]))[0]
    return repr(label) if predictions.proba is None else f"{label!r} ({predictions.proba[at, int(said)]:.3g})"
