"""The tag of rows whose prediction hangs on what the model puts in the place of a missing value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from modellab_core.data.task import Task
from modellab_core.harness.asking import shown_answer
from modellab_core.harness.failures.tags import Look, tag
from modellab_core.harness.failures.tags_features import as_numbers, is_date, is_number, shower
from modellab_core.harness.predictions import Predictions

MUCH = 0.25
LETTERS = 40
FILLS = (
    (0.5, "the median", "the most frequent value"),
    (0.25, "the lower quartile", "the second most frequent value"),
    (0.75, "the upper quartile", "the third most frequent value"),
)
"""What is tried in the place of missing values, one after the other: of numbers and dates, and of all else."""


@tag("missing-driven")
def missing_driven(look: Look) -> dict[int, str]:
    """With other values in the place of the missing ones the prediction flips, or moves by a lot.

    All missing values of a row are filled together: with medians and most frequent values of the training rows (of the
    test rows where there are none), then with quartiles and next frequent values. A lot is .25 of the probability of
    the predicted class, for numbers half of the residual.
    """
    rows = look.asked[look.X.iloc[look.asked].isna().to_numpy(dtype=bool).any(axis=1)]
    if not len(rows):
        return {}
    frame, source = look.X.iloc[rows], look.X if look.case.train is None else look.train
    part = "test" if look.case.train is None else "training"
    before = look.ask(rows, frame)
    found: dict[int, str] = {}
    for values, words in _fills(frame, source):
        after = look.ask(rows, _filled(frame, values))
        for at in np.flatnonzero(_moved(before, after)).tolist():
            says = f"the model says {shown_answer(after, at)} instead of {shown_answer(before, at)}"
            gone = [words[place] for place in words if pd.isna(frame.iat[at, place])]
            found.setdefault(int(rows[at]), f"{_missing(gone)} of the {part} rows {says}")
    return found


def _missing(gone: list[tuple[str, str]]) -> str:
    """Which columns are missing, and with what they are filled."""
    names = [name for name, _ in gone]
    if len(gone) == 1:
        return f"{names[0]} is missing: with {gone[0][1]}"
    shown = ", ".join(names[:3]) + ("…" if len(names) > 3 else "")
    fills = list(dict.fromkeys(fill.partition(",")[0] for _, fill in gone))
    return f"{len(names)} values are missing ({shown}): with {' and '.join(fills)}"


def _fills(frame: pd.DataFrame, source: pd.DataFrame) -> Iterator[tuple[dict[int, Any], dict[int, tuple[str, str]]]]:
    """(the values, (name, how the value is called)) of each column with a missing value, by position; once a fill."""
    empty = [at for at in range(frame.shape[1]) if frame.iloc[:, at].hasnans]
    known = {at: _stand_ins(source[frame.columns[at]]) for at in empty}
    for place, (_, of_numbers, of_words) in enumerate(FILLS):
        values = {at: some[place] for at, some in known.items() if some}
        words = {}
        for at in empty:
            column = source[frame.columns[at]]
            ordered = is_number(column) or is_date(column)
            called = of_numbers if ordered else of_words
            if at in values:
                show = shower(column) if is_number(column) else str
                called += f", {show(values[at])[:LETTERS].removesuffix(' 00:00:00')},"
            words[at] = str(frame.columns[at]), called
        yield values, words


def _filled(frame: pd.DataFrame, values: Mapping[int, Any]) -> pd.DataFrame:
    """`frame` with a value in the place of the missing ones, by position of the column."""
    filled = frame.copy(deep=False)
    for at, value in values.items():
        filled.isetitem(at, frame.iloc[:, at].fillna(value))
    return filled


def _stand_ins(column: pd.Series) -> list[Any]:
    """Values that occur, in the order of FILLS; [] where all are missing."""
    known = column.dropna()
    if not len(known):
        return []
    if is_number(column) or is_date(column):
        ranks = [int(share * (len(known) - 1)) for share, _, _ in FILLS]
        order = np.argpartition(as_numbers(known), sorted(ranks))
        return [known.iloc[order[rank]] for rank in ranks]
    codes, texts = pd.factorize(known.astype(str))
    counts = np.bincount(codes)
    frequent = sorted(range(len(texts)), key=lambda at: (-counts[at], texts[at]))
    _, first = np.unique(codes, return_index=True)
    return [known.iloc[first[frequent[min(place, len(frequent) - 1)]]] for place in range(len(FILLS))]


def _moved(before: Predictions, after: Predictions) -> npt.NDArray[np.bool_]:
    if before.task is Task.REGRESSION:
        residual = np.abs(before.y_true - before.y_pred)
        return np.asarray((residual > 0) & (np.abs(after.y_pred - before.y_pred) >= residual / 2))
    flips = before.y_pred != after.y_pred
    if before.proba is None or after.proba is None:
        return np.asarray(flips)
    rows, said = np.arange(len(before)), before.y_pred.astype(np.int64)
    return np.asarray(flips | (np.abs(after.proba[rows, said] - before.proba[rows, said]) >= MUCH))
