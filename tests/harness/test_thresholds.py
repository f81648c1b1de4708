"""Thresholds: the counts of scikit-learn, bands by closed forms, and a choice blind to the rows that judge it."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from drawn_reports import binary_predictions, multiclass_predictions
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from modellab_core.errors import BadInput
from modellab_core.harness.canonical import canonical, plain
from modellab_core.harness.case import Case, Development
from modellab_core.harness.curves import confusion_frame
from modellab_core.harness.decisions.bands import banded, cost_ends, linear_ends, wilson_ends
from modellab_core.harness.decisions.decisions import (
    OBJECTIVES,
    RATES,
    best_threshold,
    expected_cost,
    net_benefit,
    precision_recall_at,
    threshold_counts,
)
from modellab_core.harness.decisions.thresholds import grid, thresholds
from modellab_core.harness.engine.resampling import resampling_for
from modellab_core.harness.intervals.formulas import wilson
from modellab_core.harness.metrics import metric_for
from modellab_core.harness.predictions import Predictions
from modellab_core.harness.scores import Plan

RNG = np.random.default_rng(3)


def case_of(predictions: Predictions, plan: Plan | None = None, **more: Any) -> Case:
    """A case of these predictions alone."""
    plan = plan or Plan()
    return Case(
        predictions, plan, metric_for(plan.headline, predictions.task), resampling_for(predictions, plan), **more
    )


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 60), st.integers(1, 9), st.booleans(), st.integers(0, 10_000))
def test_counts_are_those_of_the_confusion_matrix(n: int, levels: int, weighted: bool, seed: int) -> None:
    """Counts at every threshold, tied scores and weights included, equal scikit-learn's confusion matrix."""
    rng = np.random.default_rng(seed)
    truth, score = rng.integers(0, 2, n), rng.integers(0, levels + 1, n) / levels
    weight = rng.gamma(2, 1, n) if weighted else None
    cuts = rng.permutation(np.concatenate([np.unique(score), [0.0, 0.33, 1.0, 2.0]]))
    found = threshold_counts(truth, score, cuts, weight)
    for place, cut in enumerate(cuts):
        matrix = sk.confusion_matrix(truth, score >= cut, labels=[0, 1], sample_weight=weight)
        assert np.allclose([part[place] for part in found], matrix.ravel()[[3, 1, 2, 0]], atol=1e-9)


def test_the_curve_is_scikit_learns() -> None:
    """Precision and recall at every score that occurs are those of precision_recall_curve; NaN where that says 1."""
    truth, score = RNG.integers(0, 2, 300), np.round(RNG.random(300), 2)
    precision, recall, cuts = sk.precision_recall_curve(truth, score)
    counts = threshold_counts(truth, score, cuts)
    assert np.allclose(RATES["precision"].of(counts), precision[:-1])
    assert np.allclose(RATES["recall"].of(counts), recall[:-1])
    assert precision_recall_at(truth, score, cuts[40]) == (precision[40], recall[40])
    assert math.isnan(precision_recall_at(truth, score, 1.5)[0])
    f1 = sk.f1_score(truth, score >= cuts[40])
    assert RATES["f1"].of(threshold_counts(truth, score, [cuts[40]]))[0] == pytest.approx(f1)


def test_net_benefit_and_cost_are_what_they_say() -> None:
    """TP/n − FP/n · t/(1−t), undefined at 1; the mean cost of a row; a cost of nothing known is refused."""
    assert net_benefit(30, 20, 100, 0.2) == pytest.approx(0.3 - 0.2 * 0.25)
    assert np.isnan(net_benefit(30, 0, 100, 1.0))
    assert expected_cost(30, 20, 10, 40, {"fp": 1, "fn": 5, "tp": 0.5}, 100) == pytest.approx((15 + 20 + 50) / 100)
    with pytest.raises(BadInput, match="miss"):
        expected_cost(1, 1, 1, 1, {"miss": 2}, 4)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 40), st.integers(1, 6), st.sampled_from(sorted(OBJECTIVES)), st.integers(0, 10_000))
def test_the_best_threshold_is_that_of_brute_force(n: int, levels: int, objective: str, seed: int) -> None:
    """No score that occurs, and not calling nothing positive, is better than the one chosen; ties go to the highest."""
    rng = np.random.default_rng(seed)
    truth, score = rng.integers(0, 2, n), rng.integers(0, levels + 1, n) / levels
    cuts = [*np.unique(score), math.inf]

    def gives(cut: float) -> float:
        _, fp, fn, tp = sk.confusion_matrix(truth, score >= cut, labels=[0, 1]).ravel()
        if objective == "cost":
            return -(fp + fn) / n
        return 2 * tp / (2 * tp + fp + fn) if tp + fp + fn else math.nan

    values = np.array([gives(cut) for cut in cuts])
    found = best_threshold(truth, score, objective)
    if np.isnan(values).all():
        assert math.isnan(found)
    else:
        assert found == max(cut for cut, value in zip(cuts, values, strict=True) if value >= np.nanmax(values) - 1e-12)


def test_wilsons_interval_of_arrays_is_that_of_numbers() -> None:
    """The same ends as `intervals.wilson`, NaN without trials."""
    successes, trials = np.array([0.0, 3, 10, 7.5, 0]), np.array([10.0, 10, 10, 20, 0])
    low, high = wilson_ends(successes, trials)
    for place in range(4):
        assert (low[place], high[place]) == pytest.approx(wilson(successes[place], trials[place]))
    assert np.isnan(low[4])


def test_the_interval_of_a_sum_of_shares_is_wilsons_for_one_share() -> None:
    """MOVER of one share with coefficient 1 is Wilson's interval, and turns over with the sign."""
    low, high = wilson(13, 40)
    for sign in (1, -1):
        found = linear_ends(np.array([[13.0]]), np.array([[sign]]), np.array([40.0]))
        assert sorted(abs(float(end[0])) for end in found[1:]) == pytest.approx([low, high])


def test_bands_cover() -> None:
    """Closed-form bands of every rate and of a cost hold the true value in 92 to 98.5 % of samples."""
    truth = RNG.random(400_000) < 0.3
    score = 1 / (1 + np.exp(-(1.5 * (truth - 0.5) + RNG.normal(size=400_000))))
    cut = np.array([0.6])
    whole = threshold_counts(truth, score, cut)
    true = {name: float(rate.of(whole)[0]) for name, rate in RATES.items()}
    true |= {"net_benefit": float(net_benefit(whole.tp, whole.fp, whole.total, cut)[0])}
    true["cost"] = float(expected_cost(*whole, {"fp": 1, "fn": 7}, whole.total)[0])
    hits = dict.fromkeys(true, 0)
    for start in range(0, 400_000, 200):
        part = slice(start, start + 200)
        rows = Predictions("binary", np.arange(200), truth[part].astype(int), truth[part], None, ("a", "b"), "b")  # type: ignore[arg-type]
        found = banded(rows, score[part], cut, cut, resampling_for(replace(rows), Plan()), False)
        ends = found.bands | {"cost": cost_ends(found.counts, 1, 7)}
        for name, value in true.items():
            hits[name] += bool(ends[name][1][0] <= value <= ends[name][2][0])
    assert all(0.92 <= found / 2000 <= 0.985 for found in hits.values()), hits


@pytest.mark.parametrize("rows", ["plain", "weighted", "grouped", "time"])
def test_what_thresholds_say_of_a_report(rows: str) -> None:
    """At most 200 ascending thresholds with 0, .5, 1 and the chosen ones; every value inside its band."""
    given_rows, plan = binary_predictions(600), Plan(time_ordered=rows == "time")
    if rows == "weighted":
        given_rows = replace(given_rows, weight=RNG.gamma(2, 1, 600))
    if rows == "grouped":
        given_rows = replace(given_rows, groups=np.arange(600) // 4)
    case = case_of(
        given_rows, plan, development=Development(binary_predictions(900, seed=2), "out_of_fold", np.arange(900) % 5)
    )
    found = plain(thresholds(case))
    cuts = found["thresholds"]
    assert len(cuts) <= 200
    assert cuts == sorted(cuts)
    assert {0.0, 0.5, 1.0, *(one["threshold"] for one in found["chosen"])} <= set(cuts)
    assert "pointwise" in found["note"]
    assert bool(found["spread"]) == (rows != "plain")
    for name, curve in found["curves"].items():
        for value, low, high in zip(curve["value"], curve["low"], curve["high"], strict=True):
            assert low is None or low - 1e-9 <= value <= high + 1e-9, name
    for one in found["chosen"]:
        assert one["on"] == "out_of_fold"
        assert one["rates"]["recall"]["value"] == found["curves"]["recall"]["value"][one["at"]]
    assert canonical(thresholds(case)) == canonical(thresholds(case))


def test_counts_at_a_half_are_those_of_the_confusion_matrix() -> None:
    """At .5 the counts are the confusion matrix of the most probable class; where they differ the note says why."""
    rows = binary_predictions(300)
    found = plain(thresholds(case_of(rows)))
    counts = [found["counts"][name][found["default"]] for name in ("tn", "fp", "fn", "tp")]
    assert [counts[:2], counts[2:]] == confusion_frame(rows)["counts"]
    tied = replace(rows, proba=np.full((300, 2), 0.5), y_pred=np.zeros(300, dtype=np.int64))
    assert "300 rows have equal probabilities" in thresholds(case_of(tied))["note"]
    other = replace(rows, y_pred=1 - rows.y_pred)
    assert "differ in 300 rows" in thresholds(case_of(other))["note"]


def test_the_threshold_is_chosen_on_development_rows_and_never_on_test_rows() -> None:
    """Other test rows leave the chosen threshold where it is; of a valid part only fold 1 chooses."""
    held = binary_predictions(800, seed=5)
    for kind, used in (("out_of_fold", held), ("valid", held.take(np.arange(800) % 2 == 1))):
        development = Development(held, kind, np.arange(800) % 2)  # type: ignore[arg-type]
        cuts = {
            seed: [
                one["threshold"]
                for one in thresholds(case_of(binary_predictions(400, seed=seed), development=development))["chosen"]
            ]
            for seed in (1, 2)
        }
        assert cuts[1] == cuts[2] == [best_threshold(used.y_true, used.score, name) for name in ("f1", "cost")]


def test_without_development_rows_each_half_is_scored_by_the_other() -> None:
    """A row's truth never decides how the row is called: the counts are those of thresholds from the other half."""
    rows = replace(binary_predictions(200), groups=np.arange(200) // 2)
    found = thresholds(case_of(rows))["chosen"][0]
    assert found["on"] == "halves"
    assert len(found["halves"]) == 2
    assert found["threshold"] == pytest.approx(np.mean(found["halves"]))
    assert sum(found["counts"].values()) == 200


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        (binary_predictions(24), "under 25"),
        (replace(binary_predictions(60), y_true=np.zeros(60, dtype=np.int64)), "one class only"),
    ],
)
def test_where_no_threshold_is_chosen_the_note_says_why(rows: Predictions, why: str) -> None:
    """Too few rows or one class give curves without a chosen threshold, and the reason."""
    found = thresholds(case_of(rows))
    assert found["chosen"] == []
    assert why in found["note"]
    assert len(found["thresholds"])


def test_what_has_no_threshold_says_so() -> None:
    """Several classes give nothing; two classes without probabilities a reason."""
    assert thresholds(case_of(multiclass_predictions())) == {}
    bare = replace(binary_predictions(50), proba=None)
    assert "needs probabilities" in thresholds(case_of(bare))["note"]


def test_the_grid_is_small_whatever_the_scores() -> None:
    """At most 200 thresholds for one score, for two, and for many."""
    for scores in (np.array([0.3]), np.array([0.0, 1.0]), RNG.random(5000) * 1e-3):
        found = grid(scores, [0.123456789, 0.7])
        assert len(found) <= 200
        assert 0.123456789 in found
