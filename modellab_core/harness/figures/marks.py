"""What a figure shows, said once: axes and marks. `figures_plotly` and `figures_png` both draw a `Drawing`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

# places in the categorical palette, by what they stand for
MODEL, SECOND, GOOD, THIRD, BAD, FOURTH, FIFTH, QUIET = range(8)
SERIES = (MODEL, SECOND, GOOD, THIRD, BAD, FOURTH, FIFTH)

Numbers = Sequence[float]


@dataclass(frozen=True)
class Axis:
    """One axis. `low`, `high` None: as wide as the marks. `labels` are the names at 0, 1, 2 … of a list of things.

    `percent` writes 0.2 as 20 %, `whole` marks whole numbers only; `down` turns the axis over, so that a list
    reads from the top.
    """

    title: str
    low: float | None = None
    high: float | None = None
    labels: tuple[str, ...] = ()
    percent: bool = False
    down: bool = False
    whole: bool = False


@dataclass(frozen=True)
class Line:
    """A line through points; with `steps` the value at x[i] holds from x[i−1] to x[i].

    On hovering `told` is shown, or where points are many `says`, in which %{x}, %{y} and %{customdata} (the value in
    `also`) are filled in.
    """

    x: Numbers
    y: Numbers
    color: int = MODEL
    name: str = ""
    width: float = 2.0
    dots: bool = False
    steps: bool = False
    dash: bool = False
    faint: bool = False
    told: Sequence[str] = ()
    says: str = ""
    also: Numbers = ()


@dataclass(frozen=True)
class Band:
    """The area between two lines over the same x, in the tint of its colour."""

    x: Numbers
    low: Numbers
    high: Numbers
    color: int = MODEL
    name: str = ""


@dataclass(frozen=True)
class Dots:
    """Points, with error bars along one axis where both ends are finite. `key` names each point to whoever clicks."""

    x: Numbers
    y: Numbers
    color: int = MODEL
    name: str = ""
    size: float = 7.0
    hollow: bool = False
    faint: bool = False
    low: Numbers = ()
    high: Numbers = ()
    along: str = "x"
    told: Sequence[str] = ()
    key: Sequence[str | int] = ()


@dataclass(frozen=True)
class Bars:
    """Upright bars of a `height` above `base` between the edges left and right."""

    left: Numbers
    right: Numbers
    height: Numbers
    base: Numbers = ()
    color: int = MODEL
    name: str = ""
    faint: bool = False
    told: Sequence[str] = ()


@dataclass(frozen=True)
class Grid:
    """A heat map: `shade` in [0, 1] per line and column (NaN: empty) around the centres `x`, `y`.

    `text` stands inside the cells; `gaps` keeps the cells apart.
    """

    x: Numbers
    y: Numbers
    shade: Sequence[Numbers]
    text: Sequence[Sequence[str]] = ()
    told: Sequence[Sequence[str]] = ()
    gaps: bool = True


@dataclass(frozen=True)
class Rule:
    """A straight line across the picture at a value of `axis` ("x" upright, "y" level), with a word at its end."""

    at: float
    axis: str = "x"
    color: int = QUIET
    name: str = ""
    dash: bool = True


@dataclass(frozen=True)
class Shade:
    """A tinted stripe across the picture between two values of `axis`."""

    low: float
    high: float
    axis: str = "x"
    color: int = QUIET
    name: str = ""


@dataclass(frozen=True)
class Words:
    """A few words beside a point: on its "left" or "right", "above" or "below".

    With `margin` they stand outside of the picture at its right edge, at the height y.
    """

    x: float
    y: float
    text: str
    side: str = "right"
    color: int | None = None
    margin: bool = False


Mark = Line | Band | Dots | Bars | Grid | Rule | Shade | Words


@dataclass(frozen=True)
class Drawing:
    """Axes, and marks from the back to the front.

    `height` of the picture in pixels of the screen; `legend` names the named marks where there are two or more. Grid
    lines are level, and upright in a list.
    """

    x: Axis
    y: Axis
    marks: tuple[Mark, ...]
    height: int = 380
    legend: bool = True


def longest_label(axis: str, drawing: Drawing) -> int:
    """Letters that a name on an axis may have, so that the picture keeps its room: fewer where both axes have names."""
    if not (drawing.x.labels and drawing.y.labels):
        return 46
    return 24 if axis == "y" else max(9, 54 // min(len(drawing.x.labels), 40))


def list_height(lines: int) -> int:
    """Pixels for a list of so many lines with an axis below."""
    return max(150, 84 + 26 * lines)
