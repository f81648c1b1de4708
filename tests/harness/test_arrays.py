"""Every quantity can be had from plain arrays, and is that of scikit-learn, scipy and statsmodels."""

from __future__ import annotations

import math

import numpy as np
import pytest
import sklearn.metrics as skm
from naive import NUMBERS, by_sklearn, ece, made_up
from scipy.stats import binomtest
from sklearn.calibration import calibration_curve as sk_calibration_curve
from sklearn.linear_model import LogisticRegression
from statsmodels.stats.contingency_tables import mcnemar as sm_mcnemar

from modellab_core.errors import BadInput
from modellab_core.harness import arrays
from modellab_core.harness.intervals.formulas import expanded_tail
from modellab_core.harness.metrics import metrics_for
from modellab_core.harness.report import evaluate
from modellab_core.harness.scores import Plan

RNG = np.random.default_rng(4)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_values_and_given_resamples(task: str, weighted: bool) -> None:
    """A metric, and its values in resamples of given rows, equal a loop over scikit-learn."""
    some = made_up(task, 90, 3, decimals=2, weighted=weighted)
    indices = RNG.integers(0, 90, (5, 90))
    for metric in metrics_for(some.task):
        more = {"weight": some.weight, "classes": some.classes or None}
        said = {"y_pred": some.y_pred, "y_proba": some.proba}
        value = arrays.metric_value(metric.name, some.y_true, **said, **more)
        assert value == pytest.approx(by_sklearn(metric.name, some), abs=1e-10, nan_ok=True), metric.name
        drawn = arrays.bootstrap_values(metric.name, some.y_true, **said, indices=indices, **more)
        theirs = [by_sklearn(metric.name, some.take(rows)) for rows in indices]
        if metric.name != "cohen_kappa":
            np.testing.assert_allclose(drawn, theirs, atol=1e-9, err_msg=metric.name)


def test_resamples_of_any_length() -> None:
    """A resample may have fewer rows than there are; rows out of range and broken numbers are refused."""
    truth, said = RNG.normal(size=30), RNG.normal(size=30)
    values = arrays.bootstrap_values("mae", truth, said, indices=[[0, 1], [4, 4]])
    assert values == pytest.approx([np.abs(said - truth)[:2].mean(), abs(said[4] - truth[4])])
    for wrong in ([[30]], [[-1]], [[0.5]]):
        with pytest.raises(BadInput, match="from 0 to 29"):
            arrays.bootstrap_values("mae", truth, said, indices=wrong)
    undefined = arrays.bootstrap_values("roc_auc", [0, 1, 1], y_proba=[0.1, 0.6, 0.7], indices=[[1, 2], [0, 1]])
    assert math.isnan(undefined[0])
    assert undefined[1] == 1


def test_paired_differences() -> None:
    """Positive where the first is better: an error is turned, and the same rows serve both."""
    truth = RNG.normal(size=60)
    first, second = truth + 0.1 * RNG.normal(size=60), truth + RNG.normal(size=60)
    indices = RNG.integers(0, 60, (20, 60))
    found = arrays.paired_bootstrap_values("mae", truth, {"y_pred": first}, {"y_pred": second}, indices=indices)
    theirs = [np.abs(second - truth)[rows].mean() - np.abs(first - truth)[rows].mean() for rows in indices]
    np.testing.assert_allclose(found, theirs)


def test_percentiles() -> None:
    """Both percentile intervals are numpy's quantiles, the expanded one at Hesterberg's tails."""
    values = RNG.normal(size=501)
    assert arrays.percentile_interval(values, 0.9) == pytest.approx(tuple(np.quantile(values, [0.05, 0.95])))
    tail = expanded_tail(20)
    assert arrays.expanded_percentile_interval(values, 20) == pytest.approx(
        tuple(np.quantile(values, [tail, 1 - tail]))
    )
    assert arrays.percentile_interval([1.0, np.nan, 1.0]) == (1.0, 1.0)


@pytest.mark.parametrize(("b", "c"), [(0, 0), (1, 0), (5, 5), (3, 11), (20, 7), (0, 9)])
def test_mcnemar(b: int, c: int) -> None:
    """Exact and score p-values are those of statsmodels; mid-p takes off the probability of what was seen."""
    table = [[10, b], [c, 20]]
    if b + c:
        assert arrays.mcnemar(b, c, "exact") == pytest.approx(sm_mcnemar(table, exact=True).pvalue)
        assert arrays.mcnemar(b, c, "score") == pytest.approx(sm_mcnemar(table, exact=False, correction=False).pvalue)
        twice = sum(math.comb(b + c, x) for x in range(min(b, c) + 1)) + sum(
            math.comb(b + c, x) for x in range(min(b, c))
        )
        assert arrays.mcnemar(b, c) == pytest.approx(twice / 2 ** (b + c))
        assert arrays.mcnemar(b, c) <= binomtest(b, b + c).pvalue + 1e-12
    else:
        assert arrays.mcnemar(b, c) == 1
    assert arrays.mcnemar(b, c) == arrays.mcnemar(c, b)


def test_published_mid_p() -> None:
    """Fagerland, Lydersen & Laake (2013), airways of 21 children: exact .070, mid-p .039, without correction .034."""
    found = [arrays.mcnemar(1, 7, method) for method in ("exact", "mid_p", "score")]
    assert found == pytest.approx([0.070, 0.039, 0.034], abs=5e-4)
    assert arrays.discordant(list("aabb"), list("abbb"), list("aaba")) == (1, 1)
    with pytest.raises(BadInput, match="choose from mid_p, exact, score"):
        arrays.mcnemar(1, 2, "chi")


@pytest.mark.parametrize("weight", [None, RNG.uniform(0.5, 2, 120)])
def test_rankings(weight: np.ndarray | None) -> None:
    """Curves, ROC AUC and average precision of any scores, ties included, are scikit-learn's."""
    truth, score = RNG.integers(0, 2, 120), np.round(RNG.normal(size=120) * 3, 0)
    fpr, tpr, cuts = skm.roc_curve(truth, score, sample_weight=weight, drop_intermediate=False)
    found = arrays.roc_points(truth, score, weight)
    for ours, theirs in zip(found, (fpr, tpr, cuts), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-12)
    precision, recall, cuts = skm.precision_recall_curve(truth, score, sample_weight=weight)
    for ours, theirs in zip(arrays.pr_points(truth, score, weight), (precision[:-1], recall[:-1], cuts), strict=True):
        np.testing.assert_allclose(ours[::-1], theirs, atol=1e-12)
    assert arrays.roc_auc(truth, score, weight) == pytest.approx(skm.roc_auc_score(truth, score, sample_weight=weight))
    ap = skm.average_precision_score(truth, score, sample_weight=weight)
    assert arrays.average_precision(truth, score, weight) == pytest.approx(ap)
    with pytest.raises(BadInput, match="finite score"):
        arrays.roc_auc([0, 1], [0.5, np.nan])


@pytest.mark.parametrize("labels", [["b", "a", "c"], [2, 0, 1]])
def test_confusion_matrix(labels: list) -> None:
    """The confusion matrix is scikit-learn's, in the order of the classes that are given."""
    truth, said = RNG.choice(labels, 60), RNG.choice(labels, 60)
    weight = RNG.random(60)
    np.testing.assert_array_equal(arrays.confusion_matrix(truth, said), skm.confusion_matrix(truth, said))
    ours = arrays.confusion_matrix(truth, said, classes=labels, weight=weight)
    np.testing.assert_allclose(ours, skm.confusion_matrix(truth, said, labels=labels, sample_weight=weight))


@pytest.mark.parametrize("bins", [1, 7, 15, 40])
def test_calibration(bins: int) -> None:
    """Bins are scikit-learn's, ECE the loop over them with any number of bins, and 15 bins the metric."""
    some = made_up("binary", 300, 9, weighted=True)
    assert some.score is not None
    share, mean = sk_calibration_curve(some.y_true, some.score, n_bins=bins)
    found = arrays.calibration_bins(some.y_true, some.score, bins=bins)
    np.testing.assert_allclose([line["observed"] for line in found], share)
    np.testing.assert_allclose([line["predicted"] for line in found], mean)
    ours = arrays.ece(some.y_true, some.score, bins=bins, weight=some.weight)
    assert ours == pytest.approx(ece(some.y_true, some.score, some.weight, bins))
    if bins == 15:
        assert ours == pytest.approx(arrays.metric_value("ece", some.y_true, y_proba=some.score, weight=some.weight))


def test_calibration_numbers() -> None:
    """The slope is that of an unpenalised logistic regression on the log odds; several classes have no intercept."""
    some = made_up("binary", 400, 2, skill=1.7)
    assert some.score is not None
    odds = np.log(some.score / (1 - some.score))[:, None]
    fit = LogisticRegression(C=np.inf, tol=1e-10).fit(odds, some.y_true)
    found = arrays.calibration_numbers(some.y_true, some.score)
    assert found["calibration_slope"] == pytest.approx(fit.coef_[0, 0], rel=1e-5)
    chance = 1 / (1 + np.exp(-(odds[:, 0] + found["calibration_intercept"])))
    assert chance.mean() == pytest.approx(some.y_true.mean(), abs=1e-9)
    several = made_up("multiclass", 200, 1)
    assert set(arrays.calibration_numbers(several.y_true, several.proba)) == {"calibration_slope", "calibration_l2"}


def test_the_interval_of_a_report() -> None:
    """`metric_score` gives the Score that a report shows, for labels, weights and groups alike."""
    some, weight, groups = made_up("binary", 200, 1), RNG.uniform(0.5, 2, 200), np.arange(200) // 4
    plan = Plan(resamples=60, slicers=(), stresses=(), importance=0, discovery=False, advice=False)
    report = evaluate(some.y_true, some.y_pred, y_proba=some.proba, weight=weight, groups=groups, plan=plan)
    for name in ("accuracy", "roc_auc", "log_loss"):
        more = {"y_proba": some.proba, "weight": weight, "groups": groups}
        assert arrays.metric_score(name, some.y_true, some.y_pred, plan=plan, **more) == report[name]
    assert NUMBERS["mae"]([1, 2], [2, 2]) == arrays.metric_value("mae", [1, 2], [2, 2])
