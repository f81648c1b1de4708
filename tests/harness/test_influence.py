"""What each row does to ROC AUC and to average precision, and what calibrated models show."""

from __future__ import annotations

import numpy as np
import pytest
import sklearn.metrics as skm
from hypothesis import given, settings
from hypothesis import strategies as st

from modellab_core.harness.engine.influence import Falling, auc_placements, average_precision_terms
from modellab_core.harness.engine.nullband import null_by_cells
from modellab_core.harness.intervals.formulas import delong_components


def rows(seed: int, n: int = 40, decimals: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = rng.random(n) < 0.4
    truth[:2] = True, False
    return np.round(rng.normal(size=n) + truth, decimals), truth, rng.uniform(0.2, 3, n)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.sampled_from([0, 1, 9]), st.booleans())
def test_means_are_the_areas(seed: int, decimals: int, weighted: bool) -> None:
    """Placements average to ROC AUC over either class, and terms to average precision, as scikit-learn has them."""
    score, truth, weight = rows(seed, decimals=decimals)
    heavy = weight if weighted else None
    shown = weight if weighted else np.ones(len(score))
    area = skm.roc_auc_score(truth, score, sample_weight=heavy)
    precision = skm.average_precision_score(truth, score, sample_weight=heavy)
    placed = auc_placements(score, truth, heavy)
    assert np.average(placed[truth], weights=shown[truth]) == pytest.approx(area, abs=1e-12)
    assert np.average(placed[~truth], weights=shown[~truth]) == pytest.approx(area, abs=1e-12)
    terms = average_precision_terms(score, truth, heavy)
    assert (shown * terms).sum() / shown[truth].sum() == pytest.approx(precision, abs=1e-12)
    order = np.argsort(-score, kind="stable")
    falling = Falling.of(score[order], truth[order], None if heavy is None else heavy[order])
    assert falling.auc() == pytest.approx(area, abs=1e-12)
    assert falling.average_precision() == pytest.approx(precision, abs=1e-12)


def test_placements_are_delongs() -> None:
    """Without weights the placements are the components of DeLong's variance."""
    score, truth, _ = rows(3)
    _, above, below = delong_components(score, truth)
    placed = auc_placements(score, truth)
    np.testing.assert_allclose(placed[truth], above, atol=1e-12)
    np.testing.assert_allclose(placed[~truth], below, atol=1e-12)


@pytest.mark.parametrize("decimals", [1, 9])
def test_terms_are_derivatives(decimals: int) -> None:
    """Terms are how Σ weight·truth·precision moves with the weight of a row, and the bend is how the terms do."""
    score, truth, weight = rows(7, 30, decimals)
    order = np.argsort(-score, kind="stable")
    score, truth, weight = score[order], truth[order], weight[order]

    def hits(heavy: np.ndarray) -> float:
        return float(skm.average_precision_score(truth, score, sample_weight=heavy) * heavy[truth].sum())

    step, terms, seconds = 1e-4, np.empty(30), np.empty(30)
    for row in range(30):
        up, down = weight.copy(), weight.copy()
        up[row] += step
        down[row] -= step
        terms[row] = (hits(up) - hits(down)) / (2 * step)
        seconds[row] = (hits(up) - 2 * hits(weight) + hits(down)) / step**2
    falling = Falling.of(score, truth, weight)
    np.testing.assert_allclose(falling.precision_terms()[0], terms, atol=1e-7)
    assert falling.precision_terms()[1] == pytest.approx((weight**2 * seconds).sum() / 2, rel=1e-4)
    assert falling.precision_terms(drawn_alone=True)[1] == pytest.approx((weight * seconds).sum() / 2, rel=1e-4)
    plain = Falling.of(score, truth, np.ones(30)).precision_terms()
    assert Falling.of(score, truth).precision_terms()[1] == pytest.approx(plain[1])


def test_without_a_class_nothing_is_claimed() -> None:
    """Without positive rows, or without others, areas are NaN and no row has a share in them."""
    for truth in (np.zeros(5, dtype=bool), np.ones(5, dtype=bool)):
        falling = Falling.of(np.arange(5.0)[::-1], truth)
        assert np.isnan(falling.auc())
        assert not falling.placements().any()
    assert np.isnan(Falling.of(np.arange(3.0)[::-1], np.zeros(3, dtype=bool)).average_precision())


@pytest.mark.parametrize("kind", ["plain", "weighted", "frequency", "sure"])
def test_outcomes_counted_in_cells_spread_as_outcomes_drawn(kind: str) -> None:
    """The null of ECE from counts in narrow cells has the mean and the spread of drawing the outcome of every row."""
    rng = np.random.default_rng(2)
    chance = rng.beta(0.02, 4, 3000) if kind == "sure" else rng.random(3000)
    weight = {"weighted": rng.uniform(0.1, 4, 3000), "frequency": rng.integers(0, 4, 3000).astype(float)}.get(kind)
    heavy = np.ones(3000) if weight is None else weight
    fast = null_by_cells(chance, heavy, 2000, rng, frequency=kind == "frequency")
    copies = heavy.astype(int) if kind == "frequency" else np.ones(3000, dtype=int)
    p, w = np.repeat(chance, copies), np.repeat(np.ones(3000) if kind == "frequency" else heavy, copies)
    bins = np.minimum((p * 15).astype(int), 14)
    gaps = [np.bincount(bins, w * ((rng.random(len(p)) < p) - p)) for _ in range(1000)]
    slow = np.array([np.abs(gap).sum() / w.sum() for gap in gaps])
    assert fast.mean() == pytest.approx(slow.mean(), rel=0.03)
    assert fast.std() == pytest.approx(slow.std(), rel=0.1)
