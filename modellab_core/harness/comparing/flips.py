"""Who flipped: the rows on which two models differ, counted both ways."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from modellab_core.harness.comparing.verdict import same_rows
from modellab_core.harness.predictions import Floats, Ints, Predictions

FIRST, SECOND, NEITHER, BOTH = "first", "second", "neither", "both"


@dataclass(frozen=True, eq=False)
class Flips:
    """Rows on which two models differ.

    Classes: `first` and `second` count the rows that only this one gets right, `both` and `neither` those that both or
    none do. Regression: rows where one is nearer to the truth; `both` are equally near, `neither` is 0. `rows` has a
    line for each row on which they say different things: `row`, `truth`, `first`, `second` (what each says), `right`
    (who is right, or nearer) and `gap`, the largest first: how far apart the probabilities of the true class are, or
    the absolute errors; NaN where no probabilities are known. All count rows, without weights.
    """

    n: int
    first: int
    second: int
    both: int
    neither: int
    rows: pd.DataFrame


def flips(first: Predictions, second: Predictions) -> Flips:
    """The rows on which two models differ. Incomparable when they were scored on different rows or truths."""
    same_rows({"first": first, "second": second})
    if first.task.is_classification:
        return _of_classes(first, second)
    return _of_numbers(first, second)


def _of_classes(first: Predictions, second: Predictions) -> Flips:
    right = [side.y_pred == side.y_true for side in (first, second)]
    who = np.select([right[0] & right[1], right[0], right[1]], [BOTH, FIRST, SECOND], NEITHER)
    labels = np.array(first.classes, dtype=object)
    gap = np.abs(_chance_of_truth(first) - _chance_of_truth(second))
    sides = [labels[np.asarray(side.y_pred, np.int64)] for side in (first, second)]
    truth = labels[np.asarray(first.y_true, np.int64)]
    return _flips(first, who, truth, sides, gap, np.flatnonzero(first.y_pred != second.y_pred))


def _chance_of_truth(side: Predictions) -> Floats:
    if side.proba is None:
        return np.full(len(side), np.nan)
    return np.asarray(side.proba[np.arange(len(side)), np.asarray(side.y_true, np.int64)], dtype=np.float64)


def _of_numbers(first: Predictions, second: Predictions) -> Flips:
    errors = [np.abs(side.y_true - side.y_pred) for side in (first, second)]
    who = np.select([errors[0] < errors[1], errors[1] < errors[0]], [FIRST, SECOND], BOTH)
    sides = [side.y_pred for side in (first, second)]
    gap = np.abs(errors[0] - errors[1])
    return _flips(first, who, first.y_true, sides, gap, np.flatnonzero(first.y_pred != second.y_pred))


def _flips(
    first: Predictions, who: np.ndarray, truth: np.ndarray, sides: list[np.ndarray], gap: Floats, differing: Ints
) -> Flips:
    found = pd.DataFrame(
        {"row": first.row, "truth": truth, "first": sides[0], "second": sides[1], "right": who, "gap": gap}
    ).iloc[differing]
    counts = {name: int((who == name).sum()) for name in (FIRST, SECOND, BOTH, NEITHER)}
    ordered = found.sort_values(["gap", "row"], ascending=[False, True], kind="stable").reset_index(drop=True)
    return Flips(n=len(first), rows=ordered, **counts)
