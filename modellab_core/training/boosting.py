"""XGBoost: trees on histograms, categories as they are, the same bytes for any number of threads.

The number of rounds is chosen on held rows only: all folds grow one round at a time side by side, and the loss over all
held rows together decides for one number of rounds. Where a column has many categories, the same is tried with
questions that single out very few of them: with a category that says nothing, XGBoost's usual 64 fit noise at once (AUC
.72 after 14 rounds against .80). Nothing is sampled, so the seed changes nothing; it is handed over
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
LEVEL_COST = 5  # rows that a category costs as much as
FASTEST_RATE = 0.3
LEAST_PATIENCE = 10
MANY_LEVELS, FEW_ROWS = 10, 1000  # a column with more categories and fewer rows a category: there the reach matters
CATEGORY_REACHES = (64, 2)  # categories that one question may single out: XGBoost's own limit, and hardly any


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
        chosen = settings or _plain(problem, rows) | {"rounds": min(FIXED_ROUNDS, problem.params["max_rounds"])}
        growth = Growth.start(problem, chosen, rows)
        for done in range(chosen["rounds"]):
            tell(done / chosen["rounds"], f"XGBoost, round {done + 1} of {chosen['rounds']}")
            growth.grow(done)
        notes = _notes(chosen) if settings else (_fixed_note(chosen["rounds"]),)
        return Learnt(growth.predictor(chosen["rounds"]), chosen, notes)

    def choose(self, problem: Problem, pairs: Pairs, tell: Tell) -> Choice:
        """Rounds, reach of a question about categories, and scale of the target with the lowest loss on held rows."""
        rows = max((fit_rows for fit_rows, _ in pairs), key=len)
        plain, scales = _plain(problem, rows), _scales(problem, rows)
        reaches = CATEGORY_REACHES if _has_many_levels(problem, rows) else CATEGORY_REACHES[:1]
        parts = len(reaches) + len(scales) - 1
        tried = []
        for place, reach in enumerate(reaches):
            settings = plain | {"log_target": scales[0], "max_cat_threshold": reach}
            tried.append(_grown(problem, pairs, settings, _part_of(tell, place, parts)))
        best = tried[int(np.argmin([_held_loss(problem, pairs, one) for one in tried]))]
        if len(scales) == 1:
            return best
        logged = _grown(problem, pairs, best.settings | {"log_target": True}, _part_of(tell, parts - 1, parts))
        gain = charged(_held_loss(problem, pairs, logged), log=True) < _held_loss(problem, pairs, best)
        return logged if gain else best

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
    limit = problem.params["max_rounds"]
    patience = max(LEAST_PATIENCE, round(problem.params["patience"] * RATES[0][1] / settings["learning_rate"]))
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
    """The mean loss of the held rows, in the unit of the target."""
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
        residuals.append(
            one.log.there(np.asarray(problem.y[held], dtype=np.float64)) - one.plain(problem.inputs.take(held))
        )
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


def _plain(problem: Problem, rows: Ints) -> Settings:
    """Settings before anything was chosen. The learning rate is the one asked for, else smaller for fewer rows, where
    that buys most and costs least.
    """
    asked = float(problem.params["learning_rate"])
    levels = sum(len(column.categories) for column in problem.intake.category_columns)
    size = (len(rows) + LEVEL_COST * levels) * (problem.k if problem.k > 2 else 1)
    rate = asked or next((rate for limit, rate in RATES if size <= limit), FASTEST_RATE)
    log = problem.params.get("log_target") == "always"
    return {"learning_rate": rate, "max_cat_threshold": CATEGORY_REACHES[0], "log_target": log}


def _scales(problem: Problem, rows: Ints) -> list[bool]:
    if problem.task.is_classification:
        return [False]
    return scales_to_try(np.asarray(problem.y[rows], dtype=np.float64), problem.params["log_target"])


def _has_many_levels(problem: Problem, rows: Ints) -> bool:
    levels = [len(column.categories) for column in problem.intake.category_columns]
    return any(count > MANY_LEVELS and len(rows) < FEW_ROWS * count for count in levels)


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


def _part_of(tell: Tell, place: int, parts: int) -> Tell:
    return lambda share, message: tell((place + share) / parts, message)


def _fixed_note(rounds: int) -> Note:
    return Note("fixed_rounds", f"XGBoost grew a fixed {rounds} rounds: too few rows could be held out to choose.")


def _notes(settings: Settings) -> tuple[Note, ...]:
    text = "XGBoost learns the logarithm of the target and turns its predictions back."
    return (Note("log_target", text),) if settings["log_target"] else ()


LEARNERS.add("xgboost", XGBoost())
