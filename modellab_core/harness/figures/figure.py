"""What a figure is, and the registry into which each is put by the decorator `@figure`.

To add one, write one small class under the decorator in one of the `figures_*` files: the app, notebooks, the PNG
files, the HTML files and the tests find it by themselves.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar

import pandas as pd

from modellab_core.data.table import Note
from modellab_core.data.task import Task
from modellab_core.harness.figures.marks import Drawing
from modellab_core.harness.figures.palette import NOTEBOOK, Colors
from modellab_core.harness.figures.wording import plural, with_interval
from modellab_core.harness.metrics import METRICS, headline_of
from modellab_core.harness.scores import Plan, Score
from modellab_core.registry import Registry

if TYPE_CHECKING:
    import plotly.graph_objects as go

BINARY = (Task.BINARY,)
CLASSIFICATION = (Task.BINARY, Task.MULTICLASS)
REGRESSION = (Task.REGRESSION,)
EVERY_TASK = (Task.BINARY, Task.MULTICLASS, Task.REGRESSION)


class Reported(Protocol):
    """What a figure reads of a Report."""

    @property
    def task(self) -> Task: ...
    @property
    def target(self) -> str: ...
    @property
    def classes(self) -> tuple[str, ...]: ...
    @property
    def positive(self) -> str | None: ...
    @property
    def n(self) -> int: ...
    @property
    def plan(self) -> Plan: ...
    @property
    def scores(self) -> Sequence[Score]: ...
    @property
    def curves(self) -> Mapping[str, Any]: ...
    @property
    def calibration(self) -> Mapping[str, Any]: ...
    @property
    def failures(self) -> Sequence[Mapping[str, Any]]: ...
    @property
    def comparison(self) -> Mapping[str, Any] | None: ...
    @property
    def slices(self) -> Mapping[str, Mapping[str, Any]]: ...
    @property
    def stress(self) -> Mapping[str, Mapping[str, Any]]: ...
    @property
    def discovery(self) -> Mapping[str, Any]: ...
    @property
    def thresholds(self) -> Mapping[str, Any]: ...
    @property
    def conformal(self) -> Mapping[str, Any]: ...
    @property
    def importance(self) -> Mapping[str, Any]: ...
    @property
    def advice(self) -> Mapping[str, Any]: ...
    @property
    def notes(self) -> Sequence[Note]: ...
    @property
    def takeaway(self) -> Sequence[Mapping[str, Any]]: ...


class Figure(ABC):
    """One figure in three steps: the data as a frame, the frame as a Drawing, the drawing on screen or as PNG.

    `options` differ by figure and are told in its docstring; a figure without any draws the whole report. `saved` says
    whether it is one of the PNG files of a report, `wide` that it needs the whole width of a page.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    tasks: ClassVar[tuple[Task, ...]]
    saved: ClassVar[bool] = True
    wide: ClassVar[bool] = False

    @property
    def file(self) -> str:
        """Where its PNG is inside `eval/`."""
        return f"plots/{self.name}.png"

    @abstractmethod
    def frame(self, report: Reported, **options: Any) -> pd.DataFrame:
        """The numbers behind it, a line a mark; without lines where the report does not hold them."""

    @abstractmethod
    def drawing(self, report: Reported, frame: pd.DataFrame, **options: Any) -> Drawing:
        """The frame as axes and marks."""

    @abstractmethod
    def alt(self, report: Reported, **options: Any) -> str:
        """What is to be seen, in a sentence with its numbers."""

    def subtitle(self, report: Reported, **options: Any) -> str:
        """The line below the title of the PNG."""
        del options
        return " · ".join(part for part in (plural(report.n, "test row"), headline_text(report)) if part)

    def applies(self, report: Reported, **options: Any) -> bool:
        """Whether the report holds what is to be drawn."""
        return report.task in self.tasks and not self.frame(report, **options).empty

    def plotly(self, report: Reported, colors: Colors | Sequence[str] = NOTEBOOK, **options: Any) -> go.Figure:
        """The figure for the screen; `colors` are `NOTEBOOK`, or `APP` whose places Streamlit's theme fills."""
        from modellab_core.harness.figures.plotly_drawing import plotly

        return plotly(self.drawing(report, self.frame(report, **options), **options), colors)

    def png(self, report: Reported, **options: Any) -> bytes:
        """The figure for paper: the same bytes for the same report."""
        from modellab_core.harness.figures.png_drawing import png

        drawing = self.drawing(report, self.frame(report, **options), **options)
        return png(drawing, self.title, self.subtitle(report, **options))


FIGURES: Registry[Figure] = Registry("figure")

Made = TypeVar("Made", bound=type[Figure])


def figure(made: Made) -> Made:
    """Add a Figure to FIGURES."""
    FIGURES.add(made.name, made())
    return made


def score_of(report: Reported, metric: str) -> Score | None:
    """The Score of a metric over all rows without stress; None where there is none."""
    plain = (s for s in report.scores if s.metric == metric and s.slice == "all" and s.stress == "none")
    return next((score for score in plain if score.cls is None), None)


def value_text(report: Reported, metric: str) -> str:
    """`ROC AUC 0.871 (0.858 to 0.884)`; empty where the report has no such value."""
    score = score_of(report, metric)
    if score is None or score.value is None:
        return ""
    return f"{label_of(metric)} {with_interval(score.value, score.low, score.high)}"


def label_of(metric: str) -> str:
    """How a metric is called on screen; its own key where it is not registered."""
    return METRICS[metric].label if metric in METRICS else metric


def fall_of(metric: str) -> str:
    """What a permuted feature does to a metric: it falls, or where lower is better it rises."""
    label = label_of(metric)
    plain = label[:1].lower() + label[1:] if label[1:2].islower() else label
    rises = metric in METRICS and METRICS[metric].direction < 0
    return f"{'Rise' if rises else 'Fall'} of {plain} when permuted"


def headline_text(report: Reported) -> str:
    """The headline metric with its interval."""
    return value_text(report, headline(report))


def headline(report: Reported) -> str:
    """Key of the metric by which the report's model is ranked."""
    return report.plan.headline or headline_of(report.task)


def floats(values: Iterable[Any]) -> list[float]:
    """Values as floats, NaN for None."""
    return [float("nan") if value is None else float(value) for value in values]
