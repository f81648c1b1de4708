"""Intervals of means of losses and of what is made of them: few rows may carry much of such a sum."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from modellab_core.harness.engine.cells import Cells
from modellab_core.harness.engine.drawing import Part, one_thread
from modellab_core.harness.engine.resampling import Resampling
from modellab_core.harness.intervals.evidence import (
    Evidence,
    Interval,
    blocked,
    from_resamples,
    resampled_ends,
    resampled_method,
    rule,
    unit_of,
)
from modellab_core.harness.intervals.formulas import Ends, normal_quantile
from modellab_core.harness.intervals.resampled import bootstrap_t_log, dominated, dominating_share, median_draws
from modellab_core.harness.intervals.tails import reaches, relative_influence, stretched, tail_factor, total
from modellab_core.harness.predictions import Floats

FEW_FOR_T = 10  # units under this: no studentised bootstrap
DOMINANT = 0.5  # of the sum of the losses: one row that carries more leaves no interval
STREAM = 2  # of the generators of a Resampling, for the draws of the median


@dataclass(frozen=True, eq=False)
class Losses:
    """What a metric sums, per unit that is drawn (row or group), (u,) each.

    `sums` and `weights` are the weighted losses and the weight of a unit (None: all alike), `against` those of what the
    loss is divided by or None; `copies` says how many of it there are where weights are frequencies.
    """

    sums: Floats
    weights: Floats | None
    against: Floats | None
    copies: Floats | None

    @classmethod
    def of(cls, evidence: Evidence) -> Losses:
        """The losses that the metric names, of the rows of the part."""
        cells, metric, codes = evidence.cells, evidence.metric, evidence.part.codes
        values = _column(cells, metric.column or "")
        by = None if metric.against is None else _column(cells, metric.against)
        if cells.frequency and evidence.resampling.exchangeable:
            return cls(values, None, by, cells.weight)
        grouped = codes is not None and evidence.resampling.grouped
        if cells.alike and not grouped:
            return cls(values, None, by, None)

        def of_units(losses: Floats) -> Floats:
            if codes is None or not grouped:
                return losses * cells.weight
            return np.bincount(codes[cells.order], losses * cells.weight).astype(np.float64)

        return cls(of_units(values), of_units(np.ones(len(values))), None if by is None else of_units(by), None)

    @cached_property
    def influence(self) -> Floats:
        """`relative_influence` of the losses."""
        return relative_influence(self.sums, self.weights, self.copies)

    def reaches(self, level: float, effect: float, bounded: bool) -> tuple[float, float]:
        """How far the interval of the logarithm of the loss must reach at least, below and above."""
        by = None if self.against is None else relative_influence(self.against, self.weights, self.copies)
        return reaches(self.influence, by, level, self.copies, effect, bounded=bounded)

    def factor(self, effect: float) -> float:
        """`tail_factor` of the losses."""
        units = float(len(self.sums) if self.copies is None else self.copies.sum())
        return tail_factor(math.sqrt(total(self.influence**2, self.copies) / units), units / effect)


def _column(cells: Cells, name: str) -> Floats:
    """A column of losses; of signed values their squares about the mean."""
    values = cells.columns[name]
    if name not in ("error", "target"):
        return values
    return np.asarray((values - total(values, cells.weight) / total(cells.weight)) ** 2)


def _checked(evidence: Evidence, losses: Losses) -> tuple[str, str]:
    """Why there can be no interval, or nothing; and what is to be said of one."""
    if not dominated(losses.sums, losses.copies):
        return "", ""
    share, what = dominating_share(losses.sums, losses.copies), "group" if evidence.resampling.grouped else "row"
    told = f"One {what} carries {100 * share:.0f} % of the loss"
    if share > DOMINANT:
        return f"{told}, so an interval would be unreliable.", ""
    return "", f"{told}: the interval is widened for it and still uncertain."


@rule("bounded")
@rule("checked")
def checked_rule(evidence: Evidence) -> Interval:
    """Expanded percentile, moved out by skewness and tails; none where one row carries more than half of the sum.

    The metric is a mean of its column, or 1 minus its ratio to another where higher is better. Losses that are bounded
    are skewed only.
    """
    ends = resampled_ends(evidence)
    if isinstance(ends, str):
        return Interval(note=ends)
    losses = Losses.of(evidence)
    why, note = _checked(evidence, losses)
    if why:
        return Interval(note=why)
    level, effect, bounded = (
        evidence.resampling.level,
        evidence.resampling.effect,
        evidence.metric.interval == "bounded",
    )
    if evidence.metric.direction < 0:
        ends = stretched(ends, evidence.value, *losses.reaches(level, effect, bounded))
    elif evidence.value < 1:
        low, high = stretched((1 - ends[1], 1 - ends[0]), 1 - evidence.value, *losses.reaches(level, effect, bounded))
        ends = 1 - high, 1 - low
    return from_resamples(evidence, ends, resampled_method(evidence.resampling), note)


@rule("bootstrap_t")
def bootstrap_t_rule(evidence: Evidence) -> Interval:
    """Studentised on the log scale, moved out for tails; in time, where a resample has no such error, percentile."""
    if evidence.value == 0:
        return Interval(note=f"No error in {len(evidence.cells)} rows, so no interval.")
    losses = Losses.of(evidence)
    why, note = _checked(evidence, losses)
    if not why and evidence.part.units < FEW_FOR_T:
        why = f"Under {FEW_FOR_T} independent rows, so no interval."
    if why:
        return Interval(note=why)
    assert evidence.metric.error is not None
    with one_thread():
        error, effect = float(evidence.metric.error(evidence.cells.whole)[0]), evidence.resampling.effect
    ends = _t_ends(evidence, error)
    if isinstance(ends, str):
        return Interval(note=ends)
    factor = losses.factor(effect)
    above = factor * normal_quantile(evidence.resampling.level) * error * math.sqrt(effect)
    ends = stretched(ends, evidence.value, 0.0, above) if factor > 1 else ends
    return from_resamples(evidence, ends, "blocks" if evidence.resampling.time_ordered else "bootstrap_t", note)


def _t_ends(evidence: Evidence, error: float) -> Ends | str:
    if evidence.resampling.time_ordered:
        return resampled_ends(evidence)
    why = blocked(evidence.draws, len(evidence.cells), unit_of(evidence.cells.predictions.task))
    ends = bootstrap_t_log(evidence.value, error, evidence.draws, evidence.errors, evidence.resampling.level)
    if why or all(map(math.isfinite, ends)):
        return why or ends
    return "The errors show no spread, so no interval."


def by_order(part: Part, resampling: Resampling) -> bool:
    """Whether the median can be drawn by order statistics: rows alike and independent."""
    if not resampling.exchangeable or not len(part.cells):
        return False
    return part.cells.frequency or bool(np.ptp(part.cells.weight) == 0)


@rule("median")
def median_rule(evidence: Evidence) -> Interval:
    """By the exact places of the order statistics where rows are independent, else from the resamples."""
    if not by_order(evidence.part, evidence.resampling):
        ends = resampled_ends(evidence)
        if isinstance(ends, str):
            return Interval(note=ends)
        return from_resamples(evidence, ends, resampled_method(evidence.resampling))
    rng = evidence.resampling.generator(0, STREAM)
    copies = evidence.cells.weight if evidence.cells.frequency else None
    draws = median_draws(evidence.cells.columns["absolute"], evidence.resampling.resamples, rng, copies)
    ends = resampled_ends(evidence, draws)
    if isinstance(ends, str):
        return Interval(note=ends)
    return Interval(*ends, "order_statistic", len(draws))
