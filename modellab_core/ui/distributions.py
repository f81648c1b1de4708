"""Pictures of what is in a column: one histogram, or two over each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from modellab_core.harness.figures.marks import MODEL, SECOND, Axis, Bars, Drawing, Line
from modellab_core.harness.figures.palette import APP
from modellab_core.harness.figures.plotly_drawing import plotly
from modellab_core.ui.pictures import PLAIN
from modellab_core.ui.words import percent, plural

HEIGHT = 300
HALF = 0.5
UPRIGHT = Axis("Share of the rows", low=0, percent=True)


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


def two_histograms(name: str, kind: str, held: Any, names: tuple[str, str]) -> Drawing:
    """The shares of the rows of two versions over each other: the older one as bars, the newer one as a line.

    Values without an order stand side by side. `held` are the Bars of a column that drifted.
    """
    shares = [[count / max(1, sum(counts)) for count in counts] for counts in (held.older, held.newer)]
    told = [
        [
            f"{label}<br>{names[side]}: {percent(share)}, {plural(count, 'row')}"
            for label, share, count in zip(held.labels, shares[side], counts, strict=True)
        ]
        for side, counts in enumerate((held.older, held.newer))
    ]
    if not held.edges:
        return _side_by_side(name, held.labels, shares, told, names)
    left, right, across = _places(name, kind, held.edges)
    older = Bars(left, right, shares[0], color=SECOND, name=names[0], faint=True, told=told[0])
    steps = [*shares[1][:1], *shares[1]]
    newer = Line(
        [*left, *right[-1:]], steps, color=MODEL, name=names[1], width=2.5, steps=True, told=[*told[1][:1], *told[1]]
    )
    return Drawing(across, UPRIGHT, (older, newer), height=HEIGHT + 40)


def _side_by_side(name: str, labels: Any, shares: Any, told: Any, names: tuple[str, str]) -> Drawing:
    spots = range(len(labels))
    bars = tuple(
        Bars(
            [spot - 0.4 + 0.4 * side for spot in spots],
            [spot + 0.4 * side for spot in spots],
            shares[side],
            color=(SECOND, MODEL)[side],
            name=names[side],
            told=told[side],
        )
        for side in (0, 1)
    )
    return Drawing(Axis(name, labels=tuple(labels)), UPRIGHT, bars, height=HEIGHT + 40)


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
