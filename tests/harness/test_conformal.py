"""Conformal intervals: the definition by brute force, the promised coverage, and what is said where there is none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from drawn_reports import binary_predictions, regression_predictions
from hypothesis import given, settings
from hypothesis import strategies as st

from modellab_core.data.task import Task
from modellab_core.harness.canonical import canonical, plain
from modellab_core.harness.case import Case, Development
from modellab_core.harness.decisions.conformal import conformal, conformal_rank, cv_plus, design_effect, split_conformal
from modellab_core.harness.engine.resampling import resampling_for
from modellab_core.harness.intervals.formulas import clopper_pearson
from modellab_core.harness.metrics import metric_for
from modellab_core.harness.predictions import Predictions
from modellab_core.harness.scores import Plan


def case_of(predictions: Predictions, plan: Plan | None = None, **more: Any) -> Case:
    """A case of these predictions alone."""
    plan = plan or Plan()
    return Case(
        predictions, plan, metric_for(plan.headline, predictions.task), resampling_for(predictions, plan), **more
    )


def linear_case(n: int = 200, m: int = 120, kind: str = "out_of_fold", seed: int = 0, **plan: Any) -> Case:
    """A straight line fitted on n rows in five folds and judged on m rows, with one feature."""
    rng = np.random.default_rng(seed)
    x, new = rng.normal(size=n), rng.normal(size=m)
    y, truth = 3 * x + rng.normal(size=n), 3 * new + rng.normal(size=m)
    fold = np.arange(n) % (5 if kind == "out_of_fold" else 2)
    slopes = [np.polyfit(x[fold != k], y[fold != k], 1) for k in range(fold.max() + 1)]
    said = np.array([np.polyval(slopes[k], one) for k, one in zip(fold, x, strict=True)])
    across = np.stack([np.polyval(slope, new) for slope in slopes])
    held = Predictions(Task.REGRESSION, np.arange(n), y, said)
    rows = Predictions(Task.REGRESSION, np.arange(m), truth, across.mean(axis=0), X=pd.DataFrame({"x": new}))
    development = Development(held, kind, fold, across if kind == "out_of_fold" else None)  # type: ignore[arg-type]
    return case_of(rows, Plan(**plan), development=development)


def slow_cv_plus(residuals: Any, fold: Any, across: Any, alpha: float) -> tuple[Any, Any]:
    """The definition of Barber et al. (2021), and of MAPIE's method "plus", row by row."""
    n, ends = len(residuals), []
    for column in across.T:
        low = sorted(column[k] - abs(r) for r, k in zip(residuals, fold, strict=True))
        high = sorted(column[k] + abs(r) for r, k in zip(residuals, fold, strict=True))
        upper = int(np.ceil(round((1 - alpha) * (n + 1), 9)))
        lower = int(np.floor(round(alpha * (n + 1), 9)))
        ends.append((low[lower - 1] if lower >= 1 else -np.inf, high[upper - 1] if upper <= n else np.inf))
    return tuple(np.array(ends).T)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 60), st.integers(1, 6), st.sampled_from([0.05, 0.1, 0.2, 0.5]), st.integers(0, 10_000))
def test_cv_plus_is_its_definition(n: int, folds: int, alpha: float, seed: int) -> None:
    """Both ends equal the sorted sums of the definition, ties and empty folds included."""
    rng = np.random.default_rng(seed)
    residuals, fold = np.round(rng.normal(size=n), 1), rng.integers(0, folds, n)
    across = np.round(rng.normal(size=(folds, 7)), 1) * 10
    low, high = cv_plus(residuals, fold, across, alpha)
    slow = slow_cv_plus(residuals, fold, across, alpha)
    assert np.allclose(low, slow[0], atol=1e-9)
    assert np.allclose(high, slow[1], atol=1e-9)


def test_the_half_width_is_an_order_statistic() -> None:
    """⌈(n+1)(1−α)⌉-th smallest |residual|, a whole product included; infinite where n is too small."""
    assert split_conformal(np.arange(1, 20), 0.1) == 18  # ⌈20 · .9⌉ = 18, though 20 · .9 is 18.000000000000004 or so
    assert split_conformal([-3, 1, 2], 0.5) == 2
    assert split_conformal([1.0, 2.0], 0.05) == np.inf
    assert [conformal_rank(19, alpha) for alpha in (0.05, 0.1, 0.2, 0.25)] == [19, 18, 16, 15]


def test_with_one_fold_cv_plus_is_split_conformal() -> None:
    """One model for all rows gives its prediction ± the half-width."""
    rng = np.random.default_rng(1)
    residuals, said = rng.normal(size=200), rng.normal(size=(1, 30))
    low, high = cv_plus(residuals, np.zeros(200, dtype=int), said, 0.1)
    half = split_conformal(residuals, 0.1)
    assert np.allclose(high, said[0] + half)
    assert np.allclose(low, said[0] - half)


@pytest.mark.parametrize("kind", ["out_of_fold", "valid"])
def test_intervals_hold_the_truth_as_often_as_they_say(kind: str) -> None:
    """Over 60 fits the mean coverage is 1 − α within a point and a half."""
    found = [conformal(linear_case(kind=kind, seed=seed))["levels"] for seed in range(60)]
    for place, nominal in enumerate((0.9, 0.95)):
        assert np.mean([one[place]["coverage"]["value"] for one in found]) == pytest.approx(nominal, abs=0.015)


@pytest.mark.parametrize(("kind", "guarantee"), [("out_of_fold", 0.8), ("valid", 0.9)])
def test_what_is_said_of_a_report(kind: str, guarantee: float) -> None:
    """Guarantee, width, coverage with Clopper–Pearson's interval, and the same in slices that add up."""
    case = linear_case(kind=kind)
    found = plain(conformal(case))
    first = found["levels"][0]
    assert first["guarantee"] == pytest.approx(guarantee)
    assert (first["half_width"] is None) == (kind == "out_of_fold")
    assert found["rows"] == (200 if kind == "out_of_fold" else 100)
    hits = round(first["coverage"]["value"] * 120)
    assert (first["coverage"]["low"], first["coverage"]["high"]) == pytest.approx(clopper_pearson(hits, 120))
    cuts = [one for one in first["slices"] if one["slice"].startswith("x: ")]
    assert sum(one["n"] for one in cuts) == 120
    assert sum(one["n"] * one["value"] for one in cuts) == pytest.approx(hits)
    assert len(first["slices"]) <= 60
    assert "marginal" in found["note"]
    assert canonical(conformal(case)) == canonical(found)


def test_under_a_time_split_nothing_is_guaranteed() -> None:
    """Rows in time are not exchangeable: the coverage is observed, and no guarantee is given."""
    found = conformal(linear_case(time_ordered=True))
    assert [one["guarantee"] for one in found["levels"]] == [None, None]
    assert "no coverage is guaranteed" in found["note"]


def test_rows_that_belong_together_count_for_less() -> None:
    """In groups that are all in or all out the interval of the coverage is that of as many groups."""
    hits = np.repeat(np.random.default_rng(0).random(100) < 0.9, 5)
    assert design_effect(hits, np.arange(500) // 5) == pytest.approx(5, rel=0.05)
    assert design_effect(hits, None) == 1
    case = linear_case()
    grouped = replace(case.predictions, groups=np.arange(120) // 10)
    wide = conformal(replace(case, predictions=grouped, resampling=resampling_for(grouped, case.plan)))
    ends = [one["levels"][0]["coverage"] for one in (wide, conformal(case))]
    assert wide["levels"][0]["guarantee"] is None
    assert "come in groups" in wide["note"]
    assert ends[0]["high"] - ends[0]["low"] >= ends[1]["high"] - ends[1]["low"]


def test_where_it_does_not_apply_the_reason_is_given() -> None:
    """Without development rows, with few of them, or without the folds' predictions: no interval, and why."""
    case = linear_case()
    assert case.development is not None
    few = Development(regression_predictions(24), "out_of_fold", np.arange(24) % 5, np.zeros((5, 120)))
    for changed, why in (
        (replace(case, development=None), "not fitted on"),
        (replace(case, development=few), "under 25"),
        (replace(case, development=replace(case.development, across=None)), "folds"),
    ):
        found = conformal(changed)
        assert found["levels"] == []
        assert found["note"].startswith("Not applicable, because ")
        assert why in found["note"]
    assert conformal(case_of(binary_predictions())) == {}
