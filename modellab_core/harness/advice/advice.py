"""Advice that was tried: fitted again, and measured on rows that are there to be chosen on.

Three pieces at most are tried. Two are about the score: without repeated rows, and forward in time, it may turn out
lower, and then the present one flatters. One is about the model: columns that cost nothing when they are permuted one
by one are dropped together, because only the joint fit tells whether they are needed. Test rows are not looked at.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from modellab_core.harness.advice.ground import Fold, Ground, ground_of, no_ground
from modellab_core.harness.advice.tries import Trial, drop_columns, drop_repeated_rows, falls_of, idle, split_by_time
from modellab_core.harness.case import Case
from modellab_core.harness.engine.drawing import value_of
from modellab_core.harness.engine.resampling import resampling_for
from modellab_core.harness.metrics.metric import Metric
from modellab_core.harness.predictions import Floats, Predictions
from modellab_core.harness.scoring import WITHOUT_DRAWS, Paired, paired
from modellab_core.harness.stress.bench import Refused, constant

MOST_TRIED = 3
MARGIN = 0.05  # share of the lead over the best constant that dropping columns may cost at most
TITLES = {
    "drop_columns": "Drop {count} of {of} columns together",
    "drop_repeated_rows": "Drop {count} repeated rows before splitting",
    "split_by_time": "Split by time, by the column {column!r}",
}
ABOUT_THE_SCORE = ("drop_repeated_rows", "split_by_time")
WHERE = {
    "out_of_fold": "on training rows that each fit left out",
    "valid": "on the rows of the valid part that no setting was chosen on",
}


def advice(case: Case) -> dict[str, Any]:
    """`{tried: [...], recommended, note}`, plain JSON; {} where the plan asks for none.

    Each of `tried` is `{code, advice, metric, before, after, difference, low, high, level, method, n, folds, verdict,
    at_most, margin, detail, note}`: the headline as it is and after, and the paired difference, positive where
    following it scores higher. `verdict` is `helps` (low > 0), `harms` (high < 0), for advice about the score
    `flatters` (high < 0: the present score is too good), for dropped columns `harmless` (low > −margin, so that it
    costs `at_most` −low), else `open`. `recommended` is the position of the one that is worth following: the first
    that shows that the score flatters, else the one that helps most, else a harmless drop; None where there is none.
    """
    if not case.plan.advice:
        return {}
    why = no_ground(case)
    if why:
        return _none(why)
    try:
        ground = ground_of(case)
        if ground is None:
            return _none("no training row was held out of a fit")
        if _says_one_thing(ground):
            return _none("this model says the same of every row, so nothing about it can be improved")
        trials = _tried(case, ground)
        tried = [_told(case, ground, trial) for trial in trials]
    except Refused as reason:
        return _none(str(reason))
    return {"tried": tried, "recommended": _recommended(tried), "note": _note(case, ground, tried)}


def _none(why: str) -> dict[str, Any]:
    return {"tried": [], "recommended": None, "note": f"None was tried, because {why}."}


def _says_one_thing(ground: Ground) -> bool:
    """Whether in each fold the model says the same of every row."""
    parts = [ground.before.take(fold.held) for fold in ground.folds]
    said = [part.y_pred[:, None] if part.proba is None else part.proba for part in parts]
    return all(bool((np.ptp(values, axis=0) == 0).all()) for values in said)


def _tried(case: Case, ground: Ground) -> list[Trial]:
    tries: list[Callable[[], Trial | None]] = [
        lambda: drop_repeated_rows(case, ground),
        lambda: split_by_time(case, ground),
    ]
    found = []
    for done, attempt in enumerate(tries):
        case.told(done, MOST_TRIED, "rows")
        trial = attempt()
        found += [trial] if trial else []
    case.told(len(tries), MOST_TRIED, "columns")
    return [*found, *_columns(case, ground, MOST_TRIED - len(found))]


def _columns(case: Case, ground: Ground, most: int) -> list[Trial]:
    """Drop all idle columns; where that harms, half of them."""
    if len(ground.features) < 2:
        return []
    falls = cache(lambda at: _falls(case, ground, ground.folds[at]))
    places = {id(fold): at for at, fold in enumerate(ground.folds)}

    def of(fold: Fold) -> Floats:
        return np.asarray(falls(places[id(fold)]))

    rows = np.arange(len(ground.train))
    model = ground.fitted(rows) if case.model is None else case.model
    final = falls_of(case, ground, model, rows)
    found: list[Trial] = []
    for part in (1.0, 0.5)[: most if len(idle(final)) > 1 else 1]:
        trial = drop_columns(case, ground, of, final, part)
        found += [trial] if trial else []
        if trial is None or _told(case, ground, trial)["verdict"] in ("helps", "harmless"):
            break
    return found


def _falls(case: Case, ground: Ground, fold: Fold) -> Floats:
    model = ground.fitted(fold.fit) if fold.model is None else fold.model
    return falls_of(case, ground, model, fold.fit)


def _told(case: Case, ground: Ground, trial: Trial) -> dict[str, Any]:
    """A trial with its paired difference, as plain JSON values."""
    metric, plan = case.metric, replace(case.plan, time_ordered=trial.ordered or case.plan.time_ordered)
    resampling = resampling_for(trial.before, plan, trial.after)
    pair = paired(trial.after, trial.before, [metric], resampling)[metric.name]
    if metric.interval in WITHOUT_DRAWS:
        pair = replace(pair, low=None, high=None, method="none", note="This metric has no interval.")
    margin = MARGIN * _lead(metric, trial.before, ground)
    verdict = _verdict(trial.code, pair, margin)
    return {
        "code": trial.code,
        "advice": TITLES[trial.code].format(**trial.detail),
        "metric": metric.name,
        "before": _number(value_of(metric, trial.before)),
        "after": _number(value_of(metric, trial.after)),
        "difference": _number(pair.difference),
        "low": pair.low,
        "high": pair.high,
        "level": plan.level,
        "method": pair.method,
        "n": len(trial.before),
        "folds": trial.folds,
        "verdict": verdict,
        "at_most": max(0.0, -pair.low) if verdict == "harmless" and pair.low is not None else None,
        "margin": margin if trial.code == "drop_columns" else None,
        "detail": trial.detail,
        "note": pair.note,
    }


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _lead(metric: Metric, before: Predictions, ground: Ground) -> float:
    """How much better the model is than the best constant on the held rows, at least 0."""
    assert ground.train.y is not None
    values = [value_of(metric, one) for one in (before, constant(before, ground.train.y))]
    better = metric.better(np.array(values))
    return max(0.0, float(better[0] - better[1])) if np.isfinite(better).all() else 0.0


def _verdict(code: str, pair: Paired, margin: float) -> str:
    if pair.low is None or pair.high is None:
        return "open"
    if pair.low > 0:
        return "open" if code == "split_by_time" else "helps"  # another order of rows does no model good
    if pair.high < 0:
        return "flatters" if code in ABOUT_THE_SCORE else "harms"
    return "harmless" if code == "drop_columns" and pair.low > -margin else "open"


def _recommended(tried: list[dict[str, Any]]) -> int | None:
    order = [
        *(at for at, one in enumerate(tried) if one["verdict"] == "flatters"),
        *sorted(
            (at for at, one in enumerate(tried) if one["verdict"] == "helps"), key=lambda at: -tried[at]["difference"]
        ),
        *(at for at, one in enumerate(tried) if one["verdict"] == "harmless"),
    ]
    return order[0] if order else None


def _note(case: Case, ground: Ground, tried: list[dict[str, Any]]) -> str:
    parts = [
        f"Fitted again with the settings that the model has, measured {WHERE[ground.kind]}; each interval by itself."
    ]
    if not tried:
        parts = [
            "None was tried, because no column is idle, hardly a row is repeated, and no date could order the rows."
        ]
    if case.baselines:
        parts.append("The simpler models of the batch are judged by the comparison.")
    return " ".join(parts)
