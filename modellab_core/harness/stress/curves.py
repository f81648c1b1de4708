"""How a metric moves as a corruption grows, with its band, beside a dummy that goes through the same.

The band is the interval of the paired change from severity 0: resample b of the rows goes with corruption draw b mod R,
so rows and corruption vary while model and training do not. The lead over the dummy is paired in the same way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from modellab_core.harness.engine.drawing import effective_rows, one_thread
from modellab_core.harness.predictions import Floats, Predictions
from modellab_core.harness.scores import Score
from modellab_core.harness.stress.bands import Ends, crossing, ends, point, rows_of, stress_summary
from modellab_core.harness.stress.bench import Bench, Line
from modellab_core.harness.stress.calls import Said
from modellab_core.harness.stress.kind import Stress
from modellab_core.harness.stress.labels import formula, inverse_of_label_noise


@dataclass(frozen=True)
class Stressed:
    """What came of stress tests: Scores in order, and for each curve what it is and its dummy by name."""

    scores: tuple[Score, ...] = ()
    curves: Mapping[str, dict[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Variant:
    """One curve: a stress test on one `feature`, or on all columns at the positions that it fits."""

    stress: Stress
    name: str
    feature: str | None
    columns: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Put:
    """A model and a dummy put through a corruption: what they say by severity and repeat, and as they are."""

    start: Line
    models: Said
    dummy_start: Line
    dummies: Said | None
    reference: str


def curve(bench: Bench, variant: Variant, put: Put) -> Stressed:
    """One stress test over its severities. `put.dummies` is None where the corruption changes nothing for the dummy."""
    with one_thread():
        points, moved = _measured(bench, put.models)
        lines = len(put.models)
        if put.dummies is None:
            beside, dummy_moved = np.full((lines, 1), put.dummy_start.value), np.tile(put.dummy_start.draws, (lines, 1))
        else:
            beside, dummy_moved = _measured(bench, put.dummies)
    values: list[float] = [put.start.value, *points.mean(axis=1)]
    effective = [_effective(bench, one) for one in (put.start.predictions, *(line[0] for line in put.models))]
    shares = np.array(effective) / effective[0]
    changes: list[Ends] = [(None, None)]
    changes += [ends(line - put.start.draws, bench.resampling, s) for line, s in zip(moved, shares[1:], strict=True)]
    dummies: list[float] = [put.dummy_start.value, *beside.mean(axis=1)]
    pairs = [(put.start.draws, put.dummy_start.draws), *zip(moved, dummy_moved, strict=True)]
    leads = [
        _lead(bench, model, dummy, *pair, share)
        for model, dummy, pair, share in zip(values, dummies, pairs, shares, strict=True)
    ]
    about = _about(bench, variant, put) | {
        "value": values,
        "change": [value - put.start.value for value in values],
        "change_low": [low for low, _ in changes],
        "change_high": [high for _, high in changes],
        "lowest": [put.start.value, *points.min(axis=1)],
        "highest": [put.start.value, *points.max(axis=1)],
        "dummy": dummies,
        "lead": [lead for lead, _, _ in leads],
        "lead_low": [low for _, low, _ in leads],
        "lead_high": [high for _, _, high in leads],
        "crossing": crossing([0.0, *variant.stress.severities], leads),
        "n_eff": effective,
        **_kept(bench, variant, values, dummies, leads[0][1]),
    }
    return Stressed(tuple(_scores(bench, variant, put, points, changes, effective)), {variant.name: about})


def _measured(bench: Bench, said: Said) -> tuple[Floats, Floats]:
    """The metric of each severity and repeat, (S, R), and of each severity in each resample, (S, B)."""
    metric = bench.case.metric
    grid = [[rows_of(one, bench.resampling) for one in line] for line in said]
    return np.array([[point(cells, metric) for cells in line] for line in grid]), bench.counts.drawn(grid, metric)


def _effective(bench: Bench, predictions: Predictions) -> float:
    """How many rows of equal weight would carry as much; a row that stands for several counts as so many."""
    weight, own = predictions.weight, bench.base.predictions.weight
    if weight is None:
        return float(len(predictions))
    if not bench.resampling.frequency or own is None:
        return effective_rows(weight)
    squares = float((weight**2 / np.where(own > 0, own, 1)).sum())
    return float(weight.sum()) ** 2 / squares if squares > 0 else 0.0


def _lead(
    bench: Bench, model: float, dummy: float, draws: Floats, dummy_draws: Floats, share: float
) -> tuple[float, float | None, float | None]:
    """How much better than the dummy, with its interval; positive where the model is better."""
    metric = bench.case.metric
    paired = metric.better(draws) - metric.better(dummy_draws)
    scales = metric.better(np.array([model, dummy]))
    return float(scales[0] - scales[1]), *ends(paired, bench.resampling, share)


def _kept(
    bench: Bench, variant: Variant, values: Sequence[float], dummies: Sequence[float], low: float | None
) -> dict[str, Any]:
    """The share of the lead that is kept over the severities, or why there is none."""
    better = bench.case.metric.better
    found = stress_summary(
        list(better(np.array(values))), list(better(np.array(dummies))), [0.0, *variant.stress.severities]
    )
    if low is None or low <= 0:
        note = "No share of the lead is given: without corruption no lead can be told from 0."
        return {"summary": None, "summary_note": note}
    if np.isnan(found):
        return {"summary": None, "summary_note": "No share of the lead is given: the metric is undefined somewhere."}
    return {"summary": found, "summary_note": "Mean share of the lead that is kept, from severity 0 to the largest."}


def _scores(
    bench: Bench, variant: Variant, put: Put, points: Floats, changes: Sequence[Ends], effective: Sequence[float]
) -> list[Score]:
    stress, start = variant.stress, put.start.value
    severities, values = [0.0, *stress.severities], [start, *points.mean(axis=1)]
    notes = ["The model on the rows as they are.", *(_note(bench, variant, put, s) for s in stress.severities)]
    if stress.weigh is not None:
        notes[1:] = [f"{note} n_eff = {n:.0f}." for note, n in zip(notes[1:], effective[1:], strict=True)]
    found = [
        replace(_score(bench, variant, severity, value, change, start), note=note)
        for severity, value, change, note in zip(severities, values, changes, notes, strict=True)
    ]
    if stress.hit is not None and stress.each_feature and stress.fixed:
        return found  # draws differ by rows of one call; `lowest` and `highest` tell their range
    return found + [
        replace(_score(bench, variant, severity, value, (None, None), start), repeat=repeat, note="One draw.")
        for severity, line in zip(stress.severities, points, strict=True)
        for repeat, value in enumerate(line)
    ]


def _score(bench: Bench, variant: Variant, severity: float, value: float, change: Ends, start: float) -> Score:
    low, high = (None if end is None else start + end for end in change)
    shown = low is not None
    return Score(
        bench.case.metric.name,
        len(bench.base.predictions),
        None if np.isnan(value) else float(value),
        low,
        high,
        method=("blocks" if bench.resampling.time_ordered else "percentile") if shown else "none",
        stress=variant.name,
        severity=severity,
        level=bench.case.plan.level,
        resamples=bench.resampling.used if shown else 0,
    )


def _note(bench: Bench, variant: Variant, put: Put, severity: float) -> str:
    stress, metric = variant.stress, bench.case.metric.name
    draws = f"Mean of {stress.repeats} draws; " if stress.repeats > 1 else ""
    draws += "the band is the paired change from severity 0."
    draws = draws[:1].upper() + draws[1:]
    if stress.retrain:
        return f"{draws} Each draw is a model fitted again."
    if stress.relabel is None:
        return draws
    base = bench.base.predictions
    positive = base.y_true == base.positive_code if len(base.classes) == 2 else np.zeros(1)
    prevalence = float(np.average(positive, weights=base.weight if len(positive) > 1 else None))
    true = inverse_of_label_noise(metric, put.start.value, severity, prevalence, len(base.classes))
    if np.isnan(true):
        return f"{draws} This is no property of the model."
    return f"{draws} {formula(metric, len(base.classes))}: {true:.4g} at this share."


def _about(bench: Bench, variant: Variant, put: Put) -> dict[str, Any]:
    stress = variant.stress
    return {
        "stress": stress.name,
        "title": stress.title,
        "unit": stress.unit,
        "feature": variant.feature,
        "metric": bench.case.metric.name,
        "n": len(bench.base.predictions),
        "repeats": stress.repeats,
        "resamples": bench.resampling.used,
        "level": bench.case.plan.level,
        "severities": [0.0, *stress.severities],
        "reference": put.reference,
        "claimed": stress.claimed,
        "note": "",
    }
