"""The rows worth looking at: confident and wrong, unsure and right, and those with the largest loss."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from modellab_core.data.task import Task
from modellab_core.harness.case import Case
from modellab_core.harness.predictions import Floats, Ints, Predictions
from modellab_core.harness.slices import Slice

CONFIDENT = 0.5
UNSURE = 0.25
EPS = float(np.finfo(np.float64).eps)

Picked = tuple[str, Ints, Callable[[int], str]]
"""A tag, the positions that deserve it with the clearest first, and the evidence for one position."""


def failure_examples(case: Case, confirmed: Sequence[Slice] = ()) -> list[dict[str, Any]]:
    """The `failures` of a case; `confirmed` are the slices found weak, the weakest first."""
    del confirmed
    return failures(case.predictions, case.plan.failures)


def failures(predictions: Predictions, most: int) -> list[dict[str, Any]]:
    """At most `most` rows, largest loss first: `{row, y_true, y_pred, proba, loss, tags: [{tag, evidence}], cause}`.

    `loss` is −log of the probability of the true class (capped at −log of float64's eps), without probabilities 1 for
    a wrong row and 0 for a right one, and |residual| for regression. `proba` is in the order of the classes, or None.
    The kinds take turns, so each has its share. `cause` is `unexplained`: nothing here looks for causes.
    """
    loss = losses(predictions)
    found = _regression_kinds(predictions, loss) if predictions.task is Task.REGRESSION else _kinds(predictions, loss)
    kinds = [(tag, order[:most], evidence) for tag, order, evidence in found]
    chosen = _take_turns([order for _, order, _ in kinds], most)
    ranks = {tag: set(order.tolist()) for tag, order, _ in kinds}
    chosen.sort(key=lambda place: (-loss[place], place))
    return [_example(predictions, place, loss[place], kinds, ranks) for place in chosen]


def losses(predictions: Predictions) -> Floats:
    """The loss of each row, (n,), ≥ 0; see `failures`."""
    if predictions.task is Task.REGRESSION:
        return np.asarray(np.abs(predictions.y_true - predictions.y_pred), dtype=np.float64)
    if predictions.proba is None:
        return np.asarray(predictions.y_true != predictions.y_pred, dtype=np.float64)
    true = predictions.proba[np.arange(len(predictions)), predictions.y_true.astype(np.int64)]
    return np.asarray(-np.log(np.clip(true, EPS, 1.0)) + 0.0, dtype=np.float64)


def scaled_confidence(predictions: Predictions) -> Floats:
    """The probability of each predicted class, moved so that 0 is an even guess among k classes and 1 is certainty."""
    proba = predictions.proba
    if proba is None:
        raise ValueError("confidence needs probabilities")
    said = proba[np.arange(len(predictions)), predictions.y_pred.astype(np.int64)]
    return np.asarray((said - 1 / proba.shape[1]) / (1 - 1 / proba.shape[1]))


def _kinds(predictions: Predictions, loss: Floats) -> list[Picked]:
    wrong = predictions.y_true != predictions.y_pred
    if predictions.proba is None:
        return [("wrong", np.flatnonzero(wrong), lambda at: _swap(predictions, at))]
    confidence, classes = scaled_confidence(predictions), predictions.proba.shape[1]

    def shown(at: int) -> str:
        return f"{confidence[at] * (1 - 1 / classes) + 1 / classes:.3g}"

    return [
        (
            "confident and wrong",
            _ordered(wrong & (confidence >= CONFIDENT), -confidence),
            lambda at: f"{_swap(predictions, at)}, with the probability {shown(at)}",
        ),
        (
            "largest loss",
            _ordered(loss > 0, -loss),
            lambda at: f"the true class had a probability of {np.exp(-loss[at]):.3g}",
        ),
        (
            "unsure and right",
            _ordered(~wrong & (confidence <= UNSURE), confidence),
            lambda at: f"the predicted class had only the probability {shown(at)}",
        ),
    ]


def _swap(predictions: Predictions, at: int) -> str:
    said, true = predictions.labels(np.array([predictions.y_pred[at], predictions.y_true[at]]))
    return f"predicted {said!r}, in truth {true!r}"


def _regression_kinds(predictions: Predictions, loss: Floats) -> list[Picked]:
    typical = float(np.median(loss)) if len(loss) else 0.0

    def evidence(at: int) -> str:
        side = "above" if predictions.y_pred[at] > predictions.y_true[at] else "below"
        times = f", {loss[at] / typical:.3g} times the median" if typical > 0 else ""
        return f"the prediction is {loss[at]:.4g} {side} the truth{times}"

    return [("largest residual", _ordered(loss > 0, -loss), evidence)]


def _ordered(where: npt.NDArray[np.bool_], by: Floats) -> Ints:
    """Positions where `where` holds, smallest `by` first, ties by position."""
    places = np.flatnonzero(where)
    return places[np.argsort(by[places], kind="stable")]


def _take_turns(orders: list[Ints], most: int) -> list[int]:
    """At most `most` positions, one from each order in turn, none twice."""
    chosen: dict[int, None] = {}
    for depth in range(max((len(order) for order in orders), default=0)):
        for order in orders:
            if len(chosen) >= most:
                return list(chosen)
            if depth < len(order):
                chosen[int(order[depth])] = None
    return list(chosen)


def _example(
    predictions: Predictions, at: int, loss: float, kinds: list[Picked], ranks: dict[str, set[int]]
) -> dict[str, Any]:
    classify = predictions.task.is_classification
    true, said = predictions.y_true[[at]], predictions.y_pred[[at]]
    return {
        "row": int(predictions.row[at]),
        "y_true": predictions.labels(true)[0] if classify else float(true[0]),
        "y_pred": predictions.labels(said)[0] if classify else float(said[0]),
        "proba": None if predictions.proba is None else predictions.proba[at].tolist(),
        "loss": float(loss),
        "tags": [{"tag": tag, "evidence": evidence(at)} for tag, _, evidence in kinds if at in ranks[tag]],
        "cause": "unexplained",
    }
