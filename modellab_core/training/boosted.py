"""A fitted booster as a predictor, and how inputs become XGBoost's matrices.

Columns of the matrix are the number fields, then the category fields with the codes of the intake; what is missing or
unseen is NaN. XGBoost knows them as f0, f1, …, because it refuses some characters in names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from modellab_core.training.intake import Inputs, Intake
from modellab_core.training.scales import LogScale
from modellab_core.training.values import Floats


@dataclass(frozen=True, eq=False)
class Boosted:
    """A fitted booster of `rounds` rounds for `k` classes, or for numbers where `k` is 0; `kinds` are q or c a field.

    `seen` are the classes of the rows fitted on: the others have probability 0. A number is `center` + `scale` × the
    booster's output, on the scale `log` if there is one.
    """

    booster: Any
    kinds: tuple[str, ...]
    k: int
    rounds: int = 0
    seen: tuple[int, ...] = ()
    center: float = 0.0
    scale: float = 1.0
    log: LogScale | None = None

    def __call__(self, inputs: Inputs) -> Floats:
        """Probabilities (n, k) whose rows sum to 1, or numbers (n,)."""
        if self.k:
            return self._probabilities(inputs)
        z = self.plain(inputs)
        return z if self.log is None else self.log.back(z)

    def plain(self, inputs: Inputs) -> Floats:
        """Numbers on the scale on which they were learnt, (n,)."""
        return np.asarray(self.center + self.scale * self._output(inputs))

    def explained(self, inputs: Inputs) -> Floats:
        """What each input adds to a margin, and the rest, (n, margins, fields + 1), whose sum is the margin.

        SHAP values of the trees (Lundberg et al., Nature Machine Intelligence 2, 2020). There is one margin for two
        classes, the log odds of the second, and for numbers, the prediction on the scale that was learnt; else one for
        each class, the logarithm of its probability up to what is the same for all classes.
        """
        if len(inputs) == 0:
            return np.zeros((0, 1, len(self.kinds) + 1))
        matrix = prediction_matrix(inputs, self.kinds)
        found = self.booster.predict(matrix, pred_contribs=True, iteration_range=(0, self.rounds))
        parts = np.asarray(found, dtype=np.float64).reshape(len(inputs), -1, len(self.kinds) + 1)
        if not self.k:
            parts *= self.scale
            parts[:, :, -1] += self.center
        return parts

    def _probabilities(self, inputs: Inputs) -> Floats:
        found = self._output(inputs)
        proba = np.column_stack([1 - found, found]) if self.k == 2 else found.reshape(-1, self.k)
        proba[:, [code for code in range(self.k) if code not in self.seen]] = 0.0
        return np.asarray(proba / proba.sum(axis=1, keepdims=True))

    def _output(self, inputs: Inputs) -> Floats:
        if len(inputs) == 0:
            return np.empty(0)
        found = self.booster.predict(prediction_matrix(inputs, self.kinds), iteration_range=(0, self.rounds))
        return np.asarray(found, dtype=np.float64)


def kinds_of(intake: Intake) -> tuple[str, ...]:
    """What XGBoost calls feature types: q for a number, c for a category."""
    return ("q",) * len(intake.number_fields) + ("c",) * len(intake.category_columns)


def array_of(inputs: Inputs) -> Floats:
    """The inputs as one array, (n, fields)."""
    codes = np.where(inputs.codes < 0, np.nan, inputs.codes)
    return np.ascontiguousarray(np.hstack([inputs.numbers, codes]), dtype=np.float64)


def prediction_matrix(inputs: Inputs, kinds: tuple[str, ...]) -> Any:
    """The matrix to predict from."""
    import xgboost

    return xgboost.DMatrix(array_of(inputs), feature_types=list(kinds), enable_categorical=True, nthread=1)


def training_matrix(
    inputs: Inputs, kinds: tuple[str, ...], y: Floats, weight: Floats | None, threads: int, like: Any = None
) -> Any:
    """The binned matrix to learn from; one to watch is binned `like` the one it learns from."""
    import xgboost

    return xgboost.QuantileDMatrix(
        array_of(inputs),
        y,
        weight=weight,
        feature_types=list(kinds),
        enable_categorical=True,
        nthread=threads,
        ref=like,
    )
