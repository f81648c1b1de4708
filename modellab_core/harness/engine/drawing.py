"""Metrics in every resample: many parts of the rows and many metrics in one pass over the counts.

Where bundles are drawn, what can be read off sums over bundles is; what cannot runs through the rows of the same draws.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain
from typing import Any

import numpy as np
from threadpoolctl import ThreadpoolController

from modellab_core.harness.engine.bundle_cells import BundleCells, BundleTally, RowsNeeded
from modellab_core.harness.engine.cells import Cells, Tally, cells_of
from modellab_core.harness.engine.part_sums import PartTally, SharedSums, masks_of
from modellab_core.harness.engine.resampling import BLOCK_ELEMENTS, Resampling
from modellab_core.harness.metrics.metric import Metric
from modellab_core.harness.parts import Part, effective_rows, part_of
from modellab_core.harness.predictions import Floats, Predictions

__all__ = [
    "Part",
    "computable",
    "draw",
    "drawn_sums",
    "effective_rows",
    "keep_freed_memory",
    "one_thread",
    "part_of",
    "resampled",
    "resampled_together",
    "value_of",
]

MOST_KEPT = 4_000_000  # numbers: just under the 32 MB up to which the C library learns
COLUMNS = 256  # sums by bundle that are multiplied at once
PART_ELEMENTS = 1 << 19  # larger blocks where many parts share one block: the masks are then read less often


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()


@cache
def keep_freed_memory() -> None:
    """Free one large array, after which the C library keeps what is freed for what comes next (glibc: `mallopt`).

    Without it the arrays of each block are given back to the system and asked for again, which doubles the cost.
    """
    np.empty(MOST_KEPT)


def one_thread() -> AbstractContextManager[Any]:
    """Keep matrix products on one thread: their last bits must not depend on the machine's number of cores."""
    context: AbstractContextManager[Any] = _controller().limit(limits=1)
    return context


Drawn = dict[tuple[str, str], Floats]


@dataclass(frozen=True, eq=False)
class Draws:
    """Metrics of parts in every resample, and their standard errors where a metric has one, (B,) by (part, metric).

    `by_rows` holds what ran through the rows where bundles are drawn: there may then be fewer resamples of it.
    """

    values: Drawn
    errors: Drawn
    by_rows: frozenset[tuple[str, str]] = frozenset()


def draw(parts: Sequence[Part], wanted: Mapping[str, Sequence[Metric]], resampling: Resampling) -> Draws:
    """The `wanted` metrics of each part in every resample.

    The first part holds all rows of the others, unless bundles are drawn.
    """
    if not resampling.binned:
        return _draw_rows(parts, wanted, resampling)
    bundled = {part.name: BundleCells(part.cells, resampling.bundles.at(part.source)) for part in parts}
    slow = {part.name: [m for m in wanted[part.name] if needs_rows(m, bundled[part.name])] for part in parts}
    fast = {part.name: [m for m in wanted[part.name] if m not in slow[part.name]] for part in parts}
    found = _room(list(fast), fast, resampling.used)
    tallies = tallied([bundled[part.name] for part in parts], resampling, resampling.used)
    for part, tally in zip(parts, tallies, strict=True):
        _fill(found, slice(None), part.name, fast[part.name], tally)
    for part in parts:
        if slow[part.name]:
            side = _draw_rows([part], slow, resampling.by_rows)
            found.values.update(side.values)
            found.errors.update(side.errors)
    return replace(found, by_rows=frozenset((name, metric.name) for name, some in slow.items() for metric in some))


def tallied(all_cells: Sequence[BundleCells], resampling: Resampling, total: int) -> Iterator[BundleTally]:
    """The cells with the counts of `total` resamples, one after the other; their sums are made for several at once."""

    def times(matrix: Floats) -> Floats:
        return drawn_sums(matrix, resampling, total)

    for first, last in _runs([cells.width for cells in all_cells]):
        some = all_cells[first:last]
        sums = times(np.concatenate([cells.matrix for cells in some], axis=1))
        ends = np.cumsum([cells.width for cells in some])
        for cells, known in zip(some, np.split(sums, ends[:-1], axis=1), strict=True):
            yield BundleTally(cells, total, times, known)


def drawn_sums(by_bundle: Floats, resampling: Resampling, total: int | None = None) -> Floats:
    """Sums in every resample, (B, q), from sums by bundle, (bundles, q) (`resampling.bundles`); where it is binned."""
    found = np.empty((resampling.used if total is None else total, by_bundle.shape[1]))
    with one_thread():
        for numbers, counts in resampling.bundle_blocks(total) if by_bundle.shape[1] else ():
            found[numbers] = counts @ by_bundle
    return found


def _runs(widths: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Neighbours that have at most `COLUMNS` columns together, or are alone."""
    first = 0
    for last in range(1, len(widths) + 1):
        if last == len(widths) or sum(widths[first : last + 1]) > COLUMNS:
            yield first, last
            first = last


def needs_rows(metric: Metric, cells: BundleCells) -> bool:
    """Whether a metric cannot be read off sums over bundles; those it can be read off are then known to the cells."""
    try:
        with one_thread():
            metric.kernel(cells.whole)
            if metric.error:
                metric.error(cells.whole)
    except RowsNeeded:
        return True
    return False


def _room(parts: Sequence[str], wanted: Mapping[str, Sequence[Metric]], total: int) -> Draws:
    pairs = [(part, metric) for part in parts for metric in wanted[part]]
    values = {(part, metric.name): np.empty(total) for part, metric in pairs}
    return Draws(values, {(part, metric.name): np.empty(total) for part, metric in pairs if metric.error})


def _fill(room: Draws, numbers: slice, part: str, metrics: Sequence[Metric], tally: Tally) -> None:
    for metric in metrics:
        room.values[part, metric.name][numbers] = metric.kernel(tally)
        if metric.error:
            room.errors[part, metric.name][numbers] = metric.error(tally)


def _draw_rows(parts: Sequence[Part], wanted: Mapping[str, Sequence[Metric]], resampling: Resampling) -> Draws:
    room = _room([part.name for part in parts], wanted, resampling.used)
    some = [part for part in parts[1:] if wanted[part.name]]
    masks = masks_of(parts[0], some)
    with one_thread():
        for numbers, counts in resampling.blocks(PART_ELEMENTS if some else BLOCK_ELEMENTS):
            whole = Tally(parts[0].cells, counts, parts[0].source)
            shared = SharedSums(whole, masks)
            grouped = resampling.codes is not None
            tallies = (PartTally(part, counts, shared, place, grouped) for place, part in enumerate(some))
            for part, tally in zip([parts[0], *some], chain([whole], tallies), strict=True):
                _fill(room, numbers, part.name, wanted[part.name], tally)
    return room


def resampled(
    predictions: Predictions, metrics: Sequence[Metric], resampling: Resampling, used: int | None = None
) -> dict[str, Floats]:
    """Values of each metric in every resample, (B,), NaN where undefined; the same rows for every model.

    A metric that needs probabilities where there are none is NaN throughout. Where a metric has to run through more
    than 100,000 rows there are 200 resamples of it.
    """
    return resampled_together([predictions], metrics, resampling, used)[0]


def resampled_together(
    models: Sequence[Predictions], metrics: Sequence[Metric], resampling: Resampling, used: int | None = None
) -> list[dict[str, Floats]]:
    """`resampled` of several models on the same rows, which are drawn once."""
    keep_freed_memory()
    total = resampling.used if used is None else used
    all_cells = [cells_of(predictions, resampling.codes, resampling.frequency) for predictions in models]
    if not resampling.binned:
        return _together_by_rows(all_cells, metrics, resampling, total)
    bundled = [BundleCells(cells, resampling.bundles.at(cells.order)) for cells in all_cells]
    slow = [metric for metric in metrics if any(needs_rows(metric, cells) for cells in _able(metric, bundled))]
    few = resampling.by_rows
    found = _together_by_rows(all_cells, slow, few, min(few.used, total)) if slow else [{} for _ in models]
    for values, tally in zip(found, tallied(bundled, resampling, total), strict=True):
        for metric in metrics:
            if metric not in slow:
                able = computable(metric, tally.cells.predictions)
                values[metric.name] = metric.kernel(tally) if able else np.full(total, np.nan)
    return found


def _able(metric: Metric, all_cells: Sequence[Any]) -> list[Any]:
    return [cells for cells in all_cells if computable(metric, cells.predictions)]


def _together_by_rows(
    all_cells: Sequence[Cells], metrics: Sequence[Metric], resampling: Resampling, total: int
) -> list[dict[str, Floats]]:
    values = [{metric.name: np.full(total, np.nan) for metric in metrics} for _ in all_cells]
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
