"""XGBoost: trees on histograms, categories as they are, the same bytes for any number of threads.

The number of rounds is chosen on held rows only: all folds grow one round at a time side by side, and the loss over all
held rows together decides for one number of rounds. Where a column has many categories, the same is tried with
questions that single out very few of them: with a category that says nothing, XGBoost's usual 64 fit noise at once (AUC
.72 after 14 rounds against .80). Nothing is sampled, so the seed changes nothing; it is handed over all the same.
Numbers to predict are moved to mean 0 and scale 1, because XGBoost holds them as float32.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from modellab_core.data.table import Note
from modellab_core.training.boosted import Boosted
from modellab_core.training.growth import Growth, grow_on, grow_side_by_side
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
from modellab_core.training.scales import charged, log_from_json, scales_to_try, smear_of
from modellab_core.training.values import Ints

FIXED_ROUNDS = 50  # where no rows can be held out
RATES = ((20_000, 0.1), (200_000, 0.2))  # learning rate up to so many rows × classes
LEVEL_COST = 5  # rows that a category costs as much as
FASTEST_RATE = 0.3
LEAST_PATIENCE = 10
MOST_WORK, LEAST_LIMIT = 1_500_000_000, 100  # rows × fields × trees of all rounds, and the rounds that are always left
MANY_LEVELS, FEW_ROWS = 10, 1000  # a column with more categories and fewer rows a category: there the reach matters
CATEGORY_REACHES = (64, 2)  # categories that one question may single out: XGBoost's own limit, and hardly any


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
        trials = []
        for place, reach in enumerate(reaches):
            settings = plain | {"log_target": scales[0], "max_cat_threshold": reach}
            trials.append(_tried(problem, pairs, settings, _part_of(tell, place, parts)))
        best = min(trials, key=lambda trial: _held_loss(problem, pairs, trial))
        if len(scales) > 1:
            logged = _tried(problem, pairs, best.settings | {"log_target": True}, _part_of(tell, parts - 1, parts))
            gain = charged(_held_loss(problem, pairs, logged), log=True) < _held_loss(problem, pairs, best)
            return (logged if gain else best).choice
        if problem.k > 2 and _size(problem, rows) <= RATES[-1][0]:
            best = _grown_on(problem, pairs, best, tell)
        return best.choice

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


@dataclass(frozen=True, eq=False)
class Trial:
    """One way to grow on all pairs: its settings with the rounds chosen, and what grew."""

    settings: Settings
    growths: list[Growth]

    def predictors(self, rounds: int | None = None) -> list[Boosted]:
        """What grew on each pair after some rounds, by default after those chosen."""
        found = [growth.predictor(rounds or self.settings["rounds"]) for growth in self.growths]
        smear = self.settings.get("smear")
        return [replace(one, log=replace(one.log, smear=smear)) if smear and one.log else one for one in found]

    @property
    def choice(self) -> Choice:
        """The trial as the answer of `choose`."""
        return Choice(self.settings, list(self.predictors()), _notes(self.settings))


def _tried(problem: Problem, pairs: Pairs, settings: Settings, tell: Tell) -> Trial:
    """Grow all pairs side by side, with the rounds where the loss on held rows is lowest."""
    tell(0.0, "XGBoost, preparing")
    growths = [Growth.start(problem, settings, fit_rows, held) for fit_rows, held in pairs]
    patience = max(LEAST_PATIENCE, round(problem.params["patience"] * RATES[0][1] / settings["learning_rate"]))
    rounds = grow_side_by_side(growths, _most_rounds(problem, pairs), patience, tell)
    trial = Trial(settings | {"rounds": rounds}, growths)
    if not settings["log_target"]:
        return trial
    return replace(trial, settings=trial.settings | {"smear": _held_smear(problem, pairs, trial.predictors())})


def _most_rounds(problem: Problem, pairs: Pairs) -> int:
    """The rounds asked for at most, fewer for tables so large that they would take minutes."""
    cells = sum(len(rows) for rows, _ in pairs) * len(problem.intake.fields) * _trees(problem)
    return min(int(problem.params["max_rounds"]), max(LEAST_LIMIT, MOST_WORK // max(cells, 1)))


def _trees(problem: Problem) -> int:
    """Trees a round: one, or one a class where there are several."""
    return problem.k if problem.k > 2 else 1


def _grown_on(problem: Problem, pairs: Pairs, trial: Trial, tell: Tell) -> Trial:
    """The trial with twice the rounds, where that names the class of clearly more held rows rightly.

    With several classes the log loss turns, for overconfidence, well before the share of right answers does. Clearly:
    by more than one standard error of the paired difference.
    """
    rounds = trial.settings["rounds"]
    more = min(2 * rounds, problem.params["max_rounds"])
    grow_on(trial.growths, more, tell)
    gains = []
    for (_, held), before, after in zip(pairs, trial.predictors(), trial.predictors(more), strict=True):
        inputs, y = problem.inputs.take(held), problem.y[held]
        right = [(one(inputs).argmax(axis=1) == y).astype(np.float64) for one in (before, after)]
        gains.append((right[1] - right[0]) * (1.0 if problem.weight is None else problem.weight[held]))
    gain = np.concatenate(gains)
    clear = gain.mean() > gain.std() / np.sqrt(len(gain)) if len(gain) else False
    return replace(trial, settings=trial.settings | {"rounds": more}) if clear else trial


def _held_loss(problem: Problem, pairs: Pairs, trial: Trial) -> float:
    """The mean loss of the held rows, in the unit of the target."""
    told = [
        mean_loss(problem, held, predictor(problem.inputs.take(held)), fit_rows)
        for (fit_rows, held), predictor in zip(pairs, trial.predictors(), strict=True)
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


def _plain(problem: Problem, rows: Ints) -> Settings:
    """Settings before anything was chosen. The learning rate is the one asked for, else smaller for fewer rows, where
    that buys most and costs least.
    """
    asked = float(problem.params["learning_rate"])
    size = _size(problem, rows)
    rate = asked or next((rate for limit, rate in RATES if size <= limit), FASTEST_RATE)
    log = problem.params.get("log_target") == "always"
    return {"learning_rate": rate, "max_cat_threshold": CATEGORY_REACHES[0], "log_target": log}


def _size(problem: Problem, rows: Ints) -> int:
    """What a round costs, in rows × classes."""
    levels = sum(len(column.categories) for column in problem.intake.category_columns)
    return (len(rows) + LEVEL_COST * levels) * _trees(problem)


def _scales(problem: Problem, rows: Ints) -> list[bool]:
    if problem.task.is_classification:
        return [False]
    return scales_to_try(np.asarray(problem.y[rows], dtype=np.float64), problem.params["log_target"])


def _has_many_levels(problem: Problem, rows: Ints) -> bool:
    levels = [len(column.categories) for column in problem.intake.category_columns]
    return any(count > MANY_LEVELS and len(rows) < FEW_ROWS * count for count in levels)


def _part_of(tell: Tell, place: int, parts: int) -> Tell:
    return lambda share, message: tell((place + share) / parts, message)


def _fixed_note(rounds: int) -> Note:
    return Note("fixed_rounds", f"XGBoost grew a fixed {rounds} rounds: too few rows could be held out to choose.")


def _notes(settings: Settings) -> tuple[Note, ...]:
    text = "XGBoost learns the logarithm of the target and turns its predictions back."
    return (Note("log_target", text),) if settings["log_target"] else ()


LEARNERS.add("xgboost", XGBoost())
