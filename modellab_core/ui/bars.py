"""The mark of ModelLab: a value with its interval on one line, drawn as a small picture for cards and tables.

The colours have enough contrast on the light and on the dark ground, so a picture never has the wrong theme.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Iterable

import streamlit as st

from modellab_core.ui.words import interval, number

STRONG = "#3D7FE6"
QUIET = "#8391A6"
WIDTH, HEIGHT = 240, 22
IN_TABLE = 140
COLUMN = 165  # pixels of a column of pictures
EDGE = 8
LONG, FITTING = 230, 32  # pixels of a column of long texts, and the letters that fit


def text_width(values: Iterable[object]) -> int | None:
    """The width in pixels of a column of texts: none to fit them, or one that leaves room beside long ones."""
    return LONG if any(len(str(value)) > FITTING for value in values) else None


def domain(values: Iterable[float | None], margin: float = 0.12) -> tuple[float, float]:
    """An axis that holds all of `values` with a margin at both ends (a share of their spread)."""
    known = [value for value in values if value is not None and math.isfinite(value)]
    if not known:
        return 0.0, 1.0
    low, high = min(known), max(known)
    pad = margin * (high - low) or abs(high) * margin or 0.5
    return low - pad, high + pad


def bar_svg(
    value: float | None,
    low: float | None,
    high: float | None,
    axis: tuple[float, float],
    *,
    against: float | None = None,
    quiet: bool = False,
    width: int = WIDTH,
) -> str:
    """A picture of the interval from `low` to `high` with its value as a dot; a tick marks what it is held against."""
    ink, middle = QUIET if quiet else STRONG, HEIGHT / 2

    def at(number: float) -> float:
        share = (number - axis[0]) / (axis[1] - axis[0] or 1.0)
        return EDGE + min(1.0, max(0.0, share)) * (width - 2 * EDGE)

    parts = [_line(EDGE, width - EDGE, middle, QUIET, 1.5, 0.35)]
    if low is not None and high is not None:
        parts.append(_line(at(low), at(high), middle, ink, 6, 0.45))
    if against is not None:
        parts.append(
            f'<path d="M{at(against):.1f} {middle - 8}v16" stroke="{QUIET}" stroke-width="2.5" stroke-linecap="round"/>'
        )
    if value is not None and math.isfinite(value):
        parts.append(f'<circle cx="{at(value):.1f}" cy="{middle}" r="5" fill="{ink}"/>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{HEIGHT}" '
        f'viewBox="0 0 {width} {HEIGHT}">{"".join(parts)}</svg>'
    )


def _line(start: float, end: float, y: float, colour: str, width: float, opacity: float) -> str:
    return (
        f'<path d="M{start:.1f} {y}H{end:.1f}" stroke="{colour}" stroke-width="{width}" '
        f'stroke-opacity="{opacity}" stroke-linecap="round"/>'
    )


def bar_uri(
    value: float | None,
    low: float | None,
    high: float | None,
    axis: tuple[float, float],
    *,
    against: float | None = None,
    quiet: bool = False,
) -> str | None:
    """The same picture as a data address, for a column of pictures in a table; None without a value."""
    if value is None:
        return None
    drawn = bar_svg(value, low, high, axis, against=against, quiet=quiet, width=IN_TABLE)
    return f"data:image/svg+xml;base64,{base64.b64encode(drawn.encode()).decode()}"


def bar(
    value: float | None,
    low: float | None,
    high: float | None,
    axis: tuple[float, float],
    *,
    against: float | None = None,
    quiet: bool = False,
) -> None:
    """Show the picture, with its numbers as the text for those who cannot see it."""
    told = f"{number(value)}, interval {interval(low, high)}"
    told += "" if against is None else f", held against {number(against)}"
    st.image(bar_svg(value, low, high, axis, against=against, quiet=quiet), width="stretch", alt=told)
