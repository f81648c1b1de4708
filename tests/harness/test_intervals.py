"""Intervals as formulas of plain numbers and arrays: those of statsmodels and scipy, or of their definition."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive import by_sklearn, made_up, median_of_every_resample
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from modellab_core.harness.intervals.formulas import (
    clopper_pearson,
    delong,
    delong_paired,
    expanded_percentile,
    expanded_tail,
    mid_p,
    newcombe_auc,
    percentile,
    wilson,
)
from modellab_core.harness.intervals.resampled import (
    discordant_interval,
    median_draws,
)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 400), st.floats(0, 1), st.sampled_from([0.8, 0.95, 0.99]))
def test_proportions_equal_statsmodels(trials: int, share: float, level: float) -> None:
    """Wilson and Clopper–Pearson are statsmodels' intervals."""
    successes = round(share * trials)
    for ours, method in ((wilson, "wilson"), (clopper_pearson, "beta")):
        theirs = proportion_confint(successes, trials, alpha=1 - level, method=method)
        np.testing.assert_allclose(ours(successes, trials, level), theirs, atol=1e-10)


def test_wilson_thirty_of_thirty() -> None:
    """30 right of 30 leaves .886 to 1."""
    low, high = wilson(30, 30)
    assert low == pytest.approx(0.886, abs=5e-4)
    assert high == 1.0


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 60), st.floats(0, 1))
def test_mid_p_halves_the_observed_count(trials: int, share: float) -> None:
    """At a mid-p end the chance of more extreme counts plus half that of the observed one is the tail."""
    successes = round(share * trials)
    low, high = mid_p(successes, trials)
    if successes > 0:
        above = stats.binom.sf(successes, trials, low) + stats.binom.pmf(successes, trials, low) / 2
        assert above == pytest.approx(0.025, abs=1e-8)
    if successes < trials:
        below = stats.binom.cdf(successes - 1, trials, high) + stats.binom.pmf(successes, trials, high) / 2
        assert below == pytest.approx(0.025, abs=1e-8)
    exact = clopper_pearson(successes, trials)
    assert exact[0] <= low <= high <= exact[1]


def test_expanded_tail() -> None:
    """The widened tail is Φ(−√(n/(n−1))·t), .0188 for 30 rows, and that of the plain percentile for many."""
    wide = stats.norm.cdf(-math.sqrt(30 / 29) * stats.t.ppf(0.975, 29))
    assert expanded_tail(30) == pytest.approx(wide, abs=1e-12)
    assert expanded_tail(10**7) == pytest.approx(0.025, abs=1e-7)
    draws = np.random.default_rng(0).normal(size=4000)
    low, high = expanded_percentile(draws, 30)
    assert low < percentile(draws)[0] < percentile(draws)[1] < high


@settings(max_examples=40, deadline=None)
@given(st.floats(0.05, 0.99), st.integers(5, 60), st.integers(5, 60))
def test_newcombe_solves_its_equation(auc: float, m: int, n: int) -> None:
    """Both ends of Newcombe's method 5 satisfy the equation that defines it."""
    z2, larger = stats.norm.ppf(0.975) ** 2, (m + n) / 2 - 1
    for theta in newcombe_auc(auc, m, n):
        inside = 1 + larger * (1 - theta) / (2 - theta) + larger * theta / (1 + theta)
        assert (theta - auc) ** 2 == pytest.approx(z2 * theta * (1 - theta) * inside / (m * n), abs=1e-9)


def test_newcombe_at_the_edge() -> None:
    """A perfect ROC AUC of few rows still has a lower end."""
    low, high = newcombe_auc(1.0, 10, 90)
    assert 0.85 < low < 0.93
    assert high == 1.0


def test_delong_equals_its_definition() -> None:
    """DeLong's variance is that of the placements, and its paired p-value is small only for models that differ."""
    some = made_up("binary", 150, 4, decimals=1)
    assert some.score is not None
    auc, error, low, high = delong(some.score, some.y_true == 1)
    positive, negative = some.score[some.y_true == 1], some.score[some.y_true == 0]
    above = np.array([((one > negative) + 0.5 * (one == negative)).mean() for one in positive])
    below = np.array([((positive > one) + 0.5 * (positive == one)).mean() for one in negative])
    assert auc == pytest.approx(by_sklearn("roc_auc", some))
    assert error**2 == pytest.approx(above.var(ddof=1) / len(above) + below.var(ddof=1) / len(below))
    assert low < auc < high
    assert delong_paired(some.score, some.score, some.y_true == 1) == (0.0, 0.0, 1.0)
    noise = np.random.default_rng(1).random(150)
    assert delong_paired(some.score, noise, some.y_true == 1)[2] < 1e-3


def test_discordant_interval() -> None:
    """The difference of two accuracies comes from the rows that one gets right; without any it still has a width."""
    low, high = discordant_interval(12, 3, 100)
    share = mid_p(12, 15)
    np.testing.assert_allclose((low, high), (0.15 * (2 * share[0] - 1), 0.15 * (2 * share[1] - 1)))
    assert discordant_interval(0, 0, 100)[1] == pytest.approx(1 - 0.05**0.01)


def test_median_draws_are_exact() -> None:
    """The drawn medians have the distribution of the medians of all nⁿ resamples, for odd and even n."""
    for n in (4, 5):
        values = np.sort(np.random.default_rng(n).normal(size=n))
        every = median_of_every_resample(values)
        drawn = np.sort(median_draws(values, 40_000, np.random.default_rng(1)))
        for share in (0.05, 0.3, 0.5, 0.7, 0.95):
            at = np.quantile(every, share, method="inverted_cdf")
            assert (drawn <= at).mean() == pytest.approx((every <= at).mean(), abs=0.012)
