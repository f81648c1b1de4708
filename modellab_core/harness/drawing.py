"""Metrics in every resample: many parts of the rows and many metrics in one pass over the counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import cache, cached_property
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt
from threadpoolctl import ThreadpoolController

from modellab_core.harness.cells import Cells, Tally, cells_of
from modellab_core.harness.metric import Metric
from modellab_core.harness.predictions import Counts, Floats, Ints, Predictions
from modellab_core.harness.resampling import BLOCK_ELEMENTS, Resampling

PART_ELEMENTS = 1 << 19  # larger blocks where many parts share one block: the masks are then read less often
CHUNK = 4096  # rows of the masks that are numbers at a time


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()


def one_thread() -> AbstractContextManager[Any]:
    """Keep matrix products on one thread: their last bits must not depend on the machine's number of cores."""
    context: AbstractContextManager[Any] = _controller().limit(limits=1)
    return context


@dataclass(frozen=True, eq=False)
class Part:
    """Some of the rows under a name.

    `rows` are their positions (None: all rows), `codes` the group or date of each of them where there are any, `units`
    the number of independent rows, groups or blocks that they hold.
    """

    name: str
    cells: Cells
    rows: Ints | None
    codes: Ints | None
    units: float

    @cached_property
    def source(self) -> Ints:
        """Position among all rows of each cell of the part."""
        return self.cells.order if self.rows is None else self.rows[self.cells.order]


def part_of(predictions: Predictions, resampling: Resampling, name: str, mask: npt.NDArray[np.bool_] | None) -> Part:
    """The rows of `mask` (None: all) with the number of independent units that they hold."""
    codes = resampling.codes
    if mask is None:
        cells = cells_of(predictions, codes)
        return Part(name, cells, None, codes, _independent(cells, codes, resampling))
    rows = np.flatnonzero(mask)
    own = None if codes is None else np.unique(codes[rows], return_inverse=True)[1].astype(np.int64)
    cells = cells_of(replace(predictions, X=None).take(rows), own)
    return Part(name, cells, rows, own, _independent(cells, own, resampling))


def _independent(cells: Cells, codes: Ints | None, resampling: Resampling) -> float:
    if resampling.time_ordered:
        return resampling.independent * len(cells) / max(resampling.n, 1)
    if codes is not None:
        return float(codes.max(initial=-1) + 1)
    return effective_rows(cells.weight)


def effective_rows(weight: Floats) -> float:
    """Rows of equal weight that would carry as much: (Σw)² / Σw²; 0 without weight."""
    squares = float((weight**2).sum())
    return float(weight.sum()) ** 2 / squares if squares > 0 else 0.0


class SharedSums:
    """Sums over many parts at once, as products of counts and masks."""

    def __init__(self, tally: Tally, masks: npt.NDArray[np.uint8]) -> None:
        self.tally, self.masks = tally, masks
        self._known: dict[str, Floats] = {}

    def _over(self, begin: int, end: int, column: Floats | None) -> Floats:
        found = np.zeros((len(self.tally), self.masks.shape[1]))
        for first in range(begin, end, CHUNK):
            rows = slice(first, min(first + CHUNK, end))
            counts = self.tally.counts[:, rows]
            found += (counts if column is None else counts * column[rows]) @ self.masks[rows].astype(np.float64)
        return found

    def sum(self, name: str) -> Floats:
        """Sum of a column in each part, (b, parts)."""
        if name not in self._known:
            self._known[name] = self._over(0, len(self.masks), self.tally.cells.columns[name])
        return self._known[name]

    @cached_property
    def total(self) -> Floats:
        """Weight of each part, (b, parts)."""
        if self.tally.cells.k:
            return np.asarray(self.confusion.sum(axis=(2, 3)))
        return self._over(0, len(self.masks), None)

    @cached_property
    def confusion(self) -> Floats:
        """Weight by truth and prediction in each part, (b, parts, k, k)."""
        cells = self.tally.cells
        codes, starts = cells.joint_starts
        table = np.zeros((len(self.tally), self.masks.shape[1], cells.k**2))
        for code, begin, end in zip(codes, starts, [*starts[1:], len(cells)], strict=True):
            table[:, :, code] = self._over(int(begin), int(end), None)
        return table.reshape(*table.shape[:2], cells.k, cells.k)


class PartTally(Tally):
    """The Tally of a part: sums come from the shared products, only rankings look at its own rows."""

    def __init__(self, part: Part, drawn: Counts, shared: SharedSums, place: int, grouped: bool) -> None:
        super().__init__(part.cells, drawn, part.source)
        self._shared, self._place, self._grouped = shared, place, grouped

    @cached_property
    def total(self) -> Floats:
        """Weight of the part, (b,)."""
        return self._shared.total[:, self._place]

    @cached_property
    def confusion(self) -> Floats:
        """Weight by truth and prediction, (b, k, k)."""
        return self._shared.confusion[:, self._place]

    def sum(self, column: str) -> Floats:
        """Sum of a column; groups are cut by a part, so what is summed per group is summed anew."""
        if self._grouped and column.startswith("unit_"):
            return np.asarray(self.counts @ self.cells.columns[column])
        return self._shared.sum(column)[:, self._place]


Drawn = dict[tuple[str, str], Floats]


def draw(parts: Sequence[Part], wanted: Mapping[str, Sequence[Metric]], resampling: Resampling) -> tuple[Drawn, Drawn]:
    """Values of the `wanted` metrics of each part in every resample, and their standard errors where a metric has one.

    The first part is all rows. Both results are keyed by (part, metric) and hold (B,) arrays.
    """
    total = resampling.used
    values: Drawn = {(part.name, metric.name): np.empty(total) for part in parts for metric in wanted[part.name]}
    errors: Drawn = {
        (part.name, metric.name): np.empty(total) for part in parts for metric in wanted[part.name] if metric.error
    }
    some = [part for part in parts[1:] if wanted[part.name]]
    masks = _masks(parts[0], some)
    with one_thread():
        for numbers, counts in resampling.blocks(PART_ELEMENTS if some else BLOCK_ELEMENTS):
            whole = parts[0].cells.tally(counts)
            shared = SharedSums(whole, masks)
            grouped = resampling.codes is not None
            tallies = (PartTally(part, counts, shared, place, grouped) for place, part in enumerate(some))
            for part, tally in zip([parts[0], *some], chain([whole], tallies), strict=True):
                for metric in wanted[part.name]:
                    values[part.name, metric.name][numbers] = metric.kernel(tally)
                    if metric.error:
                        errors[part.name, metric.name][numbers] = metric.error(tally)
    return values, errors


def _masks(whole: Part, some: Sequence[Part]) -> npt.NDArray[np.uint8]:
    masks = np.zeros((len(whole.cells), len(some)), dtype=np.uint8)
    place = np.empty(len(whole.cells), dtype=np.int64)
    place[whole.cells.order] = np.arange(len(whole.cells))
    for column, part in enumerate(some):
        assert part.rows is not None
        masks[place[part.rows], column] = 1
    return masks


def resampled(
    predictions: Predictions, metrics: Sequence[Metric], resampling: Resampling, used: int | None = None
) -> dict[str, Floats]:
    """Values of each metric in every resample, (B,), NaN where undefined; the same rows for every model.

    A metric that needs probabilities where there are none is NaN throughout.
    """
    return resampled_together([predictions], metrics, resampling, used)[0]


def resampled_together(
    models: Sequence[Predictions], metrics: Sequence[Metric], resampling: Resampling, used: int | None = None
) -> list[dict[str, Floats]]:
    """`resampled` of several models on the same rows, which are drawn once."""
    total = resampling.used if used is None else used
    all_cells = [cells_of(predictions, resampling.codes) for predictions in models]
    values = [{metric.name: np.full(total, np.nan) for metric in metrics} for _ in models]
    with one_thread():
        for numbers, counts in resampling.blocks(used=total):
            for cells, found in zip(all_cells, values, strict=True):
                tally = cells.tally(counts)
                for metric in metrics:
                    if computable(metric, cells.predictions):
                        found[metric.name][numbers] = metric.kernel(tally)
    return values


def computable(metric: Metric, predictions: Predictions) -> bool:
    """Whether the predictions hold what the metric needs."""
    return len(predictions) > 0 and (metric.needs != "proba" or predictions.proba is not None)


def value_of(metric: Metric, predictions: Predictions | Cells) -> float:
    """The point value of a metric, NaN where undefined."""
    cells = predictions if isinstance(predictions, Cells) else cells_of(predictions)
    if not computable(metric, cells.predictions):
        return float("nan")
    with one_thread():
        return float(metric.kernel(cells.whole)[0])
