"""What well-known tools get wrong. Each test shows the mistake with a number and that it is not made here."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.calibration import calibration_curve
from sklearn.linear_model import LogisticRegression

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
