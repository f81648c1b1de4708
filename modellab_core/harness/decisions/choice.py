"""A threshold chosen on rows that are there to be chosen on, never on the rows that judge it.

With development rows it is chosen there. Without, the test rows are cut into halves: chosen on one, scored on the
other, and the other way round.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from modellab_core.harness.case import Case
from modellab_core.harness.decisions.decisions import best_threshold
from modellab_core.harness.predictions import Floats, Predictions

FEW_ROWS = 25  # under this no threshold is chosen
STREAM = 7  # of the generator that deals rows into halves
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Choice:
    """A threshold by an objective.

    `threshold` is the one to use; `called` (n,) is 1 where a test row is called positive by a threshold that was not
    chosen on it. `on` says where it was chosen: `out_of_fold`, `valid` or `halves`; `rows` are as many as it was chosen
    on. `halves` are the two thresholds of a choice by halves, else empty.
    """

    objective: str
    threshold: float
    called: Floats
    on: str
    rows: int
    halves: tuple[float, ...] = ()


def development_rows(case: Case) -> Predictions | None:
    """The rows with probabilities on which a threshold may be chosen: all out of fold, or the part of `valid` that
    chose nothing else; None where there are none."""
    found = case.development
    if found is None or found.predictions.score is None:
        return None
    return found.predictions if found.kind == "out_of_fold" else found.predictions.take(found.fold == 1)


def refused(case: Case) -> str:
    """Why no threshold can be chosen, or nothing."""
    developed = development_rows(case)
    rows, name = (case.predictions, "test rows") if developed is None else (developed, "development rows")
    if len(rows) < FEW_ROWS:
        return f"there are {len(rows)} {name}, and under {FEW_ROWS} the best threshold is an accident"
    sides = [rows.y_true] if developed is not None else [rows.y_true[side] for side in _halves(case)]
    if any(len(np.unique(side)) < 2 for side in sides):
        where = f"the {name}" if developed is not None else "half of the test rows"
        return f"{where} hold one class only"
    return ""


def chosen(case: Case, objective: str) -> Choice:
    """The threshold that is best by `objective`; only where nothing is `refused`."""
    score, developed = _score(case.predictions), development_rows(case)
    if developed is not None and case.development is not None:
        best = _best(developed, objective)
        return Choice(objective, best, (score >= best).astype(np.float64), case.development.kind, len(developed))
    first, second = _halves(case)
    cuts = [_best(case.predictions.take(side), objective) for side in (first, second)]
    called = np.where(first, score >= cuts[1], score >= cuts[0]).astype(np.float64)
    return Choice(objective, float(np.mean(cuts)), called, "halves", len(score), tuple(cuts))


def _score(predictions: Predictions) -> Floats:
    assert predictions.score is not None
    return predictions.score


def _best(rows: Predictions, objective: str) -> float:
    """At most 1, which calls hardly anything positive."""
    bare = replace(rows, X=None)
    truth = bare.y_true == bare.positive_code
    return min(best_threshold(truth, _score(bare), objective, bare.weight), 1.0)


def _halves(case: Case) -> tuple[Mask, Mask]:
    """Two halves of the test rows: whole groups; rows in time cut in the middle; else classes dealt evenly."""
    codes, n = case.resampling.codes, len(case.predictions)
    if case.resampling.time_ordered:
        place = np.arange(n) if codes is None else codes
        early = place < np.median(place)
    elif codes is not None:
        rng = case.resampling.generator(0, STREAM)
        early = (rng.permutation(codes.max() + 1) % 2 == 0)[codes]
    else:
        shuffled = case.resampling.generator(0, STREAM).permutation(n)
        dealt = shuffled[np.argsort(case.predictions.y_true[shuffled], kind="stable")]
        early = np.empty(n, dtype=bool)
        early[dealt] = np.arange(n) % 2 == 0
    return early, ~early
