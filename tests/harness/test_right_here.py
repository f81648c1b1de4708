"""What well-known tools get wrong. Each test shows the mistake with a number and that it is not made here."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.calibration import calibration_curve
from sklearn.linear_model import LogisticRegression

from modellab_core.harness.comparing.gate import gate
from modellab_core.harness.report import evaluate
from modellab_core.harness.scores import Plan

QUICK = Plan(resamples=50, stresses=(), slicers=())


@pytest.mark.parametrize("names", [("neg", "pos"), ("zz no", "aa yes"), (0, 1), (False, True)])
def test_calibration_axes_are_not_swapped_for_string_labels(names: tuple[object, object]) -> None:
    """Predicted and observed shares are those of the positive class, whatever the labels are called."""
    rng = np.random.default_rng(0)
    said = rng.uniform(size=4000)
    hit = rng.uniform(size=4000) < said**2  # overconfident, so that the two axes differ
    truth = [names[int(one)] for one in hit]
    report = evaluate(truth, y_proba=said, positive=names[1], plan=QUICK)
    bins = report.calibration["curve"]["bins"]
    observed, predicted = calibration_curve(hit, said, n_bins=15)
    np.testing.assert_allclose([one["predicted"] for one in bins], predicted, atol=1e-12)
    np.testing.assert_allclose([one["observed"] for one in bins], observed, atol=1e-12)
    assert bins[7]["observed"] < bins[7]["predicted"] - 0.1


def test_a_function_keeps_its_probability_metrics() -> None:
    """A model given as a function of the rows that returns probabilities is scored as the estimator itself is."""
    rng = np.random.default_rng(1)
    X = pd.DataFrame(rng.normal(size=(500, 3)), columns=list("abc"))
    y = np.where(X["a"] + rng.normal(size=500) > 0, "yes", "no")
    model = LogisticRegression().fit(X, y)
    own = evaluate(y, X=X, model=model, plan=QUICK)
    for function in (model.predict_proba, lambda rows: model.predict_proba(rows)[:, 1]):
        report = evaluate(y, X=X, model=function, plan=QUICK)
        for name in ("roc_auc", "log_loss", "brier", "ece", "average_precision"):
            assert report[name].value == pytest.approx(own[name].value, abs=1e-12)


def test_a_gate_has_one_side_and_an_interval() -> None:
    """A gate of ±20 % fails a perfect model and passes one that is clearly worse; this gate passes and fails them."""
    rng = np.random.default_rng(2)
    truth = rng.integers(0, 2, 2000)

    def right(share: float) -> np.ndarray:
        return np.where(rng.random(2000) < share, truth, 1 - truth)

    baseline, perfect, worse = (evaluate(truth, said, plan=QUICK) for said in (right(0.8), truth, right(0.7)))
    changes = [report["accuracy"].value / baseline["accuracy"].value - 1 for report in (perfect, worse)]
    assert abs(changes[0]) > 0.2 > abs(changes[1])
    states = [gate(report.predictions, baseline.predictions, 0.02, "accuracy").state for report in (perfect, worse)]
    assert states == ["PASS", "FAIL"]


def test_rows_with_missing_values_are_not_dropped() -> None:
    """A model that fails where a feature is missing is seen to fail there."""
    rng = np.random.default_rng(3)
    income = np.where(rng.random(1000) < 0.15, np.nan, rng.normal(size=1000))
    truth = rng.integers(0, 2, 1000)
    said = np.where(np.isnan(income) & (rng.random(1000) < 0.6), 1 - truth, truth)
    report = evaluate(truth, said, X=pd.DataFrame({"income": income}), plan=Plan(resamples=50, stresses=()))
    told = {"all": {"feature": None, "confirmed": None}, **report.slices}
    lines = {s.slice: s for s in report.scores if s.metric == "accuracy" and told[s.slice]["feature"] == "income"}
    assert any(one["confirmed"] and "missing" in name for name, one in told.items())
    assert sum(line.n for line in lines.values()) == 1000
    assert lines.pop("income: missing").value < 0.6
    assert all(line.value == 1 for line in lines.values())
