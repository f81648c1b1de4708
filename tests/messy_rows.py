"""Random predictions, and a table with a column of every kind, each with something missing."""

from __future__ import annotations

import numpy as np
import pandas as pd

from modellab_core.data.task import Task
from modellab_core.harness.predictions import Predictions


def made(X: pd.DataFrame | None, n: int, task: Task = Task.BINARY, seed: int = 0) -> Predictions:
    """Random predictions of `n` rows."""
    rng = np.random.default_rng(seed)
    rows = np.arange(n)
    if task is Task.REGRESSION:
        return Predictions(task, rows, rng.normal(size=n), rng.normal(size=n), X=X)
    k = 2 if task is Task.BINARY else 4
    proba = rng.dirichlet(np.ones(k), n)
    classes = tuple("abcd"[:k])
    return Predictions(task, rows, rng.integers(0, k, n), proba.argmax(axis=1), proba, classes, classes[-1], X=X)


def messy(n: int) -> pd.DataFrame:
    """A column of every kind, each with something missing."""
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(
        {
            "number": rng.normal(size=n),
            "few": rng.integers(0, 3, n).astype(float),
            "whole": pd.array(rng.integers(0, 50, n), dtype="Int64"),
            "text": rng.choice(list("abcdefghijklmn"), n, p=[0.3, 0.2, 0.2, 0.1, *[0.02] * 10]),
            "yes": pd.array(rng.random(n) < 0.5, dtype="boolean"),
            "day": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, n), unit="D"),
            "id": [f"row {i}" for i in range(n)],
            "constant": 1.0,
            "nothing": np.full(n, np.nan),
        }
    )
    for place, name in enumerate(frame.columns):
        frame.loc[rng.random(n) < 0.02 * place, name] = pd.NA if name in ("whole", "yes") else None
    return frame
