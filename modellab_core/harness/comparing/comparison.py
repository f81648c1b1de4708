"""Judging models together, with one rule for all pairs of them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np

from modellab_core.errors import BadInput
from modellab_core.harness.comparing.looks import Looks, pairs_of, shared_level
from modellab_core.harness.comparing.swapping import swapped_reach
from modellab_core.harness.comparing.together import NO_SPREAD, Together, drawn_together, values_of
from modellab_core.harness.comparing.verdict import (
    Comparison,
    Incomparable,
    Pair,
    Verdict,
    rows_needed,
    same_rows,
    top_set,
)
from modellab_core.harness.comparing.verdict_words import DISPLAY_NAMES, verdict_sentence
from modellab_core.harness.engine.resampling import Resampling, resampling_for
from modellab_core.harness.intervals.rules import FEW_GROUPS
from modellab_core.harness.metrics import metric_for
from modellab_core.harness.metrics.metric import Metric
from modellab_core.harness.predictions import Predictions
from modellab_core.harness.scores import Plan
from modellab_core.harness.scoring import FEW_DISCORDANT, around, decided_by_rows, discordant_ends, discordant_rows

__all__ = ["DISPLAY_NAMES", "Comparison", "Incomparable", "Pair", "Verdict", "compare", "judge", "rows_needed"]

SAME = "The two never differ in the resamples."
POWER = 0.84  # the normal quantile of 80 % power
CLOSE = 0.25  # a limit nearer to zero than this share of an sd may be there by the luck of the draws
MORE_RESAMPLES = 10_000
MOST_DRAWS = 300_000_000  # rows (or bundles) × resamples × models that a second, finer look may cost


@dataclass(frozen=True, eq=False)
class Judged:
    """What all pairs of one verdict share: the models by name, those of the family among them, and how to tell."""

    models: Mapping[str, Predictions]
    metric: Metric
    resampling: Resampling
    together: Together
    looks: Looks | None
    margin: float | None

    @property
    def critical(self) -> float:
        """The factor on the standard deviation of a difference; NaN where there is none."""
        least = 0.0 if self.looks is None else self.looks.least_critical(self.resampling.level)
        return max(least, self.together.critical) if math.isfinite(self.together.critical) else math.nan

    @property
    def pair_level(self) -> float:
        """The level at which a pair that is decided by its own rows is told apart."""
        least = 0.0 if self.looks is None else self.looks.least_level(self.resampling.level)
        return max(least, shared_level(pairs_of(len(self.together.point)), self.resampling.level))


def judge(
    models: Mapping[str, Predictions],
    metric: str | None,
    plan: Plan,
    *,
    margin: float | None = None,
    beside: Mapping[str, Predictions] | None = None,
    looks: Looks | None = None,
) -> Comparison:
    """The verdict over `models` (simple → complex, all on the same rows) by `metric` (None: the headline).

    i beats j iff d_ij > c·s_ij, with s_ij the standard deviation of the paired resampled differences and c the 95 %
    quantile of their largest studentised deviation over all pairs. Where a limit comes out near zero, it is looked at
    again with up to 10,000 resamples. `beside` are further models that were scored on the same rows: they are not
    judged, but c holds for all pairs with them. `looks` says how often the rows were looked at; what is gone is
    charged. With `margin` each pair says whether the two are equivalent within it. Incomparable when rows or truth
    differ; BadInput for a metric of another task, or a margin that is not above 0.
    """
    if not models:
        raise Incomparable("There is no model to judge.")
    everyone = {**models, **(beside or {})}
    same_rows(everyone)
    first, *others = everyone.values()
    chosen = metric_for(metric or plan.headline, first.task)
    resampling = resampling_for(first, plan, *others)
    values = values_of(everyone, chosen)
    together = drawn_together(everyone, chosen, resampling, resampling.used, values)
    judged = Judged(models, chosen, resampling, together, looks, checked_margin(margin))
    finer = _finer(len(everyone), resampling)
    if finer > resampling.used and _close(judged):
        judged = replace(judged, together=drawn_together(everyone, chosen, resampling, finer, values))
    pairs = tuple(_pair(judged, *places) for places in combinations(range(len(models)), 2))
    return _comparison(judged, pairs)


def checked_margin(margin: float | None) -> float | None:
    """The margin itself. BadInput unless it is None or a number above 0."""
    if margin is not None and not (math.isfinite(margin) and margin > 0):
        raise BadInput(f"The margin is {margin:g}: give a number above 0 in the unit of the metric, such as 0.01.")
    return margin


def _comparison(judged: Judged, pairs: tuple[Pair, ...]) -> Comparison:
    names, together, resampling = tuple(judged.models), judged.together, judged.resampling
    point, values = together.point[: len(names)], together.values[: len(names)]
    scored = [name for name, there in zip(names, np.isfinite(point), strict=True) if there]
    top = tuple(name for name in top_set(names, pairs) if name in scored)
    found = Comparison(
        metric=judged.metric.name,
        label=judged.metric.label,
        n=resampling.n,
        names=names,
        values=tuple(None if math.isnan(value) else float(value) for value in values),
        top_set=top,
        best=names[int(np.nanargmax(point))] if scored else None,
        recommended=top[0] if top else None,
        pairs=pairs,
        critical=_known(judged.critical),
        resamples=together.draws.shape[1],
        level=resampling.level,
        sentence="",
        groups=resampling.units if resampling.grouped else None,
        margin=judged.margin,
        models=len(together.point) if judged.looks is None else judged.looks.stored,
        looks=None if judged.looks is None else judged.looks.total,
        optimism=_optimism(judged),
    )
    return replace(found, sentence=verdict_sentence(found))


def _optimism(judged: Judged) -> float | None:
    """None where there are models that could not be drawn: the best of fewer would look too little too good."""
    if judged.looks is not None and judged.looks.drawn < judged.looks.stored:
        return None
    return _known(judged.together.optimism)


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _finer(models: int, resampling: Resampling) -> int:
    affordable = MOST_DRAWS // max(1, resampling.drawn * models)
    return min(MORE_RESAMPLES, affordable) if resampling.used >= resampling.resamples else 0


def _close(judged: Judged) -> bool:
    """Whether a limit of some pair lies within a quarter of its standard deviation from zero."""
    point, size = judged.together.point[: len(judged.models)], len(judged.models)
    spread = judged.together.spread[:size, :size]
    with np.errstate(invalid="ignore"):
        distance = np.abs(np.abs(point[:, None] - point[None, :]) - judged.critical * spread)
        near = (distance < CLOSE * spread) & (spread > 0)
    return bool(near.any())


def _pair(judged: Judged, simple: int, complex_: int) -> Pair:
    names, together = list(judged.models), judged.together
    candidate, baseline = names[complex_], names[simple]
    difference = float(together.point[complex_] - together.point[simple])
    if math.isnan(difference):
        note = "The metric is undefined for one of the two."
        return Pair(candidate, baseline, None, None, None, None, "tied", "none", note=note)
    first, second = judged.models[candidate], judged.models[baseline]
    rows = discordant_rows(judged.metric, first, second, judged.resampling.frequency)
    s, c = float(together.spread[simple, complex_]), judged.critical
    detectable = (c + POWER) * s if s > 0 and math.isfinite(c) else None
    plain = Pair(candidate, baseline, difference, None, None, detectable, "tied", "none", rows)
    if rows is not None and rows < FEW_DISCORDANT and decided_by_rows(first, judged.resampling):
        return _by_rows(plain, judged)
    why = _no_interval(judged, s)
    if why:
        return _by_swaps(replace(plain, note=why), judged) if why == SAME else replace(plain, note=why)
    method = "blocks" if judged.resampling.time_ordered else "percentile"
    return _told(plain, difference - c * s, difference + c * s, method, judged.margin)


def _no_interval(judged: Judged, s: float) -> str:
    resampling = judged.resampling
    if resampling.grouped and resampling.units < FEW_GROUPS:
        return f"Only {resampling.units} groups: under {FEW_GROUPS} they cannot tell models apart."
    if judged.together.note:
        return judged.together.note
    if s == 0:
        return SAME
    return "" if math.isfinite(s) and resampling.n > 1 else "Too few rows."


def _by_swaps(pair: Pair, judged: Judged) -> Pair:
    """A pair whose difference is the same in every resample, and not zero: told apart by swapping, or not at all."""
    difference, resampling = pair.difference or 0.0, judged.resampling
    if abs(difference) <= NO_SPREAD or resampling.time_ordered or resampling.frequency:
        return pair
    first, second = judged.models[pair.candidate], judged.models[pair.baseline]
    reach = swapped_reach(first, second, judged.metric, resampling.seed, judged.pair_level)
    if not math.isfinite(reach):
        return pair
    told = f"The difference is the same in every resample; random swaps of the two stay within ±{reach:.2g}."
    pair = replace(pair, note=told, detectable=reach)
    return _told(pair, difference - reach, difference + reach, "null_band", judged.margin)


def _by_rows(pair: Pair, judged: Judged) -> Pair:
    first, second = judged.models[pair.candidate], judged.models[pair.baseline]
    frequency, level = judged.resampling.frequency, judged.resampling.level
    ends = discordant_ends(first, second, level, judged.pair_level, frequency=frequency)
    low, high = ends if pair.difference is None else around(pair.difference, ends)
    note = f"Decided by the {pair.discordant} rows that exactly one of the two gets right."
    detectable = pair.detectable if pair.detectable is not None else high
    return _told(replace(pair, note=note, detectable=detectable), low, high, "discordant", judged.margin)


def _told(pair: Pair, low: float, high: float, method: str, margin: float | None) -> Pair:
    """The pair with its ends and what follows from them."""
    verdict: Verdict = "better" if low > 0 else "worse" if high < 0 else "tied"
    equivalent = None if margin is None else -margin < low and high < margin
    return replace(pair, low=low, high=high, verdict=verdict, method=method, equivalent=equivalent)


def compare(*reports: Any, metric: str | None = None, margin: float | None = None) -> Comparison:
    """The verdict over reports, given from simple to complex, on the same rows; the plan is that of the first.

    Each report is called by its `name`, else "model 1", "model 2" and so on. With `margin`, a difference in the unit of
    the metric that would not matter, each pair says whether the two are equivalent within it. Incomparable when a
    report does not hold its predictions, or when rows or truth differ.
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
    return judge(models, metric, reports[0].plan, margin=margin)
