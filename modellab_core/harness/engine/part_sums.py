"""Sums over many parts of the rows at once, where every resample runs through all rows."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from modellab_core.harness.engine.cells import Tally
from modellab_core.harness.parts import Part
from modellab_core.harness.predictions import Counts, Floats, Ints

CHUNK = 4096  # rows of the masks that are numbers at a time


class SharedSums:
    """Sums over many parts at once, as products of counts and masks."""

    def __init__(self, tally: Tally, masks: npt.NDArray[np.uint8]) -> None:
        self.tally, self.masks = tally, masks
        self._known: dict[str, Floats] = {}

    def _over(self, begin: int, end: int, column: Floats | None, order: Ints | None = None) -> Floats:
        """Sum of a column over the cells `begin` to `end` of an order (None: their own), (b, parts)."""
        found = np.zeros((len(self.tally), self.masks.shape[1]))
        for first in range(begin, end, CHUNK):
            rows: Any = slice(first, min(first + CHUNK, end))
            rows = rows if order is None else order[rows]
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
        order = np.argsort(cells.joint, kind="stable") if cells.many else None
        codes, starts = np.unique(cells.joint[order], return_index=True) if cells.many else cells.joint_starts
        table = np.zeros((len(self.tally), self.masks.shape[1], cells.k**2))
        for code, begin, end in zip(codes, starts, [*starts[1:], len(cells)], strict=True):
            table[:, :, code] = self._over(int(begin), int(end), None, order)
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


def masks_of(whole: Part, some: Sequence[Part]) -> npt.NDArray[np.uint8]:
    """1 where a cell of `whole` belongs to a part, (m, parts)."""
    masks = np.zeros((len(whole.cells), len(some)), dtype=np.uint8)
    place = np.empty(len(whole.cells), dtype=np.int64)
    place[whole.cells.order] = np.arange(len(whole.cells))
    for column, part in enumerate(some):
        assert part.rows is not None
        masks[place[part.rows], column] = 1
    return masks
