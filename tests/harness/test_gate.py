"""The gate: passes what is no worse than the margin, fails what is, and says how many rows would decide."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from naive import made_up
from scipy.stats import binom

from modellab_core.errors import BadInput
from modellab_core.harness.comparing.gate import gate, gate_rule, no_discordance, rows_for, rows_without_discordance
from modellab_core.harness.comparing.verdict import Incomparable
from modellab_core.harness.engine.drawing import resampled
from modellab_core.harness.engine.resampling import Resampling
from modellab_core.harness.intervals.formulas import tango
from modellab_core.harness.metrics import METRICS
from modellab_core.harness.predictions import Predictions
from modellab_core.harness.scores import Plan

PLAN = Plan(resamples=300)


def wrong_in(some: Predictions, rows: np.ndarray) -> Predictions:
    """Right everywhere but in `rows`."""
    said = some.y_true.copy()
    said[rows] = (said[rows] + 1) % len(some.classes)
    return replace(some, y_pred=said)


@pytest.mark.parametrize(
    ("difference", "sd", "margin", "state"),
    [
        (0.0, 0.01, 0.02, "PASS"),  # low end −0.01645
        (0.0, 0.01, 0.01645, "INCONCLUSIVE"),  # the end itself is not above −X
        (-0.05, 0.01, 0.02, "FAIL"),  # high end −0.03355
        (-0.03, 0.01, 0.02, "INCONCLUSIVE"),
        (0.04, 0.05, 0.02, "INCONCLUSIVE"),
        (0.10, 0.05, 0.02, "PASS"),
    ],
)
def test_the_three_states_by_hand(difference: float, sd: float, margin: float, state: str) -> None:
    """PASS iff d − 1.645·s > −X, FAIL iff d + 1.645·s < −X, else INCONCLUSIVE."""
    found = gate_rule(difference, sd, 500, margin)
    assert found.state == state
    assert (found.low, found.high) == pytest.approx((difference - 1.645 * sd, difference + 1.645 * sd))
    assert found.sentence.startswith(state)


def test_rows_that_would_decide() -> None:
    """N = n·((1.645 + .842)·s/X)², and N − n more; only where it is not decided."""
    found = gate_rule(0.0, 0.02, 400, 0.02)
    assert found.rows_needed == rows_for(0.02, 400, 0.02) == 2475  # 400 · 2.487² = 2474.07
    assert found.more == 2075
    assert "2,075 more rows (2,475 in all) would pass with 80 % power" in found.sentence
    assert gate_rule(0.0, 0.001, 400, 0.02).rows_needed is None


def test_rows_needed_have_the_power() -> None:
    """With N rows two equal models pass in 80 % of samples."""
    rng = np.random.default_rng(1)
    n = rows_for(0.02, 400, 0.02)
    sd = 0.02 * np.sqrt(400 / n)
    passed = [gate_rule(one, sd, n, 0.02).state == "PASS" for one in rng.normal(0, sd, 2000)]
    assert np.mean(passed) == pytest.approx(0.8, abs=0.03)


def test_clearly_worse_is_not_sent_for_more_rows() -> None:
    """At a difference at or below −X more rows are said to end in FAIL."""
    assert gate_rule(-0.03, 0.02, 100, 0.02).sentence.endswith("More rows would more likely end in FAIL.")
    assert "may well differ" in gate_rule(-0.019, 0.004, 100, 0.02).sentence


def test_no_discordant_row_needs_enough_rows() -> None:
    """Without a discordant row it passes only if X > 1 − .05^(1/n), the exact bound of a binomial with no success."""
    some = made_up("multiclass", 100, 1)
    same = wrong_in(some, np.arange(7))
    bound = no_discordance(100)
    assert binom.pmf(0, 100, bound) == pytest.approx(0.05)
    assert gate(same, same, bound * 1.001, "accuracy", PLAN).state == "PASS"
    missed = gate(same, same, bound * 0.999, "accuracy", PLAN)
    assert missed.state == "INCONCLUSIVE"
    assert missed.discordant == 0
    needed = rows_without_discordance(0.01)
    assert no_discordance(needed) < 0.01 <= no_discordance(needed - 1)
    assert gate_rule(0.0, 0.0, 100, 0.01).rows_needed == needed == 299


def test_few_discordant_rows_decide_by_themselves() -> None:
    """Accuracy with few discordant rows goes by their interval at the one-sided level, whose far end is Tango's."""
    some = made_up("multiclass", 300, 2)
    found = gate(wrong_in(some, np.arange(8)), wrong_in(some, np.arange(8, 10)), 0.05, "accuracy", PLAN)
    assert (found.method, found.discordant) == ("discordant", 10)
    assert found.low == pytest.approx(tango(2, 8, 300, 0.9)[0])
    share = (1 + found.high * 300 / 10) / 2  # the upper end of the candidate's share of the 10 rows
    assert binom.cdf(2, 10, share) - binom.pmf(2, 10, share) / 2 == pytest.approx(0.05)
    assert found.state == "PASS"


def test_ends_are_those_of_the_shared_resamples() -> None:
    """The standard error is the standard deviation of the paired resampled differences."""
    some = made_up("binary", 400, 3)
    other = replace(some, proba=some.proba[::1] ** 0.5 / (some.proba**0.5).sum(axis=1, keepdims=True))
    other = replace(
        other, proba=np.clip(other.proba + np.random.default_rng(1).normal(0, 0.1, (400, 1)) * [1, -1], 0, 1)
    )
    draws = [resampled(one, [METRICS["roc_auc"]], Resampling(400, 300))["roc_auc"] for one in (other, some)]
    found = gate(other, some, 0.5, None, PLAN)
    assert found.sd == pytest.approx((draws[0] - draws[1]).std(ddof=1), rel=1e-9)
    assert found.state == "PASS"
    assert gate(other, some, 1e-4, None, PLAN).state in ("FAIL", "INCONCLUSIVE")


def test_an_error_counts_as_lower_is_better() -> None:
    """A candidate whose error is larger has a negative difference, in the metric's unit."""
    some = made_up("regression", 400, 1)
    worse = replace(some, y_pred=some.y_pred + 3)
    found = gate(worse, some, 0.5, "mae", PLAN)
    assert found.difference < -0.5
    assert found.state == "FAIL"
    assert gate(some, worse, 0.5, "mae", PLAN).state == "PASS"


def test_groups_are_the_rows_that_count() -> None:
    """Where groups are drawn whole, N is in groups; under ten of them the gate decides nothing."""
    rng = np.random.default_rng(2)
    some = replace(made_up("regression", 300, 1), groups=np.arange(300) // 5)
    other = replace(some, y_pred=some.y_true + rng.normal(size=300))
    found = gate(other, some, 0.06, "mae", PLAN)
    assert (found.state, found.n, found.units) == ("INCONCLUSIVE", 60, "groups")
    assert "more groups" in found.sentence
    few = gate(*(replace(one, groups=np.arange(300) // 50) for one in (other, some)), 0.5, "mae", PLAN)
    assert few.state == "INCONCLUSIVE"
    assert few.low is None
    assert "Only 6 groups" in few.sentence


def test_the_same_numbers_pass() -> None:
    """A regression that gives the same numbers in every row is no worse by any margin."""
    some = made_up("regression", 50, 1)
    assert gate(some, some, 1e-6, "mae", PLAN).state == "PASS"


@pytest.mark.parametrize("margin", [0.0, -0.1, float("nan"), float("inf")])
def test_a_margin_is_above_zero(margin: float) -> None:
    """X > 0, else the input is refused."""
    some = made_up("binary", 50, 1)
    with pytest.raises(BadInput, match="above 0"):
        gate(some, some, margin)
    with pytest.raises(BadInput, match="above 0"):
        gate_rule(0, 0.1, 10, margin)


def test_other_rows_are_refused() -> None:
    """Models on other rows go through no gate, and a metric that is undefined decides nothing."""
    some = made_up("binary", 50, 1)
    with pytest.raises(Incomparable):
        gate(some, some.take(np.arange(20)), 0.1)
    found = gate(replace(some, proba=None), some, 0.1, "roc_auc", PLAN)
    assert found.state == "INCONCLUSIVE"
    assert "undefined" in found.sentence


def test_the_gate_errs_as_often_as_it_says() -> None:
    """A candidate that is worse by exactly the margin passes in about 5 % of samples."""
    passed = 0
    for seed in range(300):
        rng = np.random.default_rng(seed)
        truth = rng.normal(size=150)
        some = Predictions(made_up("regression", 2).task, np.arange(150), truth, truth + rng.normal(size=150))
        worse = replace(some, y_pred=truth + 1.2 * rng.normal(size=150))
        passed += gate(worse, some, 0.2 * np.sqrt(2 / np.pi), "mae", Plan(resamples=200, seed=seed)).state == "PASS"
    assert passed <= 27  # 15 expected
