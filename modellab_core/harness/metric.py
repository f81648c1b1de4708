"""What a metric is, and the registry into which each of them is put by the decorator `@metric`.

To add one, write one function under the decorator in `metrics_classification.py`, `metrics_ranking.py` or
`metrics_regression.py`: tables, intervals, slices, comparisons and the tests of the laws find it by themselves.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Literal

import numpy as np

from modellab_core.data.task import Task
from modellab_core.harness.predictions import Floats, Predictions
from modellab_core.registry import Registry

if TYPE_CHECKING:
    from modellab_core.harness.cells import Tally

Needs = Literal["prediction", "proba"]
Kernel = Callable[["Tally"], Floats]

How = Literal[
    "percentile",  # expanded percentile of the resamples
    "proportion",  # Wilson when successes or failures are few, else as percentile
    "auc",  # Newcombe when a class is small, else as percentile
    "matrix",  # none with few true positives or negatives, else as percentile
    "macro",  # none when a class has few rows, else as percentile
    "bootstrap_t",  # studentised on the log scale, with the same check and moved out for long tails
    "checked",  # percentile after the check for one dominating row, moved out for skewness and long tails
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


@dataclass(frozen=True, eq=False)
class Metric:
    """A number that says how good predictions are.

    `label` is how it is called on screen and says which definition is used; `definition` is the docstring of the
    kernel. `direction` is +1 where higher is better, −1 where lower is, 0 where nearer to zero is. `needs` says whether
    class probabilities must be known. `undefined_when` completes the sentence "Undefined: …". `kernel` takes a Tally of
    b sets of counts and gives its b values, NaN where undefined. `interval` names the rule by which the interval is
    made; `error` gives, for `bootstrap_t`, the standard errors of the logarithm in the same b sets; `fraction` gives
    (successes, trials) for `proportion`. `column` names, for `bootstrap_t` and `checked`, the losses per row whose mean
    the metric is; with `against` the metric is 1 − the ratio of their sum to that of another column. "error" and
    "target" stand there for their squares about the mean.
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
    """

    @wraps(function)
    def kernel(tally: Tally) -> Floats:
        weights = np.empty((len(tally), len(tally.cells)))
        weights[:, tally.cells.order] = tally.counts
        return np.array([function(tally.cells.predictions, line) for line in weights], dtype=np.float64)

    return kernel


METRICS: Registry[Metric] = Registry("metric", ALIASES)


def metric(
    name: str,
    label: str,
    tasks: tuple[Task, ...],
    direction: int,
    undefined_when: str = "there are no rows",
    *,
    needs: Needs = "prediction",
    interval: How = "percentile",
    error: Kernel | None = None,
    column: str | None = None,
    against: str | None = None,
    fraction: Callable[[Tally], tuple[Floats, Floats]] | None = None,
) -> Callable[[Kernel], Kernel]:
    """Put the decorated kernel into METRICS under `name`; the fields are those of `Metric`."""

    def add(kernel: Kernel) -> Kernel:
        fields = (name, label, tasks, direction, needs, undefined_when, kernel)
        METRICS.add(name, Metric(*fields, interval, error, column, fraction, against))
        return kernel

    return add
