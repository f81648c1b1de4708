"""What the kernels of the metrics count.

A weight, a slice and a resample are one thing, a count per cell; here a cell is a row. `Cells` hold what does not
change from one set of counts to the next: the sums that metrics need as columns, and the orders in which rows must be
run through. A `Tally` is Cells with b sets of counts; what two metrics share is computed once. Where there are many
rows, `BundleCells` and `BundleTally` (bundle_cells.py) say the same of bundles of rows; such Cells stay in the order of
the rows, and `WholeTally` gives their point values without a count per row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from modellab_core.data.task import Task
from modellab_core.harness.engine.bundles import EXACT_ROWS
from modellab_core.harness.engine.influence import Falling
from modellab_core.harness.engine.ranking import Ranking
from modellab_core.harness.engine.row_columns import Columns, number_columns, probability_columns
from modellab_core.harness.engine.tally import Tally, WholeTally, ratio
from modellab_core.harness.predictions import Counts, Floats, Ints, Predictions

__all__ = ["ECE_BINS", "Cells", "Tally", "cells_of", "confidence", "ece_bin", "ratio"]

ECE_BINS = 15


@dataclass(frozen=True, eq=False)
class Cells:
    """Rows with what the metrics sum over them.

    `order` gives the position among the predictions of each cell, (m,); `weight` its weight, (m,); `columns` the values
    whose sums are needed, by name, (m,) each. `frequency` says that a weight is the number of rows that a row stands
    for. The rest is for classes: `joint` = truth · k + prediction, `k` the number of classes (binary: 1 is the positive
    one), `present` the classes met in truth or prediction. Unless the rows are `many`, classes are in ascending order
    of `joint`, and numbers of |error|.
    """

    predictions: Predictions
    order: Ints
    weight: Floats
    columns: Mapping[str, Floats]
    k: int = 0
    joint: npt.NDArray[np.integer[Any]] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    frequency: bool = False

    def __len__(self) -> int:
        return len(self.order)

    @property
    def many(self) -> bool:
        """Whether the cells are so many that they stay as they come, and are drawn in bundles."""
        return len(self) > EXACT_ROWS

    @cached_property
    def names(self) -> dict[str, int]:
        """Place of each column in `matrix`."""
        return {name: place for place, name in enumerate(self.columns)}

    @cached_property
    def matrix(self) -> Floats:
        """The columns side by side, (m, q)."""
        return np.column_stack([np.ones(len(self)), *self.columns.values()])[:, 1:]

    @cached_property
    def joint_starts(self) -> tuple[Ints, Ints]:
        """The joint codes that occur, and where each begins among the cells in their order."""
        codes, starts = np.unique(self.joint, return_index=True)
        return codes, starts.astype(np.int64)

    @cached_property
    def present(self) -> Ints:
        """Classes met in truth or prediction, ascending."""
        codes = np.flatnonzero(np.bincount(self.joint)) if self.many else self.joint_starts[0]
        return np.unique(np.concatenate([codes // self.k, codes % self.k]))

    def hits(self, code: int) -> npt.NDArray[np.bool_]:
        """Whether each cell is of a class in truth, (m,)."""
        return np.asarray(self.joint // self.k == code)

    def scored(self, code: int) -> Floats:
        """Probability of a class for each cell, (m,)."""
        proba = self.predictions.proba
        assert proba is not None
        column = self.predictions.positive_code if self.predictions.task is Task.BINARY else code
        return np.asarray(proba[:, column] if self.many else proba[self.order, column])

    @property
    def ranked(self) -> list[int]:
        """The classes that are ranked against the rest: of two the positive one alone; none without probabilities."""
        if self.predictions.proba is None:
            return []
        return [1] if self.predictions.task is Task.BINARY else list(range(self.k))

    def falling(self, code: int) -> tuple[Ints, Falling]:
        """Order of the cells by falling probability of a class, and the Falling of them; the last one is kept."""
        if code not in self._fallen:
            score = self.scored(code)
            # only sums of weights depend on the order within a tie, and there it must not depend on the machine
            order = np.argsort(score)[::-1] if self.alike else np.argsort(-score, kind="stable")
            weight = None if self.alike else self.weight[order]
            self._fallen.clear()
            order = order.astype(np.int32) if len(order) <= np.iinfo(np.int32).max else order
            self._fallen[code] = order, Falling.of(score[order], self.hits(code)[order], weight)
        return self._fallen[code]

    @cached_property
    def _fallen(self) -> dict[int, tuple[Ints, Falling]]:
        return {}

    @cached_property
    def ranks(self) -> tuple[Floats, Floats]:
        """ROC AUC, and average precision, of each of the `ranked` classes against the rest, (classes,) each."""
        each = [(one.auc(), one.average_precision()) for code in self.ranked for _, one in [self.falling(code)]]
        return np.array([auc for auc, _ in each]), np.array([precision for _, precision in each])

    @cached_property
    def rankings(self) -> tuple[Ranking, ...]:
        """Order of the cells by the probability of each class; binary: of the positive one alone."""
        proba = self.predictions.proba
        if proba is None:
            return ()
        truth = self.joint // self.k
        if self.predictions.task is Task.BINARY:
            return (Ranking.of(proba[self.order, self.predictions.positive_code], truth == 1),)
        return tuple(Ranking.of(proba[self.order, k], truth == k) for k in range(self.k))

    @property
    def ece_codes(self) -> Ints:
        """ECE bin of each cell, (m,)."""
        said = confidence(self.predictions)
        return ece_bin(said if self.many else said[self.order])

    @cached_property
    def ece_bins(self) -> tuple[Ints, Ints]:
        """Order of the cells by ECE bin, and where each bin that holds cells begins in it."""
        bins = self.ece_codes
        order = np.argsort(bins.astype(np.uint8), kind="stable")
        return order, np.unique(bins[order], return_index=True)[1].astype(np.int64)

    @cached_property
    def alike(self) -> bool:
        """Whether all cells weigh 1, so that counts are whole numbers, which sum several times faster."""
        return bool((self.weight == 1).all())

    def tally(self, drawn: Counts | Floats) -> Tally:
        """The Tally of the counts `drawn` (b, n) for the rows as they come."""
        return Tally(self, drawn, self.order)

    @cached_property
    def whole(self) -> Tally:
        """The Tally in which every row counts once: it gives the point values."""
        if self.many:
            return WholeTally(self)
        return self.tally(np.ones((1, len(self)), dtype=np.int64))


def confidence(predictions: Predictions) -> Floats:
    """The probability that ECE looks at, (n,): P(positive) when binary, else that of the most probable class."""
    assert predictions.proba is not None
    if predictions.task is Task.BINARY:
        return predictions.proba[:, predictions.positive_code]
    return np.asarray(predictions.proba.max(axis=1))


def ece_bin(probability: Floats, bins: int = ECE_BINS) -> Ints:
    """Equal-width bin of each probability, closed on the right as in scikit-learn's `calibration_curve`."""
    edges = np.linspace(0.0, 1.0, bins + 1)[1:-1]
    if bins > np.iinfo(np.uint8).max:
        return np.searchsorted(edges, probability).astype(np.int64)
    found = np.zeros(np.shape(probability), dtype=np.uint8)
    for edge in edges:  # three times as fast as a search for each probability
        found += probability > edge
    return found.astype(np.int64)


def cells_of(predictions: Predictions, units: Ints | None = None, frequency: bool = False) -> Cells:
    """The Cells of all rows, a cell a row.

    `units` (n,) says which rows are drawn together, `frequency` that a weight is the number of rows stood for.
    """
    bare = replace(predictions, X=None)
    weight = np.broadcast_to(1.0, len(bare)) if bare.weight is None else bare.weight.astype(np.float64)
    if bare.task.is_classification:
        return _class_cells(bare, weight, frequency)
    order = None if len(bare) > EXACT_ROWS else np.argsort(np.abs(bare.y_pred - bare.y_true), kind="stable")
    columns = Columns(number_columns(bare, weight, units, frequency), order)
    if order is None:
        return Cells(bare, _as_they_come(len(bare)), weight, columns, frequency=frequency)
    return Cells(bare, order, weight[order], columns, frequency=frequency)


def _class_cells(predictions: Predictions, weight: Floats, frequency: bool) -> Cells:
    truth, guess, k = predictions.y_true, predictions.y_pred, len(predictions.classes)
    if predictions.task is Task.BINARY:
        positive = predictions.positive_code
        truth, guess, k = truth == positive, guess == positive, 2
    narrow = np.uint8 if k * k < 256 else np.uint16 if k * k < 65_536 else np.int64  # sorted by digits, much faster
    joint: Any = truth.astype(narrow)
    joint *= narrow(k)
    joint += guess.astype(narrow)
    columns = probability_columns(predictions)
    if len(predictions) > EXACT_ROWS:
        return Cells(predictions, _as_they_come(len(joint)), weight, Columns(columns, None), k, joint, frequency)
    order = np.argsort(joint, kind="stable")
    return Cells(
        predictions, order, weight[order], Columns(columns, order), k, joint[order].astype(np.int64), frequency
    )


def _as_they_come(n: int) -> Any:
    """0 … n − 1 in as few bytes as will do."""
    return np.arange(n, dtype=np.int32 if n <= np.iinfo(np.int32).max else np.int64)
