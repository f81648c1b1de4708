"""One mark of a Drawing put into matplotlib axes; a new kind of mark is one function here."""

from __future__ import annotations

from collections.abc import Sequence
from functools import singledispatch
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from modellab_core.harness.figures.marks import Band, Bars, Dots, Grid, Line, Mark, Rule, Shade, Words
from modellab_core.harness.figures.palette import NOTEBOOK, blended, reads_dark, shade_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FEW = 12  # cells of a line up to which they stand apart
SIDES = {"right": (7, 0, "left", "center"), "left": (-7, 0, "right", "center")}
SIDES |= {"above": (0, 7, "center", "bottom"), "below": (0, -7, "center", "top")}


def _color(place: int) -> str:
    return NOTEBOOK.categorical[place % len(NOTEBOOK.categorical)]


@singledispatch
def draw(mark: Mark, axes: Axes) -> None:
    """Put one mark into the axes."""
    raise NotImplementedError(type(mark).__name__)


@draw.register(Line)
def _line(mark: Line, axes: Axes) -> None:
    axes.plot(
        mark.x,
        mark.y,
        color=_color(mark.color),
        linewidth=mark.width,
        label=mark.name or "_",
        marker="o" if mark.dots else None,
        markersize=5,
        drawstyle="steps-pre" if mark.steps else "default",
        linestyle=(0, (3, 3)) if mark.dash else "solid",
        solid_joinstyle="round",
        alpha=0.3 if mark.faint else None,
        clip_on=mark.dash,
        zorder=3,
    )


@draw.register(Band)
def _band(mark: Band, axes: Axes) -> None:
    tint = blended(_color(mark.color), NOTEBOOK.paper, 0.16)
    axes.fill_between(mark.x, mark.low, mark.high, color=tint, linewidth=0, label=mark.name or "_", zorder=1.5)


@draw.register(Dots)
def _dots(mark: Dots, axes: Axes) -> None:
    color = _color(mark.color)
    spots, ends = np.asarray(mark.x if mark.along == "x" else mark.y, float), (mark.low, mark.high)
    if len(ends[0]):
        reach = np.abs(np.asarray(ends, float) - spots)
        error: Any = {f"{mark.along}err": np.where(np.isfinite(reach), reach, np.nan)}
        axes.errorbar(mark.x, mark.y, fmt="none", ecolor=color, elinewidth=2.2, capsize=0, **error, zorder=3)
    axes.plot(
        mark.x,
        mark.y,
        "o",
        color=color,
        markersize=mark.size * 0.85,
        label=mark.name or "_",
        markerfacecolor=NOTEBOOK.paper if mark.hollow else color,
        markeredgewidth=1.6 if mark.hollow else 0,
        alpha=0.4 if mark.faint else None,
        clip_on=False,
        zorder=4,
    )


@draw.register(Bars)
def _bars(mark: Bars, axes: Axes) -> None:
    left, right = np.asarray(mark.left, float), np.asarray(mark.right, float)
    axes.bar(
        left,
        mark.height,
        width=right - left,
        bottom=mark.base if len(mark.base) else 0,
        align="edge",
        color=blended(_color(mark.color), NOTEBOOK.paper, 0.3 if mark.faint else 1),
        edgecolor=NOTEBOOK.paper,
        linewidth=0.8,
        label=mark.name or "_",
        zorder=2,
    )


@draw.register(Grid)
def _grid(mark: Grid, axes: Axes) -> None:
    paint = [
        ["" if np.isnan(share) else shade_of(NOTEBOOK.sequential, share) for share in line]
        for line in np.asarray(mark.shade, float)
    ]
    axes.pcolormesh(
        _edges(mark.x),
        _edges(mark.y),
        np.array([[_rgba(color) for color in line] for line in paint]),
        edgecolor=NOTEBOOK.paper if mark.gaps else "face",
        linewidth=(1.5 if len(mark.x) <= FEW else 0.4) if mark.gaps else 0,
        zorder=2,
    )
    size = 12 if len(mark.x) <= 3 else 9.5 if len(mark.x) <= 6 else 8.5 if len(mark.x) <= FEW else 6
    for line, words in enumerate(mark.text):
        for column, text in enumerate(words):
            ink = NOTEBOOK.paper if reads_dark(paint[line][column] or NOTEBOOK.paper) else NOTEBOOK.ink
            axes.text(mark.x[column], mark.y[line], text, ha="center", va="center", size=size, color=ink, zorder=3)


def _rgba(color: str) -> tuple[float, ...]:
    return (*(int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)), 1.0) if color else (0.0, 0.0, 0.0, 0.0)


def _edges(centres: Sequence[float]) -> list[float]:
    """The edges of cells of one size around `centres`."""
    half = (centres[1] - centres[0]) / 2 if len(centres) > 1 else 0.5
    return [centres[0] - half, *((a + b) / 2 for a, b in pairwise(centres)), centres[-1] + half]


@draw.register(Rule)
def _rule(mark: Rule, axes: Axes) -> None:
    along: Any = axes.axvline if mark.axis == "x" else axes.axhline
    along(mark.at, color=_color(mark.color), linewidth=1.2, linestyle=(0, (3, 3)) if mark.dash else "solid", zorder=2.5)
    if not mark.name:
        return
    spot = (mark.at, 1.0) if mark.axis == "x" else (0.005, mark.at)
    transform = axes.get_xaxis_transform() if mark.axis == "x" else axes.get_yaxis_transform()
    place: Any = {"ha": "center", "va": "bottom"} if mark.axis == "x" else {"ha": "left", "va": "bottom"}
    axes.annotate(
        mark.name,
        spot,
        xycoords=transform,
        xytext=(0, 2),
        textcoords="offset points",
        color=_color(mark.color),
        **place,
    )


@draw.register(Shade)
def _shade(mark: Shade, axes: Axes) -> None:
    along: Any = axes.axvspan if mark.axis == "x" else axes.axhspan
    tint = blended(_color(mark.color), NOTEBOOK.paper, 0.12)
    along(mark.low, mark.high, color=tint, linewidth=0, zorder=0.5, label=mark.name or "_")


@draw.register(Words)
def _words(mark: Words, axes: Axes) -> None:
    color = NOTEBOOK.muted if mark.color is None else _color(mark.color)
    right, up, across, upright = SIDES[mark.side]
    place: Any = {"ha": across, "va": upright, "color": color, "zorder": 5, "annotation_clip": False}
    spot, where = ((1.0, mark.y), axes.get_yaxis_transform()) if mark.margin else ((mark.x, mark.y), "data")
    axes.annotate(mark.text, spot, xycoords=where, xytext=(right, up), textcoords="offset points", **place)
