"""Resamples of rows as counts: drawn once by (seed, resample), the same for every model, metric and slice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from modellab_core.harness.predictions import Counts, Ints, Predictions
from modellab_core.harness.scores import Plan
from modellab_core.harness.timeblocks import block_length, design_effect, loss_series

MANY_ROWS = 100_000
FEW_RESAMPLES = 200
BLOCK_ELEMENTS = 1 << 15  # counts of one block, so that it and what is made of it stay in the cache of a core
MOST_IN_BATCH = 64
BATCH_ELEMENTS = 1 << 14


@dataclass(frozen=True, eq=False)
class Resampling:
    """How the rows are drawn again.

    `n` rows; `resamples` asked for (`used` says how many are drawn) at `level`, every draw fixed by `seed`. With
    `groups` (a code per row) whole groups are drawn. With `time_ordered` circular blocks of `block` units are drawn,
    where the units are the rows as they come or, with `groups`, the groups in ascending order of their codes (dates).
    `effect` is the design effect 1 + 2Σρ of the losses, 1 where rows are exchangeable.
    """

    n: int
    resamples: int = 1000
    seed: int = 42
    level: float = 0.95
    groups: Ints | None = None
    time_ordered: bool = False
    block: int = 1
    effect: float = 1.0

    @property
    def used(self) -> int:
        """Number of resamples that are drawn: at most 200 above 100,000 rows."""
        return min(self.resamples, FEW_RESAMPLES) if self.n > MANY_ROWS else self.resamples

    @property
    def grouped(self) -> bool:
        """Whether whole groups are drawn."""
        return self.groups is not None and not self.time_ordered

    @property
    def exchangeable(self) -> bool:
        """Whether each row is drawn by itself."""
        return self.groups is None and not self.time_ordered

    @cached_property
    def codes(self) -> Ints | None:
        """The unit of each row, (n,) from 0, or None where each row is its own."""
        return None if self.groups is None else np.unique(self.groups, return_inverse=True)[1].astype(np.int64)

    @cached_property
    def units(self) -> int:
        """Number of things that are drawn: rows, groups or dates."""
        return self.n if self.codes is None else int(self.codes.max(initial=-1)) + 1

    @property
    def independent(self) -> float:
        """Number of independent pieces on which an interval rests: rows, groups or blocks."""
        return self.units / self.block if self.time_ordered else float(self.units)

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
        return " ".join(parts)

    @property
    def batch(self) -> int:
        """Resamples that share one generator, which costs as much as drawing a thousand rows."""
        return max(1, min(MOST_IN_BATCH, BATCH_ELEMENTS // max(self.units, 1)))

    def generator(self, batch: int, stream: int = 0) -> np.random.Generator:
        """The generator of one batch; `stream` tells other draws from those of the rows, 0."""
        return np.random.Generator(np.random.SFC64([self.seed, stream, batch]))

    def counts(self, first: int, last: int) -> Counts:
        """How often each row is drawn in the resamples `first` to `last` − 1, (last − first, n), rows as they come."""
        begin, end = first // self.batch, -(-last // self.batch)
        drawn = np.concatenate([self._batch(number) for number in range(begin, end)])
        wanted = drawn[first - begin * self.batch : last - begin * self.batch]
        return wanted if self.codes is None else wanted.take(self.codes, axis=1)

    def _batch(self, number: int) -> Counts:
        """Counts of the units in all resamples of a batch, (batch, units)."""
        rng = self.generator(number)
        if self.time_ordered:
            return np.stack([self._blocks_drawn(rng) for _ in range(self.batch)])
        drawn = rng.integers(0, self.units, (self.batch, self.units))
        drawn += self.units * np.arange(self.batch)[:, None]
        counts = np.bincount(drawn.ravel(), minlength=drawn.size).reshape(drawn.shape)
        return counts.astype(np.int32)

    def _blocks_drawn(self, rng: np.random.Generator) -> Counts:
        """Counts of the units in one resample of circular blocks; the last block is cut so that they sum to all."""
        length = min(self.block, self.units)
        starts = rng.integers(0, self.units, -(-self.units // length))
        steps = np.bincount(starts, minlength=2 * self.units + 1)
        ends = np.append(starts[:-1] + length, starts[-1] + self.units - length * (len(starts) - 1))
        steps -= np.bincount(ends, minlength=2 * self.units + 1)
        line = np.cumsum(steps)
        return (line[: self.units] + line[self.units : 2 * self.units]).astype(np.int32)

    def blocks(self, elements: int = BLOCK_ELEMENTS, used: int | None = None) -> Iterator[tuple[slice, Counts]]:
        """The numbers and the counts of all resamples, in blocks of about `elements` counts."""
        total = self.used if used is None else used
        step = max(1, elements // max(self.n, 1) // self.batch) * self.batch
        for first in range(0, total, step):
            last = min(first + step, total)
            yield slice(first, last), self.counts(first, last)


def resampling_for(predictions: Predictions, plan: Plan, *more: Predictions) -> Resampling:
    """How the rows of `predictions` are drawn again under `plan`.

    Groups are drawn whole. When the plan says that rows are ordered in time, blocks are drawn whose length fits the
    losses of `predictions` and of `more` models on the same rows; `groups` then number the dates in ascending order.
    """
    plain = Resampling(len(predictions), plan.resamples, plan.seed, plan.level, predictions.groups, plan.time_ordered)
    if not plan.time_ordered or plain.units < 2:
        return plain
    series = [loss_series(each, plain.codes) for each in (predictions, *more)]
    block = max(block_length(losses) for losses in series)
    effect = max(design_effect(losses, block) for losses in series)
    return Resampling(
        plain.n, plain.resamples, plain.seed, plain.level, plain.groups, time_ordered=True, block=block, effect=effect
    )
