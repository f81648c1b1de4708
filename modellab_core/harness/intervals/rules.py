"""Which interval a number gets, or the reason why it gets none.

A rule is one function under `@rule`, named as in `Metric.interval`; the first of these that applies decides. Those of
losses are in `intervals/loss_rules.py`.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from modellab_core.harness.intervals import loss_rules
from modellab_core.harness.intervals.evidence import (
    NOTHING,
    RULES,
    UNDEFINED_SHARE,
    Evidence,
    Interval,
    Rule,
    blocked,
    percentile_rule,
    resampled_method,
    rule,
    unit_of,
)
from modellab_core.harness.intervals.formulas import newcombe_auc, wilson
from modellab_core.harness.intervals.loss_rules import by_order

__all__ = [
    "FAMILIES",
    "FEW_GROUPS",
    "NOTHING",
    "RULES",
    "UNDEFINED_SHARE",
    "Evidence",
    "Interval",
    "Rule",
    "blocked",
    "by_order",
    "interval_of",
    "resampled_method",
    "rule",
    "unit_of",
]

FAMILIES = (loss_rules,)

FEW_GROUPS = 10  # under this no interval
FEW_OUTCOMES = 10  # successes or failures under this: Wilson
SMALL_CLASS = 50  # rows of a class under this: Newcombe's interval of the ROC AUC
FEW_CORRECT = 5  # true positives or negatives under this: no interval of F1 and MCC
FEW_IN_CLASS = 5  # rows of a class under this: no interval of an average over classes


def interval_of(evidence: Evidence) -> Interval:
    """The interval of a defined value by the rule of its metric."""
    part, resampling = evidence.part, evidence.resampling
    if resampling.grouped and part.units < FEW_GROUPS and evidence.metric.interval != "null_band":
        return Interval(note=f"Only {part.units:.0f} groups: under {FEW_GROUPS} they cannot tell an interval.")
    return _within(RULES[evidence.metric.interval](evidence), evidence.value, evidence.metric.span)


def _within(interval: Interval, value: float, span: tuple[float, float]) -> Interval:
    """The interval without what lies beyond the least and the greatest value there can be, but for rounding."""
    if interval.low is None or interval.high is None:
        return interval
    least, most = min(span[0], value), max(span[1], value)
    return replace(interval, low=max(interval.low, least), high=min(interval.high, most))


@rule("proportion")
def proportion_rule(evidence: Evidence) -> Interval:
    """Wilson where successes or failures are under 10, in as many rows as the groups or blocks are worth."""
    assert evidence.metric.fraction is not None
    counted = evidence.metric.fraction(evidence.cells.whole)
    successes, trials = (float(count[0]) * evidence.scale for count in counted)
    if evidence.weighted or min(successes, trials - successes) >= FEW_OUTCOMES:
        return percentile_rule(evidence)
    effect = _design_effect(evidence, successes, trials)
    ends = wilson(successes / effect, trials / effect, evidence.resampling.level)
    return Interval(*ends, "wilson", note="" if effect == 1 else f"{trials / effect:.0f} rows in effect.")


def _design_effect(evidence: Evidence, successes: float, trials: float) -> float:
    """Variance between resamples over that of independent rows, from 1 to rows per group or block."""
    if evidence.resampling.exchangeable:
        return 1.0
    worst = max(1.0, len(evidence.cells) / max(evidence.part.units, 1.0))
    independent = successes * (trials - successes) / trials**3
    if independent == 0 or not np.isfinite(evidence.draws).any():
        return worst
    return float(np.clip(np.nanvar(evidence.draws) / independent, 1.0, worst))


@rule("auc")
def auc_rule(evidence: Evidence) -> Interval:
    """Newcombe's method 5 where a class has fewer than 50 rows."""
    negatives, positives = evidence.confusion.sum(axis=1)
    if evidence.weighted or min(negatives, positives) >= SMALL_CLASS:
        return percentile_rule(evidence)
    if evidence.resampling.grouped and evidence.part.codes is not None:
        truth = evidence.cells.predictions.y_true == evidence.cells.predictions.positive_code
        positives, negatives = (len(np.unique(evidence.part.codes[rows])) for rows in (truth, ~truth))
    effect = evidence.resampling.effect
    ends = newcombe_auc(evidence.value, positives / effect, negatives / effect, evidence.resampling.level)
    return Interval(*ends, "newcombe")


@rule("matrix")
def matrix_rule(evidence: Evidence) -> Interval:
    """None where the counts that decide are so few that the percentile interval misses too often."""
    hits = np.diagonal(evidence.confusion)[evidence.cells.present]
    if evidence.cells.k == 2 or evidence.metric.name.endswith("_macro"):
        if hits.min() < FEW_CORRECT:
            return Interval(note=f"A class has fewer than {FEW_CORRECT} rows predicted right, so no interval.")
        return percentile_rule(evidence)
    if min(hits.sum(), evidence.confusion.sum() - hits.sum()) < FEW_CORRECT:
        return Interval(note=f"Fewer than {FEW_CORRECT} rows are predicted right, or wrong, so no interval.")
    return percentile_rule(evidence)


@rule("macro")
def macro_rule(evidence: Evidence) -> Interval:
    """None for an average over classes of which one has hardly any rows."""
    if evidence.support.min() < FEW_IN_CLASS:
        return Interval(note=f"A class has fewer than {FEW_IN_CLASS} rows, so no interval.")
    return percentile_rule(evidence)


@rule("null_band")
def null_band_rule(evidence: Evidence) -> Interval:
    """No interval; the band in which a perfectly calibrated model's value lies."""
    tail = (1 - evidence.resampling.level) / 2
    low, high = np.quantile(evidence.null, [tail, 1 - tail])
    inside = "inside" if evidence.value <= high else "above"
    note = f"{inside.capitalize()} what a perfectly calibrated model shows on these rows: {low:.2g} to {high:.2g}."
    return Interval(None, None, "null_band", len(evidence.null), note, float(low), float(high))


@rule("none")
def no_rule(evidence: Evidence) -> Interval:
    """None at all."""
    rows = len(evidence.cells)
    return Interval(note=f"The largest of {rows} rows says little of the rows not seen, so no interval.")
