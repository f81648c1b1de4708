"""Random order, and dealing out by largest remainder."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from modellab_core.data.chance import random_keys, shuffled
from modellab_core.data.portions import quotas


@given(st.lists(st.integers(1, 500), min_size=1, max_size=12), st.integers(0, 500))
def test_quotas_are_largest_remainders(sizes: list[int], total: int) -> None:
    """Without limits the shares are those of Hamilton's method: floors, then one each to the largest remainders."""
    sizes_ = np.array(sizes)
    total = min(total, int(sizes_.sum()))
    share = quotas(sizes_, total, np.zeros_like(sizes_), sizes_)
    assert share.sum() == total
    ideal = sizes_ * (total / sizes_.sum())
    assert (np.abs(share - ideal) < 1 + 1e-9).all()
    given_up = (ideal - np.floor(ideal))[share == np.floor(ideal)]
    taken = (ideal - np.floor(ideal))[share > np.floor(ideal)]
    if len(given_up) and len(taken):
        assert taken.min() >= given_up.max() - 1e-9


def test_chance_is_even() -> None:
    """Keys of neighbouring rows are unrelated, and a shuffle is a permutation that favours no place."""
    keys = random_keys(1, "x", np.arange(100_000))
    assert len(np.unique(keys)) == 100_000
    share = keys.astype(np.float64) / 2.0**64
    assert abs(share.mean() - 0.5) < 0.005
    assert abs(np.corrcoef(share[1:], share[:-1])[0, 1]) < 0.01
    assert sorted(shuffled(1, "x", np.arange(50)).tolist()) == list(range(50))
