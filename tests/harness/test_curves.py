"""The frames behind the figures: equal to scikit-learn, small at any number of rows, and the same every time."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from drawn_reports import binary_predictions, multiclass_predictions, regression_predictions
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, confusion_matrix, precision_recall_curve, roc_auc_score, roc_curve

from modellab_core.data.task import Task
from modellab_core.harness.curves import LIMIT, curves
from modellab_core.harness.predictions import Predictions


def drawn_auc(curve: dict[str, list[float]]) -> float:
    """The area under the points that are drawn."""
    return float(np.trapezoid(curve["tpr"], curve["fpr"]))


def drawn_ap(curve: dict[str, list[float]]) -> float:
    """The area under the steps that are drawn."""
    return float(np.sum(np.diff(curve["recall"], prepend=0.0) * np.asarray(curve["precision"])))


def binary(truth: list[int], score: list[float], weight: list[float] | None = None) -> Predictions:
    """Binary predictions by hand."""
    y, s = np.asarray(truth, np.int64), np.asarray(score, float)
    proba = np.stack([1 - s, s], axis=1)
    w = None if weight is None else np.asarray(weight, float)
    return Predictions(Task.BINARY, np.arange(len(y)), y, (s > 0.5).astype(np.int64), proba, ("0", "1"), "1", w)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 8)), min_size=2, max_size=60))
def test_small_curves_are_those_of_scikit_learn(rows: list[tuple[int, int]]) -> None:
    """With ties or without, both areas and the corners equal scikit-learn's; with one class there is no curve."""
    truth, score = [y for y, _ in rows], [s / 8 for _, s in rows]
    found = curves(binary(truth, score))
    roc, pr = found["roc"]["curves"][0], found["pr"]["curves"][0]
    if len(set(truth)) == 1:
        assert roc["auc"] is None
        assert roc["fpr"] == roc["tpr"] == pr["recall"] == []
        return
    assert roc["auc"] == pytest.approx(roc_auc_score(truth, score), abs=1e-10)
    assert drawn_auc(roc) == pytest.approx(roc["auc"], abs=1e-5)
    assert pr["ap"] == pytest.approx(average_precision_score(truth, score), abs=1e-10)
    assert drawn_ap(pr) == pytest.approx(pr["ap"], abs=1e-5)
    fpr, tpr, _ = roc_curve(truth, score, drop_intermediate=False)
    corners = set(zip(np.round(fpr, 6).tolist(), np.round(tpr, 6).tolist(), strict=True))
    assert set(zip(roc["fpr"], roc["tpr"], strict=True)) <= corners


def test_thresholds_say_where_a_point_is_reached() -> None:
    """At the threshold beside it, counting scores at or above it, each point of both curves is reached."""
    predictions = binary_predictions(60)
    truth, score = predictions.y_true, np.round(predictions.proba[:, 1], 6)
    found = curves(replace(predictions, proba=np.stack([1 - score, score], axis=1)))
    roc, pr = found["roc"]["curves"][0], found["pr"]["curves"][0]
    assert roc["threshold"][0] is None
    for fpr, tpr, cut in list(zip(roc["fpr"], roc["tpr"], roc["threshold"], strict=True))[1:]:
        assert tpr == pytest.approx(np.mean(score[truth == 1] >= cut), abs=1e-6)
        assert fpr == pytest.approx(np.mean(score[truth == 0] >= cut), abs=1e-6)
    precision, recall, cuts = precision_recall_curve(truth, score)
    known = {round(cut, 6): (p, r) for p, r, cut in zip(precision, recall, cuts, strict=False)}
    for p, r, cut in zip(pr["precision"], pr["recall"], pr["threshold"], strict=True):
        assert (p, r) == pytest.approx(known[cut], abs=1e-6)


@pytest.mark.parametrize("share", [0.01, 0.5])
@pytest.mark.parametrize("strength", [0.0, 1.0, 3.0])
@pytest.mark.parametrize("n", [3000, 100_000])
def test_large_curves_are_thinned_and_keep_their_area(n: int, strength: float, share: float) -> None:
    """At most 600 points and 25 kB, and the area under what is drawn is within 1e-4 of that under all points."""
    predictions = binary_predictions(n, share, strength)
    found = curves(predictions)
    roc, pr = found["roc"]["curves"][0], found["pr"]["curves"][0]
    assert roc["auc"] == pytest.approx(roc_auc_score(predictions.y_true, predictions.proba[:, 1]), abs=1e-10)
    for curve, sides, area, exact in (
        (roc, ("fpr", "tpr"), drawn_auc, "auc"),
        (pr, ("recall", "precision"), drawn_ap, "ap"),
    ):
        assert len(curve[sides[0]]) <= LIMIT
        assert len(json.dumps(curve)) <= 25_000
        assert abs(area(curve) - curve[exact]) <= 1e-4
        assert all(0 <= value <= 1 for side in sides for value in curve[side])
        assert np.all(np.diff(curve[sides[0]]) >= 0)


@pytest.mark.parametrize("k", [3, 10])
def test_every_class_has_its_curve_against_the_rest(k: int) -> None:
    """One curve a class, its area scikit-learn's within 1e-4 also where classes share the points."""
    predictions = multiclass_predictions(k, 5000)
    found = curves(predictions)
    for code, curve in enumerate(found["roc"]["curves"]):
        exact = roc_auc_score(predictions.y_true == code, predictions.proba[:, code])
        assert curve["cls"] == f"class {code}"
        assert curve["auc"] == pytest.approx(exact, abs=1e-10)
        assert abs(drawn_auc(curve) - exact) <= 1e-4


def test_weights_are_the_metrics_weights() -> None:
    """The areas with weights equal scikit-learn's; the confusion matrix sums weights and says so."""
    rng = np.random.default_rng(1)
    plain = binary_predictions(300)
    weighted = replace(plain, weight=rng.integers(1, 5, 300).astype(float))
    found = curves(weighted)
    expected = roc_auc_score(plain.y_true, plain.score, sample_weight=weighted.weight)
    assert found["roc"]["curves"][0]["auc"] == pytest.approx(expected, abs=1e-10)
    expected = average_precision_score(plain.y_true, plain.score, sample_weight=weighted.weight)
    assert found["pr"]["curves"][0]["ap"] == pytest.approx(expected, abs=1e-10)
    matrix = confusion_matrix(plain.y_true, plain.y_pred, sample_weight=weighted.weight)
    assert found["confusion"]["counts"] == matrix.tolist()
    assert (found["confusion"]["unit"], curves(plain)["confusion"]["unit"]) == ("weight", "rows")


@pytest.mark.parametrize("predictions", [binary_predictions(500), multiclass_predictions(4, 500)])
def test_every_row_is_in_one_cell_and_in_one_bin(predictions: Predictions) -> None:
    """The confusion matrix is scikit-learn's, and the histogram counts every row once, right and wrong apart."""
    found = curves(predictions)
    k = len(predictions.classes)
    expected = confusion_matrix(predictions.y_true, predictions.y_pred, labels=range(k))
    assert found["confusion"]["counts"] == expected.tolist()
    bins = found["confidence_histogram"]
    assert sum(bins["right"]) == int((predictions.y_true == predictions.y_pred).sum())
    assert sum(bins["right"]) + sum(bins["wrong"]) == 500
    assert bins["edges"][-1] == 1
    assert len(bins["edges"]) == len(bins["right"]) + 1
    assert bins["edges"][0] <= predictions.proba.max(axis=1).min()


@pytest.mark.parametrize("n", [7, 1000, 1001, 60_000])
@pytest.mark.parametrize("heavy", [False, True])
def test_every_row_of_a_scatter_is_drawn_or_counted(n: int, heavy: bool) -> None:
    """Points and cells together hold every row, in at most 40 kB at any size, the largest residual as a point."""
    predictions = regression_predictions(n, heavy=heavy)
    found = curves(predictions)
    residual = predictions.y_true - predictions.y_pred
    for name in ("residuals", "predicted_vs_actual"):
        one = found[name]
        assert len(one["points"]["x"]) + sum(one["cells"]["count"]) == one["n"] == n
        assert len(one["points"]["x"]) <= 1000
        assert len(json.dumps(one)) <= 40_000
    far = max(map(abs, found["residuals"]["points"]["y"]))
    assert far == pytest.approx(np.abs(residual).max(), rel=1e-3)
    spread = found["error_distribution"]
    assert spread["below"] + sum(spread["counts"]) + spread["above"] == n
    assert spread["quantiles"][1] == pytest.approx(np.median(residual), abs=1e-4 * np.ptp(residual))


def test_the_trend_is_the_median_of_the_residuals_over_the_prediction() -> None:
    """A bias that grows with the prediction is seen in the trend."""
    said = np.linspace(0, 100, 2000)
    predictions = Predictions(Task.REGRESSION, np.arange(2000), said * 1.1, said)
    trend = curves(predictions)["residuals"]["trend"]
    assert len(trend["x"]) == 20
    assert np.allclose(trend["median"], 0.1 * np.asarray(trend["x"]), atol=0.01)


def test_odd_numbers_do_not_stop_a_frame() -> None:
    """A constant prediction, a perfect one, one row, and values that are not finite: drawn, or left out and counted."""
    rows = np.arange(1500)
    truth = np.sin(rows)
    constant = curves(Predictions(Task.REGRESSION, rows, truth, np.full(1500, 2.0)))
    assert sum(constant["residuals"]["cells"]["count"]) > 0
    assert constant["residuals"]["trend"]["x"] == [2.0]
    perfect = curves(Predictions(Task.REGRESSION, rows, truth, truth))
    assert sum(perfect["error_distribution"]["counts"]) == 1500
    broken = truth.copy()
    broken[:3] = [np.nan, np.inf, -np.inf]
    left = curves(Predictions(Task.REGRESSION, rows, truth, broken))
    assert left["residuals"]["left_out"] == 3
    assert len(curves(Predictions(Task.REGRESSION, rows[:1], truth[:1], truth[:1]))["residuals"]["points"]["x"]) == 1
    assert curves(Predictions(Task.REGRESSION, rows[:1], truth[:1], np.array([np.nan]))) == {}


def test_frames_are_json_and_the_same_every_time() -> None:
    """The frames are plain JSON without NaN, and do not depend on the order in which rows come."""
    for predictions in (binary_predictions(3000), multiclass_predictions(3, 3000), regression_predictions(3000)):
        text = json.dumps(curves(predictions), allow_nan=False, sort_keys=True)
        assert text == json.dumps(curves(predictions), sort_keys=True)
    mixed = np.random.default_rng(0).permutation(3000)
    plain = binary_predictions(3000)
    assert curves(plain.take(mixed)) == curves(plain)


def test_without_probabilities_only_the_confusion_matrix_is_drawn() -> None:
    """Frames that need probabilities are absent without them, and there are none without rows."""
    bare = replace(binary_predictions(50), proba=None)
    assert set(curves(bare)) == {"confusion"}
    assert curves(bare.take(np.array([], dtype=np.int64))) == {}


def test_positive_class_first_gives_the_same_curve_mirrored() -> None:
    """Swapping the positive class turns the ROC curve, and its area stays."""
    plain = binary_predictions(2000)
    one = curves(plain)["roc"]["curves"][0]
    other = curves(replace(plain, positive="no"))["roc"]["curves"][0]
    assert other["cls"] == "no"
    assert other["auc"] == pytest.approx(one["auc"], abs=1e-10)
