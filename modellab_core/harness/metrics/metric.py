"""What a metric is, and the registry into which each of them is put by the decorator `@metric`.

To add one, write one function under the decorator, in `metrics/classification.py`, `metrics/ranking.py` or
`metrics/regression.py`, or in a program of your own: tables, intervals, slices, comparisons and the tests of the laws
find it by themselves.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import numpy as np

from modellab_core.data.task import Task
from modellab_core.errors import BadInput, choices
from modellab_core.harness.predictions import Floats, Predictions
from modellab_core.registry import Registry

if TYPE_CHECKING:
    from modellab_core.harness.engine.cells import Tally

Needs = Literal["prediction", "proba"]
Kernel = Callable[["Tally"], Floats]
F = TypeVar("F", bound=Callable[..., Any])

How = Literal[
    "percentile",  # expanded percentile of the resamples
    "proportion",  # Wilson when successes or failures are few, else as percentile
    "auc",  # Newcombe when a class is small, else as percentile
    "matrix",  # none with few true positives or negatives, else as percentile
    "macro",  # none when a class has few rows, else as percentile
    "checked",  # percentile after the check for one dominating row, moved out for skewness and long tails
    "bounded",  # the same for losses that cannot be large, which have no long tail
    "bootstrap_t",  # studentised on the log scale, with the same check and moved out for long tails
    "median",  # by order statistics, without resampling
    "null_band",  # no interval: a point beside what a calibrated model would show
    "none",
]

ALIASES = {
    "f1_score": "f1",
    "matthews_corr_coef": "mcc",
    "pr_auc": "average_precision",
    "expected_calibration_error": "ece",
    "explained_variance_score": "explained_variance",
}

BINARY = (Task.BINARY,)
MULTICLASS = (Task.MULTICLASS,)
CLASSIFICATION = (Task.BINARY, Task.MULTICLASS)
REGRESSION = (Task.REGRESSION,)
ANY = (-math.inf, math.inf)
SHARE, CORRELATION, POSITIVE = (0.0, 1.0), (-1.0, 1.0), (0.0, math.inf)
_WORDS = {**{task.value: (task,) for task in Task}, "classification": CLASSIFICATION}


@dataclass(frozen=True, eq=False)
class Metric:
    """A number that says how good predictions are.

    `label` is how it is called on screen and says which definition is used; `definition` is the docstring of the
    kernel. `direction` is +1 where higher is better, −1 where lower is, 0 where nearer to zero is. `needs` says whether
    class probabilities must be known. `undefined_when` completes the sentence "Undefined: …". `kernel` takes a Tally of
    b sets of counts and gives its b values, NaN where undefined. `interval` names the rule by which the interval is
    made; `error` gives, for `bootstrap_t`, the standard errors of the logarithm in the same b sets; `fraction` gives
    (successes, trials) for `proportion`. `column` names, for `bootstrap_t`, `checked` and `bounded`, the losses per row
    whose mean the metric is; with `against` the metric is 1 − the ratio of their sum to that of another column. "error"
    and "target" stand there for their squares about the mean. `span` is the least and the greatest value there can be,
    which no interval leaves.
    """

    name: str
    label: str
    tasks: tuple[Task, ...]
    direction: int
    needs: Needs
    undefined_when: str
    kernel: Kernel
    interval: How = "percentile"
    error: Kernel | None = None
    column: str | None = None
    fraction: Callable[[Tally], tuple[Floats, Floats]] | None = None
    against: str | None = None
    span: tuple[float, float] = ANY

    @property
    def definition(self) -> str:
        """What it measures, its unit, its range and its source."""
        return inspect.getdoc(self.kernel) or ""

    def better(self, values: Floats) -> Floats:
        """`values` on a scale on which higher is better."""
        return values * self.direction if self.direction else -abs(values)


def by_rows(function: Callable[[Predictions, Floats], float]) -> Kernel:
    """The kernel of a metric that is written as a function of predictions and a weight per row, (n,).

    It is called once for each set of counts, so it is as slow as it is simple; everything else works as for any other.
    Without any weight the metric is undefined.
    """

    @wraps(function)
    def kernel(tally: Tally) -> Floats:
        weights = np.empty((len(tally), len(tally.cells)))
        weights[:, tally.cells.order] = tally.counts
        rows = tally.cells.predictions
        return np.array([float(function(rows, line)) if line.any() else np.nan for line in weights], dtype=np.float64)

    return kernel


METRICS: Registry[Metric] = Registry("metric", ALIASES)


def metric(
    name: str,
    label: str,
    tasks: str | Task | Sequence[str | Task],
    direction: int,
    undefined_when: str | None = None,
    *,
    needs: Needs = "prediction",
    interval: How = "percentile",
    error: Kernel | None = None,
    column: str | None = None,
    against: str | None = None,
    fraction: Callable[[Tally], tuple[Floats, Floats]] | None = None,
    span: tuple[float, float] = ANY,
) -> Callable[[F], F]:
    """Put the decorated function into METRICS under `name`; it then has intervals, slices and comparisons.

        @metric("cost", "Cost per row", "binary", -1)
        def cost(predictions, weight):
            "Mean cost: 5 for a missed positive, 1 for a false alarm; lower is better."
            missed = predictions.y_true == predictions.positive_code
            wrong = predictions.y_true != predictions.y_pred
            return np.average(wrong * np.where(missed, 5, 1), weights=weight)

    A function of two arguments is given Predictions and a weight per row, (n,), in which a resample is a count times
    the row's weight; it is called for every resample (`by_rows`). One of a single argument is a kernel, see `Metric`,
    which is much faster. `tasks` are "binary", "multiclass", "regression" or "classification"; `direction` is +1 where
    higher is better, −1 where lower is, 0 where nearer to zero is; the other fields are those of `Metric`. BadInput
    where a field is none of these, Conflict where another function has the name; a function defined anew replaces
    itself.
    """
    known = _known_tasks(tasks)
    if direction not in (-1, 0, 1):
        raise BadInput(f"The direction of the metric {name!r} is {direction!r}: give 1, -1 or 0 (nearer to zero).")

    def add(function: F) -> F:
        kernel, default = _kernel(name, function)
        fields = (name, label, known, direction, needs, undefined_when or default, kernel)
        made = Metric(*fields, interval, error, column, fraction, against, span)
        anew = name in METRICS and METRICS[name].name == name and _home(METRICS[name].kernel) == _home(function)
        (METRICS.replace if anew else METRICS.add)(name, made)
        return function

    return add


def _known_tasks(tasks: str | Task | Sequence[str | Task]) -> tuple[Task, ...]:
    named = [tasks] if isinstance(tasks, str) else list(tasks)
    for name in named:
        if name not in _WORDS:
            raise BadInput(f"There is no task {str(name)!r}: {choices(str(name), _WORDS)}")
    return tuple(task for name in named for task in _WORDS[name])


def _kernel(name: str, function: Callable[..., Any]) -> tuple[Kernel, str]:
    """The kernel that a function is or is made into, and when it is undefined unless something else was said."""
    wanted = len(inspect.signature(function, follow_wrapped=False).parameters)
    if wanted == 1:
        return function, "there are no rows"
    if wanted == 2:
        return by_rows(function), "its function gave no number"
    raise BadInput(
        f"The metric {name!r} takes {wanted} arguments: give a function of predictions and a weight per row."
    )


def _home(function: Callable[..., Any]) -> tuple[str, str]:
    return getattr(function, "__module__", ""), getattr(function, "__qualname__", "")
