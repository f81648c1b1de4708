"""What a difference between two samples of a column is called, against scipy, scikit-learn and pairs counted singly."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from modellab_core.data.drift import SMALL, ColumnDrift, adjusted, drift
from modellab_core.data.drift_tests import (
    apart,
    cramers_v,
    false_discovery,
    kolmogorov_smirnov,
    mann_whitney,
    mean_difference,
    pooled,
    share_gap,
    superiority,
    tally,
    total_variation,
)

NUMBERS = st.lists(st.one_of(st.integers(-5, 5), st.floats(allow_nan=False)), min_size=1, max_size=40)
COUNTS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=2, max_size=8)


@settings(max_examples=60, deadline=None)
@given(NUMBERS, NUMBERS)
def test_the_distance_is_that_of_all_pairs(older: list[float], newer: list[float]) -> None:
    """D is the largest gap of the shares below a value, and the chance of a larger value is what all pairs give."""
    one, other = np.sort(np.array(older, float)), np.sort(np.array(newer, float))
    both = tally(one, other)
    places = np.union1d(one, other)
    shares = [np.searchsorted(side, places, side="right") / len(side) for side in (one, other)]
    assert kolmogorov_smirnov(both)[0].effect == pytest.approx(np.abs(shares[0] - shares[1]).max())
    pairs = (other[:, None] > one).mean() + (other[:, None] == one).mean() / 2
    found = superiority(both)
    assert found.value == pytest.approx(pairs)
    assert found.low <= found.value + 1e-12
    assert found.value <= found.high + 1e-12


@pytest.mark.parametrize(
    ("n", "m", "shift"), [(3, 3, 9.0), (8, 5, 1.0), (60, 40, 0.6), (900, 700, 0.1), (4000, 90, 0.2)]
)
def test_p_values_are_those_of_scipy(n: int, m: int, shift: float) -> None:
    """The p-values of D and of ranks are scipy's: exact for few rows, so that three against three are never sure."""
    rng = np.random.default_rng(n)
    one, other = np.sort(rng.normal(size=n)), np.sort(rng.normal(shift, size=m))
    found, _ = kolmogorov_smirnov(tally(one, other))
    right = stats.ks_2samp(one, other)
    assert found.effect == pytest.approx(right.statistic)
    assert found.p_value == pytest.approx(right.pvalue, rel=0.15, abs=1e-12)
    one, other = one.round(1), other.round(1)
    ranks = stats.mannwhitneyu(one, other, method="asymptotic").pvalue
    assert mann_whitney(tally(one, other)) == pytest.approx(ranks)
    whole, _ = apart(tally(one, other))
    assert whole.p_value <= 2.3 * min(ranks, stats.ks_2samp(one, other).pvalue)


def test_the_chance_of_a_larger_value_holds() -> None:
    """The 95 % interval of the chance that a newer value is larger holds the truth in about 95 % of samples."""
    rng = np.random.default_rng(5)
    truth, held = stats.norm.cdf(0.7 / np.sqrt(2)), 0
    for _ in range(400):
        found = superiority(tally(np.sort(rng.normal(size=60)), np.sort(rng.normal(0.7, size=40))))
        held += found.low <= truth <= found.high
    assert 0.92 <= held / 400 <= 0.98


@settings(max_examples=60, deadline=None)
@given(COUNTS)
def test_levels_are_compared_as_scipy_does(pairs: list[tuple[int, int]]) -> None:
    """Total variation is half the summed gaps, p-value and Cramér's V are scipy's; rare levels are one together."""
    one, other = np.array(pairs).T
    if not one.sum() or not other.sum():
        return
    found = total_variation(one, other)
    assert found.effect == pytest.approx(np.abs(one / one.sum() - other / other.sum()).sum() / 2)
    table = np.array([one, other])[:, (one + other) > 0]
    if table.shape[1] > 2:
        assert found.p_value == pytest.approx(stats.chi2_contingency(table, correction=False).pvalue)
        assert cramers_v(one, other) == pytest.approx(stats.contingency.association(table, "cramer"))
    alone, few, few_other = pooled(one, other)
    expected = np.minimum(one.sum(), other.sum()) * (one + other) / (one.sum() + other.sum())
    assert alone.tolist() == np.flatnonzero(expected >= 5).tolist()
    assert (few.sum(), few_other.sum()) == (one.sum(), other.sum())


def test_other_numbers_are_those_of_others() -> None:
    """Shares, mean differences and q-values are those of scipy and of the textbook."""
    assert share_gap(3, 40, 300, 400).p_value == pytest.approx(
        stats.chi2_contingency([[3, 37], [300, 100]], correction=False).pvalue
    )
    assert share_gap(0, 9, 4, 8).p_value == pytest.approx(stats.fisher_exact([[0, 9], [4, 4]]).pvalue)
    one, other = np.arange(10.0), np.arange(5.0, 30.0)
    spread = np.sqrt((9 * one.var(ddof=1) + 24 * other.var(ddof=1)) / 33)
    assert mean_difference(one, other) == pytest.approx((other.mean() - one.mean()) / spread)
    assert mean_difference(one * 1e307, other * 1e306) is not None
    assert mean_difference(np.ones(5), np.ones(5)) is None
    assert false_discovery([0.01, 0.02, 0.03, 0.9]) == pytest.approx([0.04, 0.04, 0.04, 0.9])


def same_kind(rng: np.random.Generator, rows: int) -> list[tuple[Any, Any]]:
    """A column of each type, with a few missing values."""
    zipf = [f"id {number}" for number in np.minimum(rng.zipf(1.3, rows), 10**6)]
    gaps = rng.random(rows) < 0.05
    days = (np.datetime64("2020-01-01") + rng.integers(0, 900, rows)).astype("datetime64[us]")
    return [
        (np.where(gaps, np.nan, rng.lognormal(size=rows)), "number"),
        (rng.integers(0, 5, rows), "number"),
        (pd.Series(days).mask(gaps), "date"),
        ([None if gap else text for gap, text in zip(gaps, rng.choice(["a", "b", "c"], rows), strict=True)], "text"),
        (zipf, "text"),
        ([f"name {number}" for number in rng.integers(0, 10**9, rows)], "text"),
        (rng.random(rows) < 0.2, "boolean"),
    ]


def test_samples_of_one_source_do_not_drift() -> None:
    """Of tables whose two samples come from one source, hardly one in twenty has any column called drifted."""
    rng = np.random.default_rng(3)
    alarms = 0
    for n, m in [(300, 300), (2000, 200), (200, 2000)] * 7:
        pairs = zip(same_kind(rng, n), same_kind(rng, m), strict=True)
        alarms += any(one.drifted for one in adjusted(drift(a, b, kind, "x") for (a, kind), (b, _) in pairs))
    assert alarms <= 4  # 1 is expected at most; 5 or more in 21 would have a chance of .3 %


def test_large_tables_do_not_flag_trivia() -> None:
    """With a million rows a difference far below the threshold is sure, and still no drift."""
    rng = np.random.default_rng(0)
    one = drift(rng.normal(size=500_000), rng.normal(0.05, 1, 500_000), "number", "x")
    assert one.q_value < 1e-9
    assert 0 < one.effect < SMALL
    assert not one.drifted
    assert one.sentence == "'x' did not drift."


def column(kind: str, older: Any, newer: Any) -> ColumnDrift:
    """The drift, gone through JSON."""
    found = drift(older, newer, kind, "x")  # type: ignore[arg-type]
    json.dumps(found.to_json(), allow_nan=False)
    return found


def test_what_is_planted_is_said() -> None:
    """A shift, a unit, another spread, a level, a new value, gaps and later dates are each found and said in words."""
    rng = np.random.default_rng(1)
    base, levels = rng.lognormal(3, 0.5, 800), rng.choice(["red", "green", "blue"], 800)
    days = pd.Series(np.datetime64("2020-01-01") + rng.integers(0, 300, 800))
    cases = [
        ("number", base, base[:300] + 15, "the median went from"),
        ("number", base, base[:300] * 1000, "1,000 times as large"),
        ("number", base, base[:300] / 100, "100 times smaller"),
        ("number", rng.normal(0, 1, 800).round(1), np.r_[rng.normal(0, 5, 299).round(1), 0.0], "values are at most"),
        ("text", levels, rng.choice(["red", "green"], 300), "'blue' moved most, from 3"),
        ("text", levels, np.where(rng.random(300) < 0.05, "grey", levels[:300]), "not there before: 'grey'"),
        ("number", base, np.where(rng.random(300) < 0.2, np.nan, base[:300]), "are missing, 0 % were"),
        ("date", days, days[:300] + pd.Timedelta(days=400), "every newer value is larger"),
        ("boolean", rng.random(800) < 0.1, rng.random(300) < 0.4, "'True' moved most"),
    ]
    for kind, older, newer, words in cases:
        found = column(kind, older, newer)
        assert found.drifted, words
        assert words in found.sentence
        assert found.bars is not None
        assert sum(found.bars.older) == 800 - found.missing[0]
        assert sum(found.bars.newer) == len(newer) - found.missing[1]
        assert len(found.bars.labels) == len(found.bars.older) == len(found.bars.newer)


def test_odd_samples() -> None:
    """Nothing, one row, infinities, huge and mixed numbers, and names of rows end in a sentence, not in an error."""
    names = [f"name {number}" for number in range(500)]
    for kind, older, newer in [
        ("number", [], [1.0]), ("number", [1.0], []), ("number", [None, None], [1.0, 2.0]), ("number", [1.0], [2.0]),
        ("number", [np.inf, -np.inf, 1.0], [1e308, -1e308]), ("number", [np.inf], [np.inf]), ("text", [], []),
        ("number", pa.array([2**63 - 1, 1, None]), np.array([0.5, np.nan])), ("text", names, names[::-1]),
        ("boolean", [True], [None]), ("date", [pd.Timestamp("1677-09-22")], [pd.Timestamp("2262-04-11")]),
    ]:  # fmt: skip
        found = column(kind, pd.array(older, dtype="object") if isinstance(older, list) and not older else older, newer)
        assert found.sentence
        assert not found.drifted
