"""The tests and intervals of discovery against scipy, statsmodels and brute force."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep

from modellab_core.harness.slices.confirming import adjusted
from modellab_core.harness.slices.gap_tests import (
    clustered,
    fcr_level,
    fisher_p,
    group_p,
    newcombe_difference,
    noticed_gap,
    visible_mean,
    visible_share,
    welch,
)

RNG = np.random.default_rng(0)
TABLES = [(5, 40, 10, 300), (1, 15, 0, 85), (15, 15, 3, 90), (2, 50, 40, 900), (30, 100, 250, 1000)]


@pytest.mark.parametrize("table", TABLES)
def test_fisher_is_scipys(table: tuple[int, int, int, int]) -> None:
    """The one-sided p-value is that of scipy's Fisher test; without an error inside it is 1."""
    wrong, n, other, others = table
    asked = stats.fisher_exact([[wrong, n - wrong], [other, others - other]], alternative="greater").pvalue
    assert fisher_p(*table) == pytest.approx(asked, rel=1e-9)
    assert fisher_p(0, n, other, others) == 1.0


@pytest.mark.parametrize("table", TABLES)
def test_the_difference_of_shares_is_newcombes(table: tuple[int, int, int, int]) -> None:
    """The interval of two error rates is Newcombe's as statsmodels has it."""
    asked = confint_proportions_2indep(table[0], table[1], table[2], table[3], method="newcomb", alpha=0.05)
    assert newcombe_difference(*table, 0.95) == pytest.approx(asked, abs=1e-12)


def test_the_difference_of_shares_is_newcombes_published_one() -> None:
    """Newcombe (1998), table II, method 10: 56/70 − 48/80 gives .0524 to .3339, 10/10 − 0/20 gives .6791 to 1."""
    assert newcombe_difference(56, 70, 48, 80, 0.95) == pytest.approx((0.0524, 0.3339), abs=5e-5)
    assert newcombe_difference(10, 10, 0, 20, 0.95) == pytest.approx((0.6791, 1.0), abs=5e-5)


def test_welch_is_scipys() -> None:
    """p-value, degrees of freedom and interval are those of scipy's Welch test."""
    loss, inside = RNG.exponential(size=200), RNG.random(200) < 0.2
    loss[inside] *= 1.5
    gap = welch(loss, inside)
    asked = stats.ttest_ind(loss[inside], loss[~inside], equal_var=False, alternative="greater")
    assert gap.p_value() == pytest.approx(asked.pvalue, rel=1e-9)
    assert gap.freedom == pytest.approx(asked.df)
    ends = stats.ttest_ind(loss[inside], loss[~inside], equal_var=False).confidence_interval(0.9)
    assert gap.interval(0.9) == pytest.approx((ends.low, ends.high))


def test_frequencies_are_rows_and_importances_have_no_unit() -> None:
    """A frequency of 2 is a row twice; importance weights all 2 change nothing."""
    loss, inside = RNG.exponential(size=80), RNG.random(80) < 0.4
    counts = RNG.integers(1, 4, 80)
    twice = welch(np.repeat(loss, counts), np.repeat(inside, counts))
    said = welch(loss, inside, counts.astype(float), frequency=True)
    assert (said.loss, said.rest, said.error) == pytest.approx((twice.loss, twice.rest, twice.error))
    assert said.freedom == pytest.approx(twice.freedom)
    plain, heavy = welch(loss, inside), welch(loss, inside, np.full(80, 2.0))
    assert heavy.p_value() == pytest.approx(plain.p_value())


def test_one_row_decides_nothing() -> None:
    """A slice of one row, or without spread, has no error and a p-value of 1."""
    loss = np.array([1.0, 0.0, 0.0, 1.0, 0.0])
    assert welch(loss, np.arange(5) == 0).p_value() == 1.0
    assert welch(np.ones(5), np.arange(5) < 2).p_value() == 1.0
    assert math.isnan(welch(loss, np.zeros(5, dtype=bool)).difference)


def test_dealing_groups_is_a_permutation_test() -> None:
    """Where groups lie in or out as a whole, the p-value is that of all ways to deal them."""
    groups = np.repeat(np.arange(8), 3)
    loss = RNG.random(24) + (groups < 3) * 0.35
    inside = np.isin(groups, (0, 1, 2))
    above = np.bincount(groups, weights=loss - loss.mean())
    every = stats.permutation_test(
        (above[:3], above[3:]), lambda a, b, axis: a.sum(axis=axis), vectorized=True, alternative="greater",
        n_resamples=np.inf,
    ).pvalue  # fmt: skip
    found = group_p(loss, inside, groups, np.random.default_rng(1), rounds=20_000)
    assert found == pytest.approx(every, abs=4 * math.sqrt(every / 20_000) + 1e-4)


@pytest.mark.parametrize("whole", [True, False], ids=["whole groups", "cut groups"])
def test_groups_keep_their_false_alarms(whole: bool) -> None:
    """With errors that a group shares, a slice without an effect is called weak at 10 % in about 10 % of samples."""
    alarms = single = 0
    for seed in range(300):
        rng = np.random.default_rng(seed)
        groups = np.repeat(np.arange(30), 6)
        loss = rng.normal(size=30)[groups] + 0.3 * rng.normal(size=180)
        tilt = rng.random(30)[groups]
        inside = np.isin(groups, rng.choice(30, 8, replace=False)) if whole else rng.random(180) < tilt
        alarms += group_p(loss, inside, groups, rng, rounds=99) <= 0.1
        single += welch(loss, inside).p_value() <= 0.1
    assert 12 <= alarms <= 48
    assert single > alarms  # rows taken one by one would call more


def test_clusters_of_one_row_are_rows() -> None:
    """With a group per row the clustered error is Welch's but for the correction of small samples."""
    loss, inside = RNG.exponential(size=4000), RNG.random(4000) < 0.3
    by_group, by_row = clustered(loss, inside, np.arange(4000)), welch(loss, inside)
    assert by_group.difference == pytest.approx(by_row.difference)
    assert by_group.error == pytest.approx(by_row.error, rel=2e-3)
    assert clustered(loss, np.zeros(4000, dtype=bool), np.arange(4000)).p_value() == 1.0


def test_the_correction_ranks_and_does_not_argsort() -> None:
    """q-values take the rank of each p-value; `argsort` in place of ranks calls noise weak far more often."""
    p = np.array([0.9, 0.01, 0.5, 0.02, 0.03])
    ordered = sorted(p)
    by_hand = [min(min(1.0, ordered[j] * 5 / (j + 1)) for j in range(ordered.index(x), 5)) for x in p]
    assert adjusted(p) == pytest.approx(by_hand)
    assert adjusted([]).shape == (0,)
    right = wrong = 0
    for seed in range(400):
        drawn = np.random.default_rng(seed).random(20)
        right += (adjusted(drawn) <= 0.1).any()
        wrong += (drawn * 20 / (np.argsort(drawn) + 1) <= 0.1).any()
    assert right <= 60
    assert wrong > 250


def test_the_level_falls_with_what_is_chosen() -> None:
    """Of K tested slices R were confirmed: each interval leaves out the share q·R/K."""
    assert fcr_level(0.1, 1, 20) == pytest.approx(0.995)
    assert fcr_level(0.1, 20, 20) == pytest.approx(0.9)


@pytest.mark.parametrize(("n", "others", "rate", "alpha"), [(60, 2000, 0.05, 0.005), (240, 3760, 0.1, 0.05)])
def test_a_visible_gap_is_seen_as_often_as_said(n: int, others: int, rate: float, alpha: float) -> None:
    """At the gap that is called visible, Fisher's test rejects in about 80 % of samples, at half of it far less."""
    gap = visible_share(n, others, rate, alpha)
    rng = np.random.default_rng(3)
    seen = []
    for size in (gap, gap / 2):
        inside, outside = rng.binomial(n, rate + size, 600), rng.binomial(others, rate, 600)
        seen.append(np.mean([fisher_p(a, n, b, others) <= alpha for a, b in zip(inside, outside, strict=True)]))
    assert 0.74 <= seen[0] <= 0.86
    assert seen[1] < 0.5
    assert math.isnan(visible_share(1, 1000, 0.5, 0.01))


def test_gaps_of_means_are_seen_as_often_as_said() -> None:
    """(z of the level + z of the power) standard errors are seen with that power, and a share has its own spread."""
    assert visible_mean(2.0, 0.05, 0.8) == pytest.approx(2 * (1.6449 + 0.8416), abs=1e-3)
    gap = noticed_gap(3.0, 80, 1920, 0.3, 0.8, rate=0.1)
    rng = np.random.default_rng(4)
    inside, outside = rng.binomial(80, 0.1 + gap, 4000) / 80, rng.binomial(1920, 0.1, 4000) / 1920
    whole = (80 * inside + 1920 * outside) / 2000
    z = (inside - outside) / np.sqrt(whole * (1 - whole) * (1 / 80 + 1 / 1920))
    assert (z > 3).mean() == pytest.approx(0.8, abs=0.05)
