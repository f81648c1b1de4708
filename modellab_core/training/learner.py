"""What every kind of model can do, whatever it is: choose its settings on held rows, be fitted, be stored.

Labels arrive as codes 0 … k−1 of those classes that the training rows hold, so k ≥ 2 and nothing here knows the names
of classes. A learner is one object for all runs and keeps no state: what it needs comes in a `Problem`, what it learnt
goes into a `Predictor`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from modellab_core.data.table import Note
from modellab_core.data.task import Task
from modellab_core.registry import Registry
from modellab_core.training.intake import Inputs, Intake
from modellab_core.training.values import Floats, Ints

Tell = Callable[[float, str], None]
"""`tell(share, message)`: the share in [0, 1] of the fit that is done. It raises `Cancelled` to stop."""


def unheard(share: float, message: str) -> None:
    """A `Tell` that says nothing."""


Settings = dict[str, Any]
"""What was chosen on held rows, as plain JSON values."""

Pairs = Sequence[tuple[Ints, Ints]]
"""Per pair the rows to fit on and the rows held out, as positions in the problem."""


class Predictor(Protocol):
    """What was learnt."""

    def __call__(self, inputs: Inputs) -> Floats:
        """Probabilities (n, k) whose rows sum to 1, or predicted numbers (n,)."""


@dataclass(frozen=True, eq=False)
class Problem:
    """What is to be learnt: inputs, target and weight of n rows.

    `y` is int64 codes 0 … k−1 or float64; `weight` has mean 1 over the training rows, or is None; rows of weight 0 are
    never fitted on; `params` are the template's parameters, complete. `threads` must not change a bit of the outcome.
    """

    intake: Intake
    inputs: Inputs
    y: Ints | Floats
    task: Task
    k: int
    params: Mapping[str, Any]
    weight: Floats | None = None
    seed: int = 42
    threads: int = 1

    def weights(self, rows: Ints) -> Floats | None:
        """The weights of some rows."""
        return None if self.weight is None else self.weight[rows]


@dataclass(frozen=True, eq=False)
class Choice:
    """Settings chosen on held rows, and per pair the predictor with these settings, fitted on its rows to fit on."""

    settings: Settings
    predictors: list[Predictor]
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, eq=False)
class Learnt:
    """A fitted predictor with its settings and what a person should know about the fit."""

    predictor: Predictor
    settings: Settings = field(default_factory=dict)
    notes: tuple[Note, ...] = ()


class Learner:
    """A kind of model. A new one needs `fit`, `dump` and `load`; `choose` serves those with settings to choose."""

    file: str = "model.skops"
    """The name of the file that holds the predictor; its ending tells the format."""

    def fit(self, problem: Problem, rows: Ints, settings: Settings | None, tell: Tell) -> Learnt:
        """Learn from `rows`. `settings` are what `choose` gave, None where there were no rows to choose on."""
        raise NotImplementedError

    def choose(self, problem: Problem, pairs: Pairs, tell: Tell) -> Choice:
        """Choose settings on the held rows of all pairs together; without any to choose, each pair is just fitted."""
        predictors = []
        for done, (fit_rows, _) in enumerate(pairs):
            tell(done / len(pairs), f"Fold {done + 1} of {len(pairs)}")
            predictors.append(self.fit(problem, fit_rows, {}, unheard).predictor)
        return Choice({}, predictors)

    def dump(self, predictor: Any) -> tuple[dict[str, Any], bytes]:
        """The predictor as plain JSON values and the bytes of `file`."""
        raise NotImplementedError

    def load(self, state: Mapping[str, Any], content: bytes) -> Predictor:
        """The predictor that `dump` wrote, with the same predictions to the bit. ValueError when it is not one."""
        raise NotImplementedError


LEARNERS: Registry[Learner] = Registry("model")


def mean_loss(problem: Problem, rows: Ints, predicted: Floats, fitted_on: Ints) -> tuple[float, float]:
    """Sum of weight × loss over `rows` and the sum of weights: log loss, or squared error for numbers.

    Rows of a class that the rows fitted on do not hold weigh nothing: no setting could help them.
    """
    y = problem.y[rows]
    weight = np.ones(len(rows)) if problem.weight is None else problem.weight[rows]
    if not problem.task.is_classification:
        return float(weight @ (y - predicted) ** 2), float(weight.sum())
    weight = weight * np.isin(y, problem.y[fitted_on])
    chance = np.clip(predicted[np.arange(len(rows)), y.astype(np.int64)], 1e-15, 1.0)
    return float(weight @ -np.log(chance)), float(weight.sum())
