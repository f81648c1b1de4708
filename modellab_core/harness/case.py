"""What the parts of a report are made of: predictions, and all that is known beside them.

The harness never fits: whatever has to be learnt again is learnt by the `refit` that it was handed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd

from modellab_core.harness.engine.resampling import Resampling
from modellab_core.harness.metrics.metric import Metric
from modellab_core.harness.predictions import Floats, Ints, Predictions
from modellab_core.harness.scores import Plan

Refit = Callable[[pd.DataFrame, Any], Any]
"""`refit(X, y)` gives a model of the same kind, fitted on X (a frame) and y (labels or numbers as they were given)."""

Told = Callable[[int, int, str], None]
"""`told(done, total, message)` is called as work goes on; it may raise `Cancelled`."""


def untold(done: int, total: int, message: str) -> None:
    """A `Told` that says nothing."""


@dataclass(frozen=True, eq=False)
class TrainRows:
    """The rows that the model was fitted on.

    `X` are their features as the model takes them, `y` (n,) their truth as in `Predictions.y_true` or None where only
    the features are known. `labels` (k,) spells each class as `refit` takes it, None for numbers.
    """

    X: pd.DataFrame
    y: Ints | Floats | None = None
    labels: Any = None

    def __len__(self) -> int:
        return len(self.X)

    def spelled(self, y: Ints | Floats) -> Any:
        """Truth as `refit` takes it: the label of each code, or the numbers themselves."""
        return y if self.labels is None else np.asarray(self.labels)[np.asarray(y, dtype=np.int64)]


@dataclass(frozen=True, eq=False)
class Development:
    """Predictions of rows that are there to be chosen on, each by a model that did not see it.

    `predictions` hold the features in `X`; `kind` says whether they were made out of fold over the training rows, or on
    a `valid` part. `fold` (n,) is the fold of each row. `across` (folds, test rows) is what the model of each fold
    predicts for the test rows, for regression out of fold, else None. `models` are the models of the folds by the fold
    that they held out, where they were kept.
    """

    predictions: Predictions
    kind: Literal["out_of_fold", "valid"]
    fold: Ints
    across: Floats | None = None
    models: Mapping[int, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.predictions)


@dataclass(frozen=True, eq=False)
class Case:
    """One model on one set of rows, and what is known beside its predictions; what is not known is None.

    `metric` is the headline. `model` can be called on `predictions.X`. `baselines` are other models on the same rows by
    name, simple ones first; in comparisons this model is called `name`.
    """

    predictions: Predictions
    plan: Plan
    metric: Metric
    resampling: Resampling
    name: str = "model"
    model: Any = None
    baselines: Mapping[str, Predictions] = field(default_factory=dict)
    train: TrainRows | None = None
    development: Development | None = None
    refit: Refit | None = None
    told: Told = untold
