"""A model asked again about rows in which the values of some columns were dealt to other rows.

A model that reads rows in two steps (`encode`, then `predict_inputs`, with `dealt` between them) is encoded once: the
columns are dealt after encoding, which is the same because each is encoded row by row. Any other model gets frames.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from modellab_core.harness.predictions import Floats, Ints, Predictions
from modellab_core.harness.stress.bench import called

TWO_STEPS = ("encode", "dealt", "predict_inputs")
MOST_AT_ONCE = 100_000  # rows of one call


def permutations(n: int, repeats: int, seed: int) -> Ints:
    """The fixed permutations of n rows, (repeats, n): one more does not change the others."""
    rows = [np.random.Generator(np.random.SFC64([seed, n, repeat])).permutation(n) for repeat in range(repeats)]
    return np.array(rows, dtype=np.int64).reshape(repeats, n)


@dataclass(frozen=True, eq=False)
class _OnInputs:
    """A model of two steps, from the second on."""

    model: Any

    @property
    def classes_(self) -> Any:
        """The classes in the order of the probabilities."""
        return self.model.classes_

    def predict_proba(self, inputs: Any) -> Floats:
        """Probabilities, (n, k)."""
        return np.asarray(self.model.predict_inputs(inputs))

    def predict(self, inputs: Any) -> Floats:
        """Numbers, (n,)."""
        return np.asarray(self.model.predict_inputs(inputs))


@dataclass(frozen=True, eq=False)
class Permuter:
    """A model and the rows about which it is asked again; `base` are the rows as they are, with its own predictions."""

    model: Any
    base: Predictions
    X: pd.DataFrame
    inputs: Any = None

    @classmethod
    def of(cls, model: Any, rows: Predictions) -> Permuter:
        """For rows with features. Refused when the model cannot be called on them."""
        assert rows.X is not None
        bare = replace(rows, X=None)
        if all(hasattr(model, step) for step in TWO_STEPS) and rows.X.columns.is_unique:
            inputs, asked = model.encode(rows.X), _OnInputs(model)
            return cls(model, called(asked, bare, inputs), rows.X, inputs)
        return cls(model, called(model, bare, rows.X), rows.X)

    def permuted(self, columns: Sequence[int], orders: Ints) -> list[Predictions]:
        """The predictions for each of `orders` (r, n), in which the `columns` (positions in X) come in that order."""
        step = max(1, MOST_AT_ONCE // max(orders.shape[1], 1))
        return [
            one for first in range(0, len(orders), step) for one in self._asked(columns, orders[first : first + step])
        ]

    def _asked(self, columns: Sequence[int], orders: Ints) -> list[Predictions]:
        if self.inputs is None:
            said = called(self.model, self.base, _dealt(self.X, columns, orders))
        else:
            names = [self.X.columns[at] for at in columns]
            said = called(_OnInputs(self.model), self.base, self.model.dealt(self.inputs, names, orders))
        proba = [None] * len(orders) if said.proba is None else np.split(said.proba, len(orders))
        labels: list[Any] = np.split(said.y_pred, len(orders))
        return [replace(self.base, y_pred=one, proba=chances) for one, chances in zip(labels, proba, strict=True)]


def _dealt(X: pd.DataFrame, columns: Sequence[int], orders: Ints) -> pd.DataFrame:
    """The rows once for each of `orders`, one block below the other, in which some columns come in that order."""
    again = X.iloc[np.tile(np.arange(len(X)), len(orders))]
    for at in columns:
        again.isetitem(at, X.iloc[:, at].array.take(orders.ravel()))
    return again


def sizes_told(model: Any, X: pd.DataFrame) -> Floats | None:
    """The share of each feature in the spread of what features add to predictions, (features,), summing to 1.

    The mean square of the model's own `contributions`; None for a model that does not tell, or where all are 0.
    """
    tell = getattr(model, "contributions", None)
    if tell is None:
        return None
    try:
        squares = (np.asarray(tell(X), dtype=np.float64) ** 2).mean(axis=0)
    except Exception:  # a model may be anybody's code, and there is another way to find out
        return None
    total = squares.sum() if squares.shape == (X.shape[1],) else 0.0
    return squares / total if total > 0 else None


def moved(before: Predictions, after: Predictions) -> float:
    """Mean change of what a model says, ≥ 0: of the probabilities, else the share of other labels; of the numbers."""
    if not before.task.is_classification:
        return float(np.abs(before.y_pred - after.y_pred).mean())
    if before.proba is None or after.proba is None:
        return float((before.y_pred != after.y_pred).mean())
    return float(np.abs(before.proba - after.proba).mean())
