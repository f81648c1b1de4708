"""What a rule may look at when it decides which interval a number gets, and what it answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from modellab_core.data.task import Task
from modellab_core.harness.engine.cells import Cells
from modellab_core.harness.engine.drawing import Part, effective_rows
from modellab_core.harness.engine.resampling import Resampling
from modellab_core.harness.intervals.formulas import Ends, expanded_percentile
from modellab_core.harness.intervals.tails import outer, skewness_ends
from modellab_core.harness.metrics.metric import Metric
from modellab_core.harness.predictions import Floats
from modellab_core.harness.scores import Method
from modellab_core.registry import Registry

UNDEFINED_SHARE = 0.01  # of the resamples: above it no percentile interval

NOTHING: Floats = np.zeros(0)


@dataclass(frozen=True)
class Interval:
    """Two ends by `method`, or a note that says why there are none."""

    low: float | None = None
    high: float | None = None
    method: Method = "none"
    resamples: int = 0
    note: str = ""
    null_low: float | None = None
    null_high: float | None = None


@dataclass(frozen=True, eq=False)
class Evidence:
    """All that a rule may look at.

    `draws` and `errors` (B,) are the metric and its standard error in the resamples, `null` the metric of a calibrated
    model; each is empty where it was not drawn.
    """

    metric: Metric
    value: float
    part: Part
    resampling: Resampling
    draws: Floats = field(default_factory=lambda: NOTHING)
    errors: Floats = field(default_factory=lambda: NOTHING)
    null: Floats = field(default_factory=lambda: NOTHING)

    @property
    def cells(self) -> Cells:
        """The rows."""
        return self.part.cells

    @property
    def weighted(self) -> bool:
        """Whether rows have weights of different importance: closed forms then give way to resampling."""
        plain = not len(self.cells) or self.cells.frequency or self.cells.alike
        return not plain and bool(np.ptp(self.cells.weight) > 0)

    @property
    def scale(self) -> float:
        """Effective rows per unit of weight."""
        if self.cells.frequency or self.cells.alike:
            return 1.0
        return effective_rows(self.cells.weight) / float(self.cells.weight.sum())

    @property
    def confusion(self) -> Floats:
        """Rows by truth and prediction, (k, k), in effective rows where they are weighted."""
        return np.asarray(self.cells.whole.confusion[0] * self.scale)

    @property
    def support(self) -> Floats:
        """Rows of each class that is met in truth or prediction."""
        return np.asarray(self.confusion.sum(axis=1)[self.cells.present])


Rule = Callable[[Evidence], Interval]
RULES: Registry[Rule] = Registry("interval rule")


def rule(name: str) -> Callable[[Rule], Rule]:
    """Put the decorated rule into RULES."""

    def add(function: Rule) -> Rule:
        return RULES.add(name, function)

    return add


def resampled_method(resampling: Resampling) -> Method:
    """How an interval from resamples is called."""
    return "blocks" if resampling.time_ordered else "percentile"


def unit_of(task: Task, *values: float) -> float:
    """The size of a number against which a spread of 1e-12 is none: 1 where metrics have no unit, else theirs."""
    return 1.0 if task.is_classification else max((abs(value) for value in values if value == value), default=0.0)


def blocked(draws: Floats, n: int, unit: float = 1.0) -> str:
    """Why resampled values give no percentile interval, or nothing; `unit` is the least size that counts as theirs."""
    defined = draws[np.isfinite(draws)]
    missing = len(draws) - len(defined)
    if len(draws) == 0 or missing > UNDEFINED_SHARE * len(draws):
        return f"Undefined in {missing} of {len(draws)} resamples, so no interval."
    if np.ptp(defined) <= 1e-12 * max(unit, float(np.abs(defined).max())):
        return f"The resamples of these {n} rows show no spread, so no interval."
    return ""


def resampled_ends(evidence: Evidence, draws: Floats | None = None) -> Ends | str:
    """The expanded percentile ends of the resamples (or of other `draws`), or why there are none.

    The end on the side to which the resamples are skewed is moved out to that of `skewness_ends` where this is farther.
    """
    drawn, value = evidence.draws if draws is None else draws, evidence.value
    why = blocked(drawn, len(evidence.cells), unit_of(evidence.cells.predictions.task))
    if why and value == 0 and evidence.metric.direction < 0 and not drawn.any():
        why = f"No error in {len(evidence.cells)} rows, so no interval."
    if why:
        return why
    ends = expanded_percentile(drawn, evidence.part.units, evidence.resampling.level)
    return outer(ends, skewness_ends(value, drawn, evidence.resampling.level), value)


def from_resamples(evidence: Evidence, ends: Ends, method: Method, note: str = "") -> Interval:
    """The interval with the number of resamples in which the metric was defined, and what is to be said of them."""
    defined = int(np.isfinite(evidence.draws).sum())
    return Interval(*ends, method, defined, " ".join(filter(None, (note, evidence.resampling.note))))


@rule("percentile")
def percentile_rule(evidence: Evidence) -> Interval:
    """Expanded percentile; none where the metric is often undefined or never changes."""
    ends = resampled_ends(evidence)
    if isinstance(ends, str):
        return Interval(note=ends)
    return from_resamples(evidence, ends, resampled_method(evidence.resampling))
