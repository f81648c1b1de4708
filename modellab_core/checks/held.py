"""What a cheap model predicts for rows that it did not see: by random folds, by whole groups, or later in time.

The model is a small forest of extremely randomised trees (Geurts, Ernst & Wehenkel 2006): it takes numbers and codes as
they are, and it remembers rows, so that a split which is too easy shows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from modellab_core.checks.ground import Ground
from modellab_core.checks.measure import Gain, Measured, Scored, averaged, gain, measured, scored
from modellab_core.checks.single import positive_code
from modellab_core.data.chance import random_keys
from modellab_core.data.task import Task
from modellab_core.harness.predictions import Floats, Ints
from modellab_core.training.values import Mask, as_dates, date_part

TREES = 12
LEAST_LEAF = 2
FOLDS = 3
TAIL = 0.025
MOST_COLUMNS = 60
PROMISING, REPEATS = 2.0, 3
PARTS = ("days", "month", "weekday", "hour")


def compared(
    fit: Callable[[int], tuple[Scored, Scored] | None], seed: int, clusters: Ints
) -> tuple[Measured, Measured, Gain] | None:
    """Two scores on the same rows and by how much the first is better, where `fit` gives both by a seed.

    A difference that looks real at the first fit is measured again by three others, which alone count.
    """
    first = fit(seed)
    if first is None or not np.isfinite(first[0].value):
        return None
    by = gain([first[0]], [first[1]], clusters)
    if by.z < PROMISING:
        return measured(first[0], clusters), measured(first[1], clusters), by
    again = [both for number in range(1, REPEATS + 1) if (both := fit(seed + number)) is not None]
    sides = [both[0] for both in again], [both[1] for both in again]
    return measured(averaged(sides[0]), clusters), measured(averaged(sides[1]), clusters), gain(*sides, clusters)


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


def random_folds(units: Ints, seed: int, count: int = FOLDS) -> Ints:
    """The fold of each row, drawn so that rows of one unit (a code per row) share it and folds are about as large."""
    size = np.bincount(units)
    order = np.argsort(random_keys(seed, "held out", np.arange(len(size))), kind="stable")
    fold = np.empty(len(size), dtype=np.int64)
    fold[order] = (np.cumsum(size[order]) - size[order] / 2) * count // max(int(size.sum()), 1)
    return fold[units]


def held_out(
    ground: Ground, inputs: Floats, rows: Ints, fold: Ints, seed: int, units: Ints | None = None
) -> Scored | None:
    """The score of predictions of every row by a forest that was fitted on the other folds; None if one fold cannot.

    With `units`, a code per row, the forest also knows what the target is on average among other rows of the unit.
    """
    said = np.full(len(rows), np.nan)
    for held in np.unique(fold):
        out = fold == held
        known = inputs if units is None else np.column_stack([inputs, *_usual(ground, rows, units, ~out, seed)])
        part = predicted(ground, known, rows, ~out, out, seed)
        if part is None:
            return None
        said[out] = part
    return score_of(ground, rows, said)


def _usual(ground: Ground, rows: Ints, units: Ints, fit: Mask, seed: int) -> list[Floats]:
    """The mean of the target in the unit of each row, over the rows `fit`; for these over other ones than itself."""
    inner = np.where(fit, random_folds(np.arange(len(rows)), seed + 1), -1)
    columns = []
    for y in _as_numbers(ground, rows):
        usual = np.empty(len(rows))
        for part in (-1, *range(FOLDS)):
            known, asked = fit & (inner != part), inner == part
            count = np.bincount(units[known], minlength=int(units.max()) + 1)
            total = np.bincount(units[known], weights=y[known], minlength=len(count))
            usual[asked] = ((total + y[known].mean()) / (count + 1))[units[asked]]
        columns.append(usual)
    return columns


def _as_numbers(ground: Ground, rows: Ints) -> list[Floats]:
    """The target as numbers: itself, or 0 and 1 for each but one of its up to five largest classes."""
    truth = np.asarray(ground.truth)[rows]
    if not ground.is_classification:
        return [truth.astype(np.float64)]
    codes = truth.astype(np.int64)
    largest = np.argsort(-np.bincount(codes), kind="stable")[: min(5, max(1, len(ground.classes) - 1))]
    return [(codes == code).astype(np.float64) for code in largest]


def score_of(ground: Ground, rows: Ints, said: Floats) -> Scored:
    """The score of what was said of `rows`."""
    assert ground.truth is not None
    assert ground.task is not None
    truth = ground.truth[rows]
    if ground.task is Task.BINARY:
        truth = (truth == positive_code(ground)).astype(np.int64)
    return scored(ground.task, truth, said)


def predicted(
    ground: Ground, inputs: Floats, rows: Ints, fit: Mask, out: Mask, seed: int, leaf: int = LEAST_LEAF
) -> Floats | None:
    """What a forest fitted on the rows `fit` says of the rows `out`: P(positive), the class, or the number.

    `fit` and `out` choose among `rows`. None if there is nothing to learn.
    """
    from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor  # loaded at its one use: it takes a second

    assert ground.truth is not None
    truth = ground.truth[rows]
    settings = {
        "n_estimators": TREES,
        "min_samples_leaf": leaf,
        "max_features": 0.5,
        "random_state": seed,
        "n_jobs": 1,
    }
    if not ground.is_classification:
        ends = np.quantile(truth[fit], [TAIL, 1 - TAIL])  # a row far away would decide what is said of its neighbours
        model = ExtraTreesRegressor(**settings).fit(inputs[fit], np.clip(truth[fit], *ends))
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
