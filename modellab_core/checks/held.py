"""What a cheap model predicts for rows that it did not see: by random folds, by whole groups, or later in time.

The model is a small forest of extremely randomised trees (Geurts, Ernst & Wehenkel 2006): it takes numbers and codes as
they are, and it remembers rows, so that a split which is too easy shows.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from modellab_core.checks.ground import Ground
from modellab_core.checks.measure import Scored, scored
from modellab_core.checks.single import positive_code
from modellab_core.data.chance import random_keys
from modellab_core.data.task import Task
from modellab_core.harness.predictions import Floats, Ints
from modellab_core.training.values import Mask, as_dates, date_part

TREES = 16
LEAST_LEAF = 2
FOLDS = 3
MOST_COLUMNS = 60
PARTS = ("days", "month", "weekday", "hour")


def inputs_of(ground: Ground, names: Sequence[str], rows: Ints) -> Floats:
    """The columns as numbers, (rows, inputs) float32-safe, NaN where missing; a text is its code, a date its parts."""
    columns: list[Floats] = []
    for name in names[:MOST_COLUMNS]:
        if ground.kinds[name] == "date":
            dates = as_dates(ground.column(name).iloc[rows])[0]
            columns += [date_part(dates, part) for part in PARTS]
        elif ground.kinds[name] == "text":
            codes = ground.codes(name)[rows].astype(np.float64)
            columns.append(np.where(codes < 0, np.nan, codes))
        else:
            columns.append(ground.numbers(name)[rows])
    return np.column_stack(columns) if columns else np.zeros((len(rows), 1))


def random_folds(ground: Ground, units: Ints, count: int = FOLDS) -> Ints:
    """The fold of each row, drawn so that rows of one unit (a code per row) share it and folds are about as large."""
    size = np.bincount(units)
    order = np.argsort(random_keys(ground.seed, "held out", np.arange(len(size))), kind="stable")
    fold = np.empty(len(size), dtype=np.int64)
    fold[order] = (np.cumsum(size[order]) - size[order] / 2) * count // max(int(size.sum()), 1)
    return fold[units]


def held_out(ground: Ground, inputs: Floats, rows: Ints, fold: Ints) -> Scored | None:
    """The score of predictions of every row by a forest that was fitted on the other folds; None if one fold cannot."""
    said = np.full(len(rows), np.nan)
    for held in np.unique(fold):
        out = fold == held
        part = predicted(ground, inputs, rows, ~out, out)
        if part is None:
            return None
        said[out] = part
    return score_of(ground, rows, said)


def score_of(ground: Ground, rows: Ints, said: Floats) -> Scored:
    """The score of what was said of `rows`."""
    assert ground.truth is not None
    assert ground.task is not None
    truth = ground.truth[rows]
    if ground.task is Task.BINARY:
        truth = (truth == positive_code(ground)).astype(np.int64)
    return scored(ground.task, truth, said)


def predicted(ground: Ground, inputs: Floats, rows: Ints, fit: Mask, out: Mask) -> Floats | None:
    """What a forest fitted on the rows `fit` says of the rows `out`: P(positive), the class, or the number.

    `fit` and `out` choose among `rows`. None if there is nothing to learn.
    """
    from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor  # loaded at its one use: it takes a second

    assert ground.truth is not None
    truth = ground.truth[rows]
    settings = {
        "n_estimators": TREES,
        "min_samples_leaf": LEAST_LEAF,
        "max_features": 0.5,
        "random_state": ground.seed,
        "n_jobs": 1,
    }
    if not ground.is_classification:
        model = ExtraTreesRegressor(**settings).fit(inputs[fit], truth[fit])
        return np.asarray(model.predict(inputs[out]), dtype=np.float64)
    codes = truth.astype(np.int64)
    if len(np.unique(codes[fit])) < 2:
        return None
    model = ExtraTreesClassifier(**settings).fit(inputs[fit], codes[fit])
    chance = model.predict_proba(inputs[out])
    if ground.task is Task.BINARY:
        place = list(model.classes_).index(positive_code(ground))
        return np.asarray(chance[:, place], dtype=np.float64)
    return np.asarray(model.classes_[chance.argmax(axis=1)], dtype=np.float64)
