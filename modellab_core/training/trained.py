"""A trained model: takes the columns of a table as they are, gives labels and probabilities, or numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from modellab_core.data.table import Note
from modellab_core.data.task import Task
from modellab_core.errors import BadInput
from modellab_core.training.intake import Inputs, Intake
from modellab_core.training.learner import Predictor
from modellab_core.training.values import Floats, Ints


@dataclass(frozen=True, eq=False)
class TrainedModel:
    """A model that predicts from raw columns, in the manner of scikit-learn.

    `classes` are the labels as text in contract order, () for numbers; `present` are the positions of those that the
    training rows held, the others have probability 0. `learner` is the name under LEARNERS, which is `dummy` where a
    single class was there to learn from, whatever `model` the template asked for. `settings` were chosen on held rows.
    """

    task: Task
    target: str
    template: str
    model: str
    learner: str
    intake: Intake
    predictor: Predictor
    classes: tuple[str, ...] = ()
    present: tuple[int, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def features(self) -> tuple[str, ...]:
        """The names of the columns that it looks at, in the order of the table."""
        return tuple(column.name for column in self.intake.columns)

    @property
    def feature_names_in_(self) -> npt.NDArray[np.object_]:
        """`features`, as scikit-learn spells it."""
        return np.array(self.features, dtype=object)

    @property
    def classes_(self) -> npt.NDArray[np.str_]:
        """`classes`, as scikit-learn spells it."""
        return np.array(self.classes, dtype=np.str_)

    def check(self, X: pd.DataFrame) -> tuple[Note, ...]:
        """What to know before trusting predictions for `X`: missing and unused columns, unreadable and new values."""
        return self.intake.check(X)

    def encode(self, X: pd.DataFrame) -> Inputs:
        """The model's inputs for the rows of `X`; `predict_inputs` goes on from them."""
        return self.intake.encode(X)

    def dealt(self, inputs: Inputs, columns: Sequence[str], orders: Ints) -> Inputs:
        """The inputs once for each of `orders` (r, n), r blocks of n rows, where the `columns` come in that order."""
        r, n = orders.shape
        again = inputs.take(np.tile(np.arange(n), r))
        numbers, codes = self.intake.places(columns)
        again.numbers[:, numbers] = inputs.numbers[orders.reshape(-1, 1), numbers]
        again.codes[:, codes] = inputs.codes[orders.reshape(-1, 1), codes]
        return again

    def predict_inputs(self, inputs: Inputs) -> Floats:
        """Probabilities (n, k) in the order of `classes`, or numbers (n,), for rows that were encoded before."""
        return spread(self.predictor(inputs), self.present, len(self.classes))

    def contributions(self, X: pd.DataFrame) -> pd.DataFrame:
        """What each column of `features` adds to the prediction of each row, a frame with the index of X.

        Two classes: to the log odds of the second of `classes` present; more: to the margin of the class predicted for
        the row; numbers: to the number, or to its logarithm where that was learnt. Zeros for the dummy. The parts of a
        date are added up. BadInput for a model that does not tell.
        """
        inputs = self.encode(X)
        explain = getattr(self.predictor, "explained", None)
        if explain is None:
            raise BadInput(f"The model {self.model!r} does not tell what each column adds to a prediction.")
        parts: Floats = explain(inputs)
        shown = np.zeros(len(inputs), dtype=np.int64)
        if parts.shape[1] > 1:
            shown = most_probable(self.predictor(inputs))
        parts = parts[np.arange(len(inputs)), shown, :-1]
        fields = [*self.intake.number_fields, *(column.fields[0] for column in self.intake.category_columns)]
        place = {name: at for at, name in enumerate(self.features)}
        found = np.zeros((len(inputs), len(place)))
        for at, one in enumerate(fields):
            found[:, place[one.column]] += parts[:, at]
        return pd.DataFrame(found, index=X.index, columns=list(place))

    def predict(self, X: pd.DataFrame) -> npt.NDArray[np.str_] | Floats:
        """The most probable label of each row (the first of equals), or the number predicted."""
        found = self.predict_inputs(self.encode(X))
        return self.classes_[most_probable(found)] if self.task.is_classification else found

    def predict_proba(self, X: pd.DataFrame) -> Floats:
        """Probabilities (n, k) in the order of `classes`. BadInput for a model that predicts numbers."""
        if not self.task.is_classification:
            raise BadInput(f"The model of {self.target!r} predicts numbers, so it has no probabilities: use predict.")
        return self.predict_inputs(self.encode(X))


def spread(found: Floats, present: tuple[int, ...], k: int) -> Floats:
    """Probabilities of the classes at `present` as those of all k classes; numbers (n,) stay as they are."""
    if found.ndim == 1:
        return found
    proba = np.zeros((len(found), k))
    proba[:, list(present)] = found
    return proba


def most_probable(proba: Floats) -> Ints:
    """The position of the most probable class in each row, the first of equals."""
    return proba.argmax(axis=1).astype(np.int64) if len(proba) else np.empty(0, dtype=np.int64)
