"""The laws of `laws/law.py`, tried on a user's own model and predictions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from modellab_core.data.task import Task
from modellab_core.harness.arguments import OnArrays, given, predictions_of, with_rows
from modellab_core.harness.case import Case
from modellab_core.harness.engine.resampling import Resampling
from modellab_core.harness.laws import model, numbers
from modellab_core.harness.laws.law import LAWS, tried
from modellab_core.harness.metrics import metric_for
from modellab_core.harness.predictions import Predictions
from modellab_core.harness.scores import Plan

FAMILIES = (model, numbers)
"""The files in which laws are written; importing them fills the registry."""


@dataclass(frozen=True)
class Outcome:
    """How a law came out: `ok`, `broken`, or `not_applicable`; `detail` has the numbers or the reason."""

    law: str
    promise: str
    outcome: str
    detail: str


@dataclass(frozen=True)
class SelfCheck:
    """How all laws came out."""

    outcomes: tuple[Outcome, ...]

    @property
    def broken(self) -> tuple[Outcome, ...]:
        """The laws that do not hold."""
        return tuple(one for one in self.outcomes if one.outcome == "broken")

    @property
    def holds(self) -> bool:
        """Whether no law is broken."""
        return not self.broken

    @property
    def sentence(self) -> str:
        """How many laws hold, and which are broken."""
        fit = [one for one in self.outcomes if one.outcome != "not_applicable"]
        rest = len(self.outcomes) - len(fit)
        names = f": {', '.join(one.law for one in self.broken)}" if self.broken else ""
        left = f" {rest} {'is' if rest == 1 else 'are'} not applicable." if rest else ""
        return f"{len(fit) - len(self.broken)} of {len(fit)} laws hold{names and ', broken'}{names}.{left}"

    def frame(self) -> pd.DataFrame:
        """A row per law."""
        return pd.DataFrame([asdict(one) for one in self.outcomes])

    def to_json(self) -> dict[str, Any]:
        """`{holds, sentence, laws: [{law, promise, outcome, detail}]}`."""
        return {"holds": self.holds, "sentence": self.sentence, "laws": [asdict(one) for one in self.outcomes]}


def selfcheck(
    model: Any,
    X: Any,
    y: Any,
    *,
    y_pred: Any = None,
    y_proba: Any = None,
    task: Task | str | None = None,
    classes: Sequence[Any] | None = None,
    positive: Any = None,
    weight: Any = None,
    groups: Any = None,
    plan: Plan | None = None,
) -> SelfCheck:
    """Try the laws on a model and rows that it was not trained on; the arguments are those of `evaluate`.

        selfcheck(model, X_test, y_test).frame()

    Without `y_pred` and `y_proba` the predictions are the model's. `model` may be None: then laws that ask it are not
    applicable. BadInput says what cannot be used and why.
    """
    called = OnArrays.around(model, X)
    shared = given(y, y_pred, y_proba, X, model, task, classes, positive)
    own = with_rows(predictions_of(shared, y_pred, y_proba, model=called), weight, groups)
    return selfcheck_predictions(own, called, plan)


def selfcheck_predictions(predictions: Predictions, model: Any = None, plan: Plan | None = None) -> SelfCheck:
    """Try every law on predictions, and on the model that made them where there is one."""
    plan = plan or Plan()
    case = Case(predictions, plan, metric_for(None, predictions.task), Resampling(len(predictions)), model=model)
    return SelfCheck(tuple(Outcome(one.name, one.promise, *tried(one, case)) for one in LAWS.values()))
