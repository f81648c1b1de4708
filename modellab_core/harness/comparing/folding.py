"""Folds: which rows are fitted on and which are predicted, from a number, a splitter or pairs of positions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from sklearn.model_selection import GroupKFold, KFold, StratifiedGroupKFold, StratifiedKFold, TimeSeriesSplit

from modellab_core.errors import BadInput
from modellab_core.harness.predictions import Ints, Predictions
from modellab_core.harness.scores import Plan

Pairs = list[tuple[Ints, Ints]]


def folds_of(cv: Any, rows: Predictions, plan: Plan) -> Pairs:
    """(training rows, test rows) of each fold, as sorted positions; `rows` hold the truth, groups and features.

    BadInput when a fold is empty, is tested on rows that it is fitted on, cuts a group, or under `plan.time_ordered` is
    fitted on rows that come after its test rows.
    """
    units = np.arange(len(rows)) if rows.groups is None else np.asarray(rows.groups, dtype=np.int64)
    try:
        found = list(_dealt(cv, rows, plan, units))
    except (ValueError, TypeError) as error:
        raise BadInput(f"The rows cannot be dealt out into folds: {error}") from error
    pairs = [(_positions(train, len(rows)), _positions(test, len(rows))) for train, test in found]
    if not pairs:
        raise BadInput("cv holds no fold: give a number of folds from 2 on, a splitter, or pairs of positions.")
    for number, (train, test) in enumerate(pairs):
        _check(number, train, test, units, plan)
    return pairs


def _dealt(cv: Any, rows: Predictions, plan: Plan, units: Ints) -> Iterable[tuple[Any, Any]]:
    if hasattr(cv, "split"):
        return list(cv.split(rows.X, rows.y_true, rows.groups))
    if not isinstance(cv, (int, np.integer)):
        return list(cv)
    if plan.time_ordered:
        return _forward(int(cv), units)
    splitter = _splitter(int(cv), rows, plan)
    return list(splitter.split(np.zeros(len(rows)), rows.y_true, rows.groups))


def _splitter(folds: int, rows: Predictions, plan: Plan) -> Any:
    if rows.groups is not None:
        if rows.task.is_classification:
            return StratifiedGroupKFold(folds, shuffle=True, random_state=plan.seed)
        return GroupKFold(folds)
    kind = StratifiedKFold if rows.task.is_classification else KFold
    return kind(folds, shuffle=True, random_state=plan.seed)


def _forward(folds: int, units: Ints) -> Iterable[tuple[Ints, Ints]]:
    """Forward in time: each fold is fitted on all units before its own; the units of a date stay together."""
    moments, place = np.unique(units, return_inverse=True)
    for train, test in TimeSeriesSplit(folds).split(moments):
        yield np.flatnonzero(np.isin(place, train)), np.flatnonzero(np.isin(place, test))


def _positions(rows: Any, n: int) -> Ints:
    given = np.asarray(rows)
    if given.dtype == bool:
        given = np.flatnonzero(given)
    positions = np.unique(given.astype(np.int64))
    if len(positions) and (positions[0] < 0 or positions[-1] >= n):
        raise BadInput(f"cv names the row {positions[-1]}, and there are {n} rows, counted from 0.")
    return positions


def _check(number: int, train: Ints, test: Ints, units: Ints, plan: Plan) -> None:
    if not len(train) or not len(test):
        raise BadInput(f"Fold {number} has {len(train)} rows to fit on and {len(test)} to test on: both need some.")
    if np.intersect1d(units[train], units[test]).size:
        what = "row" if np.intersect1d(train, test).size else "group"
        raise BadInput(f"Fold {number} is tested on a {what} that it was fitted on: give folds that keep them apart.")
    if plan.time_ordered and units[train].max() > units[test].min():
        raise BadInput(f"Fold {number} is fitted on rows that come after its test rows: use TimeSeriesSplit.")
