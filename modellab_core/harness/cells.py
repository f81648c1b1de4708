"""What the kernels of the metrics count.

A weight, a slice and a resample are one thing, a count per cell; here a cell is a row. `Cells` hold what does not
change from one set of counts to the next: the sums that metrics need as columns, and the orders in which rows must be
run through. A `Tally` is Cells with b sets of counts; what two metrics share is computed once. Where there are many
rows, `BundleCells` and `BundleTally` (bundle_cells.py) say the same of bundles of rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from modellab_core.data.task import Task
from modellab_core.harness.bundles import EXACT_ROWS
from modellab_core.harness.predictions import Counts, Floats, Ints, Predictions
from modellab_core.harness.ranking import Climb, Ranking
from modellab_core.harness.row_columns import Columns, number_columns, probability_columns

ECE_BINS = 15


@dataclass(frozen=True, eq=False)
class Cells:
    """Rows with what the metrics sum over them.

    `order` gives the position among the predictions of each cell, (m,); `weight` its weight, (m,); `columns` the values
    whose sums are needed, by name, (m,) each. `frequency` says that a weight is the number of rows that a row stands
    for. The rest is for classes: `joint` = truth · k + prediction in ascending order, `k` the number of classes
    (binary: 1 is the positive one), `present` the classes met in truth or prediction.
    """

    predictions: Predictions
    order: Ints
    weight: Floats
    columns: Mapping[str, Floats]
    k: int = 0
    joint: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    frequency: bool = False

    def __len__(self) -> int:
        return len(self.order)

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
        """The joint codes that occur, and where each begins among the cells."""
        codes, starts = np.unique(self.joint, return_index=True)
        return codes, starts.astype(np.int64)

    @cached_property
    def present(self) -> Ints:
        """Classes met in truth or prediction, ascending."""
        codes = self.joint_starts[0]
        return np.unique(np.concatenate([codes // self.k, codes % self.k]))

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

    @cached_property
    def ece_bins(self) -> tuple[Ints, Ints]:
        """Order of the cells by ECE bin, and where each bin that holds cells begins in it."""
        bins = ece_bin(confidence(self.predictions)[self.order])
        order = np.argsort(bins, kind="stable")
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
        return self.tally(np.ones((1, len(self)), dtype=np.int64))


class Tally:
    """Cells with b sets of counts: `drawn` (b, n) per row, best as whole numbers; `source` (m,) the row of a cell."""

    def __init__(self, cells: Cells, drawn: Counts | Floats, source: Ints) -> None:
        self.cells, self.drawn, self.source = cells, drawn, source

    def __len__(self) -> int:
        return len(self.drawn)

    @cached_property
    def counts(self) -> Floats:
        """The counts times the weights, (b, m) in the order of the cells."""
        return np.asarray(self.drawn.take(self.source, axis=1, mode="clip") * self.cells.weight)

    @cached_property
    def total(self) -> Floats:
        """Weight of all cells, (b,)."""
        return np.asarray(self.counts.sum(axis=1))

    @cached_property
    def _sums(self) -> Floats:
        return np.asarray(self.counts @ self.cells.matrix)

    def sum(self, column: str) -> Floats:
        """Sum of a column, (b,)."""
        if len(self.cells) > EXACT_ROWS:  # one by one, so that no matrix of all rows and columns is made
            return np.asarray(self.counts @ self.cells.columns[column])
        return np.asarray(self._sums[:, self.cells.names[column]])

    def median(self, column: str) -> Floats:
        """Median of a column by which the cells are in order, (b,), half-way between the middle two; NaN without rows.

        Weights as in scikit-learn.
        """
        size = self.cells.columns[column]
        if not len(size):
            return np.full(len(self), np.nan)
        seen = np.cumsum(self.counts, axis=1)
        half = seen[:, -1:] / 2
        slack = 1e-12 * half
        lower = np.minimum((seen < half - slack).sum(axis=1), len(size) - 1)
        upper = np.minimum((seen <= half + slack).sum(axis=1), len(size) - 1)
        return np.where(seen[:, -1] == 0, np.nan, (size[lower] + size[upper]) / 2)

    def mean(self, column: str) -> Floats:
        """Mean of a column, (b,); NaN without rows."""
        return ratio(self.sum(column), self.total)

    @cached_property
    def confusion(self) -> Floats:
        """Weight by truth and prediction, (b, k, k)."""
        k = self.cells.k
        codes, starts = self.cells.joint_starts
        table = np.zeros((len(self), k * k))
        if len(codes):
            table[:, codes] = np.add.reduceat(self.counts, starts, axis=1)
        return table.reshape(-1, k, k)

    @cached_property
    def aucs(self) -> Floats:
        """ROC AUC of each class against the rest, (b, k); binary: of the positive class, (b, 1)."""
        return np.column_stack([climb.auc() for climb in self._climbs])

    @cached_property
    def average_precisions(self) -> Floats:
        """Average precision of each class against the rest, (b, k); binary: of the positive class, (b, 1)."""
        return np.column_stack([climb.average_precision() for climb in self._climbs])

    @cached_property
    def _climbs(self) -> list[Climb]:
        return [Climb.of(self._in_order(ranking.order), ranking) for ranking in self.cells.rankings]

    def _in_order(self, order: Ints) -> Counts | Floats:
        found = self.drawn.take(self.source[order], axis=1, mode="clip")
        return found if self.cells.alike else found * self.cells.weight[order]

    @cached_property
    def bin_gaps(self) -> Floats:
        """Observed minus predicted positives in each ECE bin that holds cells, (b, bins)."""
        order, starts = self.cells.ece_bins
        gaps = self.cells.columns["gap"]
        return np.add.reduceat((self.counts * gaps)[:, order], starts, axis=1)


def ratio(part: Floats, whole: Floats) -> Floats:
    """`part` / `whole`, NaN where `whole` is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(whole == 0, np.nan, part / whole)


def confidence(predictions: Predictions) -> Floats:
    """The probability that ECE looks at, (n,): P(positive) when binary, else that of the most probable class."""
    assert predictions.proba is not None
    if predictions.task is Task.BINARY:
        return predictions.proba[:, predictions.positive_code]
    return np.asarray(predictions.proba.max(axis=1))


def ece_bin(probability: Floats, bins: int = ECE_BINS) -> Ints:
    """Equal-width bin of each probability, closed on the right as in scikit-learn's `calibration_curve`."""
    edges = np.linspace(0.0, 1.0, bins + 1)
    return np.searchsorted(edges[1:-1], probability).astype(np.int64)


def cells_of(predictions: Predictions, units: Ints | None = None, frequency: bool = False) -> Cells:
    """The Cells of all rows, a cell a row.

    `units` (n,) says which rows are drawn together, `frequency` that a weight is the number of rows stood for.
    """
    bare = replace(predictions, X=None)
    weight = np.ones(len(bare)) if bare.weight is None else bare.weight.astype(np.float64)
    if bare.task.is_classification:
        return _class_cells(bare, weight, frequency)
    order = np.argsort(np.abs(bare.y_pred - bare.y_true), kind="stable")
    columns = Columns(number_columns(bare, weight, units, frequency), order)
    return Cells(bare, order, weight[order], columns, frequency=frequency)


def _class_cells(predictions: Predictions, weight: Floats, frequency: bool) -> Cells:
    truth, guess, k = predictions.y_true, predictions.y_pred, len(predictions.classes)
    if predictions.task is Task.BINARY:
        positive = predictions.positive_code
        truth, guess, k = truth == positive, guess == positive, 2
    joint = truth.astype(np.int64) * k + guess.astype(np.int64)
    narrow = joint.astype(np.uint16) if k * k <= np.iinfo(np.uint16).max else joint  # sorted by digits, much faster
    order = np.argsort(narrow, kind="stable")
    columns = Columns(probability_columns(predictions), order)
    return Cells(predictions, order, weight[order], columns, k, joint[order], frequency)
