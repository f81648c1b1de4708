"""A Drawing as PNG bytes: matplotlib on the Agg canvas, never through its global state.

The same drawing gives the same bytes: the font is the one that comes with matplotlib, every setting starts from
matplotlib's own defaults whatever the user's are, and the file holds no date and no version.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

from modellab_core.harness.figures.marks import Axis, Drawing, Rule, Shade, longest_label
from modellab_core.harness.figures.palette import NOTEBOOK
from modellab_core.harness.figures.png_marks import draw
from modellab_core.harness.figures.wording import shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DPI = 150
WIDTH = 7.2
LINE = 100  # letters of a legend that fit into one line
PIXELS = 84  # of the screen per inch of paper
HEADER = 0.62  # inches above the axes: title, one line below it
KEY = 0.3  # inches more for a legend in one line
STYLE: dict[str, Any] = {
    "font.family": ["DejaVu Sans"],
    "font.size": 9,
    "text.parse_math": False,  # a column named $x$ is no formula
    "text.color": NOTEBOOK.ink,
    "axes.edgecolor": NOTEBOOK.grid,
    "axes.labelcolor": NOTEBOOK.muted,
    "axes.labelpad": 7,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.spines.bottom": False,
    "axes.unicode_minus": True,
    "grid.color": NOTEBOOK.grid,
    "grid.linewidth": 0.8,
    "xtick.color": NOTEBOOK.muted,
    "ytick.color": NOTEBOOK.muted,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "xtick.major.pad": 5,
    "ytick.major.pad": 6,
    "legend.frameon": False,
    "legend.handlelength": 1.5,
    "legend.columnspacing": 1.6,
    "figure.facecolor": NOTEBOOK.paper,
    "axes.facecolor": NOTEBOOK.paper,
}


def png(drawing: Drawing, title: str, subtitle: str = "") -> bytes:
    """The drawing with its title, about 150 dots an inch, as PNG bytes."""
    import matplotlib as mpl
    import matplotlib.style
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    names = [str(getattr(mark, "name", "")) for mark in drawing.marks if not isinstance(mark, (Rule, Shade))]
    names = [name for name in names if name]
    key = drawing.legend and len(names) > 1
    beside = key and sum(len(name) + 6 for name in names) > LINE
    top = HEADER + (KEY if key and not beside else 0)
    height = drawing.height / PIXELS + HEADER + KEY  # the same with and without a legend
    style: Any = STYLE
    with matplotlib.style.context([], after_reset=True), mpl.rc_context(style):
        figure = Figure(figsize=(WIDTH, height), dpi=DPI, layout="constrained")
        engine: Any = figure.get_layout_engine()
        engine.set(rect=(0.012, 0.012, 0.976, 0.976 - top / height), w_pad=0, h_pad=0)
        axes = figure.add_subplot()
        _axes(axes, drawing)
        for mark in drawing.marks:
            draw(mark, axes)
        _limits(axes, drawing)
        _text(figure, height, title, subtitle)
        if key:
            _legend(figure, axes, top / height, beside)
        canvas, out = FigureCanvasAgg(figure), BytesIO()
        _quietly(canvas.print_png, out, metadata={"Software": None})
    return out.getvalue()


def _quietly(save: Any, *given: Any, **more: Any) -> None:
    """Save without a complaint per letter that the font lacks: the table beside the figure names it in full."""
    import warnings

    logger = logging.getLogger("matplotlib")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Glyph")
            save(*given, **more)
    finally:
        logger.setLevel(level)


def _text(figure: Any, height: float, title: str, subtitle: str) -> None:
    figure.text(0.02, 1 - 0.16 / height, title, fontsize=12.5, weight="bold", va="top")
    figure.text(0.02, 1 - 0.43 / height, subtitle, fontsize=9, color=NOTEBOOK.muted, va="top")


def _legend(figure: Any, axes: Axes, top: float, beside: bool) -> None:
    handles, names = axes.get_legend_handles_labels()
    if beside:
        axes.legend(handles, names, loc="upper left", bbox_to_anchor=(1.01, 1.02), labelspacing=0.8)
        return
    at = (0.012, 1 - top - 0.01)
    figure.legend(handles, names, loc="lower left", bbox_to_anchor=at, ncols=len(names), borderaxespad=0.2)


def _axes(axes: Axes, drawing: Drawing) -> None:
    for name, axis in (("x", drawing.x), ("y", drawing.y)):
        _axis(axes, name, axis, longest_label(name, drawing))
    axes.margins(0.03 if drawing.x.labels else 0.02, 0.06)
    lists = bool(drawing.y.labels)
    axes.grid(axis="x" if lists else "y", visible=not (lists and drawing.x.labels))


def _limits(axes: Axes, drawing: Drawing) -> None:
    """After the marks are in, so that an open end fits them."""
    for axis, limits in ((drawing.x, axes.set_xlim), (drawing.y, axes.set_ylim)):
        if axis.labels:
            ends = (-0.5, len(axis.labels) - 0.5)
            limits(*(ends[::-1] if axis.down else ends))
        elif axis.low is not None or axis.high is not None:
            limits(axis.low, axis.high)


def _axis(axes: Axes, name: str, axis: Axis, most: int) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    setter: Any = axes.set_xlabel if name == "x" else axes.set_ylabel
    setter(shortened(axis.title, 70))
    which: Any = axes.xaxis if name == "x" else axes.yaxis
    if axis.labels:
        _names(which, name, axis.labels, most)
        return
    which.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10], integer=axis.whole))
    if axis.percent:
        which.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:.4g} %"))
    elif axis.low is None or axis.high is None or max(abs(axis.low), abs(axis.high)) >= 1000:
        which.set_major_formatter(FuncFormatter(lambda value, _: _tick(value)))


def _tick(value: float) -> str:
    for size, unit in ((1e9, "B"), (1e6, "M")):
        if size <= abs(value) < 1e12:
            return f"{value / size:.4g}{unit}".replace("-", "−")
    if abs(value) >= 1e12 or 0 < abs(value) < 1e-4:
        return f"{value:.3g}".replace("-", "−")
    text = f"{value:,.4f}".rstrip("0").rstrip(".")
    return ("0" if text in ("-0", "") else text).replace("-", "−")


def _names(which: Any, name: str, labels: Sequence[str], most: int) -> None:
    """At most forty names, the longer ones cut; upright ones turned where they would touch."""
    every = -(-len(labels) // 40)
    shown = list(range(0, len(labels), every))
    names = [shortened(labels[place], most) for place in shown]
    crowded = name == "x" and max(map(len, names)) * len(names) > 62
    which.set_ticks(shown, labels=names)
    which.set_tick_params(pad=6, labelsize=9 if len(shown) <= 15 else 7.5, labelcolor=NOTEBOOK.ink)
    if crowded:
        which.set_tick_params(rotation=35 if len(shown) <= 15 else 90)
        if len(shown) <= 15:
            for label in which.get_ticklabels():
                label.set(ha="right", rotation_mode="anchor")
