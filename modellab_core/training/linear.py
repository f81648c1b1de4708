"""The linear model: logistic regression for classes, ridge regression for numbers, on the matrix of a `Design`.

Two things are chosen on held rows, and only where they can matter. With many columns for the rows (categories with
thousands of levels) the penalty is raised as far as it lowers the loss. For a positive target with a long tail the
logarithm of the target is tried as well, and taken only where it lowers the squared error of the target itself.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from modellab_core.data.table import Note
from modellab_core.training.design import Design
from modellab_core.training.estimators import Estimated, SkopsLearner, dump_estimated, fit_dummy, load_estimated
from modellab_core.training.intake import Inputs
from modellab_core.training.learner import (
    LEARNERS,
    Choice,
    Learnt,
    Pairs,
    Predictor,
    Problem,
    Settings,
    Tell,
    mean_loss,
)
from modellab_core.training.scales import LogScale, charged, log_from_json, scales_to_try
from modellab_core.training.values import Floats, Ints

WIDE = 20  # with fewer rows a column than this, the penalty matters
PENALTIES = (1.0, 10.0, 100.0)  # times the penalty asked for


@dataclass(frozen=True, eq=False)
class Linear:
    """A fitted linear model; `log` is the scale on which numbers are predicted, None for the plain one."""

    estimated: Estimated
    log: LogScale | None = None

    def __call__(self, inputs: Inputs) -> Floats:
        """Probabilities (n, k) or numbers (n,)."""
        plain = self.estimated(inputs)
        return plain if self.log is None else self.log.back(plain)

    def explained(self, inputs: Inputs) -> Floats:
        """What each input adds to a margin, on the logarithm of the target where that is what was learnt."""
        return self.estimated.explained(inputs)


class LinearLearner(SkopsLearner):
    """Logistic regression or ridge regression."""

    trusted = (
        "sklearn.linear_model._logistic.LogisticRegression",
        "sklearn.linear_model._ridge.Ridge",
        "sklearn.dummy.DummyClassifier",  # where the rows to fit on hold a single class
    )

    def fit(self, problem: Problem, rows: Ints, settings: Settings | None, tell: Tell) -> Learnt:
        """Learn from `rows` with the settings; without any, the plain penalty and the plain target."""
        tell(0.0, "Linear model")
        chosen = settings or {"penalty": PENALTIES[0], "log_target": problem.params.get("log_target") == "always"}
        design = Design.learn(problem.intake, problem.inputs.take(rows), problem.params["rare_below"])
        model = _fit(problem, rows, design, design.matrix(problem.inputs.take(rows)), chosen)
        tell(1.0, "Linear model")
        return Learnt(model, chosen, _notes(model, chosen))

    def choose(self, problem: Problem, pairs: Pairs, tell: Tell) -> Choice:
        """The penalty and the scale of the target with the lowest loss on all held rows together."""
        candidates: list[Settings] = []
        tried: list[tuple[Linear, tuple[float, float]]] = []
        for done, (fit_rows, held) in enumerate(pairs):
            fit_inputs, held_inputs = problem.inputs.take(fit_rows), problem.inputs.take(held)
            design = Design.learn(problem.intake, fit_inputs, problem.params["rare_below"])
            candidates = candidates or _candidates(problem, fit_rows, design.width)
            matrix = design.matrix(fit_inputs)
            for place, settings in enumerate(candidates):
                share = (done + place / len(candidates)) / len(pairs)
                tell(share, f"Linear model, fold {done + 1} of {len(pairs)}")
                model = _fit(problem, fit_rows, design, matrix, settings)
                tried.append((model, mean_loss(problem, held, model(held_inputs), fit_rows)))
        losses = [_pooled([loss for _, loss in tried[place :: len(candidates)]]) for place in range(len(candidates))]
        best = int(np.argmin([charged(loss, one["log_target"]) for one, loss in zip(candidates, losses, strict=True)]))
        models: list[Predictor] = [model for model, _ in tried[best :: len(candidates)]]
        return Choice(candidates[best], models, _notes(tried[best][0], candidates[best]))

    def dump(self, predictor: Any) -> tuple[dict[str, Any], bytes]:
        """Design and scale as JSON, the estimator as skops."""
        state, content = dump_estimated(predictor.estimated)
        return {**state, "log": None if predictor.log is None else predictor.log.to_json()}, content

    def load(self, state: Mapping[str, Any], content: bytes) -> Predictor:
        """The predictor that `dump` wrote."""
        return Linear(load_estimated(state, content, self.trusted), log_from_json(state["log"]))


def _candidates(problem: Problem, rows: Ints, width: int) -> list[Settings]:
    """The settings worth trying, the plainest first."""
    penalties = PENALTIES if width * WIDE > len(rows) else PENALTIES[:1]
    scales = [False]
    if not problem.task.is_classification:
        scales = scales_to_try(np.asarray(problem.y[rows], dtype=np.float64), problem.params["log_target"])
    return [{"penalty": penalty, "log_target": log} for log in scales for penalty in penalties]


def _pooled(losses: list[tuple[float, float]]) -> float:
    total = sum(weight for _, weight in losses)
    return sum(loss for loss, _ in losses) / total if total > 0 else 0.0


def _fit(problem: Problem, rows: Ints, design: Design, matrix: Any, settings: Settings) -> Linear:
    from sklearn.linear_model import LogisticRegression, Ridge

    y, weight = problem.y[rows], problem.weights(rows)
    if not problem.task.is_classification:
        ridge = Ridge(alpha=problem.params["ridge_alpha"] * settings["penalty"], solver="sparse_cg", tol=1e-8)
        return _fit_ridge(ridge, design, matrix, np.asarray(y, dtype=np.float64), weight, settings["log_target"])
    if len(np.unique(y)) < 2:
        return Linear(fit_dummy(problem, rows))
    logistic = LogisticRegression(
        C=problem.params["linear_c"] / settings["penalty"], max_iter=problem.params["max_iter"]
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what did not converge is told by a note
        logistic.fit(matrix, y, sample_weight=weight)
    return Linear(Estimated(logistic, design, problem.k))


def _fit_ridge(ridge: Any, design: Design, matrix: Any, y: Floats, weight: Floats | None, log: bool) -> Linear:
    if not log:
        return Linear(Estimated(ridge.fit(matrix, y, sample_weight=weight), design, 0))
    scale = LogScale.of(y)
    z = scale.there(y)
    ridge.fit(matrix, z, sample_weight=weight)
    scale = scale.smeared(z - ridge.predict(matrix), weight)
    return Linear(Estimated(ridge, design, 0), scale)


def _notes(model: Linear, settings: Settings) -> tuple[Note, ...]:
    notes = []
    iterations = getattr(model.estimated.estimator, "n_iter_", None)
    limit = getattr(model.estimated.estimator, "max_iter", None)
    if iterations is not None and limit is not None and int(np.max(iterations)) >= limit:
        text = f"The linear model stopped after {limit:,} steps before it settled: raise the parameter max_iter."
        notes.append(Note("not_converged", text))
    if settings["log_target"]:
        notes.append(Note("log_target", "The linear model predicts the logarithm of the target and turns it back."))
    if settings["penalty"] != PENALTIES[0]:
        text = (
            f"The linear model has many columns for its rows: its penalty is {settings['penalty']:g} times the usual."
        )
        notes.append(Note("penalty", text))
    return tuple(notes)


LEARNERS.add("linear", LinearLearner())
