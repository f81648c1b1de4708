"""One mark of a Drawing put into a Plotly figure; a new kind of mark is one function here."""

from __future__ import annotations

from collections.abc import Sequence
from functools import singledispatch
from html import escape
from typing import Any

import numpy as np
import plotly.graph_objects as go

from modellab_core.harness.figures.marks import QUIET, Band, Bars, Dots, Drawing, Grid, Line, Mark, Rule, Shade, Words
from modellab_core.harness.figures.palette import Colors
from modellab_core.harness.figures.wording import shortened

BREAK = "<br>"
FEW = 12  # cells of a line up to which they stand apart


def plain(text: str) -> str:
    """`text` so that Plotly shows it letter by letter."""
    return escape(text, quote=False)


def _told(told: Sequence[str]) -> dict[str, Any]:
    """Hover text by point: our own line breaks, everything else letter by letter."""
    if not told:
        return {"hoverinfo": "skip"}
    lines = [BREAK.join(plain(part) for part in text.split(BREAK)) for text in told]
    return {"hovertext": lines, "hovertemplate": "%{hovertext}<extra></extra>"}


def _name(name: str, limit: int = 64) -> dict[str, Any]:
    shown = plain(shortened(name, limit)) if name else ""
    return {"name": shown, "legendgroup": shown or None, "showlegend": bool(name)}


def _color(colors: Colors, place: int) -> str:
    return colors.categorical[place % len(colors.categorical)]


@singledispatch
def draw(mark: Mark, figure: go.Figure, colors: Colors, drawing: Drawing) -> None:
    """Put one mark into the figure."""
    raise NotImplementedError(type(mark).__name__)


@draw.register
def _line(mark: Line, figure: go.Figure, colors: Colors, drawing: Drawing) -> None:
    del drawing
    figure.add_scatter(
        x=mark.x,
        y=mark.y,
        mode="lines+markers" if mark.dots else "lines",
        line={
            "color": _color(colors, mark.color),
            "width": mark.width,
            "shape": "vh" if mark.steps else "linear",
            "dash": "dot" if mark.dash else "solid",
        },
        opacity=0.45 if mark.faint else 1,
        marker={"size": 7},
        customdata=list(mark.also) or None,
        **(_told(mark.told) if not mark.says else {"hovertemplate": f"{mark.says}<extra></extra>"}),
        **_name(mark.name),
    )


@draw.register
def _band(mark: Band, figure: go.Figure, colors: Colors, drawing: Drawing) -> None:
    del drawing
    figure.add_scatter(
        x=[*mark.x, *reversed(mark.x)],
        y=[*mark.high, *reversed(mark.low)],
        fill="toself",
        fillcolor=_color(colors, mark.color),
        opacity=0.16,
        mode="lines",
        line={"width": 0, "color": _color(colors, mark.color)},
        hoverinfo="skip",
        **_name(mark.name),
    )


@draw.register
def _dots(mark: Dots, figure: go.Figure, colors: Colors, drawing: Drawing) -> None:
    del drawing
    color = _color(colors, mark.color)
    error: dict[str, Any] = {}
    if len(mark.low):
        spots = np.asarray(mark.x if mark.along == "x" else mark.y, float)
        up, down = np.asarray(mark.high, float) - spots, spots - np.asarray(mark.low, float)
        ends = {"array": np.nan_to_num(up).tolist(), "arrayminus": np.nan_to_num(down).tolist()}
        error = {f"error_{mark.along}": {**ends, "color": color, "thickness": 2.5, "width": 0, "symmetric": False}}
    symbol = {"symbol": "circle-open", "line": {"width": 2}} if mark.hollow else {}
    figure.add_scatter(
        x=mark.x,
        y=mark.y,
        mode="markers",
        marker={"color": color, "size": mark.size + 1, "opacity": 0.4 if mark.faint else 1, **symbol},
        customdata=list(mark.key) or None,
        cliponaxis=False,
        **error,
        **_told(mark.told),
        **_name(mark.name),
    )


@draw.register
def _bars(mark: Bars, figure: go.Figure, colors: Colors, drawing: Drawing) -> None:
    del drawing
    left, right = np.asarray(mark.left, float), np.asarray(mark.right, float)
    figure.add_bar(
        x=((left + right) / 2).tolist(),
        y=mark.height,
        width=(0.96 * (right - left)).tolist(),  # a thin gap, in whatever colour the ground has
        base=list(mark.base) or None,
        marker={"color": _color(colors, mark.color), "line": {"width": 0}, "opacity": 0.3 if mark.faint else 1},
        **_told(mark.told),
        **_name(mark.name),
    )


@draw.register
def _grid(mark: Grid, figure: go.Figure, colors: Colors, drawing: Drawing) -> None:
    """A heat map, and over it squares that cannot be seen but clicked: a heat map itself tells of no click."""
    gap = (2 if len(mark.x) <= FEW else 1) if mark.gaps else 0
    steps = [[place / 9, color] for place, color in enumerate(colors.sequential)]
    shade = [[None if np.isnan(value) else value for value in line] for line in np.asarray(mark.shade, float)]
    text = {"text": [[plain(cell).replace("\n", BREAK) for cell in line] for line in mark.text]} if mark.text else {}
    told = [[BREAK.join(map(plain, cell.split(BREAK))) for cell in line] for line in mark.told]
    figure.add_heatmap(
        x=mark.x,
        y=mark.y,
        z=shade,
        zmin=0,
        zmax=1,
        colorscale=steps,
        showscale=False,
        xgap=gap,
        ygap=gap,
        hovertext=told or None,
        hovertemplate="%{hovertext}<extra></extra>" if told else None,
        hoverinfo=None if told else "skip",
        **(text | {"texttemplate": "%{text}", "textfont": {"size": 15 if len(mark.x) <= 3 else 12}} if text else {}),
    )
    if mark.gaps and told:
        spots = [(x, y, told[line][column]) for line, y in enumerate(mark.y) for column, x in enumerate(mark.x)]
        figure.add_scatter(
            x=[x for x, _, _ in spots],
            y=[y for _, y, _ in spots],
            mode="markers",
            marker={
                "symbol": "square",
                "size": max(8, 0.7 * drawing.height / max(len(mark.y), 1)),
                "color": "rgba(0,0,0,0)",
            },
            customdata=[[line, column] for line in range(len(mark.y)) for column in range(len(mark.x))],
            hovertext=[words for _, _, words in spots],
            hovertemplate="%{hovertext}<extra></extra>",
            name="cells",
            showlegend=False,
        )


@draw.register
def _rule(mark: Rule, figure: go.Figure, colors: Colors, drawing: Drawing) -> None:
    del drawing
    color = _color(colors, mark.color)
    spot = {"x": mark.at, "yref": "paper", "y": 1, "xanchor": "center"}
    if mark.axis == "y":
        spot = {"y": mark.at, "xref": "paper", "x": 0, "xanchor": "left"}
    ends = {"x0": mark.at, "x1": mark.at, "y0": 0, "y1": 1, "yref": "paper"}
    if mark.axis == "y":
        ends = {"y0": mark.at, "y1": mark.at, "x0": 0, "x1": 1, "xref": "paper"}
    line = {"color": color, "width": 1.3, "dash": "dot" if mark.dash else "solid"}
    figure.add_shape(type="line", line=line, layer="below", **ends)
    if mark.name:
        font = {"color": color, "size": 12}
        figure.add_annotation(text=plain(mark.name), showarrow=False, yanchor="bottom", font=font, **spot)


@draw.register
def _shade(mark: Shade, figure: go.Figure, colors: Colors, drawing: Drawing) -> None:
    del drawing
    ends = {"x0": mark.low, "x1": mark.high, "y0": 0, "y1": 1, "yref": "paper"}
    if mark.axis == "y":
        ends = {"y0": mark.low, "y1": mark.high, "x0": 0, "x1": 1, "xref": "paper"}
    figure.add_shape(
        type="rect", fillcolor=_color(colors, mark.color), opacity=0.12, line={"width": 0}, layer="below", **ends
    )


SIDES = {"right": ("left", "middle", 8, 0), "left": ("right", "middle", -8, 0)}
SIDES |= {"above": ("center", "bottom", 0, 6), "below": ("center", "top", 0, -6)}


@draw.register
def _words(mark: Words, figure: go.Figure, colors: Colors, drawing: Drawing) -> None:
    del drawing
    xanchor, yanchor, right, up = SIDES[mark.side]
    color = {"color": _color(colors, QUIET if mark.color is None else mark.color), "size": 12}
    spot: dict[str, Any] = {"xref": "paper", "x": 1} if mark.margin else {"x": mark.x}
    figure.add_annotation(
        text=plain(mark.text),
        y=mark.y,
        showarrow=False,
        xanchor=xanchor,
        yanchor=yanchor,
        xshift=right,
        yshift=up,
        font=color,
        **spot,
    )
