"""Judging models together, with one rule for all pairs of them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np

from modellab_core.harness.drawing import part_of, resampled_together, value_of
from modellab_core.harness.interval_rules import FEW_GROUPS, UNDEFINED_SHARE
from modellab_core.harness.intervals import expanded_tail, normal_quantile
from modellab_core.harness.metric import Metric
from modellab_core.harness.metrics import metric_for
from modellab_core.harness.predictions import Floats, Predictions
from modellab_core.harness.resampling import Resampling, resampling_for
from modellab_core.harness.scores import Plan
from modellab_core.harness.scoring import FEW_DISCORDANT, around, decided_by_rows, discordant_ends, discordant_rows
from modellab_core.harness.verdict import Comparison, Incomparable, Pair, Verdict, rows_needed, same_rows, top_set
from modellab_core.harness.verdict_words import DISPLAY_NAMES, verdict_sentence

__all__ = ["DISPLAY_NAMES", "Comparison", "Incomparable", "Pair", "Verdict", "compare", "judge", "rows_needed"]

POWER = 0.84  # the normal quantile of 80 % power
CLOSE = 0.25  # a limit nearer to zero than this share of an sd may be there by the luck of the draws
MORE_RESAMPLES = 10_000
MOST_DRAWS = 300_000_000  # rows × resamples × models that a second, finer look may cost
FEW_UNITS = 40  # groups or blocks under this: c is widened as a percentile interval is


@dataclass(frozen=True, eq=False)
class Together:
    """Values of all models on a scale where higher is better: `point` (M,) and `draws` (M, B), with c and s (M, M)."""

    point: Floats
    draws: Floats
    critical: float
    spread: Floats
    note: str = ""


def judge(models: Mapping[str, Predictions], metric: str | None, plan: Plan) -> Comparison:
    """The verdict over `models` (simple → complex, all on the same rows) by `metric` (None: the headline).

    i beats j iff d_ij > c·s_ij, with s_ij the standard deviation of the paired resampled differences and c the 95 %
    quantile of their largest studentised deviation over all pairs. Where a limit comes out near zero, it is looked at
    again with up to 10,000 resamples. Incomparable when rows or truth differ; BadInput for a metric of another task.
    """
    if not models:
        raise Incomparable("There is no model to judge.")
    same_rows(models)
    first, *others = models.values()
    chosen = metric_for(metric or plan.headline, first.task)
    resampling = resampling_for(first, plan, *others)
    together = _together(models, chosen, resampling, resampling.used)
    finer = _finer(models, resampling)
    if _close(together) and finer > resampling.used:
        together = _together(models, chosen, resampling, finer)
    names = list(models)
    pairs = tuple(
        _pair(models, names, low, high, together, chosen, resampling)
        for low, high in combinations(range(len(names)), 2)
    )
    return _comparison(models, chosen, together, pairs, resampling)


def _comparison(
    models: Mapping[str, Predictions],
    metric: Metric,
    together: Together,
    pairs: tuple[Pair, ...],
    resampling: Resampling,
) -> Comparison:
    names, known = tuple(models), np.isfinite(together.point)
    scored = [name for name, there in zip(names, known, strict=True) if there]
    top = tuple(name for name in top_set(names, pairs) if name in scored)
    values = tuple(value_of(metric, predictions) for predictions in models.values())
    found = Comparison(
        metric=metric.name,
        label=metric.label,
        n=resampling.n,
        names=names,
        values=tuple(None if math.isnan(value) else value for value in values),
        top_set=top,
        best=names[int(np.nanargmax(together.point))] if scored else None,
        recommended=top[0] if top else None,
        pairs=pairs,
        critical=together.critical if math.isfinite(together.critical) else None,
        resamples=together.draws.shape[1],
        level=resampling.level,
        sentence="",
    )
    return replace(found, sentence=verdict_sentence(found))


def _finer(models: Mapping[str, Predictions], resampling: Resampling) -> int:
    affordable = MOST_DRAWS // max(1, resampling.n * len(models))
    return min(MORE_RESAMPLES, affordable) if resampling.used >= resampling.resamples else 0


def _together(models: Mapping[str, Predictions], metric: Metric, resampling: Resampling, used: int) -> Together:
    """Draw all models on the same rows; c is the quantile of the largest studentised deviation over the pairs."""
    point = metric.better(np.array([value_of(metric, predictions) for predictions in models.values()]))
    known = np.flatnonzero(np.isfinite(point))
    spread, draws = np.full((len(point), len(point)), np.nan), np.full((len(point), used), np.nan)
    if len(known) < 2:
        return Together(point, draws, math.nan, spread)
    listed = list(models.values())
    drawn_together = resampled_together([listed[place] for place in known], [metric], resampling, used)
    for place, found in zip(known, drawn_together, strict=True):
        draws[place] = metric.better(found[metric.name])
    defined = np.isfinite(draws[known]).all(axis=0)
    missing = int((~defined).sum())
    if missing > UNDEFINED_SHARE * used:
        return Together(point, draws, math.nan, spread, f"Undefined in {missing} of {used} resamples.")
    largest = np.zeros(int(defined.sum()))
    for one, two in combinations(known, 2):
        d, drawn = point[one] - point[two], (draws[one] - draws[two])[defined]
        s = float(drawn.std(ddof=1))
        s = 0.0 if s <= 1e-12 * max(1.0, abs(point[one]), abs(point[two])) else s
        spread[one, two] = spread[two, one] = s
        if s:
            np.maximum(largest, np.abs(drawn - d) / s, out=largest)
    critical = float(np.quantile(largest, resampling.level)) * _widening(listed[0], resampling)
    return Together(point, draws, critical, spread)


def _widening(predictions: Predictions, resampling: Resampling) -> float:
    """Factor on c where groups or blocks are few: that of the expanded percentile interval."""
    units = part_of(predictions, resampling, "all", None).units
    if resampling.exchangeable or units >= FEW_UNITS:
        return 1.0
    return normal_quantile(1 - 2 * expanded_tail(units, resampling.level)) / normal_quantile(resampling.level)


def _close(together: Together) -> bool:
    """Whether a limit of some pair lies within a quarter of its standard deviation from zero."""
    with np.errstate(invalid="ignore"):
        distance = np.abs(
            np.abs(together.point[:, None] - together.point[None, :]) - together.critical * together.spread
        )
        near = (distance < CLOSE * together.spread) & (together.spread > 0)
    return bool(near.any())


def _pair(
    models: Mapping[str, Predictions],
    names: list[str],
    simple: int,
    complex_: int,
    together: Together,
    metric: Metric,
    resampling: Resampling,
) -> Pair:
    candidate, baseline = names[complex_], names[simple]
    difference = float(together.point[complex_] - together.point[simple])
    if math.isnan(difference):
        note = "The metric is undefined for one of the two."
        return Pair(candidate, baseline, None, None, None, None, "tied", "none", note=note)
    rows = discordant_rows(metric, models[candidate], models[baseline])
    s, c = float(together.spread[simple, complex_]), together.critical
    detectable = (c + POWER) * s if s > 0 and math.isfinite(c) else None
    plain = Pair(candidate, baseline, difference, None, None, detectable, "tied", "none", rows)
    if rows is not None and rows < FEW_DISCORDANT and decided_by_rows(models[candidate], resampling):
        return _by_rows(plain, models, resampling, len(names) * (len(names) - 1) // 2)
    why = _no_interval(models[candidate], together, s, resampling)
    if why:
        return replace(plain, note=why)
    low, high = difference - c * s, difference + c * s
    method = "blocks" if resampling.time_ordered else "percentile"
    return replace(plain, low=low, high=high, verdict=_verdict(low, high), method=method)


def _no_interval(predictions: Predictions, together: Together, s: float, resampling: Resampling) -> str:
    if resampling.grouped and resampling.units < FEW_GROUPS:
        return f"Only {resampling.units} groups: under {FEW_GROUPS} they cannot tell models apart."
    if together.note:
        return together.note
    if s == 0:
        return "The two never differ in the resamples."
    return "" if math.isfinite(s) and len(predictions) > 1 else "Too few rows."


def _by_rows(pair: Pair, models: Mapping[str, Predictions], resampling: Resampling, pairs: int) -> Pair:
    corrected = 1 - (1 - resampling.level) / pairs
    ends = discordant_ends(models[pair.candidate], models[pair.baseline], resampling.level, corrected)
    low, high = ends if pair.difference is None else around(pair.difference, ends)
    note = f"Decided by the {pair.discordant} rows that exactly one of the two gets right."
    detectable = pair.detectable if pair.detectable is not None else high
    return replace(
        pair, low=low, high=high, verdict=_verdict(low, high), method="discordant", note=note, detectable=detectable
    )


def _verdict(low: float, high: float) -> Verdict:
    return "better" if low > 0 else "worse" if high < 0 else "tied"


def compare(*reports: Any, metric: str | None = None) -> Comparison:
    """The verdict over reports, given from simple to complex, on the same rows; the plan is that of the first.

    Each report is called by its `name`, else "model 1", "model 2" and so on. Incomparable when a report does not hold
    its predictions, or when rows or truth differ.
    """
    models: dict[str, Predictions] = {}
    for number, report in enumerate(reports, start=1):
        predictions = getattr(report, "predictions", None)
        name = str(getattr(report, "name", None) or f"model {number}")
        if predictions is None:
            raise Incomparable(f"{name} holds no predictions, only their numbers: evaluate it again to compare it.")
        models[name if name not in models else f"{name} ({number})"] = predictions
    if len(models) < 2:
        raise Incomparable("A comparison needs at least two reports.")
    return judge(models, metric, reports[0].plan)
