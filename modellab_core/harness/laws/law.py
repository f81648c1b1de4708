"""Laws that numbers about a model must keep whatever the model is. A new law is one function under `@law`.

A law is tried on a case by a function that gives what it looked at in a few words. It raises Broken with the numbers
where it does not hold, and NotApplicable where it cannot be tried.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
import pandas as pd

from modellab_core.data.task import Task
from modellab_core.errors import BadInput
from modellab_core.harness.asking import NotApplicable, Unanswered, answered, apart, shown_answer
from modellab_core.harness.case import Case
from modellab_core.harness.engine.drawing import computable, value_of
from modellab_core.harness.metrics import METRICS, metrics_for
from modellab_core.harness.predictions import Ints, Predictions
from modellab_core.registry import Registry

ALL_TASKS = (Task.BINARY, Task.MULTICLASS, Task.REGRESSION)
ASKED = 500
SAME = 1e-6
CLOSE = 1e-9

Values = Mapping[str, float]


class Broken(Exception):
    """A law does not hold; the message says so with the numbers."""


Try = Callable[[Case], str]
F = TypeVar("F", bound=Try)


@dataclass(frozen=True)
class Law:
    """A law by name: `promise` says in one sentence what holds, `tried(case)` looks whether it does."""

    name: str
    promise: str
    tasks: tuple[Task, ...]
    tried: Try


LAWS: Registry[Law] = Registry("law")


def law(name: str, promise: str, tasks: tuple[Task, ...] = ALL_TASKS) -> Callable[[F], F]:
    """Add a function `(case) -> what was looked at` to LAWS; it may raise Broken or NotApplicable."""

    def add(tried: F) -> F:
        LAWS.add(name, Law(name, promise, tasks, tried))
        return tried

    return add


def some_rows(case: Case, most: int = ASKED) -> Ints:
    """At most `most` positions, evenly spread over the rows."""
    n = len(case.predictions)
    return np.unique(np.linspace(0, n - 1, min(n, most)).astype(np.int64))


def features(case: Case) -> pd.DataFrame:
    """The features of the rows. NotApplicable where there are none, or no model that could be asked about them."""
    if case.model is None:
        raise NotApplicable("no model was given that could be asked")
    if case.predictions.X is None or not case.predictions.X.shape[1]:
        raise NotApplicable("the features of the rows are not known")
    return case.predictions.X


def say(case: Case, rows: Ints, X: pd.DataFrame) -> Predictions:
    """What the model says of X, which stands in the place of `rows`. Broken where it does not answer."""
    try:
        return answered(case.model, case.predictions.take(rows), X)
    except Unanswered as reason:
        raise Broken(f"No answer: {reason}.") from reason


def same_answers(first: Predictions, second: Predictions, words: tuple[str, str]) -> str:
    """How many answers were compared. Broken names the row that moved the most, and what was said by which way."""
    moved = apart(first, second)
    if not (moved > SAME).any():
        return f"{len(first)} rows, largest difference {moved.max(initial=0.0):.2g}"
    at = int(moved.argmax())
    said = " and ".join(f"{shown_answer(one, at)} {way}" for one, way in zip((first, second), words, strict=True))
    raise Broken(
        f"{int((moved > SAME).sum())} of {len(first)} answers differ, the most by {moved[at]:.3g}: "
        f"of row {first.row[at]} the model says {said}."
    )


def values(predictions: Predictions) -> dict[str, float]:
    """The point value of every metric that can be computed, by name; NaN where undefined."""
    fitting = [one for one in metrics_for(predictions.task) if computable(one, predictions)]
    return {one.name: value_of(one, predictions) for one in fitting}


def same_values(predictions: Predictions, before: Values, after: Values) -> str:
    """How many values were compared. Broken names those that moved by more than a billionth, with both numbers."""
    numbers = predictions.task is Task.REGRESSION
    scale = float(np.abs(predictions.y_true).mean()) if numbers and len(predictions) else 0.0
    rounding = CLOSE * max(1.0, scale) / 10
    moved = [
        f"{METRICS[name].label} {value!r} becomes {after[name]!r}"
        for name, value in before.items()
        if not np.isclose(value, after[name], rtol=CLOSE, atol=rounding, equal_nan=True)
    ]
    if moved:
        raise Broken("; ".join(moved) + ".")
    return f"{len(before)} metrics"


def tried(one: Law, case: Case) -> tuple[str, str]:
    """(`ok`, `broken` or `not_applicable`; what was looked at, the numbers, or the reason)."""
    try:
        if case.predictions.task not in one.tasks:
            raise NotApplicable(f"the task is {case.predictions.task}")
        return "ok", one.tried(case)
    except NotApplicable as reason:
        return "not_applicable", f"Not applicable, because {reason}."
    except (Broken, BadInput) as reason:
        return "broken", str(reason)


def bare(case: Case) -> Predictions:
    """The predictions without features, which numbers do not look at."""
    return replace(case.predictions, X=None)
