"""How a metric moves as a corruption grows, with its band, beside a dummy that goes through the same.

The band is the interval of the paired change from severity 0: resample b of the rows goes with corruption draw b mod R,
so rows and corruption vary while model and training do not. The lead over the dummy is paired in the same way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from modellab_core.harness.cells import cells_of
from modellab_core.harness.metric import Metric
from modellab_core.harness.predictions import Floats, Predictions, predict
from modellab_core.harness.resampling import Resampling
from modellab_core.harness.scores import Plan, Score
from modellab_core.harness.stress import Draw, Stress, inverse_of_label_noise
from modellab_core.harness.stress_bands import Counts, crossing, ends, point


class Refused(Exception):
    """The model cannot be called on these rows; the message completes "not applicable, because …"."""


@dataclass(frozen=True)
class Stressed:
    """What came of stress tests: Scores in order, and for each curve what it is and its dummy by name."""

    scores: tuple[Score, ...] = ()
    curves: Mapping[str, dict[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Bench:
    """What all stress tests of one report share.

    `base` are the rows on which the model is called again, with its own predictions at severity 0; `dummy` predicts the
    same rows without looking. `base_draws` and `dummy_draws` (B,) are their metric in each resample. `spread` is the
    interquartile range of number columns by position.
    """

    base: Predictions
    dummy: Predictions
    dummy_name: str
    model: Any
    metric: Metric
    plan: Plan
    resampling: Resampling
    counts: Counts
    spread: Mapping[int, float]
    base_draws: Floats
    dummy_draws: Floats


@dataclass(frozen=True)
class Variant:
    """One curve: a stress test on one `feature`, or on all columns at the positions that it fits."""

    stress: Stress
    name: str
    feature: str | None
    columns: tuple[int, ...]


def curve(bench: Bench, variant: Variant) -> Stressed:
    """One stress test over its severities. Refused when the model cannot be called on corrupted rows."""
    stress = variant.stress
    draws = [Draw(bench.plan.seed, stress.name, repeat) for repeat in range(stress.repeats)]
    models = [[_corrupted(bench, variant, severity, draw) for draw in draws] for severity in stress.severities]
    grid = [[cells_of(one, bench.resampling.codes) for one in line] for line in models]
    moved = bench.counts.drawn(grid, bench.metric)
    points = np.array([[point(cells, bench.metric) for cells in line] for line in grid])
    dummies, dummy_moved = _dummies(bench, stress, draws)
    return _told(bench, variant, points, moved, dummies, dummy_moved)


def _corrupted(bench: Bench, variant: Variant, severity: float, draw: Draw) -> Predictions:
    base, stress = bench.base, variant.stress
    if stress.corrupt is None or base.X is None:
        return _relabelled(base, stress, severity, draw)
    frame = stress.corrupt(base.X, variant.columns, severity, draw, bench.spread)
    return replace(called(bench.model, base, frame), X=None)


def called(model: Any, rows: Predictions, frame: pd.DataFrame) -> Predictions:
    """`rows` with what the model says of `frame`. Refused when it raises: a model may be anybody's code."""
    try:
        said, proba = predict(model, frame, rows.task, rows.classes, rows.positive)
    except Exception as error:
        first = (str(error).strip().splitlines() or [""])[0][:200].rstrip(".")
        raise Refused(f"the model refused the rows ({type(error).__name__}: {first})") from error
    return replace(rows, y_pred=said, proba=proba)


def _relabelled(base: Predictions, stress: Stress, severity: float, draw: Draw) -> Predictions:
    if stress.relabel is None:
        return base
    codes = stress.relabel(base.y_true.astype(np.int64), len(base.classes), severity, draw)
    return replace(base, y_true=codes, X=None)


def _dummies(bench: Bench, stress: Stress, draws: Sequence[Draw]) -> tuple[Floats, Floats]:
    """The dummy's metric at each severity, (S,), and in each resample, (S, B)."""
    if stress.relabel is None:  # it does not look at features, so corrupting them changes nothing
        value = point(cells_of(bench.dummy, bench.resampling.codes), bench.metric)
        severities = len(stress.severities)
        return np.full(severities, value), np.tile(bench.dummy_draws, (severities, 1))
    grid = [
        [cells_of(_relabelled(bench.dummy, stress, severity, draw), bench.resampling.codes) for draw in draws]
        for severity in stress.severities
    ]
    values = np.array([np.mean([point(cells, bench.metric) for cells in line]) for line in grid])
    return values, bench.counts.drawn(grid, bench.metric)


def _told(
    bench: Bench, variant: Variant, points: Floats, moved: Floats, dummies: Floats, dummy_moved: Floats
) -> Stressed:
    stress, metric = variant.stress, bench.metric
    start = point(cells_of(bench.base, bench.resampling.codes), metric)
    severities, values = [0.0, *stress.severities], [start, *points.mean(axis=1)]
    changes = [(None, None), *(ends(line - bench.base_draws, bench.resampling) for line in moved)]
    beside = [point(cells_of(bench.dummy, bench.resampling.codes), metric), *dummies]
    leads = [
        _lead(metric, model, dummy, *draws, bench.resampling)
        for model, dummy, draws in zip(
            values, beside, [(bench.base_draws, bench.dummy_draws), *zip(moved, dummy_moved, strict=True)], strict=True
        )
    ]
    notes = ["The model on the rows as they are.", *(_note(bench, variant, s, start) for s in stress.severities)]
    scores = [
        replace(_score(bench, variant, severity, value, change, start), note=note)
        for severity, value, change, note in zip(severities, values, changes, notes, strict=True)
    ]
    scores += [
        replace(_score(bench, variant, severity, value, (None, None), start), repeat=repeat, note="One draw.")
        for severity, line in zip(stress.severities, points, strict=True)
        for repeat, value in enumerate(line)
    ]
    about = _about(bench, variant) | {
        "severities": severities,
        "value": values,
        "change": [value - start for value in values],
        "change_low": [low for low, _ in changes],
        "change_high": [high for _, high in changes],
        "dummy": beside,
        "lead": [lead for lead, _, _ in leads],
        "lead_low": [low for _, low, _ in leads],
        "lead_high": [high for _, _, high in leads],
        "crossing": crossing(severities, leads),
    }
    return Stressed(tuple(scores), {variant.name: about})


def _lead(
    metric: Metric, model: float, dummy: float, draws: Floats, dummy_draws: Floats, resampling: Resampling
) -> tuple[float, float | None, float | None]:
    """How much better than the dummy, with its interval; positive where the model is better."""
    paired = metric.better(draws) - metric.better(dummy_draws)
    scales = metric.better(np.array([model, dummy]))
    return float(scales[0] - scales[1]), *ends(paired, resampling)


def _score(
    bench: Bench,
    variant: Variant,
    severity: float,
    value: float,
    change: tuple[float | None, float | None],
    start: float,
) -> Score:
    low, high = (None if end is None else start + end for end in change)
    shown = low is not None
    return Score(
        bench.metric.name,
        len(bench.base),
        None if np.isnan(value) else float(value),
        low,
        high,
        method=("blocks" if bench.resampling.time_ordered else "percentile") if shown else "none",
        stress=variant.name,
        severity=severity,
        level=bench.plan.level,
        resamples=bench.resampling.used if shown else 0,
    )


def _note(bench: Bench, variant: Variant, severity: float, start: float) -> str:
    draws = f"Mean of {variant.stress.repeats} draws; the band is the paired change from severity 0."
    if variant.stress.relabel is None:
        return draws
    base = bench.base
    positive = base.y_true == base.positive_code if len(base.classes) == 2 else np.zeros(1)
    prevalence = float(np.average(positive, weights=base.weight if len(positive) > 1 else None))
    true = inverse_of_label_noise(bench.metric.name, start, severity, prevalence, len(base.classes))
    if np.isnan(true):
        return f"{draws} This is no property of the model."
    return f"{draws} {formula(bench.metric.name, len(base.classes))}: {true:.4g} at this share."


def formula(metric: str, classes: int) -> str:
    """How the value without label noise follows from a measured one, in words."""
    if metric == "roc_auc":
        inverse = "1/2 + (AUC - 1/2)/(1 - α - β)"
        return f"This is no property of the model; if so many of the labels were wrong, the true AUC would be {inverse}"
    rest = "(a - ρ)/(1 - 2ρ)" if classes == 2 else f"(a - ρ/{classes - 1})/(1 - {classes}ρ/{classes - 1})"
    return f"This is no property of the model; if so many of the labels were wrong, the true accuracy would be {rest}"


def _about(bench: Bench, variant: Variant) -> dict[str, Any]:
    stress = variant.stress
    return {
        "stress": stress.name,
        "title": stress.title,
        "unit": stress.unit,
        "feature": variant.feature,
        "metric": bench.metric.name,
        "n": len(bench.base),
        "repeats": stress.repeats,
        "level": bench.plan.level,
        "reference": bench.dummy_name,
        "note": "",
    }
