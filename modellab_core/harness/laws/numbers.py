"""Laws of the numbers: what must not change a metric does not, and what must does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from modellab_core.data.task import Task
from modellab_core.harness.arguments import given, predictions_of
from modellab_core.harness.asking import NotApplicable
from modellab_core.harness.case import Case
from modellab_core.harness.engine.drawing import value_of
from modellab_core.harness.laws.law import CLOSE, Broken, bare, law, same_values, values
from modellab_core.harness.metrics import METRICS
from modellab_core.harness.predictions import Floats, Predictions
from modellab_core.harness.slices.slicers import SLICERS, Slice

CLASSIFICATION = (Task.BINARY, Task.MULTICLASS)
BINARY = (Task.BINARY,)
ENOUGH = 30  # under so many rows the calibration error may stay where it is by chance
UNSTEADY = {
    "ece": "a certain answer may leave its bin worse balanced than before",
    "explained_variance": "where all errors are alike, a right answer makes them differ",
    "mean_error": "errors of both signs cancel, and a right answer leaves the others",
}
"""Metrics that may get worse when a prediction is replaced by the truth, and why."""


@law("order_of_rows_in_metrics", "The order of the rows changes no metric.")
def order_of_rows(case: Case) -> str:
    """All rows, shuffled."""
    some = bare(case)
    mixed = np.random.default_rng([case.plan.seed, len(some)]).permutation(len(some))
    return same_values(some, values(some), values(some.take(mixed)))


@law("class_names", "Classes called by texts, whole numbers or truth values give the same numbers.", CLASSIFICATION)
def class_names(case: Case) -> str:
    """The same rows three times, handed over under other names."""
    some, k = bare(case), len(case.predictions.classes)
    kinds: dict[str, list[Any]] = {"texts": [f"class {code:05d}" for code in range(k)], "whole numbers": list(range(k))}
    if k == 2:
        kinds["truth values"] = [False, True]
    before = values(some)
    for kind, names in kinds.items():
        try:
            same_values(some, before, values(_renamed(some, names)))
        except Broken as numbers:
            raise Broken(f"With {kind}: {numbers}") from numbers
    return f"{len(before)} metrics, with {', '.join(kinds)}"


def _renamed(some: Predictions, names: list[Any]) -> Predictions:
    """The same predictions, made from labels as a person hands them over."""
    labels = pd.Series(names)
    truth, said = (labels.iloc[codes.astype(np.int64)].to_numpy() for codes in (some.y_true, some.y_pred))
    positive = names[some.positive_code] if some.task is Task.BINARY else None
    shared = given(truth, said, some.proba, task=some.task, classes=names, positive=positive)
    return replace(predictions_of(shared, said, some.proba), weight=some.weight, groups=some.groups)


@law("swapped_positive", "With the other class as the positive one the ROC AUC is the same.", BINARY)
def swapped_positive(case: Case) -> str:
    """AUC(1 − y, 1 − s) = AUC(y, s)."""
    some = _with_probabilities(case)
    other = replace(some, positive=some.classes[1 - some.positive_code])
    return _same_auc(some, other)


@law("monotone_scores", "A monotone map of the scores keeps the ROC AUC, and moves the calibration error.", BINARY)
def monotone_scores(case: Case) -> str:
    """A half and a quarter of the probability of the positive class: exact in binary numbers, so that ties stay."""
    some = _with_probabilities(case)
    assert some.score is not None
    if not some.score.any():
        raise NotApplicable("every row has the probability 0")
    mapped = [_scaled(some, some.score * share) for share in (0.5, 0.25)]
    told = [_same_auc(some, one) for one in mapped]
    before, *after = (value_of(METRICS["ece"], one) for one in (some, *mapped))
    if len(some) >= ENOUGH and all(before == one for one in after):
        raise Broken(f"The ECE stays {before!r} when all probabilities are halved, and halved again.")
    return f"{told[0]}; ECE {before:.4g} becomes {after[0]:.4g}"


def _scaled(some: Predictions, score: Floats) -> Predictions:
    positive = np.arange(2) == some.positive_code
    return replace(some, proba=np.where(positive, score[:, None], 1 - score[:, None]))


def _with_probabilities(case: Case) -> Predictions:
    if case.predictions.proba is None:
        raise NotApplicable("there are no probabilities")
    return bare(case)


def _same_auc(some: Predictions, other: Predictions) -> str:
    before, after = (value_of(METRICS["roc_auc"], one) for one in (some, other))
    same_values(some, {"roc_auc": before}, {"roc_auc": after})
    return "ROC AUC is undefined in both" if np.isnan(before) else f"ROC AUC {before:.6g}"


@law("equal_weights", "Twice the weight for all rows changes no metric.")
def equal_weights(case: Case) -> str:
    """Each weight doubled, or the weight 2 where there is none."""
    some = bare(case)
    weight = np.ones(len(some)) if some.weight is None else some.weight
    return same_values(some, values(some), values(replace(some, weight=2 * weight)))


@law("whole_weights", "A row of weight 2 counts as two rows.")
def whole_weights(case: Case) -> str:
    """Weights 1, 2, 3, 1, 2, 3, … against as many copies of each row; the rows' own weights are left out."""
    some = replace(bare(case), weight=None)
    times = 1 + np.arange(len(some)) % 3
    copies = some.take(np.repeat(np.arange(len(some)), times))
    return same_values(some, values(replace(some, weight=times.astype(np.float64))), values(copies))


@law("slice_counts", "The slices of a feature, the missing values among them, hold every row once.")
def slice_counts(case: Case) -> str:
    """Every way to cut rows that fits the task."""
    n, groups = len(case.predictions), dict(_cuts(case))
    for name, parts in groups.items():
        total = sum(int(one.rows.sum()) for one in parts)
        if total != n:
            raise Broken(f"The slices by {name} hold {total} rows, and there are {n}.")
    return f"{len(groups)} cuts of {n} rows"


@law("slice_means", "The mean over the slices of a feature is the metric over all rows.")
def slice_means(case: Case) -> str:
    """Accuracy, or the mean absolute error, of every slice, weighted by its rows."""
    some = bare(case)
    metric = METRICS["accuracy" if some.task.is_classification else "mae"]
    weight = np.ones(len(some)) if some.weight is None else some.weight
    whole, groups = value_of(metric, some), dict(_cuts(case))
    for name, parts in groups.items():
        kept = [one for one in parts if weight[one.rows].sum() > 0]
        shares = [float(weight[one.rows].sum()) for one in kept]
        mean = float(np.average([value_of(metric, some.take(one.rows)) for one in kept], weights=shares))
        if not np.isclose(mean, whole, rtol=CLOSE, atol=CLOSE):
            raise Broken(f"{metric.label} over the slices by {name} is {mean!r}, over all rows {whole!r}.")
    return f"{metric.label} {whole:.6g} by {len(groups)} cuts"


def _cuts(case: Case) -> Iterator[tuple[str, list[Slice]]]:
    """(what the rows are cut by, the slices) of every way to cut. NotApplicable where there is none."""
    cuts: dict[str, list[Slice]] = {}
    for way in SLICERS.values():
        for one in way.cut(case.predictions) if case.predictions.task in way.tasks else ():
            cuts.setdefault(f"{way.title.lower()} {one.feature or ''}".strip(), []).append(one)
    if not cuts:
        raise NotApplicable("there is nothing to cut the rows by")
    yield from cuts.items()


@law("direction", "Where predictions are replaced by the truth no metric gets worse.")
def direction(case: Case) -> str:
    """Every other row gets its true answer, with certainty."""
    some = bare(case)
    before, after = values(some), values(_corrected(some, np.arange(len(some)) % 2 == 0))
    worse = []
    for name in [name for name in before if name not in UNSTEADY]:
        ends = METRICS[name].better(np.array([before[name], after[name]]))
        if ends[1] < ends[0] - CLOSE * max(1.0, abs(float(ends[0]))):
            worse.append(f"{METRICS[name].label} goes from {before[name]!r} to {after[name]!r}")
    if worse:
        raise Broken("; ".join(worse) + ".")
    return f"{len(before.keys() - UNSTEADY.keys())} metrics"


def _corrected(some: Predictions, rows: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Predictions:
    said = np.where(rows, some.y_true, some.y_pred)
    if some.proba is None:
        return replace(some, y_pred=said)
    certain = np.eye(len(some.classes))[some.y_true.astype(np.int64)]
    return replace(some, y_pred=said, proba=np.where(rows[:, None], certain, some.proba))
