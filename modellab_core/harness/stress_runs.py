"""Putting a model through every stress test that the plan asks for, and saying why one cannot be done."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from modellab_core.data.table import Note
from modellab_core.harness.case import Case
from modellab_core.harness.cells import cells_of
from modellab_core.harness.metric import Metric
from modellab_core.harness.predictions import Floats, Ints, Predictions
from modellab_core.harness.resampling import resampling_for
from modellab_core.harness.scores import Plan, Score
from modellab_core.harness.stress import STRESSES, Stress, spreads
from modellab_core.harness.stress_bands import Counts
from modellab_core.harness.stress_curves import Bench, Refused, Stressed, Variant, called, curve

FEATURES = 16


def sample_rows(predictions: Predictions, most: int, seed: int) -> Ints:
    """Positions of at most `most` rows, ascending, drawn by `seed`; each class keeps its share and at least one row."""
    n = len(predictions)
    if n <= most:
        return np.arange(n, dtype=np.int64)
    rng = np.random.default_rng([seed, n])
    if not predictions.task.is_classification:
        return np.sort(rng.choice(n, most, replace=False)).astype(np.int64)
    truth = predictions.y_true.astype(np.int64)
    shuffled = rng.permutation(n)
    order = shuffled[np.argsort(truth[shuffled], kind="stable")]
    counts = np.bincount(truth)
    # of each class the first rows of its shuffled block: its share rounded down, one where that is none
    wanted = np.minimum(counts, np.maximum(counts * most // n, 1))
    starts = np.cumsum(counts) - counts
    picks = [order[start : start + want] for start, want in zip(starts, wanted, strict=True)]
    return np.sort(np.concatenate(picks)).astype(np.int64)


def constant(predictions: Predictions, truth: Ints | Floats) -> Predictions:
    """A dummy on the same rows: the most frequent class with the class shares, or the median, of `truth`."""
    n = len(predictions)
    if not predictions.task.is_classification:
        return replace(predictions, y_pred=np.full(n, np.median(truth)), proba=None, X=None)
    shares = np.bincount(truth.astype(np.int64), minlength=len(predictions.classes)) / max(len(truth), 1)
    guess = np.full(n, int(np.argmax(shares)), dtype=np.int64)
    return replace(predictions, y_pred=guess, proba=np.tile(shares, (n, 1)), X=None)


def run_stresses(case: Case) -> tuple[Stressed, tuple[Note, ...]]:
    """Every stress test that the plan asks for; one that cannot be done is a Score that says why."""
    plan = case.plan
    asked = [STRESSES[name] for name in (STRESSES if plan.stresses is None else plan.stresses)]
    if not asked:
        return Stressed(), ()
    train = None if case.train is None else case.train.X
    bench, unusable, notes = _bench(case.predictions, plan, case.metric, case.model, case.baselines.get("dummy"), train)
    scores: list[Score] = []
    curves: dict[str, dict[str, Any]] = {}
    for done, stress in enumerate(asked):
        case.told(done, len(asked), stress.title)
        found = _outcome(bench, stress, refused(bench, stress) or ("" if stress.relabel else unusable))
        scores += found.scores
        curves |= found.curves
    return Stressed(tuple(scores), curves), (*notes, *_capped(bench, asked, unusable))


def _bench(
    predictions: Predictions,
    plan: Plan,
    metric: Metric,
    model: Any,
    dummy: Predictions | None,
    train: pd.DataFrame | None,
) -> tuple[Bench, str, tuple[Note, ...]]:
    """The bench, why the model cannot be called (or nothing), and notes."""
    rows = sample_rows(predictions, plan.model_rows, plan.seed)
    few = predictions.take(rows)
    beside = constant(few, few.y_true) if dummy is None else dummy.take(rows)
    name = "the best constant on these rows" if dummy is None else "the dummy"
    base, unusable, notes = _called(few, model)
    resampling = resampling_for(base, plan)
    features = few.X if train is None else train
    spread = {} if features is None or few.X is None else _aligned(features, few.X)
    counts = Counts.of(resampling)
    lines = counts.drawn([[cells_of(one, resampling.codes)] for one in (base, beside)], metric)
    bench = Bench(base, beside, name, model, metric, plan, resampling, counts, spread, lines[0], lines[1])
    return bench, unusable, notes


def _called(few: Predictions, model: Any) -> tuple[Predictions, str, tuple[Note, ...]]:
    """The rows with the model's own predictions, so that severity 0 is the model and not what was handed over."""
    if model is None or few.X is None or not few.X.shape[1]:
        return few, "", ()
    try:
        own = called(model, few, few.X)
    except Refused as reason:
        return few, str(reason), ()
    other = int((own.y_pred != few.y_pred).sum())
    text = f"On {other} of {len(few)} rows the model predicts something else than was given; stress tests take its own."
    return own, "", (Note("model_disagrees", text),) if other else ()


def _aligned(train: pd.DataFrame, X: pd.DataFrame) -> dict[int, float]:
    """The spreads by position in X, which may order its columns otherwise than the training rows."""
    places = {name: at for at, name in enumerate(X.columns)}
    named = {train.columns[at]: value for at, value in spreads(train).items()}
    numbers = set(spreads(X)) if X is not train else set(places.values())
    return {places[name]: value for name, value in named.items() if name in places and places[name] in numbers}


def refused(bench: Bench, stress: Stress) -> str:
    """Why the stress test cannot be done, or nothing."""
    base = bench.base
    if base.task not in stress.tasks:
        return "the target is a number, and a number has no other label to be swapped with"
    if stress.relabel is not None:
        return ""
    if bench.model is None:
        return "no model was given that could be called again"
    if base.X is None or not base.X.shape[1]:
        return "no features were given (X)"
    if stress.numbers_only and not bench.spread:
        return "no feature is a number with an interquartile range above 0"
    return ""


def _outcome(bench: Bench, stress: Stress, reason: str) -> Stressed:
    if reason:
        return _not_done(bench, stress, reason)
    try:
        found = [curve(bench, variant) for variant in variants(bench, stress)]
    except Refused as reason:
        return _not_done(bench, stress, str(reason))
    scores = tuple(score for one in found for score in one.scores)
    return Stressed(scores, {name: about for one in found for name, about in one.curves.items()})


def _not_done(bench: Bench, stress: Stress, reason: str) -> Stressed:
    note = f"Not applicable, because {reason}."
    score = Score(bench.metric.name, 0, None, stress=stress.name, note=note, level=bench.plan.level)
    about = {"stress": stress.name, "title": stress.title, "unit": stress.unit, "feature": None}
    return Stressed((score,), {stress.name: {**about, "metric": bench.metric.name, "n": 0, "note": note}})


def variants(bench: Bench, stress: Stress) -> list[Variant]:
    """The curves of a stress test: one, or one for each of the first features."""
    X = bench.base.X
    columns = () if X is None else tuple(range(X.shape[1]))
    if stress.numbers_only:
        columns = tuple(sorted(bench.spread))
    if not stress.each_feature or X is None:
        return [Variant(stress, stress.name, None, columns)]
    return [Variant(stress, f"{stress.name}: {X.columns[at]}", str(X.columns[at]), (at,)) for at in columns[:FEATURES]]


def _capped(bench: Bench, asked: list[Stress], unusable: str) -> tuple[Note, ...]:
    X = bench.base.X
    each = any(stress.each_feature for stress in asked)
    if X is None or bench.model is None or unusable or not each or X.shape[1] <= FEATURES:
        return ()
    text = f"The first {FEATURES} of {X.shape[1]} features were shuffled, in the order of the columns."
    return (Note("shuffled_capped", text),)
