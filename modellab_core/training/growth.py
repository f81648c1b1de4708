"""A booster that grows one round at a time while its loss on held rows is watched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from modellab_core.training.boosted import Boosted, kinds_of, training_matrix
from modellab_core.training.learner import Problem, Settings, Tell
from modellab_core.training.scales import LogScale
from modellab_core.training.values import Floats, Ints


@dataclass(frozen=True, eq=False)
class Growth:
    """A booster that grows, the rows it learns from, and the rows on which its loss is watched."""

    blank: Boosted
    learns: Any
    watched: Any | None = None
    watched_weight: float = 0.0

    @classmethod
    def start(cls, problem: Problem, settings: Settings, rows: Ints, held: Ints | None = None) -> Growth:
        """A booster without a tree for `rows`, watched on the `held` rows."""
        import xgboost

        blank = _blank(problem, settings, rows)
        learns = training_matrix(
            problem.inputs.take(rows),
            blank.kinds,
            _scaled(problem, blank, rows),
            problem.weights(rows),
            problem.threads,
        )
        watched, total = None, 0.0
        if held is not None and len(held):
            weight = _watched_weights(problem, blank, held)
            total = float(weight.sum())
            y = _scaled(problem, blank, held)
            watched = training_matrix(problem.inputs.take(held), blank.kinds, y, weight, problem.threads, like=learns)
        cache = [learns, watched] if watched is not None else [learns]
        booster = xgboost.Booster(_booster_params(problem, settings), cache)
        return cls(replace(blank, booster=booster), learns, watched, total)

    def grow(self, done: int) -> None:
        """Add one round after `done` rounds."""
        self.blank.booster.update(self.learns, done)

    def loss(self, done: int) -> float:
        """The mean loss on the watched rows: log loss, or squared error on the scale that is learnt."""
        told = self.blank.booster.eval_set([(self.watched, "held")], done)
        value = float(told.rsplit(":", 1)[1])
        return value if self.blank.k else (value * self.blank.scale) ** 2

    def predictor(self, rounds: int) -> Boosted:
        """The first `rounds` rounds as a predictor."""
        return replace(self.blank, booster=self.blank.booster[:rounds], rounds=rounds)


def _blank(problem: Problem, settings: Settings, rows: Ints) -> Boosted:
    kinds = kinds_of(problem.intake)
    if problem.task.is_classification:
        return Boosted(None, kinds, problem.k, seen=tuple(int(code) for code in np.unique(problem.y[rows])))
    y = np.asarray(problem.y[rows], dtype=np.float64)
    log = replace(LogScale.of(y), smear=settings.get("smear", 1.0)) if settings["log_target"] else None
    z = y if log is None else log.there(y)
    center = float(np.average(z, weights=problem.weights(rows)))
    scale = float(np.sqrt(np.average((z - center) ** 2, weights=problem.weights(rows))))
    return Boosted(None, kinds, 0, center=center, scale=scale if scale > 0 else 1.0, log=log)


def _scaled(problem: Problem, blank: Boosted, rows: Ints) -> Floats:
    """The target as the booster learns it."""
    y = np.asarray(problem.y[rows], dtype=np.float64)
    if blank.k:
        return y
    z = y if blank.log is None else blank.log.there(y)
    return np.asarray((z - blank.center) / blank.scale)


def _watched_weights(problem: Problem, blank: Boosted, held: Ints) -> Floats:
    """Weights of the held rows, 0 for classes that the rows fitted on lack: more rounds would only look worse there."""
    weight = np.ones(len(held)) if problem.weight is None else problem.weight[held]
    return weight * np.isin(problem.y[held], blank.seen) if blank.k else weight


def _booster_params(problem: Problem, settings: Settings) -> dict[str, Any]:
    params: dict[str, Any] = {name: problem.params[name] for name in ("max_depth", "min_child_weight")}
    params |= {"eta": settings["learning_rate"], "max_cat_threshold": settings["max_cat_threshold"]}
    params["lambda"] = problem.params["tree_penalty"]
    params |= {"tree_method": "hist", "seed": problem.seed, "nthread": problem.threads, "verbosity": 0}
    if not problem.task.is_classification:
        return params | {"objective": "reg:squarederror", "eval_metric": "rmse"}
    if problem.k == 2:
        return params | {"objective": "binary:logistic", "eval_metric": "logloss"}
    return params | {"objective": "multi:softprob", "eval_metric": "mlogloss", "num_class": problem.k}


def grow_side_by_side(growths: Sequence[Growth], limit: int, patience: int, tell: Tell) -> int:
    """Grow until the loss over all watched rows has not fallen for `patience` rounds; the rounds where it was lowest.

    Ends after `limit` rounds at the latest.
    """
    best, lowest = 1, np.inf
    for done in range(limit):
        for growth in growths:
            tell(done / limit, f"XGBoost, round {done + 1} on held-out rows, best so far {best}")
            growth.grow(done)
        loss = pooled_loss(growths, done)
        if loss < lowest:
            best, lowest = done + 1, loss
        if done + 1 - best >= patience:
            break
    return best


def grow_on(growths: Sequence[Growth], rounds: int, tell: Tell) -> None:
    """Grow until there are `rounds` rounds."""
    for growth in growths:
        for done in range(growth.blank.booster.num_boosted_rounds(), rounds):
            tell(1.0, f"XGBoost, round {done + 1} on held-out rows, to see whether more help")
            growth.grow(done)


def pooled_loss(growths: Sequence[Growth], done: int) -> float:
    """The mean loss over all watched rows of all folds together; infinite where there are none."""
    watched = [growth for growth in growths if growth.watched_weight > 0]
    total = sum(growth.watched_weight for growth in watched)
    return sum(growth.loss(done) * growth.watched_weight for growth in watched) / total if total else np.inf
