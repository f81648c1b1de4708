"""What metrics sum over rows: a column by name for each loss, made from predictions when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np

from modellab_core.data.task import Task
from modellab_core.harness.predictions import Floats, Ints, Predictions

EPSILON = float(np.finfo(np.float64).eps)
CHUNK = 1 << 16

Makers = Mapping[str, Callable[[], Floats]]


class Columns(Mapping[str, Floats]):
    """Columns by name, (m,) each, in the `order` of cells (None: as they come), then they are many and not kept."""

    def __init__(self, makers: Makers, order: Ints | None) -> None:
        self._makers, self._order = makers, order
        self._kept: dict[str, Floats] = {}

    def __getitem__(self, name: str) -> Floats:
        if name in self._kept:
            return self._kept[name]
        made = self._makers[name]()
        if self._order is not None:
            made = self._kept[name] = made[self._order]
        return made

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)


def probability_columns(predictions: Predictions) -> Makers:
    """`log_loss`, `brier` and `gap` (observed − predicted, as ECE takes it), for several classes also `top_2`.

    Nothing without probabilities.
    """
    proba = predictions.proba
    if proba is None:
        return {}
    if predictions.task is Task.BINARY:
        code = predictions.positive_code
        hit, score = predictions.y_true == code, proba[:, code]
        return {
            "log_loss": lambda: _log_loss(np.where(hit, score, proba[:, 1 - code])),
            "brier": lambda: (hit.astype(np.float64) - score) ** 2,
            "gap": lambda: hit.astype(np.float64) - score,
        }
    return {
        "log_loss": lambda: _log_loss(_of_truth(proba, predictions.y_true)),
        "brier": lambda: _squares(proba) - 2 * _of_truth(proba, predictions.y_true) + 1,
        "gap": lambda: (proba.argmax(axis=1) == predictions.y_true) - proba.max(axis=1),
        "top_2": lambda: (_ahead(proba, predictions.y_true) < 2).astype(np.float64),
    }


def _of_truth(proba: Floats, truth: Ints | Floats) -> Floats:
    """The probability given to the true class, (n,)."""
    return np.asarray(proba[np.arange(len(proba)), truth.astype(np.int64)])


def _squares(proba: Floats) -> Floats:
    """Σ p² of each row, (n,), some rows at a time."""
    parts = [(proba[first : first + CHUNK] ** 2).sum(axis=1) for first in range(0, len(proba), CHUNK)]
    return np.concatenate(parts) if parts else np.zeros(0)


def _log_loss(of_truth: Floats) -> Floats:
    found = np.clip(of_truth, EPSILON, 1 - EPSILON)
    np.log(found, out=found)
    return np.negative(found, out=found)


def _ahead(proba: Floats, truth: Ints | Floats) -> Ints:
    """How many classes come before the true one; of equal probabilities the later class does."""
    own = _of_truth(proba, truth)
    ahead = np.zeros(len(proba), dtype=np.int64)
    for code in range(proba.shape[1]):
        ahead += (proba[:, code] > own) | ((proba[:, code] == own) & (code > truth))
    return ahead


def number_columns(predictions: Predictions, weight: Floats, units: Ints | None, frequency: bool) -> Makers:
    """Errors, targets about their mean, shares, and `unit_columns` of the squares."""
    truth, guess = (np.asarray(one, dtype=np.float64) for one in (predictions.y_true, predictions.y_pred))
    mean = truth.mean() if len(truth) else 0.0

    def error() -> Floats:
        return guess - truth

    def share() -> Floats:
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(truth == 0, 0.0, np.abs(error()) / np.abs(truth))

    def symmetric() -> Floats:
        scale = np.abs(truth) + np.abs(guess)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(scale == 0, 0.0, 2 * np.abs(error()) / scale)

    def of_units(name: str) -> Floats:
        return unit_columns(error() ** 2, weight, units, frequency)[name]

    return {
        "error": error,
        "absolute": lambda: np.abs(error()),
        "square": lambda: error() ** 2,
        "target": lambda: truth - mean,
        "target_square": lambda: (truth - mean) ** 2,
        "share": share,
        "zero_target": lambda: (truth == 0).astype(np.float64),
        "symmetric_share": symmetric,
        "unit_squares": lambda: of_units("unit_squares"),
        "unit_products": lambda: of_units("unit_products"),
        "unit_weights": lambda: of_units("unit_weights"),
    }


def unit_columns(square: Floats, weight: Floats, units: Ints | None, frequency: bool = False) -> dict[str, Floats]:
    """Columns whose sums give the variance of a mean of squares when whole units are drawn.

    With S and W the weighted sum of squares and the weight of a unit, they sum over its rows to S², S·W and W². A row
    whose weight is a frequency is as many units.
    """
    if units is None and frequency:
        return {"unit_squares": square**2, "unit_products": square, "unit_weights": np.ones(len(square))}
    if units is None:
        totals, weights = weight * square, weight
    else:
        totals = np.bincount(units, weight * square).astype(np.float64)[units]
        weights = np.bincount(units, weight).astype(np.float64)[units]
    with np.errstate(divide="ignore", invalid="ignore"):
        own = np.where(weights == 0, 0.0, totals / weights)
    return {"unit_squares": own * totals, "unit_products": totals, "unit_weights": weights}
