"""The gate: may the candidate take the place of the baseline? Worse by less than a margin, by more, or not known."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from modellab_core.errors import BadInput
from modellab_core.harness.comparing.comparison import checked_margin
from modellab_core.harness.comparing.together import widening
from modellab_core.harness.comparing.verdict import same_rows
from modellab_core.harness.engine.resampling import Resampling, resampling_for
from modellab_core.harness.figures.wording import number
from modellab_core.harness.intervals.rules import FEW_GROUPS, UNDEFINED_SHARE
from modellab_core.harness.metrics import metric_for
from modellab_core.harness.predictions import Predictions
from modellab_core.harness.scores import Plan
from modellab_core.harness.scoring import (
    FEW_DISCORDANT,
    Paired,
    around,
    decided_by_rows,
    discordant_ends,
    paired,
)

State = Literal["PASS", "FAIL", "INCONCLUSIVE"]

Z = 1.645  # one-sided 95 %
Z_POWER = 0.842  # 80 % power
LEVEL = 0.95


@dataclass(frozen=True)
class Gate:
    """The answer for `candidate` against `baseline`, with `difference` = candidate − baseline, higher is better.

    `low` and `high` are the one-sided 95 % ends, each by itself. PASS iff low > −margin, FAIL iff high < −margin, else
    INCONCLUSIVE; then `rows_needed` is the N that passes with 80 % power if the truth is no difference, and `more` is
    N − n, both in `units`: rows, or groups where whole groups were drawn. `note` says why there are no ends, or what
    decided; `sentence` says it all.
    """

    state: State
    metric: str
    margin: float
    difference: float | None
    low: float | None
    high: float | None
    n: int
    units: str = "rows"
    method: str = "percentile"
    level: float = LEVEL
    sd: float | None = None
    discordant: int | None = None
    rows_needed: int | None = None
    more: int | None = None
    note: str = ""
    sentence: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values under the names of the fields."""
        return asdict(self)


def gate_rule(difference: float, sd: float, n: int, margin: float) -> Gate:
    """The gate from plain numbers: `difference` with standard error `sd`, estimated from `n` rows.

    The ends are difference ± 1.645·sd. N = n·((1.645 + .842)·sd/margin)², rounded up. With sd = 0 the ends are those of
    no discordant row, difference ± (1 − .05^(1/n)). BadInput unless margin > 0, sd ≥ 0 and n ≥ 1.
    """
    if not (math.isfinite(difference) and math.isfinite(sd) and sd >= 0 and n >= 1):
        raise BadInput(f"A gate needs a difference, a standard error ≥ 0 and rows, not {difference}, {sd} and {n}.")
    checked_margin(margin)
    reach = Z * sd if sd > 0 else no_discordance(n)
    needed = rows_for(sd, n, margin) if sd > 0 else rows_without_discordance(margin)
    plain = Gate("INCONCLUSIVE", "", margin, difference, None, None, n, sd=sd)
    found = _decided(plain, difference - reach, difference + reach, needed)
    return replace(found, sentence=gate_sentence(found, "The metric"))


def no_discordance(n: float) -> float:
    """1 − .05^(1/n): the share of rows that may differ, with 95 % confidence, when none of n did."""
    return float(1 - (1 - LEVEL) ** (1 / n))


def rows_for(sd: float, n: int, margin: float) -> int:
    """Rows that pass with 80 % power if the truth is no difference, when `n` rows give the standard error `sd`."""
    return max(1, math.ceil(n * ((Z + Z_POWER) * sd / margin) ** 2))


def rows_without_discordance(margin: float) -> int:
    """Rows that pass when none of them is discordant: the smallest n with 1 − .05^(1/n) < margin."""
    return 1 if margin >= 1 else max(1, math.floor(math.log(1 - LEVEL) / math.log1p(-margin)) + 1)


def gate(
    candidate: Predictions, baseline: Predictions, margin: float, metric: str | None = None, plan: Plan | None = None
) -> Gate:
    """Whether `candidate` is worse than `baseline` by less than `margin` of the metric (None: the headline).

    On the same rows, from the shared resamples; accuracy with few discordant rows by these rows alone. BadInput unless
    margin > 0, in the metric's own unit and fixed beforehand; Incomparable when rows or truth differ.
    """
    same_rows({"the candidate": candidate, "the baseline": baseline})
    checked_margin(margin)
    plan = plan or Plan()
    chosen = metric_for(metric or plan.headline, candidate.task)
    resampling = resampling_for(candidate, plan, baseline)
    told = paired(candidate, baseline, [chosen], resampling)[chosen.name]
    units = resampling.units if resampling.grouped else _rows_of(candidate, plan)
    plain = Gate(
        "INCONCLUSIVE",
        chosen.name,
        margin,
        None if math.isnan(told.difference) else told.difference,
        None,
        None,
        units,
        "groups" if resampling.grouped else "rows",
        sd=told.sd if math.isfinite(told.sd) else None,
        discordant=told.discordant,
    )
    found = _judged(plain, candidate, baseline, told, resampling)
    return replace(found, sentence=gate_sentence(found, chosen.label))


def _rows_of(predictions: Predictions, plan: Plan) -> int:
    """The rows, or what they stand for where a weight is a frequency."""
    if plan.weight_kind == "frequency" and predictions.weight is not None:
        return int(predictions.weight.sum())
    return len(predictions)


def _judged(plain: Gate, candidate: Predictions, baseline: Predictions, told: Paired, resampling: Resampling) -> Gate:
    why = _unknown(told, resampling)
    if why or plain.difference is None:
        return replace(plain, method="none", note=why)
    rows, sd, n = told.discordant, told.sd, plain.n
    needed = rows_for(sd, n, plain.margin) if sd > 0 else rows_without_discordance(plain.margin)
    if rows is not None and rows < FEW_DISCORDANT and decided_by_rows(candidate, resampling):
        ends = discordant_ends(candidate, baseline, LEVEL, 2 * LEVEL - 1, frequency=resampling.frequency)
        low, high = around(plain.difference, ends)
        note = f"Decided by the {rows} rows that exactly one of the two gets right."
        return _decided(replace(plain, method="discordant", note=note), low, high, needed)
    if sd > 0:
        reach = Z * sd * widening(resampling.independent, 2 * LEVEL - 1)
        method = "blocks" if resampling.time_ordered else "percentile"
        return _decided(replace(plain, method=method), plain.difference - reach, plain.difference + reach, needed)
    return _without_spread(plain, candidate.task.is_classification, needed)


def _without_spread(plain: Gate, classes: bool, needed: int) -> Gate:
    """All resamples agree: for classes a share of rows may still differ; for numbers nothing is known of how much."""
    assert plain.difference is not None
    reach = no_discordance(plain.n) if classes else 0.0
    note = f"The two never differ in the resamples of these {plain.n:,} {plain.units}."
    without = replace(plain, method="none", note=note)
    return _decided(without, plain.difference - reach, plain.difference + reach, needed)


def _unknown(told: Paired, resampling: Resampling) -> str:
    """Why the difference has no ends, or nothing."""
    if math.isnan(told.difference):
        return "The metric is undefined for one of the two."
    missing = sum(not math.isfinite(one) for one in told.draws)
    if missing > UNDEFINED_SHARE * len(told.draws) or not math.isfinite(told.sd):
        return f"Undefined in {missing} of {len(told.draws)} resamples."
    if resampling.grouped and resampling.units < FEW_GROUPS:
        return f"Only {resampling.units} groups: under {FEW_GROUPS} they cannot tell models apart."
    return ""


def _decided(plain: Gate, low: float, high: float, needed: int) -> Gate:
    state: State = "PASS" if low > -plain.margin else "FAIL" if high < -plain.margin else "INCONCLUSIVE"
    ends = replace(plain, state=state, low=low, high=high)
    return replace(ends, rows_needed=needed, more=needed - plain.n) if state == "INCONCLUSIVE" else ends


def gate_sentence(found: Gate, label: str) -> str:
    """The answer with its numbers and, where it is not known, how many rows would decide."""
    ends, allowed = (found.low, found.high), f"{number(found.margin)} worse is allowed"
    if found.difference is None or found.low is None or found.high is None:
        return f"INCONCLUSIVE: {label} cannot decide. {found.note}"
    side = "better" if found.difference >= 0 else "worse"
    about = f"{label} of the candidate is {side} by {number(abs(found.difference), *ends)}"
    if found.state == "PASS":
        return f"PASS: {about}; the difference is above {number(found.low, *ends)} with 95 % confidence, and {allowed}."
    if found.state == "FAIL":
        return (
            f"FAIL: {about}; the difference is below {number(found.high, *ends)} with 95 % confidence, and {allowed}."
        )
    told = (
        f"INCONCLUSIVE: {about} (difference {number(found.low, *ends)} to {number(found.high, *ends)}), and {allowed}."
    )
    return f"{told} {_more(found)}"


def _more(found: Gate) -> str:
    if found.difference is not None and found.difference <= -found.margin:
        return "More rows would more likely end in FAIL."
    if found.more is None or found.rows_needed is None or found.more <= 0:
        return f"These {found.n:,} {found.units} would mostly pass if the two were equal, so they may well differ."
    needed = f"{found.more:,} more {found.units} ({found.rows_needed:,} in all)"
    return f"If the two are equal, {needed} would pass with 80 % power."
