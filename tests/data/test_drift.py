"""What a difference between two samples of a column is called, against scipy and pairs counted one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from modellab_core.data.drift import drift
from modellab_core.data.drift_tests import kolmogorov_smirnov, superiority, tally

NUMBERS = st.lists(st.one_of(st.integers(-5, 5), st.floats(allow_nan=False)), min_size=1, max_size=40)


@settings(max_examples=80, deadline=None)
@given(NUMBERS, NUMBERS)
def test_the_distance_is_that_of_scipy(older: list[float], newer: list[float]) -> None:
    """D is scipy's, and the chance of a larger value is what counting all pairs gives."""
    one, other = np.sort(np.array(older, float)), np.sort(np.array(newer, float))
    both = tally(one, other)
    assert kolmogorov_smirnov(both)[0].effect == pytest.approx(stats.ks_2samp(one, other).statistic)
    pairs = (other[:, None] > one).mean() + (other[:, None] == one).mean() / 2
    found = superiority(both)
    assert found.value == pytest.approx(pairs)
    assert found.low <= found.value + 1e-12
    assert found.value <= found.high + 1e-12


def test_a_column_against_itself_has_no_drift() -> None:
    """Equal samples have no effect; numbers a thousand times as large have the sentence about units."""
    values = np.random.default_rng(0).lognormal(size=500)
    assert not drift(values, values, "number", "x").drifted
    assert "1,000 times as large" in drift(values, 1000 * values, "number", "x").sentence
