"""Figures of the errors of a regression."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from modellab_core.harness.figures.figure import REGRESSION, Figure, Reported, figure, floats
from modellab_core.harness.figures.marks import (
    MODEL,
    QUIET,
    SECOND,
    Axis,
    Band,
    Bars,
    Dots,
    Drawing,
    Grid,
    Line,
    Mark,
    Rule,
)
from modellab_core.harness.figures.overlaid import series, trends, trends_told
from modellab_core.harness.figures.wording import named, number, percent, plural, shortened

ENDS = ("low", "high")
MOST = 26  # letters of the target's name inside an axis title


@figure
class Residuals(Figure):
    """Errors over the prediction: a trend or a funnel is seen here.

    `others` = further reports by name, drawn beside this one, which is then `called` so, as trends without points.
    """

    name, title, tasks = "residuals", "Residuals", REGRESSION

    def frame(self, report: Reported, **options: Any) -> pd.DataFrame:
        """Per point or cell: x (predicted), y (actual − predicted), rows, and row where it is a single one.

        With `others` per range of predictions: series, x, y (median), low, high (the middle 80 %).
        """
        together = series(report, _trend, options)
        if together is not None:
            return together
        return _scatter_frame(report.curves.get("residuals"))

    def drawing(self, report: Reported, frame: pd.DataFrame, **_: Any) -> Drawing:
        """Points, or the number of rows per cell; over them the median and where the middle 80 % lie."""
        target = shortened(report.target or "target", MOST)
        ways = Axis(f"Predicted {target}"), Axis(f"Residual of {target} (actual − predicted)")
        if "series" in frame:
            return trends(frame, ways[0].title, ways[1].title)
        found = report.curves["residuals"]
        trend = found["trend"]
        marks: list[Mark] = _scatter(frame, found, ("predicted", "residual"))
        if trend["x"]:
            marks.append(Band(trend["x"], trend["low"], trend["high"], SECOND, "middle 80 %"))
            marks.append(Line(trend["x"], trend["median"], SECOND, "median"))
        return Drawing(*ways, (*marks, Rule(0, "y")))

    def alt(self, report: Reported, **options: Any) -> str:
        """Where the median residual lies among small and among large predictions, and the largest residual."""
        if options.get("others"):
            return trends_told(self.frame(report, **options))
        found = report.curves["residuals"]
        text = f"Residuals of {plural(found['n'], 'row')} over the prediction"
        median = found["trend"]["median"]
        if median:
            ends = f"{number(median[0])} for the smallest predictions and {number(median[-1])} for the largest"
            text += f": the median residual is {ends}"
        far = max(map(abs, found["points"]["y"]), default=None)
        return f"{text}; the largest residual shown is {number(far)}." if far is not None else f"{text}."


def _trend(report: Reported) -> pd.DataFrame:
    found = report.curves.get("residuals", {}).get("trend", {})
    return pd.DataFrame({"x": found.get("x", []), "y": found.get("median", [])} | {e: found.get(e, []) for e in ENDS})


@figure
class PredictedVsActual(Figure):
    """Predictions against the truth."""

    name, title, tasks = "predicted_vs_actual", "Predicted against actual", REGRESSION

    def frame(self, report: Reported, **_: Any) -> pd.DataFrame:
        """Per point or cell: x (actual), y (predicted), rows, and row where it is a single one."""
        return _scatter_frame(report.curves.get("predicted_vs_actual"))

    def drawing(self, report: Reported, frame: pd.DataFrame, **_: Any) -> Drawing:
        """Points, or the number of rows per cell, over the line on which prediction and truth agree."""
        low = float(min(frame.x.min(), frame.y.min()))
        high = float(max(frame.x.max(), frame.y.max()))
        found = report.curves["predicted_vs_actual"]
        marks = [
            *_scatter(frame, found, ("actual", "predicted")),
            Line([low, high], [low, high], QUIET, width=1, dash=True),
        ]
        target = shortened(report.target or "target", MOST)
        return Drawing(Axis(f"Actual {target}"), Axis(f"Predicted {target}"), tuple(marks))

    def alt(self, report: Reported, **_: Any) -> str:
        """The ranges of truth and prediction."""
        frame = self.frame(report)
        actual, said = (f"from {number(side.min())} to {number(side.max())}" for side in (frame.x, frame.y))
        rows = plural(frame.rows.sum(), "row")
        target = named(report.target or "target")
        return f"Predicted against actual {target} on {rows}: predictions {said} for actual values {actual}."


@figure
class ErrorDistribution(Figure):
    """How large errors are, and to which side."""

    name, title, tasks = "error_distribution", "Error distribution", REGRESSION

    def frame(self, report: Reported, **_: Any) -> pd.DataFrame:
        """Per bin: left, right (edges of actual − predicted), rows."""
        found = report.curves.get("error_distribution")
        if not found:
            return pd.DataFrame()
        edges = found["edges"]
        return pd.DataFrame({"left": edges[:-1], "right": edges[1:], "rows": found["counts"]})

    def drawing(self, report: Reported, frame: pd.DataFrame, **_: Any) -> Drawing:
        """Bars, and lines at the 5 %, 50 % and 95 % points."""
        told = [
            f"error {number(row.left)} to {number(row.right)}<br>{plural(row.rows, 'row')}"
            for row in frame.itertuples()
        ]
        marks: list[Mark] = [Bars(frame.left.tolist(), frame.right.tolist(), frame.rows.tolist(), told=told)]
        found = report.curves["error_distribution"]
        low, middle, high = found["quantiles"]
        marks += [Rule(low, name="5 %"), Rule(middle, color=SECOND, name="median", dash=False), Rule(high, name="95 %")]
        target = shortened(report.target or "target", MOST)
        ways = Axis(f"Error of {target} (actual − predicted)"), Axis("Rows", 0, whole=True)
        return Drawing(*ways, tuple(marks))

    def alt(self, report: Reported, **_: Any) -> str:
        """The middle error and where nine in ten lie."""
        found = report.curves["error_distribution"]
        low, middle, high = found["quantiles"]
        return (
            f"Errors (actual − predicted) of {plural(found['n'], 'row')}: the median is {number(middle)}, and 90 % lie "
            f"between {number(low)} and {number(high)}."
        )

    def subtitle(self, report: Reported, **_: Any) -> str:
        """Rows and the headline, and how many lie outside of the picture."""
        found = report.curves["error_distribution"]
        outside = found["below"] + found["above"]
        text = super().subtitle(report)
        return f"{text} · {plural(outside, 'row')} ({percent(outside / found['n'])}) outside" if outside else text


def _scatter_frame(found: Any) -> pd.DataFrame:
    if not found:
        return pd.DataFrame()
    points, cells = found["points"], found["cells"]
    single = pd.DataFrame({"x": floats(points["x"]), "y": floats(points["y"]), "rows": 1, "row": points["row"]})
    many = pd.DataFrame({"x": floats(cells["x"]), "y": floats(cells["y"]), "rows": cells["count"], "row": -1})
    return pd.concat([part for part in (many, single) if len(part)], ignore_index=True)


def _scatter(frame: pd.DataFrame, found: Any, names: tuple[str, str]) -> list[Mark]:
    single, many = frame[frame.row >= 0], frame[frame.row < 0]
    told = [f"row {row.row}<br>{names[0]} {number(row.x)}<br>{names[1]} {number(row.y)}" for row in single.itertuples()]
    dots = Dots(
        single.x.tolist(),
        single.y.tolist(),
        MODEL,
        size=5.5 if len(single) < 300 and many.empty else 4,
        faint=len(frame) > 60,
        told=told,
        key=single.row.tolist(),
    )
    return [*([_cells(many, found["cells"])] if len(many) else []), *([dots] if len(single) else [])]


def _cells(many: pd.DataFrame, cells: Any) -> Grid:
    """Cells on their grid, shaded by the logarithm of their rows, so that a few rows are still seen."""
    columns = np.rint((many.x - many.x.min()) / cells["dx"]).astype(int)
    lines = np.rint((many.y - many.y.min()) / cells["dy"]).astype(int)
    shape = (max(2, int(lines.max()) + 1), max(2, int(columns.max()) + 1))  # two, so that the size of a cell is known
    counts = np.full(shape, np.nan)
    counts[lines, columns] = many.rows
    shade = 0.12 + 0.88 * np.log(counts) / max(float(np.log(np.nanmax(counts))), 1e-9)
    told = [["" if np.isnan(count) else plural(count, "row") for count in line] for line in counts]
    x = many.x.min() + cells["dx"] * np.arange(shape[1])
    y = many.y.min() + cells["dy"] * np.arange(shape[0])
    return Grid(x.tolist(), y.tolist(), np.clip(shade, 0, 1).tolist(), told=told, gaps=False)
