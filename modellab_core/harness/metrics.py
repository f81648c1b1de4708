"""All metrics by name; each is written in the file of its family."""

from __future__ import annotations

from modellab_core.data.task import Task
from modellab_core.errors import BadInput, choices
from modellab_core.harness import metrics_classification, metrics_ranking, metrics_regression
from modellab_core.harness.metric import METRICS, Metric, metric

__all__ = ["FAMILIES", "METRICS", "Metric", "direction", "headline_of", "metric", "metric_for", "metrics_for"]

FAMILIES = (metrics_classification, metrics_ranking, metrics_regression)

_HEADLINES = {Task.BINARY: "roc_auc", Task.MULTICLASS: "accuracy", Task.REGRESSION: "mae"}


def metrics_for(task: Task) -> list[Metric]:
    """The metrics that fit `task`, in the order in which they are shown."""
    return [found for found in METRICS.values() if task in found.tasks]


def headline_of(task: Task) -> str:
    """Key of the metric by which models of `task` are ranked unless another was chosen before training."""
    return _HEADLINES[task]


def metric_for(name: str | None, task: Task) -> Metric:
    """The metric `name` (or an alias; None: the headline) if it fits `task`. BadInput names those that do."""
    found = METRICS[name or headline_of(task)]
    if task not in found.tasks:
        known = [other.name for other in metrics_for(task)]
        raise BadInput(f"The metric {name!r} does not fit a {task} task: {choices(found.name, known)}")
    return found


def direction(name: str) -> int:
    """+1 where higher is better, −1 where lower is better, 0 where nearer to zero is."""
    return METRICS[name].direction
