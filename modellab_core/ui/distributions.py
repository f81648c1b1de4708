"""Pictures of what is in a column: one histogram, or two over each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from modellab_core.harness.figures_plotly import plotly
from modellab_core.harness.marks import MODEL, SECOND, Axis, Bars, Drawing
from modellab_core.harness.palette import APP
from modellab_core.ui.pictures import PLAIN
from modellab_core.ui.words import percent, plural

HEIGHT = 300
HALF = 0.5


def show(drawing: Drawing, key: str, alt: str) -> None:
    """One drawing in the colours of the theme; the key holds the theme, so that a switch draws it anew."""
    st.plotly_chart(plotly(drawing, APP), key=f"{key}-{st.context.theme.type}", config=PLAIN, alt=alt)


def histogram(name: str, kind: str, edges: Sequence[Any], counts: Sequence[int]) -> Drawing:
    """How many rows lie between neighbouring edges."""
    told = [
        f"{_shown(low)} to {_shown(high)}<br>{plural(count, 'row')}"
        for low, high, count in zip(edges, edges[1:], counts, strict=False)
    ]
    left, right, axis = _places(name, kind, edges)
    bars = Bars(left, right, [float(count) for count in counts], told=told)
    return Drawing(axis, Axis("Rows", low=0, whole=True), (bars,), height=HEIGHT)


def two_histograms(
    name: str, labels: Sequence[str], older: Sequence[int], newer: Sequence[int], names: tuple[str, str]
) -> Drawing:
    """The share of the rows of two versions under each label, side by side over the same places."""
    parts = []
    for side, counts in enumerate((older, newer)):
        whole = max(1, sum(counts))
        at = [place - 0.4 + 0.4 * side for place in range(len(labels))]
        shares = [count / whole for count in counts]
        told = [
            f"{label}<br>{names[side]}: {percent(share)}, {plural(count, 'row')}"
            for label, share, count in zip(labels, shares, counts, strict=True)
        ]
        color = (SECOND, MODEL)[side]
        parts.append(Bars(at, [place + 0.4 for place in at], shares, color=color, name=names[side], told=told))
    across = Axis(name, labels=tuple(labels))
    return Drawing(across, Axis("Share of the rows", low=0, percent=True), tuple(parts), height=HEIGHT + 40)


def _places(name: str, kind: str, edges: Sequence[Any]) -> tuple[list[float], list[float], Axis]:
    """Where the bars stand: numbers at their values; dates one beside the other, each named by its beginning."""
    if kind != "date":
        values = [float(edge) for edge in edges]
        return values[:-1], values[1:], Axis(name)
    spots = range(len(edges) - 1)
    labels = tuple(str(edge) for edge in edges[:-1])
    return [spot - HALF for spot in spots], [spot + HALF for spot in spots], Axis(name, labels=labels)


def _shown(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)
