"""Two features crossed: the cells of a map with the rows in each, and what each of them scores at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from modellab_core.errors import BadInput, choices
from modellab_core.harness.predictions import Ints
from modellab_core.harness.slices.beside import Mask
from modellab_core.harness.slices.bins import cut_of
from modellab_core.harness.slices.columns import Columns
from modellab_core.harness.slices.slicers import both


@dataclass(frozen=True, eq=False)
class Cell:
    """The rows in one part of the first feature and one of the second; `query` selects them, None if too long."""

    line: int
    column: int
    name: str
    query: str | None
    rows: Mask


@dataclass(frozen=True, eq=False)
class Crossed:
    """A map of two features, or the parts of one: `lines` are the parts of `first`, `columns` those of `second`.

    `counts` (lines, columns) are rows; `cells` are those with a row, line by line. They hold every row once.
    """

    first: str
    second: str | None
    lines: tuple[str, ...]
    columns: tuple[str, ...]
    counts: Ints
    cells: tuple[Cell, ...]

    def at(self, line: int, column: int) -> Cell | None:
        """The cell of a line and a column; None without rows."""
        return next((cell for cell in self.cells if (cell.line, cell.column) == (line, column)), None)


def crossed(features: pd.DataFrame | Columns, first: str, second: str | None = None) -> Crossed:
    """Every part of `first` with every part of `second`. BadInput for a feature that is not there."""
    columns = features if isinstance(features, Columns) else Columns(features)
    for name in (first, second):
        if name is not None and name not in columns:
            raise BadInput(f"There is no feature {name!r} to cut by: {choices(name, columns)}")
    one = cut_of(columns[first], first)
    if second is None or second == first:
        cells = [Cell(at, 0, f"{first}: {each.text}", each.query, each.rows) for at, each in enumerate(one.bins())]
        counts = np.array([[int(cell.rows.sum())] for cell in cells], dtype=np.int64).reshape(-1, 1)
        return Crossed(first, None, one.texts, ("",), counts, tuple(cell for cell in cells if cell.rows.any()))
    other = cut_of(columns[second], second)
    both_cells = [
        Cell(line, column, f"{first}: {x.text} and {second}: {y.text}", both(x.query, y.query), x.rows & y.rows)
        for line, x in enumerate(one.bins())
        for column, y in enumerate(other.bins())
    ]
    counts = np.array([int(cell.rows.sum()) for cell in both_cells], dtype=np.int64)
    kept = tuple(cell for cell in both_cells if cell.rows.any())
    return Crossed(first, second, one.texts, other.texts, counts.reshape(len(one.texts), len(other.texts)), kept)
