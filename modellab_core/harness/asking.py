"""A model asked about rows: what it says, or in one sentence why it cannot. A model may be anybody's code."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd

from modellab_core.harness.predictions import Predictions, predict

LETTERS = 200


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
