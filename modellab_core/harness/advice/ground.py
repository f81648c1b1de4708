"""The rows on which advice is tried: each held out of the fit whose predictions it is measured by.

The stored development predictions say how the model does as it is, because a fit with the same settings on the same
rows gives the same model. Without them the training rows are cut into folds and the model is fitted as it is, too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from modellab_core.harness.case import Case, Development, TrainRows
from modellab_core.harness.predictions import Floats, Ints, Predictions
from modellab_core.harness.stress.bench import Refused, called, sample_rows

MOST_CELLS = 5_000_000
ENOUGH_ROWS = 2000  # held rows that are enough: no more folds are fitted again than hold them
MOST_ROWS = 10_000  # held rows that are measured on in each fold
LEAST_ROWS = 25
FOLDS = 5
CUT = 0.8  # a fit forward in time sees this share of the rows


@dataclass(frozen=True, eq=False)
class Fold:
    """Rows to fit on (positions in the training rows), rows held out (positions in `Ground.before`), and the model."""

    fit: Ints
    held: Ints
    model: Any


@dataclass(frozen=True, eq=False)
class Ground:
    """Where advice is tried.

    `before` are the held rows with their features and with the predictions of the model as it is, `place` (n,) their
    positions in the training rows, -1 on a `valid` part. `fitted(rows, columns, y)` fits again.
    """

    train: TrainRows
    before: Predictions
    place: Ints
    folds: tuple[Fold, ...]
    kind: str
    refit: Callable[[pd.DataFrame, Any], Any] = field(repr=False)

    @property
    def features(self) -> list[Any]:
        """The names of the features."""
        return list(self.train.X.columns)

    def fitted(self, rows: Ints, columns: Sequence[Any] | None = None) -> Any:
        """A model like the one that there is, fitted on some training rows and columns. Refused when that fails."""
        X = self.train.X.iloc[rows]
        assert self.train.y is not None
        y = self.train.spelled(self.train.y[rows])
        try:
            return self.refit(X if columns is None else X[list(columns)], y)
        except Exception as error:  # what fits again may be anybody's code
            first = (str(error).strip().splitlines() or [""])[0][:200].rstrip(".")
            raise Refused(f"fitting it again failed ({type(error).__name__}: {first})") from error

    def said(self, model: Any, held: Ints, columns: Sequence[Any] | None = None) -> Predictions:
        """What a model says of some held rows, from some columns. Refused when it fails."""
        rows = self.before.take(held)
        assert rows.X is not None
        return called(model, replace(rows, X=None), rows.X if columns is None else rows.X[list(columns)])


def no_ground(case: Case) -> str:
    """Why nothing can be tried, as the end of a sentence, or nothing."""
    train = case.train
    if case.refit is None:
        return "nothing was given that could fit the model again"
    if train is None or train.y is None:
        return "the training rows are not known"
    if train.X.shape[0] * train.X.shape[1] > MOST_CELLS:
        return (
            f"{len(train):,} rows of {train.X.shape[1]} columns are more than the {MOST_CELLS:,} cells up to which "
            "advice is tried"
        )
    if not train.X.columns.is_unique:
        return "two columns have the same name"
    if len(train) < LEAST_ROWS:
        return f"{len(train)} training rows are too few to hold some out"
    if case.development is None and (case.plan.time_ordered or case.predictions.groups is not None):
        return "it is not known which training rows belong together"
    return ""


def ground_of(case: Case) -> Ground | None:
    """Where advice can be tried, None where no row was held out; `no_ground` has to be nothing. Refused as `called`."""
    assert case.train is not None
    assert case.refit is not None
    development = case.development
    if development is None:
        return _own_folds(case)
    if development.predictions.X is None:
        return None
    found = _stored(case, development, case.train)
    return found if len(found.folds) else None


def _stored(case: Case, development: Development, train: TrainRows) -> Ground:
    """The rows that were held out when the model was made."""
    assert case.refit is not None
    before = development.predictions
    if development.kind == "valid":
        held = np.flatnonzero(development.fold == development.fold.max(initial=0))
        whole = Fold(np.arange(len(train)), _some(before, held, case.plan.seed), case.model)
        return Ground(train, before, np.full(len(before), -1), (whole,) if len(held) else (), "valid", case.refit)
    place = pd.Index(train.X.index).get_indexer(pd.Index(before.row)).astype(np.int64)
    fold = np.full(len(train), -1, dtype=np.int64)
    fold[place] = development.fold
    fits = np.less if case.plan.time_ordered else np.not_equal
    folds = tuple(
        Fold(fit, _some(before, held, case.plan.seed), development.models.get(number))
        for number in _enough(development.fold)
        if len(fit := np.flatnonzero(fits(fold, number))) and len(held := np.flatnonzero(development.fold == number))
    )
    return Ground(train, before, place, folds, "out_of_fold", case.refit)


def _enough(fold: Ints) -> list[int]:
    """The last folds that hold enough rows together."""
    sizes = np.bincount(fold)
    together = np.cumsum(sizes[::-1])
    used = int(np.searchsorted(together, ENOUGH_ROWS)) + 1
    return list(range(len(sizes)))[-used:]


def _some(rows: Predictions, held: Ints, seed: int) -> Ints:
    """At most so many of the held rows, drawn by the seed."""
    if len(held) <= MOST_ROWS:
        return held
    return held[sample_rows(replace(rows, X=None).take(held), MOST_ROWS, seed)]


def _own_folds(case: Case) -> Ground:
    """Folds cut by the seed, each class spread over all of them, with the model fitted as it is."""
    train, shown = case.train, case.predictions
    assert train is not None
    assert train.y is not None
    assert case.refit is not None
    order = np.random.default_rng([case.plan.seed, len(train)]).permutation(len(train))
    if shown.task.is_classification:
        order = order[np.argsort(train.y[order], kind="stable")]
    fold = np.empty(len(train), dtype=np.int64)
    fold[order] = np.arange(len(train)) % FOLDS
    blank = Predictions(
        shown.task, np.arange(len(train)), train.y, train.y, classes=shown.classes, positive=shown.positive, X=train.X
    )
    ground = Ground(train, blank, np.arange(len(train)), (), "out_of_fold", case.refit)
    folds, parts = [], []
    for number in _enough(fold):
        fit, held = np.flatnonzero(fold != number), _some(blank, np.flatnonzero(fold == number), case.plan.seed)
        model = ground.fitted(fit)
        folds.append(Fold(fit, held, model))
        parts.append(ground.said(model, held))
    held = np.concatenate([one.held for one in folds])
    before = together(parts, blank.take(held))
    return replace(ground, before=_back(blank, before, held), folds=tuple(folds))


def together(parts: Sequence[Predictions], rows: Predictions) -> Predictions:
    """`rows` with the predictions of the parts, one after the other."""
    said: Any = np.concatenate([part.y_pred for part in parts])
    chances = [part.proba for part in parts]
    proba: Floats | None = None if any(one is None for one in chances) else np.concatenate(chances)  # type: ignore[arg-type]
    return replace(rows, y_pred=said, proba=proba)


def _back(blank: Predictions, before: Predictions, held: Ints) -> Predictions:
    """The predictions of the held rows, put where the rows stand among all."""
    y_pred: Any = np.array(blank.y_pred, dtype=before.y_pred.dtype)
    y_pred[held] = before.y_pred
    if before.proba is None:
        return replace(blank, y_pred=y_pred)
    proba = np.full((len(blank), before.proba.shape[1]), np.nan)
    proba[held] = before.proba
    return replace(blank, y_pred=y_pred, proba=proba)
