"""What the one verdict rests on: c and s, the optimism of the best, what looks cost, and pairs that stay paired."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from naive import made_up
from scipy.stats import norm

from modellab_core.errors import BadInput
from modellab_core.harness.comparing.comparison import compare, judge
from modellab_core.harness.comparing.looks import Looks, pairs_of, shared_level, spent_level
from modellab_core.harness.comparing.together import optimism, simultaneous
from modellab_core.harness.comparing.verdict_words import charged_sentence, equivalence_sentence
from modellab_core.harness.intervals.formulas import delong_paired, normal_quantile
from modellab_core.harness.predictions import Predictions
from modellab_core.harness.scores import Plan


def blurred(some: Predictions, much: float, seed: int) -> Predictions:
    """The same predictions with noise added."""
    rng = np.random.default_rng(seed)
    odds = np.log(some.proba) + much * rng.normal(size=some.proba.shape)
    proba = np.exp(odds) / np.exp(odds).sum(axis=1, keepdims=True)
    return replace(some, proba=proba, y_pred=proba.argmax(axis=1))


@given(st.integers(2, 6), st.integers(0, 1000))
def test_c_and_s_by_a_loop(models: int, seed: int) -> None:
    """s_ij is the standard deviation of d*_ij, c the quantile of the largest |d* − d| / s, pair by pair."""
    rng = np.random.default_rng(seed)
    point = rng.normal(size=models)
    draws = point[:, None] + rng.normal(size=(models, 50)) * rng.uniform(0.5, 2, (models, 1))
    c, s = simultaneous(point, draws)
    largest = np.zeros(50)
    for one, two in combinations(range(models), 2):
        gap = draws[one] - draws[two]
        assert s[one, two] == s[two, one] == pytest.approx(gap.std(ddof=1))
        largest = np.maximum(largest, abs(gap - (point[one] - point[two])) / gap.std(ddof=1))
    assert c == pytest.approx(np.quantile(largest, 0.95))
    assert not s.diagonal().any()


def test_two_models_need_the_normal_quantile_and_more_need_more() -> None:
    """With two models c is about 1.96; with 3, 10 and 30 independent ones it is Tukey's studentised range / √2."""
    rng = np.random.default_rng(0)
    found = [simultaneous(np.zeros(m), rng.normal(size=(m, 20_000)))[0] for m in (2, 3, 10, 30)]
    assert found == pytest.approx([1.96, 2.344, 3.164, 3.72], abs=0.05)


def test_optimism_is_the_expected_maximum() -> None:
    """Of k equally good independent models the best looks too good by the expected maximum of k normals."""
    rng = np.random.default_rng(1)
    for k, expected in ((1, 0.0), (2, 0.5642), (3, 0.8463), (10, 1.5388)):
        assert optimism(np.full(k, 7.0), 7 + rng.normal(size=(k, 40_000))) == pytest.approx(expected, abs=0.02)


def test_levels_that_are_spent_sum_up() -> None:
    """All looks together spend 5 %, and so do all pairs."""
    assert sum(1 - spent_level(look) for look in range(1, 100_000)) == pytest.approx(0.05, abs=1e-5)
    assert 1 - spent_level(3) == pytest.approx(0.05 * 6 / (math.pi**2 * 9))
    assert shared_level(10) == pytest.approx(0.995)
    assert [pairs_of(models) for models in (1, 2, 3, 30)] == [0, 1, 3, 435]


def test_looks_that_are_there_cost_nothing_more() -> None:
    """Where all that was looked at is drawn together, nothing is charged beside c; else the dearer of the two."""
    assert Looks(5, 5, 5).least_critical(0.95) == 0.0
    assert Looks(5, 5, 3).least_critical(0.95) == pytest.approx(norm.ppf(1 - 0.05 / 20))
    assert Looks(9, 5, 5).least_critical(0.95) == pytest.approx(normal_quantile(spent_level(9)))
    assert Looks(2, 2, 2).least_level(0.95) == 0.0


def test_models_beside_raise_the_bar() -> None:
    """Models that are not named still count in c and in the optimism, and are in no pair."""
    some = made_up("binary", 300, 1)
    named = {"linear": blurred(some, 0.5, 1), "xgboost": blurred(some, 0.5, 2)}
    beside = {f"#{seed}": blurred(some, 0.5, seed) for seed in range(3, 9)}
    plan = Plan(resamples=400)
    alone, within = judge(named, None, plan), judge(named, None, plan, beside=beside, looks=Looks(8, 8, 8))
    assert within.critical > alone.critical
    assert within.names == ("linear", "xgboost")
    assert len(within.pairs) == 1
    assert (within.models, within.looks) == (8, 8)
    assert within.optimism > alone.optimism > 0
    assert "all 8 stored models" in charged_sentence(within)
    assert charged_sentence(alone) == ""
    gone = judge(named, None, plan, looks=Looks(5, 2, 2))
    assert "charged for 3 looks at models that are gone" in charged_sentence(gone)


def test_equivalent_only_inside_the_margin() -> None:
    """Equivalent iff −X < low and high < X; tied is not equal, and without X nothing is said."""
    some = made_up("binary", 300, 1)
    models = {"linear": blurred(some, 0.3, 1), "xgboost": blurred(some, 0.3, 2)}
    plain = judge(models, None, Plan(resamples=300)).pairs[0]
    assert plain.equivalent is None
    reach = max(abs(plain.low), abs(plain.high))
    for margin, expected in ((reach * 1.01, True), (reach * 0.99, False)):
        found = judge(models, None, Plan(resamples=300), margin=margin)
        assert found.pairs[0].equivalent is expected
        assert ("Equivalent" in equivalence_sentence(found)) is expected
    with pytest.raises(BadInput, match="above 0"):
        judge(models, None, Plan(), margin=-0.1)


def test_rows_that_would_show_a_difference() -> None:
    """Half the smallest visible difference takes four times the rows, or groups where groups are drawn."""
    some = made_up("binary", 300, 1)
    models = {"linear": blurred(some, 0.3, 1), "xgboost": blurred(some, 0.3, 2)}
    found = judge(models, None, Plan(resamples=300))
    assert found.rows_to_show(found.pairs[0].detectable / 2, "linear", "xgboost") == 1200
    grouped = {name: replace(one, groups=np.arange(300) // 5) for name, one in models.items()}
    found = judge(grouped, None, Plan(resamples=300))
    assert found.groups == 60
    assert found.rows_to_show(found.pairs[0].detectable / 2, "linear", "xgboost") == 240


@pytest.mark.parametrize("n", [20_000, 60_000])
def test_differences_stay_paired_at_any_size(n: int) -> None:
    """Below and above the switch to bundles s is DeLong's paired standard error, far below that of unpaired draws."""
    some = made_up("binary", n, 3)
    other = blurred(some, 0.1, 1)
    found = judge({"linear": some, "xgboost": other}, "roc_auc", Plan(resamples=600))
    pair = found.pairs[0]
    s = (pair.high - pair.low) / 2 / found.critical
    difference, error, _ = delong_paired(other.proba[:, 1], some.proba[:, 1], some.y_true == 1)
    assert pair.difference == pytest.approx(difference, abs=1e-9)
    assert s == pytest.approx(error, rel=0.12)


def test_compare_takes_a_margin() -> None:
    """Reports can be asked whether they are equivalent."""
    some = made_up("regression", 80, 1)

    class Told:
        predictions, plan, name = some, Plan(resamples=100), ""

    found = compare(Told(), Told(), margin=0.1)
    assert found.margin == 0.1
    assert found.pairs[0].equivalent is None
