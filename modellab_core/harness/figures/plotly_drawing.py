"""A Drawing as a Plotly figure, for the screen and for notebooks.

Names from the data are shown letter by letter: Plotly would read `<b>` in a label as markup. No global template is
touched or used.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from modellab_core.harness.figures.marks import Axis, Drawing, Rule, Words, longest_label
from modellab_core.harness.figures.palette import NOTEBOOK, Colors, colors_of
from modellab_core.harness.figures.plotly_marks import draw, plain
from modellab_core.harness.figures.wording import shortened

FONT = "Source Sans, Inter, system-ui, -apple-system, Segoe UI, sans-serif"


def plotly(drawing: Drawing, colors: Colors | Sequence[str] = NOTEBOOK) -> go.Figure:
    """The drawing as a figure; its title belongs to the page."""
    palette = colors_of(colors)
    figure = go.Figure(layout={"template": _template(palette)})
    for mark in drawing.marks:
        draw(mark, figure, palette, drawing)
    named = sum(bool(trace.showlegend) for trace in figure.data)
    ruled = any(isinstance(mark, Rule) and mark.name and mark.axis == "x" for mark in drawing.marks)
    top = 48 if ruled and named > 1 else 28
    above = 1 + (24 if ruled else 6) / max(drawing.height - top - 50, 60)
    figure.update_layout(
        height=drawing.height,
        margin={"l": 8, "r": 8 + _room(drawing), "t": top, "b": 8},
        hovermode="closest",
        showlegend=drawing.legend and named > 1,
        legend={"orientation": "h", "yanchor": "bottom", "y": above, "x": 0, "title": None},
        xaxis=_axis(drawing.x, bool(drawing.y.labels), longest_label("x", drawing)),
        yaxis=_axis(drawing.y, not drawing.y.labels, longest_label("y", drawing)),
        barmode="overlay",
        bargap=0,
    )
    return figure


def _room(drawing: Drawing) -> int:
    """Pixels for the words at the right edge."""
    outside = [len(mark.text) for mark in drawing.marks if isinstance(mark, Words) and mark.margin]
    return 16 + 7 * max(outside) if outside else 0


def _template(colors: Colors) -> go.layout.Template:
    """Everything that a theme decides; only shapes where the page brings its own colours."""
    axis: dict[str, Any] = {"automargin": True, "zeroline": False, "ticks": "", "showline": False}
    layout: dict[str, Any] = {}
    if colors.ink:
        title = {"color": colors.muted, "size": 13}
        axis |= {"gridcolor": colors.grid, "tickfont": {"color": colors.muted}, "title": {"font": title}}
        layout = {
            "font": {"family": FONT, "size": 13, "color": colors.ink},
            "paper_bgcolor": colors.paper,
            "plot_bgcolor": colors.paper,
            "hoverlabel": {"bgcolor": colors.paper, "font": {"color": colors.ink}, "bordercolor": colors.grid},
        }
    return go.layout.Template(layout={**layout, "xaxis": axis, "yaxis": axis})


def _axis(axis: Axis, grid: bool, most: int) -> dict[str, Any]:
    told: dict[str, Any] = {"title": {"text": plain(shortened(axis.title, 70))}, "showgrid": grid}
    if axis.labels:
        every = -(-len(axis.labels) // 40)
        places = list(range(0, len(axis.labels), every))
        ends = [-0.5, len(axis.labels) - 0.5]
        return told | {
            "tickvals": places,
            "ticktext": [plain(shortened(axis.labels[place], most)) for place in places],
            "range": ends[::-1] if axis.down else ends,
            "showgrid": False,
        }
    if axis.percent:
        told["tickformat"] = ".0%" if axis.high is None or axis.high - (axis.low or 0) > 0.1 else ".1%"
    if axis.whole:
        told |= {"tickformat": ",d", "rangemode": "tozero"}
    if axis.low is not None or axis.high is not None:
        told["range"] = [axis.low, axis.high]
        told["autorange"] = None if None not in (axis.low, axis.high) else "max" if axis.high is None else "min"
    return told
