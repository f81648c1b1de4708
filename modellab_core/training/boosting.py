"""XGBoost: trees on histograms, categories as they are, the same bytes for any number of threads.

The number of rounds is chosen on held rows only: all folds grow one round at a time side by side, and the loss over all
held rows together decides for one number of rounds. Nothing is sampled, so the seed changes nothing; it is handed over
all the same. Numbers to predict are moved to mean 0 and scale 1, because XGBoost holds them as float32.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from modellab_core.data.table import Note
from modellab_core.training.boosted import Boosted, kinds_of, training_matrix
from modellab_core.training.learner import (
    LEARNERS,
    Choice,
    Learner,
    Learnt,
    Pairs,
    Predictor,
    Problem,
    Settings,
    Tell,
    mean_loss,
)
from modellab_core.training.scales import LogScale, charged, log_from_json, scales_to_try, smear_of
from modellab_core.training.values import Floats, Ints

FIXED_ROUNDS = 50  # where no rows can be held out
RATES = ((20_000, 0.1), (200_000, 0.2))  # learning rate up to so many rows × classes
FASTEST_RATE = 0.3


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


class XGBoost(Learner):
    """Gradient boosted trees."""

    file = "model.ubj"

    def fit(self, problem: Problem, rows: Ints, settings: Settings | None, tell: Tell) -> Learnt:
        """Grow the chosen number of rounds, or a fixed one where none could be chosen."""
        chosen = settings or _fixed(problem, rows)
        growth = Growth.start(problem, chosen, rows)
        for done in range(chosen["rounds"]):
            tell(done / chosen["rounds"], f"XGBoost, round {done + 1} of {chosen['rounds']}")
            growth.grow(done)
        notes = _notes(chosen) if settings else (_fixed_note(chosen["rounds"]),)
        return Learnt(growth.predictor(chosen["rounds"]), chosen, notes)

    def choose(self, problem: Problem, pairs: Pairs, tell: Tell) -> Choice:
        """The number of rounds, and for numbers with a long tail the scale, with the lowest loss on all held rows."""
        rows = max((fit_rows for fit_rows, _ in pairs), key=len)
        scales = [False]
        if not problem.task.is_classification:
            scales = scales_to_try(np.asarray(problem.y[rows], dtype=np.float64), problem.params["log_target"])
        rate = _rate(problem, rows)
        tried = []
        for place, log in enumerate(scales):
            part = _part_of(tell, place, len(scales))
            tried.append(_grown(problem, pairs, {"learning_rate": rate, "log_target": log}, part))
        losses = [charged(_held_loss(problem, pairs, one), one.settings["log_target"]) for one in tried]
        return tried[int(np.argmin(losses))]

    def dump(self, predictor: Any) -> tuple[dict[str, Any], bytes]:
        """Everything but the trees as JSON, the trees in XGBoost's own format."""
        state = {name: getattr(predictor, name) for name in ("k", "rounds", "center", "scale")}
        log = None if predictor.log is None else predictor.log.to_json()
        state |= {"kinds": list(predictor.kinds), "seen": list(predictor.seen), "log": log}
        return state, bytes(predictor.booster.save_raw("ubj"))

    def load(self, state: Mapping[str, Any], content: bytes) -> Predictor:
        """The predictor that `dump` wrote. ValueError when the trees do not belong to it."""
        import xgboost

        booster = xgboost.Booster({"nthread": 1})
        booster.load_model(bytearray(content))
        if booster.num_boosted_rounds() != state["rounds"] or booster.num_features() != len(state["kinds"]):
            raise ValueError("the trees do not belong to this model")
        kinds, seen = tuple(state["kinds"]), tuple(state["seen"])
        plain = {name: state[name] for name in ("k", "rounds", "center", "scale")}
        return Boosted(booster, kinds, seen=seen, log=log_from_json(state["log"]), **plain)


def _grown(problem: Problem, pairs: Pairs, settings: Settings, tell: Tell) -> Choice:
    """Grow all pairs side by side until the loss has not fallen for a while; keep the rounds where it was lowest."""
    tell(0.0, "XGBoost, preparing")
    growths = [Growth.start(problem, settings, fit_rows, held) for fit_rows, held in pairs]
    limit, patience = problem.params["max_rounds"], problem.params["patience"]
    best, lowest = 1, np.inf
    for done in range(limit):
        for growth in growths:
            tell(done / limit, f"XGBoost, round {done + 1} on held-out rows, best so far {best}")
            growth.grow(done)
        loss = _pooled_loss(growths, done)
        if loss < lowest:
            best, lowest = done + 1, loss
        if done + 1 - best >= patience:
            break
    predictors = [growth.predictor(best) for growth in growths]
    chosen = settings | {"rounds": best}
    if settings["log_target"]:
        chosen["smear"] = _held_smear(problem, pairs, predictors)
        predictors = [replace(one, log=replace(one.log, smear=chosen["smear"])) for one in predictors if one.log]
    return Choice(chosen, list(predictors), _notes(chosen))


def _pooled_loss(growths: list[Growth], done: int) -> float:
    """The mean loss over all watched rows of all folds together; infinite where there are none."""
    watched = [growth for growth in growths if growth.watched_weight > 0]
    total = sum(growth.watched_weight for growth in watched)
    return sum(growth.loss(done) * growth.watched_weight for growth in watched) / total if total else np.inf


def _held_loss(problem: Problem, pairs: Pairs, choice: Choice) -> float:
    """The mean loss of the held rows in the unit of the target; nothing to compare for classes."""
    if problem.task.is_classification:
        return 0.0
    told = [
        mean_loss(problem, held, predictor(problem.inputs.take(held)), fit_rows)
        for (fit_rows, held), predictor in zip(pairs, choice.predictors, strict=True)
    ]
    return sum(loss for loss, _ in told) / max(sum(weight for _, weight in told), 1e-300)


def _held_smear(problem: Problem, pairs: Pairs, predictors: list[Boosted]) -> float:
    """The smear of the residuals of the held rows: those of the rows fitted on are too small in a booster."""
    residuals, weights = [], []
    for (_, held), one in zip(pairs, predictors, strict=True):
        assert one.log is not None
        residuals.append(one.log.there(np.maximum(problem.y[held], 0)) - one.plain(problem.inputs.take(held)))
        weights.append(np.ones(len(held)) if problem.weight is None else problem.weight[held])
    weight = np.concatenate(weights)
    return smear_of(np.concatenate(residuals), weight if weight.sum() > 0 else None)


def _blank(problem: Problem, settings: Settings, rows: Ints) -> Boosted:
    kinds = kinds_of(problem.intake)
    if problem.task.is_classification:
        return Boosted(None, kinds, problem.k, seen=tuple(int(code) for code in np.unique(problem.y[rows])))
    y = np.asarray(problem.y[rows], dtype=np.float64)
    log = replace(LogScale.of(y), smear=settings.get("smear", 1.0)) if settings["log_target"] else None
    z = y if log is None else log.there(y)
    scale = float(np.std(z))
    return Boosted(None, kinds, 0, center=float(np.mean(z)), scale=scale if scale > 0 else 1.0, log=log)


def _scaled(problem: Problem, blank: Boosted, rows: Ints) -> Floats:
    """The target as the booster learns it."""
    y = np.asarray(problem.y[rows], dtype=np.float64)
    if blank.k:
        return y
    z = y if blank.log is None else blank.log.there(np.maximum(y, 0))
    return np.asarray((z - blank.center) / blank.scale)


def _watched_weights(problem: Problem, blank: Boosted, held: Ints) -> Floats:
    """Weights of the held rows, 0 for classes that the rows fitted on lack: more rounds would only look worse there."""
    weight = np.ones(len(held)) if problem.weight is None else problem.weight[held]
    return weight * np.isin(problem.y[held], blank.seen) if blank.k else weight


def _rate(problem: Problem, rows: Ints) -> float:
    """The learning rate asked for, else smaller for fewer rows, where it buys most and costs least."""
    asked = float(problem.params["learning_rate"])
    size = len(rows) * (problem.k if problem.k > 2 else 1)
    return asked or next((rate for limit, rate in RATES if size <= limit), FASTEST_RATE)


def _booster_params(problem: Problem, settings: Settings) -> dict[str, Any]:
    params: dict[str, Any] = {name: problem.params[name] for name in ("max_depth", "min_child_weight")}
    params |= {"eta": settings["learning_rate"], "lambda": problem.params["tree_penalty"]}
    params |= {"tree_method": "hist", "seed": problem.seed, "nthread": problem.threads, "verbosity": 0}
    if not problem.task.is_classification:
        return params | {"objective": "reg:squarederror", "eval_metric": "rmse"}
    if problem.k == 2:
        return params | {"objective": "binary:logistic", "eval_metric": "logloss"}
    return params | {"objective": "multi:softprob", "eval_metric": "mlogloss", "num_class": problem.k}


def _fixed(problem: Problem, rows: Ints) -> Settings:
    log = problem.params.get("log_target") == "always"
    rounds = min(FIXED_ROUNDS, problem.params["max_rounds"])
    return {"learning_rate": _rate(problem, rows), "log_target": log, "rounds": rounds}


def _part_of(tell: Tell, place: int, parts: int) -> Tell:
    return lambda share, message: tell((place + share) / parts, message)


def _fixed_note(rounds: int) -> Note:
    return Note("fixed_rounds", f"XGBoost grew a fixed {rounds} rounds: too few rows could be held out to choose.")


def _notes(settings: Settings) -> tuple[Note, ...]:
    text = "XGBoost learns the logarithm of the target and turns its predictions back."
    return (Note("log_target", text),) if settings["log_target"] else ()


LEARNERS.add("xgboost", XGBoost())
