"""What the fitted model uses: the loss in the headline when the values of a feature are dealt to other rows.

Importance = m(X) − mean over r of m(X with the feature in the order π_r), on a scale where higher is better, with the
same few permutations for every feature. Breiman, Machine Learning 45 (2001); Fisher, Rudin & Dominici, JMLR 20 (2019).
A feature of importance 0 may still be needed: another one that says the same stands in for it. Only a fit without it
tells; see `advice/advice.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from modellab_core.harness.advice.correlated import correlated_groups
from modellab_core.harness.advice.givers import given_draws
from modellab_core.harness.advice.permuting import Permuter, moved, permutations, sizes_told
from modellab_core.harness.case import Case
from modellab_core.harness.engine.drawing import part_of, value_of
from modellab_core.harness.engine.mean_draws import mean_draws
from modellab_core.harness.engine.resampling import resampling_for
from modellab_core.harness.engine.row_influence import by_losses, by_ranks
from modellab_core.harness.intervals.rules import resampled_method
from modellab_core.harness.metrics.metric import Metric
from modellab_core.harness.predictions import Floats, Ints, Predictions
from modellab_core.harness.scoring import WITHOUT_DRAWS
from modellab_core.harness.stress.bands import Counts, Ends, ends
from modellab_core.harness.stress.bench import Refused, sample_rows

MOST_FEATURES = 40
MOST_PREDICTIONS, LEAST_ROWS, MOST_ROWS = 500_000, 1000, 20_000
FEW_ROWS = 300  # for metrics whose draws cost as many passes as there are rows
LOOKED_AT = 200  # rows by which the features to permute are chosen, where there are too many
USES = "What this fitted model uses, not what the problem needs: features that say the same stand in for one another."


def importance(case: Case) -> dict[str, Any]:
    """`{metric, n, repeats, level, features: [{feature, value, low, high, method, note}], groups, note}`, plain JSON.

    `features` are sorted by `value`, the most important first; `groups` are `{features, value, low, high, method,
    note}` of features with a rank correlation above .7, permuted together. Without a model or features both are empty
    and `note` says why; {} where the plan asks for no permutation.
    """
    plan = case.plan
    if plan.importance <= 0:
        return {}
    about: dict[str, Any] = {"metric": case.metric.name, "n": 0, "repeats": plan.importance, "level": plan.level}
    about |= {"features": [], "groups": []}
    why = not_applicable(case)
    if why:
        return about | {"note": f"Not applicable, because {why}."}
    try:
        return about | _found(case)
    except Refused as reason:
        return about | {"note": f"Not applicable, because {reason}."}


def not_applicable(case: Case) -> str:
    """Why no feature can be permuted, or nothing."""
    if case.model is None:
        return "no model was given that could be called again"
    if case.predictions.X is None or not case.predictions.X.shape[1]:
        return "no features were given (X)"
    if len(case.predictions) < 2:
        return "a single row cannot be permuted"
    return ""


def _found(case: Case) -> dict[str, Any]:
    assert case.predictions.X is not None
    features = case.predictions.X.shape[1]
    shown = min(features, MOST_FEATURES)
    most = min(MOST_ROWS, max(LEAST_ROWS, MOST_PREDICTIONS // (shown * case.plan.importance)), case.plan.model_rows)
    if not (by_losses(case.metric) or by_ranks(case.metric, case.predictions)):
        most = min(most, FEW_ROWS)
    few = case.predictions.take(sample_rows(case.predictions, most, case.plan.seed))
    permuter = Permuter.of(case.model, few)
    columns = _most_used(permuter, case.plan.seed) if features > shown else list(range(features))
    groups = correlated_groups(permuter.X, columns)
    falls, told = _falls(case, permuter, [*((at,) for at in columns), *groups])
    lines = [{"feature": str(permuter.X.columns[at]), **fall} for at, fall in zip(columns, falls, strict=False)]
    together = [
        {"features": [str(permuter.X.columns[at]) for at in group], **fall}
        for group, fall in zip(groups, falls[len(columns) :], strict=True)
    ]
    note = " ".join(part for part in (USES, *_scope(case, len(few), features), told) if part)
    return {"n": len(few), "features": _sorted(lines), "groups": _sorted(together), "note": note}


def _scope(case: Case, n: int, features: int) -> list[str]:
    parts = []
    if n < len(case.predictions):
        parts.append(f"On {n:,} of {len(case.predictions):,} test rows.")
    if features > MOST_FEATURES:
        parts.append(f"The {MOST_FEATURES} of {features} features that move the predictions most.")
    if case.resampling.grouped or case.resampling.time_ordered:
        parts.append("Values are dealt among all test rows, and intervals resample as those of the scores do.")
    return parts


def _most_used(permuter: Permuter, seed: int) -> list[int]:
    """The positions of the features that move the predictions most, in the order of the columns.

    By the model's own contributions where it tells them, else by permuting each once; labels are not looked at.
    """
    few = replace(permuter.base, X=permuter.X).take(sample_rows(permuter.base, LOOKED_AT, seed))
    assert few.X is not None
    used = sizes_told(permuter.model, few.X)
    if used is None:
        used = usage(Permuter.of(permuter.model, few), permutations(len(few), 1, seed))
    return [int(at) for at in np.sort(np.argsort(-used, kind="stable")[:MOST_FEATURES])]


def usage(permuter: Permuter, orders: Ints) -> Floats:
    """How far a model's predictions move when each feature is permuted, (features,); see `moved`."""
    features = range(permuter.X.shape[1])
    return np.array(
        [np.mean([moved(permuter.base, one) for one in permuter.permuted([at], orders)]) for at in features]
    )


def _falls(case: Case, permuter: Permuter, sets: Sequence[Sequence[int]]) -> tuple[list[dict[str, Any]], str]:
    """The fall of the headline with its interval for each set of columns, and what to know of the resampling."""
    few, metric = permuter.base, case.metric
    orders = permutations(len(few), case.plan.importance, case.plan.seed)
    resampling = case.resampling if len(few) == len(case.predictions) else resampling_for(few, case.plan)
    counts = Counts.of(resampling)
    share = part_of(few, resampling, "all", None).units / max(resampling.independent, 1e-300)
    start, base = _better(metric, few), mean_draws([[few]], metric, resampling, counts)[0]
    found = []
    for done, columns in enumerate(sets):
        case.told(done, len(sets), ", ".join(str(permuter.X.columns[at]) for at in columns))
        asked = permuter.permuted(columns, orders)
        value = start - float(np.mean([_better(metric, one) for one in asked]))
        if all(moved(few, one) == 0 for one in asked):
            found.append(_fall(value, (None, None), "none", "No prediction changes when it is permuted."))
        elif metric.interval in WITHOUT_DRAWS:
            found.append(_fall(value, (None, None), "none", "This metric has no interval."))
        else:
            drawn = mean_draws([asked], metric, resampling, counts)[0] + given_draws(few, asked, orders, metric, counts)
            how = resampled_method(resampling)
            found.append(_fall(value, ends(base - drawn, resampling, share), how, "No interval can be given."))
    return found, resampling.note


def _better(metric: Metric, predictions: Predictions) -> float:
    return float(metric.better(np.array([value_of(metric, predictions)]))[0])


def _fall(value: float, ends: Ends, how: str, why: str) -> dict[str, Any]:
    """One fall as plain JSON values; `why` is the note where it has no interval."""
    low, high = ends
    note = "Undefined on these rows." if np.isnan(value) else why if low is None else ""
    known = {"low": low, "high": high, "method": "none" if low is None else how, "note": note}
    return {"value": None if np.isnan(value) else value, **known}


def _sorted(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Most important first; undefined ones at the end, ties in the order of the columns."""
    return sorted(lines, key=lambda line: (line["value"] is None, -(line["value"] or 0.0)))


@dataclass(frozen=True, eq=False)
class _Function:
    """A function of X where an object with `predict` is wanted."""

    ask: Callable[[Any], Any]

    def predict(self, X: Any) -> Any:
        return self.ask(X)


def permutation_importance(
    predict: Callable[[Any], Any],
    X: Any,
    y: Any,
    metric: Callable[[Any, Any], float],
    repeats: int = 10,
    seed: int = 42,
) -> Floats:
    """The fall of `metric(y, predict(X))` for each feature and permutation, (features, repeats).

    `X` is a frame or a 2-D array, `predict` a function of one, `metric` any function of truth and answer for which
    higher is better. The permutations are those of a report. Importance is the mean over the repeats; the values
    equal `sklearn.inspection.permutation_importance(...).importances` up to the luck of the permutations.
    """
    frame = X if isinstance(X, pd.DataFrame) else None
    array = None if frame is not None else np.asarray(X)
    n, features = X.shape
    start = float(metric(y, predict(X)))
    found = np.empty((features, repeats))
    for at in range(features):
        for repeat, order in enumerate(permutations(n, repeats, seed)):
            if frame is not None:
                again: Any = frame.copy(deep=False)
                again.isetitem(at, frame.iloc[:, at].array.take(order))
            else:
                assert array is not None
                again = array.copy()
                again[:, at] = array[order, at]
            found[at, repeat] = start - float(metric(y, predict(again)))
    return found
