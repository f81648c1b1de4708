"""Putting a model through every stress test that the plan asks for, and saying why one cannot be done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from modellab_core.data.table import Note
from modellab_core.harness.case import Case
from modellab_core.harness.predictions import Predictions
from modellab_core.harness.scores import Score
from modellab_core.harness.stress import STRESSES, Draw, Stress
from modellab_core.harness.stress.bench import Bench, Refused, bench_for
from modellab_core.harness.stress.calls import Calls
from modellab_core.harness.stress.curves import Put, Stressed, Variant, curve
from modellab_core.harness.stress.kind import FITS
from modellab_core.harness.stress.refits import cannot_refit, refitted

FEATURES = 16


def run_stresses(case: Case) -> tuple[Stressed, tuple[Note, ...]]:
    """Every stress test that the plan asks for; one that cannot be done is a Score that says why."""
    asked = [STRESSES[name] for name in (STRESSES if case.plan.stresses is None else case.plan.stresses)]
    if not asked:
        return Stressed(), ()
    bench, notes = bench_for(case, asked)
    scores: list[Score] = []
    curves: dict[str, dict[str, Any]] = {}
    cut: list[str] = []
    for done, stress in enumerate(asked):
        case.told(done, len(asked), stress.title)
        fitting = fitting_columns(bench, stress)
        found = _outcome(bench, stress, fitting)
        scores += found.scores
        curves |= found.curves
        if stress.each_feature and len(fitting) > FEATURES and len(found.curves) > 1:
            cut.append(stress.title.lower())
    return Stressed(tuple(scores), curves), (*notes, *_capped(cut, bench))


def _outcome(bench: Bench, stress: Stress, fitting: tuple[int, ...]) -> Stressed:
    reason = refused(bench, stress, fitting)
    if reason:
        return _not_done(bench, stress, reason)
    calls = Calls(bench, stress, fitting)
    try:
        found = [curve(bench, variant, _put(bench, variant, calls)) for variant in variants(bench, stress, fitting)]
    except Refused as told:
        return _not_done(bench, stress, str(told))
    scores = tuple(score for one in found for score in one.scores)
    return Stressed(scores, {name: about for one in found for name, about in one.curves.items()})


def refused(bench: Bench, stress: Stress, fitting: Sequence[int]) -> str:
    """Why the stress test cannot be done, or nothing."""
    if bench.base.predictions.task not in stress.tasks:
        return "the target is a number, and a number has no other label to be swapped with"
    if stress.retrain:
        return cannot_refit(bench, stress)
    if stress.relabel is not None:
        return ""
    if stress.calls_model and bench.unusable:
        return bench.unusable
    if not bench.X.shape[1]:
        return "no features were given (X)"
    if not fitting:
        return FITS[stress.kinds][1]
    return ""


def _put(bench: Bench, variant: Variant, calls: Calls) -> Put:
    """Model and dummy through one corruption. Refused when the model cannot be called or fitted."""
    stress = variant.stress
    if stress.retrain:
        return refitted(bench, stress)
    if stress.calls_model:  # the dummy does not look at features, so corrupting them changes nothing for it
        return Put(bench.base, calls.said(variant.columns), bench.dummy, None, bench.reference)
    models, dummies = (
        [[_changed(bench, variant, line.predictions, s, r) for r in range(stress.repeats)] for s in stress.severities]
        for line in (bench.base, bench.dummy)
    )
    return Put(bench.base, models, bench.dummy, dummies, bench.reference)


def _changed(bench: Bench, variant: Variant, rows: Predictions, severity: float, repeat: int) -> Predictions:
    """The same predictions beside other labels, or with other weights."""
    stress = variant.stress
    if stress.weigh is not None:
        weight = stress.weigh(bench.X.iloc[:, variant.columns[0]], severity)
        return replace(rows, weight=weight if rows.weight is None else rows.weight * weight, X=None)
    assert stress.relabel is not None
    draw = Draw(bench.case.plan.seed, stress.name, repeat)
    return replace(rows, y_true=stress.relabel(rows.y_true.astype(np.int64), len(rows.classes), severity, draw), X=None)


def fitting_columns(bench: Bench, stress: Stress) -> tuple[int, ...]:
    """Positions of the columns that a stress test fits; of a weighting those that cut the rows in two."""
    found = tuple(at for at in range(bench.X.shape[1]) if stress.fits(bench.known[at]))
    if stress.weigh is None:
        return found
    return tuple(at for at in found if len(np.unique(stress.weigh(bench.X.iloc[:, at], 1.0))) > 1)


def variants(bench: Bench, stress: Stress, columns: tuple[int, ...]) -> list[Variant]:
    """The curves of a stress test: one, or one for each of the first of the columns that it fits."""
    if not stress.each_feature:
        return [Variant(stress, stress.name, None, columns)]
    names = [str(name) for name in bench.X.columns]
    return [Variant(stress, f"{stress.name}: {names[at]}", names[at], (at,)) for at in columns[:FEATURES]]


def _not_done(bench: Bench, stress: Stress, reason: str) -> Stressed:
    note, metric = f"Not applicable, because {reason}.", bench.case.metric.name
    score = Score(metric, 0, None, stress=stress.name, note=note, level=bench.case.plan.level)
    about = {"stress": stress.name, "title": stress.title, "unit": stress.unit, "feature": None}
    return Stressed((score,), {stress.name: {**about, "metric": metric, "n": 0, "note": note}})


def _capped(cut: Sequence[str], bench: Bench) -> tuple[Note, ...]:
    if not cut:
        return ()
    text = f"One at a time only {FEATURES} of {bench.X.shape[1]} features were corrupted, in the order of the columns: "
    return (Note("stress_capped", f"{text}{', '.join(cut)}."),)
