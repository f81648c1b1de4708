"""Whether probabilities come true: curve, error beside its null band, slope, intercept and debiased error."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import statsmodels.api as sm
from naive import made_up
from scipy.optimize import minimize_scalar
from sklearn.calibration import calibration_curve as sklearn_curve

from modellab_core.data.task import Task
from modellab_core.harness.engine.cells import ece_bin
from modellab_core.harness.engine.resampling import Resampling
from modellab_core.harness.intervals.formulas import clopper_pearson
from modellab_core.harness.metrics import METRICS
from modellab_core.harness.metrics.calibration import calibration, calibration_curve, calibration_scores
from modellab_core.harness.predictions import Predictions
from modellab_core.harness.scores import Score
from modellab_core.harness.scoring import scores


def numbers(predictions: Predictions, resamples: int = 200) -> dict[str, Score]:
    found = calibration_scores(predictions, Resampling(len(predictions), resamples))
    return {score.metric: score for score in found}


def ece_score(predictions: Predictions, resamples: int = 200, seed: int = 42) -> Score:
    return scores(predictions, [METRICS["ece"]], Resampling(len(predictions), resamples, seed))[0]


def test_curve_equals_sklearn() -> None:
    """The bins hold what scikit-learn's calibration curve holds, with Clopper–Pearson bars of their counts."""
    some = made_up("binary", 500, 1)
    curve = calibration_curve(some, bins=10)
    observed, predicted = sklearn_curve(some.y_true, some.score, n_bins=10)
    np.testing.assert_allclose([line["observed"] for line in curve["bins"]], observed)
    np.testing.assert_allclose([line["predicted"] for line in curve["bins"]], predicted)
    for line in curve["bins"]:
        ends = clopper_pearson(line["observed"] * line["n"], line["n"])
        assert (line["low"], line["high"]) == pytest.approx(ends)
    assert sum(line["n"] for line in curve["bins"]) == 500
    assert curve["about"] == "P(1)"
    json.dumps(calibration(some, Resampling(500, 20)), allow_nan=False)


def test_axes_are_not_swapped() -> None:
    """With text labels and either positive class, high probabilities go with a high observed share."""
    some = replace(made_up("binary", 400, 2), classes=("no", "yes"), positive="no")
    bins = calibration_curve(some)["bins"]
    assert bins[0]["observed"] < bins[-1]["observed"]
    assert calibration_curve(some)["about"] == "P(no)"


def test_bins_are_closed_on_the_right() -> None:
    """A probability on an edge belongs to the bin below it, 0 to the first and 1 to the last."""
    np.testing.assert_array_equal(ece_bin(np.array([0.0, 0.2, 0.21, 0.4, 1.0]), 5), [0, 0, 1, 1, 4])


def test_no_probabilities() -> None:
    """Without probabilities, and for numbers, there is nothing to say."""
    assert calibration(replace(made_up("binary", 50), proba=None), Resampling(50)) == {}
    assert calibration(made_up("regression", 50), Resampling(50)) == {}
    assert calibration_curve(made_up("regression", 50)) == {}


def test_ece_has_a_null_band_and_never_an_interval() -> None:
    """ECE comes with what a calibrated model would show: a calibrated one lies inside, an overconfident one above."""
    calm, loud = ece_score(made_up("binary", 2000, 1)), ece_score(made_up("binary", 2000, 1, skill=2))
    for score in (calm, loud):
        assert score.method == "null_band"
        assert score.low is None
        assert score.null_low is not None
    assert calm.null_high is not None
    assert calm.value < calm.null_high
    assert loud.value > loud.null_high
    assert "Above" in loud.note


@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_null_band_holds_calibrated_models(task: str) -> None:
    """Of 100 calibrated models about 95 lie inside their band."""
    inside = 0
    for seed in range(100):
        score = ece_score(made_up(task, 300, seed), 200, seed)
        inside += score.null_low <= score.value <= score.null_high
    assert 88 <= inside <= 100


def test_null_band_of_a_slice() -> None:
    """The band of a slice is the one that its rows alone would have, up to the luck of the draws."""
    some = made_up("binary", 900, 3)
    mask = np.arange(900) % 3 == 0
    part = scores(some, [METRICS["ece"]], Resampling(900, 800), {"part": mask})[1]
    alone = ece_score(some.take(mask), 800)
    assert part.value == alone.value
    assert part.null_high == pytest.approx(alone.null_high, rel=0.1)


def test_slope_and_intercept_equal_logistic_regression() -> None:
    """Slope and intercept are those of statsmodels' logistic regression on the log odds, weights included."""
    for weighted in (False, True):
        some = made_up("binary", 600, 5, skill=1.6, weighted=weighted)
        assert some.proba is not None
        x = np.log(some.proba[:, 1] / some.proba[:, 0])
        weight = np.ones(600) if some.weight is None else some.weight
        family = sm.families.Binomial()
        line = sm.GLM(some.y_true, sm.add_constant(x), family=family, freq_weights=weight).fit()
        shift = sm.GLM(some.y_true, np.ones(600), family=family, offset=x, freq_weights=weight).fit()
        found = numbers(some)
        assert found["calibration_slope"].value == pytest.approx(line.params[1], abs=1e-7)
        assert found["calibration_intercept"].value == pytest.approx(shift.params[0], abs=1e-7)
        if not weighted:
            low, high = line.conf_int()[1]
            assert found["calibration_slope"].low == pytest.approx(low, abs=0.08)
            assert found["calibration_slope"].high == pytest.approx(high, abs=0.08)
            assert high < 1


def test_multiclass_slope_maximises_the_likelihood() -> None:
    """The slope of several classes is the factor of the log probabilities that fits best."""
    some = made_up("multiclass", 400, 5, skill=1.5)
    assert some.proba is not None
    logs = np.log(some.proba)

    def loss(factor: float) -> float:
        scaled = factor * logs
        return float((np.log(np.exp(scaled).sum(axis=1)) - scaled[np.arange(400), some.y_true]).sum())

    best = minimize_scalar(loss, bounds=(0.1, 3), method="bounded", options={"xatol": 1e-9}).x
    found = numbers(some)["calibration_slope"]
    assert found.value == pytest.approx(best, abs=1e-5)
    assert found.low < found.value < found.high


def test_separable_or_constant_scores_have_no_slope() -> None:
    """Where scores separate the classes or are constant there is no slope, and the reason is told."""
    truth = np.repeat([0, 1], 40)
    score = np.linspace(0.1, 0.9, 80)
    for said in (score, np.full(80, 0.5)):
        some = Predictions(Task.BINARY, np.arange(80), truth, truth, np.column_stack([1 - said, said]), ("0", "1"), "1")
        slope = numbers(some)["calibration_slope"]
        assert slope.value is None
        assert slope.note


def test_debiased_error() -> None:
    """The debiased error is near zero for a calibrated model and near the truth for one that is not."""
    calm = [numbers(made_up("binary", 1000, seed), 20)["calibration_l2"].value for seed in range(20)]
    assert np.median(calm) < 0.02
    many = made_up("binary", 60_000, 1, skill=2)
    few = [numbers(made_up("binary", 1000, seed, skill=2), 20)["calibration_l2"].value for seed in range(20)]
    truth = numbers(many, 2)["calibration_l2"].value
    assert np.mean(few) == pytest.approx(truth, abs=0.015)
