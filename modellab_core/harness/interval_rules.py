"""Which interval a number gets, or the reason why it gets none.

A rule is one function under `@rule`, named as in `Metric.interval`; the first of these that applies decides.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from modellab_core.harness.cells import Cells
from modellab_core.harness.drawing import Part, effective_rows
from modellab_core.harness.intervals import Ends, expanded_percentile, newcombe_auc, wilson
from modellab_core.harness.intervals_resampled import bootstrap_t_log, dominated, dominating_share, median_draws
from modellab_core.harness.metric import Metric
from modellab_core.harness.predictions import Floats
from modellab_core.harness.resampling import Resampling
from modellab_core.harness.scores import Method
from modellab_core.registry import Registry

FEW_GROUPS = 10  # under this no interval
FEW_OUTCOMES = 10  # successes or failures under this: Wilson
SMALL_CLASS = 50  # rows of a class under this: Newcombe's interval of the ROC AUC
FEW_CORRECT = 5  # true positives or negatives under this: no interval of F1 and MCC
FEW_IN_CLASS = 5  # rows of a class under this: no interval of an average over classes
FEW_FOR_T = 10  # units under this: no studentised bootstrap
UNDEFINED_SHARE = 0.01  # of the resamples: above it no percentile interval
STREAM = 2  # of the generators of a Resampling, for the draws of the median

NOTHING: Floats = np.zeros(0)


@dataclass(frozen=True)
class Interval:
    """Two ends by `method`, or a note that says why there are none."""

    low: float | None = None
    high: float | None = None
    method: Method = "none"
    resamples: int = 0
    note: str = ""
    null_low: float | None = None
    null_high: float | None = None


@dataclass(frozen=True, eq=False)
class Evidence:
    """All that a rule may look at.

    `draws` and `errors` (B,) are the metric and its standard error in the resamples, `null` the metric of a calibrated
    model; each is empty where it was not drawn.
    """

    metric: Metric
    value: float
    part: Part
    resampling: Resampling
    draws: Floats = field(default_factory=lambda: NOTHING)
    errors: Floats = field(default_factory=lambda: NOTHING)
    null: Floats = field(default_factory=lambda: NOTHING)

    @property
    def cells(self) -> Cells:
        """The rows."""
        return self.part.cells

    @property
    def weighted(self) -> bool:
        """Whether rows have weights of different importance: closed forms then give way to resampling."""
        return bool(len(self.cells) and not self.cells.frequency and np.ptp(self.cells.weight) > 0)

    @property
    def scale(self) -> float:
        """Effective rows per unit of weight."""
        if self.cells.frequency:
            return 1.0
        return effective_rows(self.cells.weight) / float(self.cells.weight.sum())

    @property
    def confusion(self) -> Floats:
        """Rows by truth and prediction, (k, k), in effective rows where they are weighted."""
        return np.asarray(self.cells.whole.confusion[0] * self.scale)

    @property
    def support(self) -> Floats:
        """Rows of each class that is met in truth or prediction."""
        return np.asarray(self.confusion.sum(axis=1)[self.cells.present])


Rule = Callable[[Evidence], Interval]
RULES: Registry[Rule] = Registry("interval rule")


def rule(name: str) -> Callable[[Rule], Rule]:
    """Put the decorated rule into RULES."""

    def add(function: Rule) -> Rule:
        return RULES.add(name, function)

    return add


def interval_of(evidence: Evidence) -> Interval:
    """The interval of a defined value by the rule of its metric."""
    part, resampling = evidence.part, evidence.resampling
    if resampling.grouped and part.units < FEW_GROUPS and evidence.metric.interval != "null_band":
        return Interval(note=f"Only {part.units:.0f} groups: under {FEW_GROUPS} they cannot tell an interval.")
    return RULES[evidence.metric.interval](evidence)


def resampled_method(resampling: Resampling) -> Method:
    """How an interval from resamples is called."""
    return "blocks" if resampling.time_ordered else "percentile"


def blocked(draws: Floats, n: int) -> str:
    """Why resampled values give no percentile interval, or nothing."""
    defined = draws[np.isfinite(draws)]
    missing = len(draws) - len(defined)
    if len(draws) == 0 or missing > UNDEFINED_SHARE * len(draws):
        return f"Undefined in {missing} of {len(draws)} resamples, so no interval."
    if np.ptp(defined) <= 1e-12 * max(1.0, float(np.abs(defined).max())):
        return f"The resamples of these {n} rows show no spread, so no interval."
    return ""


@rule("percentile")
def percentile_rule(evidence: Evidence) -> Interval:
    """Expanded percentile; none where the metric is often undefined or never changes."""
    why = blocked(evidence.draws, len(evidence.cells))
    if why and evidence.value == 0 and evidence.metric.direction < 0 and not evidence.draws.any():
        why = f"No error in {len(evidence.cells)} rows, so no interval."
    if why:
        return Interval(note=why)
    ends = expanded_percentile(evidence.draws, evidence.part.units, evidence.resampling.level)
    return _from_resamples(evidence, ends, resampled_method(evidence.resampling))


def _from_resamples(evidence: Evidence, ends: Ends, method: Method) -> Interval:
    defined = int(np.isfinite(evidence.draws).sum())
    return Interval(*ends, method, defined, evidence.resampling.note)


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


@rule("checked")
def checked_rule(evidence: Evidence) -> Interval:
    """None where one row carries so much of the sum that no resampling can tell how uncertain it is."""
    why = _dominated(evidence)
    return Interval(note=why) if why else percentile_rule(evidence)


def _dominated(evidence: Evidence) -> str:
    losses, copies = evidence.cells.columns[evidence.metric.column or ""], None
    if evidence.cells.frequency:
        copies = evidence.cells.weight
    else:
        losses = losses * evidence.cells.weight
    if not dominated(losses, copies):
        return ""
    share = dominating_share(losses, copies)
    return f"One row carries {100 * share:.0f} % of the loss, so an interval would be unreliable."


@rule("bootstrap_t")
def bootstrap_t_rule(evidence: Evidence) -> Interval:
    """Studentised on the log scale; in time, where a resample has no such error of its own, percentile of blocks."""
    why = _dominated(evidence)
    if not why and evidence.part.units < FEW_FOR_T:
        why = f"Under {FEW_FOR_T} independent rows, so no interval."
    if why or evidence.resampling.time_ordered:
        return Interval(note=why) if why else percentile_rule(evidence)
    if evidence.value == 0:
        return Interval(note=f"No error in {len(evidence.cells)} rows, so no interval.")
    assert evidence.metric.error is not None
    error = float(evidence.metric.error(evidence.cells.whole)[0])
    ends = bootstrap_t_log(evidence.value, error, evidence.draws, evidence.errors, evidence.resampling.level)
    if not all(map(math.isfinite, ends)):
        return Interval(note=blocked(evidence.draws, len(evidence.cells)) or "The errors show no spread.")
    return _from_resamples(evidence, ends, "bootstrap_t")


def by_order(part: Part, resampling: Resampling) -> bool:
    """Whether the median can be drawn by order statistics: rows alike and independent."""
    if not resampling.exchangeable or not len(part.cells):
        return False
    return part.cells.frequency or bool(np.ptp(part.cells.weight) == 0)


@rule("median")
def median_rule(evidence: Evidence) -> Interval:
    """By the exact places of the order statistics where rows are independent, else from the resamples."""
    if not by_order(evidence.part, evidence.resampling):
        return percentile_rule(evidence)
    rng = evidence.resampling.generator(0, STREAM)
    sizes, copies = evidence.cells.columns["absolute"], evidence.cells.weight if evidence.cells.frequency else None
    order = np.argsort(sizes, kind="stable") if evidence.cells.many else slice(None)
    ordered = sizes[order], None if copies is None else copies[order]
    draws = median_draws(ordered[0], evidence.resampling.resamples, rng, ordered[1])
    why = blocked(draws, len(evidence.cells))
    if why:
        return Interval(note=why)
    ends = expanded_percentile(draws, evidence.part.units, evidence.resampling.level)
    return Interval(*ends, "order_statistic", len(draws))


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
