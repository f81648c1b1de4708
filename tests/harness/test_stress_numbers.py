"""What a stress curve says beside its points: the share of the lead that is kept, n_eff, the range of the draws."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score
from stressed import PLAN, case_of, rows, run

from modellab_core.data.task import Task
from modellab_core.harness.predictions import Predictions
from modellab_core.harness.scores import Plan
from modellab_core.harness.stress import STRESSES, stress_summary
from modellab_core.harness.stress.bands import ends
from modellab_core.harness.stress.bench import FEW_RESAMPLES, WORK, bench_for
from modellab_core.harness.stress.population import segment
from modellab_core.harness.stress.shown import features_of, shown_curves

RISING = st.lists(st.floats(0.01, 10), min_size=1, max_size=6, unique=True).map(lambda found: [0.0, *sorted(found)])


def test_the_summary_is_the_mean_share_of_the_lead() -> None:
    """1 where nothing is lost, 0 where all is lost, the area between, and 1/2 for a lead that falls evenly to 0."""
    assert stress_summary([0.9, 0.9], [0.5, 0.5], [0, 2]) == 1
    assert stress_summary([0.9, 0.5], [0.5, 0.5], [0, 2]) == pytest.approx(0.5)
    assert stress_summary([0.9, 0.5, 0.5], [0.5, 0.5, 0.5], [0, 1, 4]) == pytest.approx(0.125)
    assert stress_summary([0.9, 0.7, 0.6], [0.5, 0.5, 0.4], [0, 1, 2]) == pytest.approx((0.75 + 0.5) / 2)
    assert stress_summary([0.9, 0.1], [0.5, 0.5], [0, 1]) == pytest.approx(0.0)
    assert stress_summary([3.0, 4.0], [5.0, 5.0], [0, 1]) == pytest.approx(0.75)  # an error: lower is better


@pytest.mark.parametrize(
    ("model", "dummy", "severities"),
    [([0.5, 0.4], [0.5, 0.5], [0, 1]), ([0.9], [0.5], [0]), ([0.9, np.nan], [0.5, 0.5], [0, 1])],
)
def test_without_a_lead_there_is_no_summary(model: list[float], dummy: list[float], severities: list[float]) -> None:
    """No lead at severity 0, no second severity or an undefined value: NaN."""
    assert np.isnan(stress_summary(model, dummy, severities))


@settings(max_examples=60, deadline=None)
@given(RISING, st.floats(0.1, 5), st.integers(0, 2**32 - 1))
def test_the_summary_depends_on_neither_scale(severities: list[float], factor: float, seed: int) -> None:
    """Severities in another unit, and a metric in another unit or turned round, give the same share."""
    rng = np.random.default_rng(seed)
    model, dummy = rng.uniform(2, 3, len(severities)), rng.uniform(0, 1, len(severities))
    found = stress_summary(model, dummy, severities)
    assert stress_summary(model, dummy, [factor * one for one in severities]) == pytest.approx(found)
    assert stress_summary(-factor * model, -factor * dummy, severities) == pytest.approx(found)
    at = np.array(severities) / severities[-1]
    share = (model - dummy) / (model[0] - dummy[0])
    grid = np.linspace(0, 1, 20_001)
    assert found == pytest.approx(np.trapezoid(np.interp(grid, at, share), grid), abs=1e-3)


def test_a_curve_holds_its_summary_or_the_reason() -> None:
    """A model with a lead gets the share that is kept, by the function of plain arrays; one without gets a reason."""
    predictions, model = rows(400)
    for curve in run(predictions, model=model)[0].curves.values():
        if curve.get("value"):
            assert curve["summary"] == stress_summary(curve["value"], curve["dummy"], curve["severities"])
    flat = replace(predictions, proba=np.full((400, 2), 0.5), y_pred=np.zeros(400, dtype=np.int64))
    curve = run(flat, model=lambda X: np.full((len(X), 2), 0.5))[0].curves["missing_values"]
    assert curve["summary"] is None
    assert "no lead can be told from 0" in curve["summary_note"]


def test_the_population_is_reweighted_towards_a_segment() -> None:
    """The metric is that of the weighted rows, n_eff is told, the model is not called, and no claim rests on it."""
    predictions, model = rows(500)
    found, _ = run(predictions, Plan(resamples=50, stresses=("reweighted_population",)), model=model)
    assert not model.calls
    curve = found.curves["reweighted_population: x0"]
    inside = (predictions.X["x0"] > predictions.X["x0"].median()).to_numpy()
    weight = np.where(inside, 1.5, 0.5)
    truth = roc_auc_score(predictions.y_true, predictions.score, sample_weight=weight)
    assert curve["value"][1] == pytest.approx(truth, abs=1e-12)
    assert curve["n_eff"] == pytest.approx([500, weight.sum() ** 2 / (weight**2).sum()])
    assert curve["claimed"] is False
    assert next(score.note for score in found.scores if score.severity == 0.5).endswith("n_eff = 400.")


def test_segments_of_columns_of_each_kind() -> None:
    """Above the median of numbers and dates, outside the most frequent other value, never where it is missing."""
    assert segment(pd.Series([1, 2, 3, np.nan])).tolist() == [False, False, True, False]
    days = pd.Series(pd.to_datetime(["2020", "2021", None, "2022"], format="%Y"))
    assert segment(days).tolist() == [False, False, False, True]
    assert segment(pd.Series(["b", "a", None, "b", "c"])).tolist() == [False, True, False, False, True]
    assert segment(pd.Series([True, False, True])).tolist() == [False, True, False]
    assert not segment(pd.Series([np.nan, np.nan])).any()
    assert not segment(pd.Series([5.0] * 4)).any()


def test_draws_are_told_by_their_range() -> None:
    """`lowest` and `highest` of a curve are the smallest and largest metric of the single draws."""
    predictions, model = rows(300)
    found, _ = run(predictions, model=model)
    curve = found.curves["noise"]
    for place, severity in enumerate(curve["severities"][1:], start=1):
        same = (s for s in found.scores if s.stress == "noise" and s.severity == severity and s.repeat is not None)
        values = [score.value for score in same]
        assert (curve["lowest"][place], curve["highest"][place]) == (min(values), max(values))


def test_many_rows_take_fewer_resamples() -> None:
    """Above 4,000 rows fewer resamples are drawn, never under 200, and each interval says how many."""
    predictions, model = rows(WORK // 500)
    found, _ = run(predictions, Plan(resamples=1000, stresses=("noise",)), model=model)
    assert found.curves["noise"]["resamples"] == 500
    assert {score.resamples for score in found.scores if score.low is not None} == {500}
    assert FEW_RESAMPLES == 200


@pytest.mark.parametrize("name", [name for name, one in STRESSES.items() if one.calls_model and one.kinds == "any"])
def test_metrics_of_every_direction_go_down(name: str) -> None:
    """For a regression by its error the lead shrinks while the error grows, and the share kept is below 1."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(300, 2)), columns=["a", "b"])
    y = X.sum(axis=1).to_numpy() + rng.normal(size=300) * 0.1

    def model(frame: pd.DataFrame) -> np.ndarray:
        return np.nansum(frame.to_numpy(), axis=1)

    given = Predictions(Task.REGRESSION, np.arange(300), y, model(X), X=X)
    for curve in run(given, replace(PLAN, stresses=(name,)), model=model)[0].curves.values():
        assert curve["value"] == sorted(curve["value"])
        assert 0 < curve["summary"] < 1 or curve["crossing"] is not None


def test_ends_of_weighted_rows_are_wider() -> None:
    """Where fewer rows count, the tails of the interval are taken further out."""
    predictions, model = rows(40)
    bench, _ = bench_for(case_of(predictions, model=model), ())
    draws = np.random.default_rng(0).normal(size=1000)
    whole, half = ends(draws, bench.resampling), ends(draws, bench.resampling, 0.5)
    assert half[0] < whole[0] < whole[1] < half[1]


def test_rows_that_stand_for_several_are_those_rows() -> None:
    """With frequencies as weights the points are those of the repeated rows, and n_eff counts what they stand for."""
    predictions, model = rows(200)
    copies = np.random.default_rng(0).integers(1, 4, 200)
    weighted = replace(predictions, weight=copies.astype(np.float64))
    plan = replace(PLAN, weight_kind="frequency", stresses=("reweighted_population",))
    curve = run(weighted, plan, model=model)[0].curves["reweighted_population: x1"]
    inside = segment(predictions.X["x1"])
    tilt = np.repeat(np.where(inside, 1.5, 0.5), copies)
    repeated = predictions.take(np.repeat(np.arange(200), copies))
    truth = roc_auc_score(repeated.y_true, repeated.score, sample_weight=tilt)
    assert curve["value"][1] == pytest.approx(truth, abs=1e-12)
    assert curve["n_eff"] == pytest.approx([copies.sum(), tilt.sum() ** 2 / (tilt**2).sum()])
    assert curve["change_low"][1] is not None


def test_one_feature_stands_for_a_stress_test() -> None:
    """Of the curves of one feature at a time the one that loses most is drawn, and every curve of all columns."""
    predictions, model = rows(300)
    predictions.X["unused"] = 0.0
    curves = run(predictions, Plan(resamples=20), model=model)[0].curves
    shown = shown_curves(curves)
    assert [one["stress"] for one in shown.values()] == [name for name in STRESSES if name in stresses_of(curves)]
    assert "missing_feature: unused" not in shown
    assert features_of(curves, "missing_feature") == 5


def stresses_of(curves: dict[str, dict[str, object]]) -> set[object]:
    """The stress tests that were done."""
    return {one["stress"] for one in curves.values() if one.get("lead")}
