"""Some of the rows under a name: all of them, or a slice."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from modellab_core.harness.engine.cells import Cells, cells_of
from modellab_core.harness.engine.resampling import Resampling
from modellab_core.harness.predictions import Floats, Ints, Predictions


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
    frequency = resampling.frequency
    if mask is None:
        cells = cells_of(predictions, codes, frequency)
        return Part(name, cells, None, codes, _independent(cells, codes, resampling))
    rows = np.flatnonzero(mask)
    own = None if codes is None else np.unique(codes[rows], return_inverse=True)[1].astype(np.int64)
    cells = cells_of(replace(predictions, X=None).take(rows), own, frequency)
    return Part(name, cells, rows, own, _independent(cells, own, resampling))


def _independent(cells: Cells, codes: Ints | None, resampling: Resampling) -> float:
    if resampling.time_ordered:
        return resampling.independent * len(cells) / max(resampling.n, 1)
    if codes is not None:
        return float(codes.max(initial=-1) + 1)
    if cells.alike:
        return float(len(cells))
    return float(cells.weight.sum()) if resampling.frequency else effective_rows(cells.weight)


def effective_rows(weight: Floats) -> float:
    """Rows of equal weight that would carry as much: (Σw)² / Σw²; 0 without weight."""
    squares = float((weight**2).sum())
    return float(weight.sum()) ** 2 / squares if squares > 0 else 0.0
