"""Resamples of rows: drawn once by (seed, resample), the same for every model, metric and slice.

Up to `EXACT_ROWS` rows a resample draws rows, above it bundles of rows, which is as good and does not grow with them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from modellab_core.errors import BadInput
from modellab_core.harness.engine.bundles import BUNDLES, EXACT_ROWS, Bundles, bundles_in_order, random_bundles
from modellab_core.harness.engine.timeblocks import block_length, design_effect, loss_series
from modellab_core.harness.predictions import Counts, Floats, Ints, Predictions
from modellab_core.harness.scores import Plan

MANY_ROWS = 100_000
FEW_RESAMPLES = 200
FEW_UNITS = 1_000  # groups or blocks under this are not drawn in bundles
MOST_COPIES = 20_000_000  # of rows that stand for several: above it they are not thrown into bundles one by one
DENSE = 16  # copies a row above which they are not drawn one by one
BLOCK_ELEMENTS = 1 << 15  # counts of one block, so that it and what is made of it stay in the cache of a core
WIDE = 1 << 13  # rows above which a block holds twice as many, since else the calls for few resamples cost more
BUNDLE_ELEMENTS = 1 << 19  # counts of one block of bundles, which are multiplied and not run through
MOST_KEPT = 1 << 26  # bytes
MOST_IN_BATCH = 64
BATCH_ELEMENTS = 1 << 14
STREAM = 3  # of the generators, for the throw into bundles; 0 draws the rows


@dataclass(frozen=True, eq=False)
class Resampling:
    """How the rows are drawn again.

    `n` rows; `resamples` asked for (`used` says how many are drawn) at `level`, every draw fixed by `seed`. With
    `groups` (a code per row) whole groups are drawn. With `time_ordered` circular blocks of `block` units are drawn,
    where the units are the rows as they come or, with `groups`, the groups in ascending order of their codes (dates).
    `effect` is the design effect 1 + 2Σρ of the losses, 1 where rows are exchangeable. With `weight_kind` "frequency"
    a row stands for `copies` rows (n,), and as many are drawn as all rows stand for. `exact` draws no bundles. `rows`
    says that what is computed runs through all rows for every resample, so that there are fewer of them.
    """

    n: int
    resamples: int = 1000
    seed: int = 42
    level: float = 0.95
    groups: Ints | None = None
    time_ordered: bool = False
    block: int = 1
    effect: float = 1.0
    weight_kind: Literal["importance", "frequency"] = "importance"
    copies: Ints | None = None
    exact: bool = False
    rows: bool = False

    @property
    def used(self) -> int:
        """Number of resamples that are drawn: at most 200 where each runs through more than 100,000 rows."""
        slow = self.n > MANY_ROWS and (self.rows or not self.binned)
        return min(self.resamples, FEW_RESAMPLES) if slow else self.resamples

    @property
    def frequency(self) -> bool:
        """Whether a weight says how many rows a row stands for."""
        return self.weight_kind == "frequency"

    @property
    def grouped(self) -> bool:
        """Whether whole groups are drawn."""
        return self.groups is not None and not self.time_ordered

    @property
    def exchangeable(self) -> bool:
        """Whether each row is drawn by itself."""
        return self.groups is None and not self.time_ordered

    @cached_property
    def binned(self) -> bool:
        """Whether bundles of rows, of groups or of stretches of time are drawn."""
        if self.exact or self.n <= EXACT_ROWS or (not self.exchangeable and self.independent < FEW_UNITS):
            return False
        return self._copies is None or int(self._copies.sum()) <= MOST_COPIES

    @property
    def by_rows(self) -> Resampling:
        """The same draws for what has to run through all rows for every resample."""
        return replace(self, rows=True) if self.binned else self

    @property
    def _copies(self) -> Ints | None:
        """Copies where they are drawn one by one; within groups and blocks they go with their row."""
        return self.copies if self.exchangeable else None

    @cached_property
    def codes(self) -> Ints | None:
        """The unit of each row, (n,) from 0, or None where each row is its own."""
        return None if self.groups is None else np.unique(self.groups, return_inverse=True)[1].astype(np.int64)

    @cached_property
    def units(self) -> int:
        """Number of rows, groups or dates."""
        return self.n if self.codes is None else int(self.codes.max(initial=-1)) + 1

    @property
    def independent(self) -> float:
        """Number of independent pieces on which an interval rests: rows, groups or blocks."""
        return self.units / self.block if self.time_ordered else float(self.units)

    @cached_property
    def bundles(self) -> Bundles:
        """The rows in bundles, where `binned`: at random, with their group, or as they follow each other in time."""
        if self.time_ordered:
            thrown = bundles_in_order(self.units, BUNDLES)
        else:
            things = self.units if self._copies is None else int(self._copies.sum())
            thrown = random_bundles(things, BUNDLES, self.generator(0, STREAM))
        code = thrown if self.codes is None else thrown[self.codes]
        return Bundles(int(thrown.max()) + 1, code, self._copies)

    @cached_property
    def drawn(self) -> int:
        """Number of things that are drawn: rows, groups, dates, or bundles of them."""
        return self.bundles.count if self.binned else self.units

    @property
    def note(self) -> str:
        """What a reader must know of the resampling, one or more sentences, or nothing."""
        parts = []
        if self.used < self.resamples:
            parts.append(f"{self.used} resamples instead of {self.resamples}, as there are {self.n:,} rows.")
        if self.time_ordered:
            things = "rows" if self.codes is None else "dates"
            parts.append(f"Blocks of {self.block} {things} in time, design effect {self.effect:.2g}.")
        elif self.grouped:
            parts.append(f"Whole groups are resampled, {self.units} of them.")
        if self.binned:
            parts.append(f"Resampled in {self.drawn:,} {'runs' if self.time_ordered else 'bundles'} of rows.")
        return " ".join(parts)

    @property
    def batch(self) -> int:
        """Resamples that share one generator, which costs as much as drawing a thousand rows."""
        return max(1, min(MOST_IN_BATCH, BATCH_ELEMENTS // max(self.drawn, 1)))

    def generator(self, batch: int, stream: int = 0) -> np.random.Generator:
        """The generator of one batch; `stream` tells other draws from those of the rows, 0."""
        return np.random.Generator(np.random.SFC64([self.seed, stream, batch]))

    def counts(self, first: int, last: int) -> Counts:
        """How often each row is drawn in the resamples `first` to `last` − 1, (last − first, n), rows as they come.

        Of a row that stands for several it is the share of them, so that its weight times the count is what is drawn.
        """
        drawn = self.unit_counts(first, last)
        if self.binned:
            return self.bundles.by_row(drawn)
        if self._copies is not None:
            return np.asarray(drawn / np.maximum(self._copies, 1), dtype=np.float64)
        return drawn if self.codes is None else drawn.take(self.codes, axis=1)

    def unit_counts(self, first: int, last: int) -> npt.NDArray[np.integer[Any]]:
        """How often each of the things that are `drawn` is, (last − first, drawn)."""
        begin, end = first // self.batch, -(-last // self.batch)
        drawn = np.concatenate([self._batch(number) for number in range(begin, end)])
        return drawn[first - begin * self.batch : last - begin * self.batch]

    def _batch(self, number: int) -> npt.NDArray[np.integer[Any]]:
        """Counts of what is drawn in all resamples of a batch, (batch, drawn)."""
        rng = self.generator(number)
        if self.time_ordered:
            return np.stack([self._blocks_drawn(rng) for _ in range(self.batch)])
        if self._copies is not None and not self.binned:
            return self._copies_drawn(rng, self._copies)
        drawn = rng.integers(0, self.drawn, (self.batch, self.drawn))
        drawn += self.drawn * np.arange(self.batch)[:, None]
        counts = np.bincount(drawn.ravel(), minlength=drawn.size).reshape(drawn.shape)
        return counts.astype(np.int32)

    def _copies_drawn(self, rng: np.random.Generator, copies: Ints) -> npt.NDArray[np.integer[Any]]:
        """How many copies of each row are drawn, as many in all as there are, (batch, n)."""
        total = int(copies.sum())
        if total > DENSE * len(copies):
            return rng.multinomial(total, copies / total, self.batch)
        owner = np.repeat(np.arange(len(copies)), copies)
        lines = [owner[rng.integers(0, max(total, 1), total)] for _ in range(self.batch)]
        return np.stack([np.bincount(line, minlength=len(copies)) for line in lines])

    def _blocks_drawn(self, rng: np.random.Generator) -> npt.NDArray[np.integer[Any]]:
        """Counts of one resample of circular blocks; the last block is cut so that they sum to all."""
        units = self.drawn
        length = min(max(1, -(-self.block * units // self.units)), units)
        starts = rng.integers(0, units, -(-units // length))
        steps = np.bincount(starts, minlength=2 * units + 1)
        ends = np.append(starts[:-1] + length, starts[-1] + units - length * (len(starts) - 1))
        steps -= np.bincount(ends, minlength=2 * units + 1)
        line = np.cumsum(steps)
        return (line[:units] + line[units : 2 * units]).astype(np.int32)

    def blocks(self, elements: int = BLOCK_ELEMENTS, used: int | None = None) -> Iterator[tuple[slice, Counts]]:
        """The numbers and the counts by row of all resamples, in blocks of about `elements` counts."""
        for numbers in self._slices(2 * elements if self.n > WIDE else elements, self.n, used):
            yield numbers, self.counts(numbers.start, numbers.stop)

    def bundle_blocks(self, used: int | None = None) -> Iterator[tuple[slice, Floats]]:
        """The numbers of all resamples and how often each bundle is drawn, (b, bundles), in blocks."""
        for numbers in self._slices(BUNDLE_ELEMENTS, self.drawn, used):
            known = numbers.stop <= len(self._kept)
            counts = self._kept[numbers] if known else self.unit_counts(numbers.start, numbers.stop)
            yield numbers, counts.astype(np.float64)

    @cached_property
    def _kept(self) -> npt.NDArray[np.uint8]:
        """The counts of the bundles, a byte each: they are needed again for every slice and every model."""
        few = min(self.used, MOST_KEPT // self.drawn)
        kept = np.empty((few, self.drawn), dtype=np.uint8)
        for numbers in self._slices(BUNDLE_ELEMENTS, self.drawn, few):
            kept[numbers] = self.unit_counts(numbers.start, numbers.stop)
        return kept

    def _slices(self, elements: int, width: int, used: int | None) -> Iterator[slice]:
        total = self.used if used is None else used
        step = max(1, elements // max(width, 1) // self.batch) * self.batch
        for first in range(0, total, step):
            yield slice(first, min(first + step, total))


def resampling_for(predictions: Predictions, plan: Plan, *more: Predictions) -> Resampling:
    """How the rows of `predictions` are drawn again under `plan`.

    Groups are drawn whole. When the plan says that rows are ordered in time, blocks are drawn whose length fits the
    losses of `predictions` and of `more` models on the same rows; `groups` then number the dates in ascending order.
    BadInput when the plan takes weights for frequencies and one of them is no whole number.
    """
    plain = Resampling(
        len(predictions),
        plan.resamples,
        plan.seed,
        plan.level,
        predictions.groups,
        plan.time_ordered,
        weight_kind=plan.weight_kind,
        copies=copies_of(predictions) if plan.weight_kind == "frequency" else None,
    )
    if not plan.time_ordered or plain.units < 2:
        return plain
    series = [loss_series(each, plain.codes) for each in (predictions, *more)]
    block = max(block_length(losses) for losses in series)
    return replace(plain, block=block, effect=max(design_effect(losses, block) for losses in series))


def copies_of(predictions: Predictions) -> Ints | None:
    """How many rows each row stands for, (n,), None without weights. BadInput for a weight that is no whole number."""
    weight = predictions.weight
    if weight is None:
        return None
    wrong = ~((weight >= 0) & (weight == np.floor(weight)) & np.isfinite(weight))
    if wrong.any():
        place = int(np.argmax(wrong))
        raise BadInput(
            f"The weight of row {predictions.row[place]} is {weight[place]:g}: a frequency is a whole number of rows. "
            'For other weights use weight_kind="importance".'
        )
    return weight.astype(np.int64)
