"""Fitting a model of the same kind again, on other rows, other columns or other labels, with the settings it has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from modellab_core.data.split import Split
from modellab_core.data.table import Table
from modellab_core.errors import BadInput
from modellab_core.training.fit import Fitted, counting, weights_of
from modellab_core.training.intake import Intake
from modellab_core.training.learner import LEARNERS, Problem, unheard
from modellab_core.training.recipe import Recipe
from modellab_core.training.templates import TEMPLATES, check_params
from modellab_core.training.trained import TrainedModel
from modellab_core.training.values import Floats, Ints

Refit = Callable[[pd.DataFrame, Any], TrainedModel]
"""`refit(X, y)` gives a model of the same kind, fitted on the columns and rows of X."""


def refitter(recipe: Recipe, table: Table, split: Split, fitted: Fitted) -> Refit:
    """What fits a model like `fitted` again: nothing is chosen anew, so rounds and penalty are those it has.

    `refit(X, y)` takes columns of the table as they are; the index of X are the rows of the table, by which weights are
    found; y are labels as text, or numbers. Columns that the model knows are read as it reads them, so the rows of a
    fold give the model of that fold to the bit. One thread; the same arguments give the same bytes. BadInput for a
    label that the model does not know, and for an X without a row that counts.
    """
    train, valid = split.rows("train"), split.rows("valid")
    params = check_params(TEMPLATES[recipe.template], recipe.params)
    return _Again(fitted.model, params, weights_of(table, recipe.weight, train, valid), recipe.seed)


@dataclass(frozen=True, eq=False)
class _Again:
    model: TrainedModel
    params: Mapping[str, Any]
    weight: Floats | None
    seed: int

    def __call__(self, X: pd.DataFrame, y: Any) -> TrainedModel:
        """The model fitted on the rows of `X` that have a weight above 0."""
        model, intake = self.model, self._intake(X)
        weight = None if self.weight is None else self.weight[_rows_of(X, len(self.weight))]
        rows = counting(weight, np.arange(len(X), dtype=np.int64))
        if not len(rows):
            raise BadInput(f"There is no row to fit {model.model!r} on again: give rows with a weight above 0.")
        codes, present = _targets(model, y, rows)
        learner = model.learner if len(present) != 1 else "dummy"
        problem = Problem(
            intake, intake.encode(X), codes, model.task, len(present), self.params, weight, self.seed, threads=1
        )
        settings = dict(model.settings) if learner == model.learner else {}
        with threadpool_limits(limits=1, user_api="blas"):  # more threads would add up in another order
            learnt = LEARNERS[learner].fit(problem, rows, settings, unheard)
        again = replace(model, intake=intake, predictor=learnt.predictor, learner=learner, present=present)
        return replace(again, settings=learnt.settings)

    def _intake(self, X: pd.DataFrame) -> Intake:
        """How the columns of X are read: as the model reads them, others as they come."""
        known = {column.name: column for column in self.model.intake.columns}
        strangers = X[[name for name in X.columns if name not in known]]
        learnt = {column.name: column for column in Intake.learn(strangers, np.arange(len(X))).columns}
        return Intake(tuple((known | learnt)[name] for name in X.columns))


def _rows_of(X: pd.DataFrame, most: int) -> Ints:
    """The rows of the table that the index of X names."""
    rows = X.index.to_numpy()
    if rows.dtype.kind not in "iu" or (len(rows) and not 0 <= rows.min() <= rows.max() < most):
        raise BadInput(f"The index of the rows to fit on again has to name rows of the table, from 0 to {most - 1:,}.")
    return np.asarray(rows, dtype=np.int64)


def _targets(model: TrainedModel, y: Any, rows: Ints) -> tuple[Ints | Floats, tuple[int, ...]]:
    """The target as a learner takes it, and its classes, () for numbers: those of the model and those of `rows`."""
    values = np.asarray(y)
    if not model.task.is_classification:
        return values.astype(np.float64), ()
    place = {label: at for at, label in enumerate(model.classes)}
    labels, inverse = np.unique(values.astype(str), return_inverse=True)
    strange = [label for label in labels.tolist() if label not in place]
    if strange:
        raise BadInput(f"The model knows no class {strange[0]!r}, only {', '.join(model.classes)}.")
    codes = np.array([place[label] for label in labels.tolist()], dtype=np.int64)[inverse.reshape(-1)]
    held = np.union1d(
        codes[rows], np.array(model.present, dtype=np.int64)
    )  # a fold may lack a class and keep its place
    dense = np.full(len(model.classes), -1, dtype=np.int64)
    dense[held] = np.arange(len(held))
    return dense[codes], tuple(int(code) for code in held)
