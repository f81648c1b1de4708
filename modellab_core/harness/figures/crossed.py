"""The figure of two features crossed: a cell for each of their parts, with its value and its rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from modellab_core.harness.figures.figure import EVERY_TASK, Figure, Reported, figure, label_of
from modellab_core.harness.figures.marks import Axis, Drawing, Grid
from modellab_core.harness.figures.wording import named, number, plural, shortened, with_interval
from modellab_core.harness.scores import Score
from modellab_core.harness.slices.crossed import Crossed

CELL, ROOM = 46, 110  # pixels of a line, and of what stands around the lines


@figure
class SliceMap(Figure):
    """`cells` = two features crossed (`Crossed`), `scores` = the Score of each cell by its name, `metric` = its key."""

    name, title, tasks, saved, wide = "slice_map", "Two features crossed", EVERY_TASK, False, True

    def frame(self, report: Reported, **options: Any) -> pd.DataFrame:
        """Per cell with rows: line, column, n, value, low, high; without lines where no features were crossed."""
        del report
        cells: Crossed | None = options.get("cells")
        if cells is None:
            return pd.DataFrame()
        scores: Mapping[str, Score] = options["scores"]
        found = [(cell, scores[cell.name]) for cell in cells.cells]
        return pd.DataFrame(
            {
                "line": [cells.lines[cell.line] for cell, _ in found],
                "column": [cells.columns[cell.column] for cell, _ in found],
                "n": [int(cell.rows.sum()) for cell, _ in found],
                **{end: [getattr(score, end) for _, score in found] for end in ("value", "low", "high")},
            }
        )

    def drawing(self, report: Reported, frame: pd.DataFrame, **options: Any) -> Drawing:
        """A heat map: the darker, the higher the value among the cells; the rows stand below the value."""
        del report, frame
        cells: Crossed = options["cells"]
        scores: Mapping[str, Score] = options["scores"]
        values = np.full(cells.counts.shape, np.nan)
        text = [["" for _ in cells.columns] for _ in cells.lines]
        told = [[f"{x} and {y}<br>no rows" for y in cells.columns] for x in cells.lines]
        for cell in cells.cells:
            score, n = scores[cell.name], int(cells.counts[cell.line, cell.column])
            values[cell.line, cell.column] = np.nan if score.value is None else score.value
            text[cell.line][cell.column] = f"{number(score.value)}\nn {n:,}"
            told[cell.line][cell.column] = (
                f"{cell.name}<br>{label_of(options['metric'])} "
                f"{with_interval(score.value, score.low, score.high)}<br>{plural(n, 'row')}"
            )
        x, y = ([float(at) for at in range(len(names))] for names in (cells.columns, cells.lines))
        grid = Grid(x, y, _shades(values).tolist(), text, told)
        across = Axis(cells.second or "", labels=tuple(shortened(name, 18) for name in cells.columns))
        down = Axis(cells.first, labels=tuple(shortened(name, 24) for name in cells.lines), down=True)
        return Drawing(across, down, (grid,), ROOM + CELL * len(cells.lines), legend=False)

    def alt(self, report: Reported, **options: Any) -> str:
        """The lowest and the highest cell."""
        cells: Crossed = options["cells"]
        frame = self.frame(report, **options).dropna(subset=["value"]).sort_values("value", kind="stable")
        told = f"{label_of(options['metric'])} in {plural(len(cells.cells), 'cell')} of {named(cells.first)}"
        told += f" and {named(cells.second)}" if cells.second else ""
        if frame.empty:
            return f"{told}; it is defined in none of them."
        ends = [
            f"{with_interval(one.value, one.low, one.high)} in {named(f'{one.line} and {one.column}')} "
            f"on {plural(int(one.n), 'row')}"
            for one in (frame.iloc[0], frame.iloc[-1])
        ]
        return f"{told}: from {ends[0]} to {ends[1]}."


def _shades(values: np.ndarray[Any, np.dtype[np.float64]]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Values as shades in [.05, .95], NaN where there is none."""
    known = values[~np.isnan(values)]
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 0.0)
    return 0.05 + 0.9 * (values - low) / (high - low) if high > low else np.where(np.isnan(values), np.nan, 0.5)
