"""All metrics by name; each is written in the file of its family."""

from __future__ import annotations

from collections.abc import Sequence

from modellab_core.data.task import Task
from modellab_core.errors import BadInput, choices
from modellab_core.harness.metrics import classification, ranking, regression
from modellab_core.harness.metrics.metric import METRICS, Metric, metric
from modellab_core.harness.scores import Plan

__all__ = [
    "FAMILIES",
    "METRICS",
    "Metric",
    "chosen_metrics",
    "direction",
    "headline_of",
    "metric",
    "metric_for",
    "metrics_for",
]

FAMILIES = (classification, ranking, regression)

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


def chosen_metrics(task: Task, plan: Plan, default: Sequence[str] | None = None) -> list[Metric]:
    """The metrics that the plan asks for, else those of `default`, else all; the headline is always among them."""
    every = metrics_for(task)
    names = plan.metrics if plan.metrics is not None else default
    chosen = every if names is None else [metric_for(name, task) for name in names]
    headline = metric_for(plan.headline, task)
    return chosen if headline in chosen else [headline, *chosen]
