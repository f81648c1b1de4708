"""What a stress test is, and the registry into which each of them is put by the decorator `@stress`.

To add one, write one function under the decorator in the `stress_*.py` file of its family: curves, files, pages and the
tests of the laws find it by themselves. Draws are nested: a cell that is hit at a severity is hit at every higher one,
so a curve moves by severity and not by luck.
"""

from __future__ import annotations

import inspect
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from modellab_core.data.task import Task
from modellab_core.harness.predictions import Floats, Ints
from modellab_core.registry import Registry

ALL_TASKS = (Task.BINARY, Task.MULTICLASS, Task.REGRESSION)
CLASSES = (Task.BINARY, Task.MULTICLASS)

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Draw:
    """One random draw of one corruption: the same (seed, stress, repeat, column) gives the same numbers."""

    seed: int
    stress: str
    repeat: int

    def rng(self, column: int = 0) -> np.random.Generator:
        """The numbers for one column."""
        return np.random.default_rng([self.seed, zlib.crc32(self.stress.encode()), self.repeat, column])

    def hit(self, column: int, n: int, severity: float) -> Mask:
        """Which of n rows are hit in a column: a share `severity`, each by itself; nested over severities."""
        return np.asarray(self.rng(column).random(n) < severity)


@dataclass(frozen=True)
class Known:
    """What the training rows tell of one column.

    `spread` is the interquartile range of a column of numbers, 0 where it has none. `categories` are the different
    values of a column of texts, categories or truth values, sorted as text; () for other columns. `flags` says that
    they are truth values.
    """

    spread: float = 0.0
    categories: tuple[Any, ...] = ()
    flags: bool = False


Kinds = Literal["any", "numbers", "categories", "texts"]
FITS: Mapping[Kinds, tuple[Callable[[Known], bool], str]] = {
    "any": (lambda _: True, "there is no feature"),
    "numbers": (lambda known: known.spread > 0, "no feature is a number with an interquartile range above 0"),
    "categories": (lambda known: len(known.categories) > 1, "no feature holds two categories or more"),
    "texts": (lambda known: len(known.categories) > 0 and not known.flags, "no feature holds categories"),
}
"""Which columns a stress test fits, and what is said when there is none."""

Hit = Callable[[pd.Series, np.random.Generator, Known], pd.Series]
Graded = Callable[[pd.Series, float, np.random.Generator, Known], Any]
Relabel = Callable[[Ints, int, float, Draw], Ints]
Weigh = Callable[[pd.Series, float], Floats]


@dataclass(frozen=True)
class Stress:
    """A corruption over a grid of severities, each drawn `repeats` times; `unit` says what a severity measures.

    Exactly one function is set. `hit(column, rng, known)` gives a column in which every cell is corrupted; severity is
    the share of cells that are, and `fixed` says that no number is drawn for it. `graded(column, severity, rng, known)`
    gives the whole column corrupted to a degree. Both look at one column at a time, of those of `kinds`; with
    `each_feature` one column is corrupted and the others stay. `relabel(codes, classes, severity, draw)` gives other
    labels: of the test rows, or with `retrain` of the training rows, on which the model is then fitted again.
    `weigh(column, severity)` gives a weight per row. `claimed` says that a lead lost under it is told in the takeaway.
    """

    name: str
    title: str
    unit: str
    severities: tuple[float, ...]
    repeats: int
    tasks: tuple[Task, ...] = ALL_TASKS
    kinds: Kinds = "any"
    each_feature: bool = False
    fixed: bool = False
    retrain: bool = False
    claimed: bool = True
    hit: Hit | None = None
    graded: Graded | None = None
    relabel: Relabel | None = None
    weigh: Weigh | None = None

    @property
    def definition(self) -> str:
        """What it does, in the words of its function."""
        return inspect.getdoc(self.hit or self.graded or self.relabel or self.weigh) or ""

    @property
    def calls_model(self) -> bool:
        """Whether the model is called on corrupted features."""
        return self.hit is not None or self.graded is not None

    def fits(self, known: Known) -> bool:
        """Whether it can be done to a column."""
        return FITS[self.kinds][0](known)

    def corrupt(
        self, frame: pd.DataFrame, columns: Sequence[int], severity: float, draw: Draw, known: Mapping[int, Known]
    ) -> pd.DataFrame:
        """The frame with the columns at some positions corrupted; columns and index stay as they are."""
        changed = frame.copy(deep=False)
        if severity > 0:
            for at in columns:
                changed.isetitem(at, self._column(frame.iloc[:, at], at, severity, draw, known.get(at, Known())))
        return changed

    def _column(self, column: pd.Series, at: int, severity: float, draw: Draw, known: Known) -> Any:
        rng = draw.rng(at)
        if self.hit is None:
            assert self.graded is not None
            return self.graded(column, severity, rng, known)
        where = rng.random(len(column)) < severity
        return mixed(column, self.hit(column, rng, known), where) if where.any() else column


def mixed(column: pd.Series, other: pd.Series, where: Mask) -> pd.Series:
    """`column` with the cells of `other` at `where`, in the type of `other`, which holds both."""
    if other.dtype != object:
        return column.astype(other.dtype).where(~where, other)
    cells = column.to_numpy(dtype=object, copy=True)
    cells[where] = other.to_numpy(dtype=object)[where]
    return pd.Series(cells, column.index, dtype=object)


STRESSES: Registry[Stress] = Registry("stress test")
F = TypeVar("F", bound=Callable[..., Any])
Role = Literal["hit", "graded", "relabel", "weigh"]


def stress(
    role: Role, name: str, title: str, unit: str, severities: tuple[float, ...], repeats: int = 5, **more: Any
) -> Callable[[F], F]:
    """Put the decorated function into STRESSES in its role; the fields are those of `Stress`."""

    def add(function: F) -> F:
        fields: dict[str, Any] = {**more, role: function}
        STRESSES.add(name, Stress(name, title, unit, severities, repeats, **fields))
        return function

    return add
