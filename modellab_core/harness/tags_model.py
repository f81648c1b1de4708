"""Tags about what the model says of a row: how near to another answer, and what moves it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from modellab_core.data.task import Task
from modellab_core.harness.asking import NotApplicable, apart, shown_answer
from modellab_core.harness.predictions import Predictions
from modellab_core.harness.tags import CLASSIFICATION, Look, tag
from modellab_core.harness.tags_features import as_numbers, is_date, is_number

NARROW = 0.1
ROUNDING = 1e-9
MUCH = 0.25
SAME = 1e-6
QUANTILES = (0.5, 0.25, 0.75)
WORDS = (
    "the median or the most frequent value",
    "the lower quartile or the second most frequent value",
    "the upper quartile or the third most frequent value",
)


@tag("near the boundary", CLASSIFICATION)
def near_the_boundary(look: Look) -> dict[int, str]:
    """The probabilities of the two most probable classes differ by at most .1."""
    predictions = look.predictions
    if predictions.proba is None:
        raise NotApplicable("there are no probabilities")
    proba = predictions.proba[look.rows]
    order = np.argsort(-proba, axis=1, kind="stable")[:, :2]
    top = np.take_along_axis(proba, order, axis=1)
    found = {}
    for place in np.flatnonzero(top[:, 0] - top[:, 1] <= NARROW + ROUNDING).tolist():
        first, second = predictions.labels(order[place])
        found[int(look.rows[place])] = f"{first!r} has {top[place, 0]:.3g} and {second!r} has {top[place, 1]:.3g}"
    return found


@tag("not reproducible")
def not_reproducible(look: Look) -> dict[int, str]:
    """The model, asked again about the chosen rows, does not give the stored answer (within a millionth)."""
    given = look.predictions.take(look.asked)
    again = look.ask(look.asked, look.X.iloc[look.asked])
    moved = apart(given, again)
    return {
        int(look.asked[at]): f"stored: {shown_answer(given, at)}; asked again, the model says {shown_answer(again, at)}"
        for at in np.flatnonzero(moved > SAME).tolist()
    }


@tag("missing-driven")
def missing_driven(look: Look) -> dict[int, str]:
    """With other values in the place of the missing ones the prediction flips, or moves by a lot.

    All missing values of a row are filled together: with medians and most frequent values of the training rows (of the
    test rows where there are none), then with quartiles and next frequent values. A lot is .25 of the probability of
    the predicted class, for numbers half of the residual.
    """
    X = look.X.iloc[look.asked]
    holes = X.isna().to_numpy(dtype=bool)
    rows = look.asked[holes.any(axis=1)]
    if not len(rows):
        return {}
    frame, source = look.X.iloc[rows], look.X if look.case.train is None else look.train
    part = "test" if look.case.train is None else "training"
    before = look.ask(rows, frame)
    empty = [at for at in range(X.shape[1]) if frame.iloc[:, at].hasnans]
    values = {at: _stand_ins(source[frame.columns[at]]) for at in empty}
    found: dict[int, str] = {}
    for place, words in enumerate(WORDS):
        filled = _filled(frame, {at: known[place] for at, known in values.items() if known})
        after = look.ask(rows, filled)
        for at in np.flatnonzero(_moved(before, after)).tolist():
            names = [str(name) for name, gone in zip(X.columns, frame.iloc[at].isna(), strict=True) if gone]
            found.setdefault(
                int(rows[at]),
                f"{_missing(names)}: with {words} of the {part} rows the model says {shown_answer(after, at)} "
                f"instead of {shown_answer(before, at)}",
            )
    return found


def _missing(names: list[str]) -> str:
    shown = ", ".join(names[:3])
    return (
        f"{shown} is missing"
        if len(names) == 1
        else f"{len(names)} values are missing ({shown}{'…' * (len(names) > 3)})"
    )


def _filled(frame: pd.DataFrame, values: Mapping[int, Any]) -> pd.DataFrame:
    """`frame` with a value in the place of the missing ones, by position of the column."""
    filled = frame.copy(deep=False)
    for at, value in values.items():
        filled.isetitem(at, frame.iloc[:, at].fillna(value))
    return filled


def _stand_ins(column: pd.Series) -> list[Any]:
    """Values that occur, as WORDS says them: at quantiles of numbers and dates, else frequent ones; [] without any."""
    known = column.dropna()
    if not len(known):
        return []
    if is_number(column) or is_date(column):
        ranks = [int(share * (len(known) - 1)) for share in QUANTILES]
        order = np.argpartition(as_numbers(known), sorted(ranks))
        return [known.iloc[order[rank]] for rank in ranks]
    codes, texts = pd.factorize(known.astype(str))
    counts = np.bincount(codes)
    frequent = sorted(range(len(texts)), key=lambda at: (-counts[at], texts[at]))
    _, first = np.unique(codes, return_index=True)
    return [known.iloc[first[frequent[min(place, len(frequent) - 1)]]] for place in range(len(WORDS))]


def _moved(before: Predictions, after: Predictions) -> np.ndarray[Any, np.dtype[np.bool_]]:
    if before.task is Task.REGRESSION:
        residual = np.abs(before.y_true - before.y_pred)
        return np.asarray((residual > 0) & (np.abs(after.y_pred - before.y_pred) >= residual / 2))
    flips = before.y_pred != after.y_pred
    if before.proba is None or after.proba is None:
        return np.asarray(flips)
    rows, said = np.arange(len(before)), before.y_pred.astype(np.int64)
    return np.asarray(flips | (np.abs(after.proba[rows, said] - before.proba[rows, said]) >= MUCH))
