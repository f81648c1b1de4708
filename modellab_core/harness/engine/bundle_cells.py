"""What the kernels of the metrics count where bundles of rows are drawn: the same names as `Cells` and `Tally`.

Counts, losses and targets are sums and come out exactly as if rows were drawn. ROC AUC and average precision are made
of sums to first order (`engine/influence.py`); average precision of few positives runs through all its steps instead.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np

from modellab_core.harness.engine.bundles import Bundles
from modellab_core.harness.engine.cells import ECE_BINS, Cells, Tally, ratio
from modellab_core.harness.engine.influence import Falling
from modellab_core.harness.engine.ranking import TINY
from modellab_core.harness.predictions import Floats, Ints, Predictions

FEW_POSITIVES = 500  # up to here average precision runs through its steps
CUTS = 64  # of the errors, around their median
REACH = 8.0  # standard deviations of the median to both sides in which the cuts lie

Place = slice
Maker = Callable[[], Floats]
Times = Callable[[Floats], Floats]


class RowsNeeded(Exception):
    """A kernel asks for what bundles do not know: it has to run through the rows."""


class BundleCells:
    """Rows in bundles with what the metrics sum over them.

    `cells` are the rows, `bundles` tells the bundle of each of these cells. Columns are summed by bundle when they are
    first asked for and then stand side by side in `matrix`, (bundles, q).
    """

    def __init__(self, cells: Cells, bundles: Bundles) -> None:
        self._cells, self.bundles = cells, bundles
        self._places: dict[Any, Place] = {}
        self._columns: list[Floats] = []
        self._width = 0
        self._facts: dict[Any, Any] = {}

    def __len__(self) -> int:
        return len(self._cells)

    def __getattr__(self, name: str) -> Any:
        raise RowsNeeded(name)

    @property
    def predictions(self) -> Predictions:
        """The rows as they come."""
        return self._cells.predictions

    @property
    def k(self) -> int:
        """Number of classes."""
        return self._cells.k

    @property
    def present(self) -> Ints:
        """Classes met in truth or prediction, ascending."""
        return self._cells.present

    @property
    def ranked(self) -> list[int]:
        """The classes that are ranked against the rest."""
        return self._cells.ranked

    @property
    def matrix(self) -> Floats:
        """All columns that were asked for, (bundles, q)."""
        if len(self._columns) != 1:
            self._columns = [np.concatenate([np.empty((self.bundles.count, 0)), *self._columns], axis=1)]
        return self._columns[0]

    @property
    def width(self) -> int:
        """Number of columns."""
        return self._width

    def place(self, key: Any, make: Maker) -> Place:
        """Where the columns of `key` stand in `matrix`; made by `make`, (bundles,) or (bundles, j), at first."""
        if key not in self._places:
            made = make()
            made = made[:, None] if made.ndim == 1 else made
            self._places[key] = slice(self._width, self._width + made.shape[1])
            self._columns.append(made)
            self._width += made.shape[1]
        return self._places[key]

    def weighted(self, values: Floats) -> Floats:
        """Values of the cells times their weights, unless copies stand for the weight."""
        return values if self.bundles.copies is not None or self._cells.alike else values * self._cells.weight

    def column(self, name: str) -> Floats:
        """Sum of a column of the rows in each bundle, (bundles,)."""
        return self.bundles.sums(self.weighted(self._cells.columns[name]))

    def total(self) -> Floats:
        """Weight of each bundle."""
        return self.bundles.sums(self.weighted(np.ones(len(self))))

    def confusion(self) -> Floats:
        """Weight by truth and prediction, (bundles, k·k)."""
        plain = self.bundles.copies is not None or self._cells.alike
        return self.bundles.table(self._cells.joint, self.k**2, None if plain else self._cells.weight)

    def gaps(self) -> Floats:
        """Observed minus predicted positives in each ECE bin, (bundles, bins)."""
        codes = self._cells.ece_codes
        return self.bundles.table(codes, ECE_BINS, self.weighted(self._cells.columns["gap"]))

    def placements(self, code: int) -> Floats:
        """Placements of the positive rows, and of the negative ones, summed by bundle, (bundles, 2)."""
        order, falling = self._cells.falling(code)
        bundles = self.bundles.at(order)
        return bundles.table(~falling.truth, 2, self._heavy(falling, falling.placements()))

    def precision_terms(self, code: int) -> Floats:
        """The terms of average precision summed by bundle, (bundles,); `bend` is then known."""
        order, falling = self._cells.falling(code)
        terms, self._facts["bend", code] = falling.precision_terms(drawn_alone=self.bundles.copies is not None)
        return self.bundles.at(order).sums(self._heavy(falling, terms))

    def _heavy(self, falling: Falling, values: Floats) -> Floats:
        if falling.weight is None or self.bundles.copies is not None:
            return values
        return values * falling.weight

    def bend(self, code: int) -> float:
        """What resampling adds on average to Σ weight·precision over the positive rows."""
        return float(self._facts["bend", code])

    def few_positives(self, code: int) -> bool:
        """Whether average precision runs through its steps."""
        return int(self._cells.hits(code).sum()) <= FEW_POSITIVES

    def steps(self, code: int) -> Floats:
        """Rows seen, and positives gained, at each score that a positive has, (bundles, 2·steps)."""
        order, falling = self._cells.falling(code)
        ends = np.arange(len(order)) if falling.group is None else falling.group
        stops = np.unique(ends[falling.truth])
        step, k = np.searchsorted(stops, ends), len(stops) + 1  # behind the last positive there is a step of its own
        bundles, plain = self.bundles.at(order), self._heavy(falling, np.ones(len(order)))
        both = bundles.table(step, k, plain), bundles.table(step, k, plain * falling.truth)
        return np.concatenate([part[:, :-1] for part in both], axis=1)

    def below(self, name: str) -> Floats:
        """Weight below each of some cuts around the median of a column, (bundles, cuts); `cuts` are then known."""
        values = self._cells.columns[name]
        order = np.argsort(values, kind="stable")
        ordered, weight = values[order], self._cells.weight[order]
        running = np.cumsum(weight)
        total = running[-1]
        rows = total if self.bundles.copies is not None else total**2 / float((weight**2).sum())
        wanted = total * np.clip(0.5 + np.linspace(-REACH, REACH, CUTS) / (2 * np.sqrt(rows)), 0, 1)
        cuts = np.unique(ordered[np.minimum(np.searchsorted(running, wanted), len(values) - 1)])
        self._facts["cuts", name] = cuts
        codes = np.searchsorted(cuts, values)
        table = self.bundles.table(codes, len(cuts) + 1, self.weighted(np.ones(len(self))))
        return np.cumsum(table, axis=1)[:, :-1]

    def cuts(self, name: str) -> Floats:
        """The cuts of `below`, ascending."""
        return np.asarray(self._facts["cuts", name])

    @cached_property
    def whole(self) -> BundleTally:
        """The Tally in which every bundle counts once."""
        return BundleTally(self, 1, lambda matrix: matrix.sum(axis=0)[None, :])


class BundleTally(Tally):
    """BundleCells with b sets of counts of the bundles.

    `times` gives the counts times a matrix, (b, bundles) @ (bundles, q); `known` is that of the first columns of the
    cells, where it was made for several at once.
    """

    def __init__(self, cells: BundleCells, b: int, times: Times, known: Floats | None = None) -> None:
        self.cells, self._times = cells, times
        self._known = np.empty((b, 0)) if known is None else known

    def __len__(self) -> int:
        return len(self._known)

    def of(self, key: Any, make: Maker) -> Floats:
        """Sums of the columns of `key`, (b, j)."""
        place = self.cells.place(key, make)
        if place.stop > self._known.shape[1]:
            more = self._times(self.cells.matrix[:, self._known.shape[1] :])
            self._known = np.concatenate([self._known, more], axis=1)
        return self._known[:, place]

    @property
    def counts(self) -> Floats:
        """There are none by row."""
        raise RowsNeeded("counts")

    @cached_property
    def total(self) -> Floats:
        """Weight of all rows, (b,)."""
        if self.cells.k:
            return np.asarray(self.confusion.sum(axis=(1, 2)))
        return self.of("total", self.cells.total)[:, 0]

    def sum(self, column: str) -> Floats:
        """Sum of a column, (b,)."""
        return self.of(column, lambda: self.cells.column(column))[:, 0]

    @cached_property
    def confusion(self) -> Floats:
        """Weight by truth and prediction, (b, k, k)."""
        return self.of("confusion", self.cells.confusion).reshape(len(self), self.cells.k, self.cells.k)

    @cached_property
    def bin_gaps(self) -> Floats:
        """Observed minus predicted positives in each ECE bin that holds rows, (b, bins)."""
        return self.of("gaps", self.cells.gaps)

    @cached_property
    def aucs(self) -> Floats:
        """ROC AUC of each class against the rest, (b, k), to first order in each class; binary: (b, 1)."""
        return np.column_stack([self._auc(code) for code in self.cells.ranked])

    def _auc(self, code: int) -> Floats:
        def make() -> Floats:
            return np.asarray(self.cells.placements(code))

        sums, positives = self.of(("placements", code), make), self.confusion.sum(axis=2)[:, code]
        whole = self if self is self.cells.whole else self.cells.whole
        own, there = whole.of(("placements", code), make)[0], whole.confusion.sum(axis=2)[0, code]
        if there <= 0 or whole.total[0] - there <= 0:
            return np.full(len(self), np.nan)
        sides = ratio(sums[:, 0], positives), ratio(sums[:, 1], self.total - positives)
        return np.asarray(np.clip(sides[0] + sides[1] - own[0] / there, 0.0, 1.0))

    @cached_property
    def average_precisions(self) -> Floats:
        """Average precision of each class against the rest, (b, k); binary: (b, 1)."""
        return np.column_stack([self._average_precision(code) for code in self.cells.ranked])

    def _average_precision(self, code: int) -> Floats:
        positives = self.confusion.sum(axis=2)[:, code]
        if self.cells.few_positives(code):
            seen, gained = np.split(self.of(("steps", code), lambda: self.cells.steps(code)), 2, axis=1)
            share = np.cumsum(gained, axis=1) / np.maximum(np.cumsum(seen, axis=1), TINY)
            return ratio((gained * share).sum(axis=1), positives)
        terms = self.of(("terms", code), lambda: self.cells.precision_terms(code))[:, 0]
        bend = 0.0 if self is self.cells.whole else self.cells.bend(code)
        return np.clip(ratio(terms + bend, positives), 0.0, 1.0)

    def median(self, column: str) -> Floats:
        """Median of a column, (b,), between the two cuts around it in proportion to their weights."""
        below = self.of(("below", column), lambda: self.cells.below(column))
        cuts, half = self.cells.cuts(column), self.total / 2
        after = np.clip((below < half[:, None]).sum(axis=1), 1, max(len(cuts) - 1, 1))
        if len(cuts) < 2:
            return np.full(len(self), cuts[0])
        lines = np.arange(len(self))
        low, high = below[lines, after - 1], below[lines, after]
        part = np.clip(ratio(half - low, high - low), 0.0, 1.0)
        return np.asarray(cuts[after - 1] + part * (cuts[after] - cuts[after - 1]))
