"""Which rows are worth looking at: the kinds of failure, and how they share the places."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from modellab_core.data.task import Task
from modellab_core.harness.predictions import Floats, Ints, Predictions
from modellab_core.harness.slices.slicers import Slice

CONFIDENT = 0.5
UNSURE = 0.25
WEAKEST = "the most surely confirmed weak slice"
EPS = float(np.finfo(np.float64).eps)


@dataclass(frozen=True, eq=False)
class Kind:
    """A kind of failure: its tag, the positions of its rows with the clearest first, and the evidence for one."""

    tag: str
    order: Ints
    evidence: Callable[[int], str]


def kinds_of(predictions: Predictions, loss: Floats, most: int, worst: Slice | None = None) -> list[Kind]:
    """The kinds of failure of a task; `worst` is the first confirmed weak slice, `loss` (n,) as by `losses`."""
    of_task = _numbers if predictions.task is Task.REGRESSION else _classes
    kinds = of_task(predictions, loss, most)
    if worst is None:
        return kinds
    where = worst.rows if predictions.task is Task.REGRESSION else worst.rows & wrong_rows(predictions)
    inside = Kind("worst slice", _ordered(where & (loss > 0), -loss), _always(f"in {worst.name}, {WEAKEST}"))
    return [*kinds[:1], inside, *kinds[1:]]


def _always(text: str) -> Callable[[int], str]:
    return lambda _: text


def selected(kinds: Sequence[Kind], loss: Floats, most: int) -> Ints:
    """At most `most` positions, the largest loss first: the kinds take turns, so that each has its share."""
    chosen: dict[int, None] = {}
    for depth in range(max((len(kind.order) for kind in kinds), default=0)):
        for kind in kinds:
            if len(chosen) < most and depth < len(kind.order):
                chosen[int(kind.order[depth])] = None
        if len(chosen) >= most:
            break
    return np.array(sorted(chosen, key=lambda at: (-loss[at], at)), dtype=np.int64)


def losses(predictions: Predictions) -> Floats:
    """The loss of each row, (n,), ≥ 0.

    −log of the probability of the true class (capped at −log of float64's eps), without probabilities 1 for a wrong row
    and 0 for a right one; |residual| for regression.
    """
    if predictions.task is Task.REGRESSION:
        return np.asarray(np.abs(predictions.y_true - predictions.y_pred), dtype=np.float64)
    if predictions.proba is None:
        return np.asarray(wrong_rows(predictions), dtype=np.float64)
    true = predictions.proba[np.arange(len(predictions)), predictions.y_true.astype(np.int64)]
    return np.asarray(-np.log(np.clip(true, EPS, 1.0)) + 0.0, dtype=np.float64)


def wrong_rows(predictions: Predictions) -> npt.NDArray[np.bool_]:
    """Whether the prediction is not the truth, (n,)."""
    return np.asarray(predictions.y_true != predictions.y_pred)


def scaled_confidence(predictions: Predictions) -> Floats:
    """The probability of each predicted class, moved so that 0 is an even guess among k classes and 1 is certainty."""
    proba = predictions.proba
    if proba is None:
        raise ValueError("confidence needs probabilities")
    said = proba[np.arange(len(predictions)), predictions.y_pred.astype(np.int64)]
    return np.asarray((said - 1 / proba.shape[1]) / (1 - 1 / proba.shape[1]))


def _classes(predictions: Predictions, loss: Floats, most: int) -> list[Kind]:
    wrong, proba = wrong_rows(predictions), predictions.proba
    if proba is None:
        return [Kind("wrong", np.flatnonzero(wrong), lambda at: _swap(predictions, at))]
    confidence = scaled_confidence(predictions)

    def shown(at: int) -> str:
        return f"{proba[at, int(predictions.y_pred[at])]:.3g}"

    return [
        Kind(
            "confidently wrong",
            _ordered(wrong & (confidence >= CONFIDENT), -confidence),
            lambda at: f"{_swap(predictions, at)}, with the probability {shown(at)}",
        ),
        Kind(
            "largest loss",
            _ordered(wrong & (loss > 0), -loss)[:most],
            lambda at: f"the true class had a probability of {np.exp(-loss[at]):.3g}",
        ),
        Kind(
            "unsure and right",
            _ordered(~wrong & (confidence <= UNSURE), confidence),
            lambda at: f"the predicted class had only the probability {shown(at)}",
        ),
    ]


def _swap(predictions: Predictions, at: int) -> str:
    said, true = predictions.labels(np.array([predictions.y_pred[at], predictions.y_true[at]]))
    return f"predicted {said!r}, in truth {true!r}"


def _numbers(predictions: Predictions, loss: Floats, most: int) -> list[Kind]:
    typical = float(np.median(loss)) if len(loss) else 0.0

    def evidence(at: int) -> str:
        side = "above" if predictions.y_pred[at] > predictions.y_true[at] else "below"
        times = f", {loss[at] / typical:.3g} times the median" if typical > 0 else ""
        return f"the prediction is {loss[at]:.4g} {side} the truth{times}"

    return [Kind("largest residual", _ordered(loss > typical, -loss)[:most], evidence)]


def _ordered(where: npt.NDArray[np.bool_], by: Floats) -> Ints:
    """Positions where `where` holds, smallest `by` first, ties by position."""
    places = np.flatnonzero(where)
    return places[np.argsort(by[places], kind="stable")]
