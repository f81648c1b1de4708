"""Several models in one figure: the parts that calibration and residuals share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from modellab_core.harness.figures.figure import Reported
from modellab_core.harness.figures.marks import QUIET, SERIES, Axis, Band, Dots, Drawing, Line, Mark, Rule
from modellab_core.harness.figures.wording import named, plural, shortened

NAME = 26  # letters of a model in the legend


def series(
    report: Reported, frame: Callable[[Reported], pd.DataFrame], options: Mapping[str, Any]
) -> pd.DataFrame | None:
    """The frames of this report, which is then `called`, and of `others`, under a column `series`; None without any."""
    others: Mapping[str, Reported] = options.get("others") or {}
    if not others:
        return None
    drawn = {options.get("called", "this model"): report, **others}
    return pd.concat([frame(one).assign(series=name) for name, one in drawn.items()], ignore_index=True)


def parts(frame: pd.DataFrame) -> list[tuple[str, pd.DataFrame, int]]:
    """Each series with its colour, in their order; as many as there are colours."""
    grouped = [(str(name), part) for name, part in frame.groupby("series", sort=False)]
    return [(name, part, color) for (name, part), color in zip(grouped, SERIES, strict=False)]


def calibrations(frame: pd.DataFrame, across: str) -> Drawing:
    """Per series its bins with their intervals, joined, over the diagonal."""
    marks: list[Mark] = [Line([0, 1], [0, 1], QUIET, "as predicted", 1, dash=True)]
    for name, part, color in parts(frame):
        ways = part.predicted.tolist(), part.observed.tolist()
        told = [f"{shortened(name)}<br>predicted {x:.3f}<br>observed {y:.3f}" for x, y in zip(*ways, strict=True)]
        ends = {"low": part.low.tolist(), "high": part.high.tolist(), "along": "y"}
        marks.append(Line(*ways, color, shortened(name, NAME), width=1.5))
        marks.append(Dots(*ways, color, size=6, told=told, **ends))
    return Drawing(Axis(across, 0, 1), Axis("Observed share", 0, 1), tuple(marks))


def trends(frame: pd.DataFrame, across: str, up: str) -> Drawing:
    """Per series the median of the residuals over the prediction, and where the middle 80 % lie."""
    marks: list[Mark] = []
    for name, part, color in parts(frame):
        x = part.x.tolist()
        marks.append(Band(x, part.low.tolist(), part.high.tolist(), color))
        marks.append(Line(x, part.y.tolist(), color, shortened(name, NAME)))
    return Drawing(Axis(across), Axis(up), (*marks, Rule(0, "y")))


def calibrations_told(frame: pd.DataFrame) -> str:
    """In how many bins each series agrees with what it predicted."""
    told = []
    for name, part, _ in parts(frame):
        agree = int(((part.predicted >= part.low) & (part.predicted <= part.high)).sum())
        told.append(f"{named(name)} in {agree} of {plural(len(part), 'bin')}")
    return (
        f"Calibration of {plural(len(told), 'model')}: what was predicted lies in the interval for {'; '.join(told)}."
    )


def trends_told(frame: pd.DataFrame) -> str:
    """How wide the middle 80 % of the residuals of each series are, on average over the predictions."""
    told = [f"{named(name)} {(part.high - part.low).mean():.4g}" for name, part, _ in parts(frame)]
    return f"Residuals of {plural(len(told), 'model')}: the middle 80 % are this wide on average: {'; '.join(told)}."
