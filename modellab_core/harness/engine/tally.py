"""Cells with sets of counts: what the kernels of the metrics are handed."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from modellab_core.harness.engine.ranking import Climb
from modellab_core.harness.predictions import Counts, Floats, Ints

ORDERED = "absolute"  # the column by which the cells of numbers are in order


def ratio(part: Floats, whole: Floats) -> Floats:
    """`part` / `whole`, NaN where `whole` is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(whole == 0, np.nan, part / whole)


class Tally:
    """Cells with b sets of counts: `drawn` (b, n) per row, best as whole numbers; `source` (m,) the row of a cell.

    `cells` are Cells, or BundleCells, which answer to the same names.
    """

    cells: Any

    def __init__(self, cells: Any, drawn: Counts | Floats, source: Ints) -> None:
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
        if self.cells.many:  # one by one, so that no matrix of all rows and columns is made
            return np.asarray(self.counts @ self.cells.columns[column])
        return np.asarray(self._sums[:, self.cells.names[column]])

    def median(self, column: str) -> Floats:
        """Median of a column, (b,), half-way between the middle two; NaN without rows. Weights as in scikit-learn."""
        size, counts = self.cells.columns[column], self.counts
        if not len(size):
            return np.full(len(self), np.nan)
        if column != ORDERED or self.cells.many:
            order = np.argsort(size, kind="stable")
            size, counts = size[order], counts[:, order]
        seen = np.cumsum(counts, axis=1)
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
        if self.cells.many:
            lines = [np.bincount(self.cells.joint, line, k * k) for line in self.counts]
            return np.reshape(lines, (-1, k, k)).astype(np.float64)
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


class WholeTally(Tally):
    """The Tally in which each of many cells counts once."""

    def __init__(self, cells: Any) -> None:
        super().__init__(cells, np.zeros((1, 0)), cells.order)

    @cached_property
    def counts(self) -> Floats:
        """The weights, (1, m)."""
        return np.asarray(self.cells.weight)[None, :]

    @cached_property
    def total(self) -> Floats:
        """Weight of all cells, (1,)."""
        return np.array([self.cells.weight.sum()])

    def sum(self, column: str) -> Floats:
        """Sum of a column, (1,)."""
        values = self.cells.columns[column]
        return np.array([values.sum() if self.cells.alike else self.cells.weight @ values])

    @cached_property
    def confusion(self) -> Floats:
        """Weight by truth and prediction, (1, k, k)."""
        k, weight = self.cells.k, None if self.cells.alike else self.cells.weight
        return np.bincount(self.cells.joint, weight, k * k).astype(np.float64).reshape(1, k, k)

    @cached_property
    def aucs(self) -> Floats:
        """ROC AUC of each ranked class against the rest, (1, classes)."""
        return np.asarray(self.cells.ranks[0])[None, :]

    @cached_property
    def average_precisions(self) -> Floats:
        """Average precision of each ranked class against the rest, (1, classes)."""
        return np.asarray(self.cells.ranks[1])[None, :]

    @cached_property
    def bin_gaps(self) -> Floats:
        """Observed minus predicted positives in each ECE bin, (1, bins)."""
        gaps = self.cells.columns["gap"]
        heavy = gaps if self.cells.alike else gaps * self.cells.weight
        return np.bincount(self.cells.ece_codes, heavy).astype(np.float64)[None, :]
