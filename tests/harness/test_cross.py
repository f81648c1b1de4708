"""Cross-validation: the corrected variance, folds that keep apart what belongs together, and what is marked."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import make_moons
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import mean_absolute_error, roc_auc_score
from sklearn.model_selection import (
    KFold,
    RepeatedStratifiedKFold,
    StratifiedKFold,
    TimeSeriesSplit,
    cross_val_predict,
    cross_val_score,
)
from sklearn.svm import SVC

from modellab_core import Plan, Report, cross_evaluate
from modellab_core.errors import BadInput
from modellab_core.harness.canonical import resolve
from modellab_core.harness.comparing.crossed import Folds, corrected_t, cross_verdict
from modellab_core.harness.metrics import METRICS

QUICK = Plan(resamples=100, stresses=(), slicers=(), importance=0, discovery=False, advice=False)


def table(n: int = 150, seed: int = 0) -> tuple[pd.DataFrame, np.ndarray]:
    """Two features, of which the first says much of a class of two."""
    rng = np.random.default_rng(seed)
    X = pd.DataFrame({"a": rng.normal(size=n), "b": rng.normal(size=n)})
    return X, np.where(X["a"] + rng.normal(size=n) > 0, "yes", "no")


def test_the_corrected_test_by_hand() -> None:
    """(1/J + n_test/n_train)·s² with J − 1 degrees of freedom, computed step by step."""
    found = corrected_t([0.02, 0.05, -0.01, 0.03, 0.04], 80, 20)
    mean, s2 = 0.13 / 5, (0.006**2 + 0.024**2 + 0.036**2 + 0.004**2 + 0.014**2) / 4
    error = math.sqrt((1 / 5 + 20 / 80) * s2)
    assert (found.mean, found.sd, found.error, found.df) == pytest.approx((mean, math.sqrt(s2), error, 4))
    assert found.t == pytest.approx(mean / error)
    assert found.p_value == pytest.approx(2 * stats.t.sf(mean / error, 4))
    assert (found.low, found.high) == pytest.approx((mean - 2.776445 * error, mean + 2.776445 * error), rel=1e-6)


def test_the_published_example_of_scikit_learn() -> None:
    """Two support vector machines over 10 × 10 folds: t = 0.750, one-sided p = 0.227, as its documentation says."""
    X, y = make_moons(noise=0.352, random_state=1, n_samples=100)
    folds = RepeatedStratifiedKFold(n_splits=10, n_repeats=10, random_state=0)
    first, second = (
        cross_val_score(SVC(kernel=kernel, random_state=0), X, y, cv=folds, scoring="roc_auc")
        for kernel in ("rbf", "linear")
    )
    found = corrected_t(first - second, 90, 10)
    assert (found.t, found.p_value / 2) == pytest.approx((0.750, 0.227), abs=5e-4)


def test_without_shared_rows_it_is_the_ordinary_test() -> None:
    """When the test rows are nothing beside the training rows, it is the t-test of scipy."""
    values = np.random.default_rng(1).normal(0.1, 1, 30)
    ours, theirs = corrected_t(values, 1e12, 1), stats.ttest_1samp(values, 0)
    assert (ours.t, ours.p_value) == pytest.approx((theirs.statistic, theirs.pvalue))
    assert (ours.low, ours.high) == pytest.approx(tuple(theirs.confidence_interval()))


def test_nothing_is_claimed_of_values_without_spread() -> None:
    """One fold, or the same difference in every fold, gives no interval; no value at all is refused."""
    assert corrected_t([0.3], 80, 20).low is None
    assert corrected_t([0.3, 0.3, np.nan], 80, 20).p_value is None
    with pytest.raises(BadInput):
        corrected_t([np.nan], 80, 20)


def test_the_corrected_test_holds_its_level() -> None:
    """Two equal recipes on 10 × 5 folds are told apart in at most 10 % of samples, where the naive test is in many."""
    ours = naive = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        X, y = rng.normal(size=(60, 4)), rng.integers(0, 2, 60)
        apart = []
        for repeat in range(4):
            for train, test in KFold(5, shuffle=True, random_state=repeat).split(X):
                centres = [[X[train][y[train] == k][:, part].mean(axis=0) for k in (0, 1)] for part in ([0, 1], [2, 3])]
                right = [
                    (
                        np.linalg.norm(X[test][:, part] - one[1], axis=1)
                        < np.linalg.norm(X[test][:, part] - one[0], axis=1)
                    )
                    == y[test]
                    for part, one in zip(([0, 1], [2, 3]), centres, strict=True)
                ]
                apart.append(right[0].mean() - right[1].mean())
        ours += (corrected_t(apart, 48, 12).p_value or 1) < 0.05
        naive += stats.ttest_1samp(apart, 0).pvalue < 0.05
    assert ours <= 6
    assert naive > 12


def test_verdict_over_recipes() -> None:
    """All pairs hold together, the simplest of those beaten by none is recommended, and lower errors are better."""
    rng = np.random.default_rng(3)
    shared = rng.normal(0, 0.05, 10)
    values = {"dummy": 2 + shared, "linear": 1 + shared + rng.normal(0, 0.01, 10)}
    values["xgboost"] = values["linear"] - 0.001 + rng.normal(0, 0.01, 10)
    found = cross_verdict(values, METRICS["mae"], Folds(100, 5, 2, (80,) * 10, (20,) * 10))
    assert found.top_set == ("linear", "xgboost")
    assert found.recommended == "linear"
    assert found.sentence.startswith(
        "As a recipe, use the linear model: XGBoost cannot be told apart from it over 2 × 5"
    )
    pair = found.pair("linear", "dummy")
    alone = corrected_t(values["dummy"] - values["linear"], 80, 20, 1 - 0.05 / 3)
    assert (pair.difference, pair.low, pair.high) == pytest.approx((alone.mean, alone.low, alone.high))
    assert pair.p_value == pytest.approx(min(1, 3 * alone.p_value))


def test_folds_without_a_value_are_left_out() -> None:
    """A fold in which the metric is undefined for one recipe counts for none, and that is said."""
    values = {"dummy": np.array([0.5, 0.5, np.nan, 0.5]), "linear": np.array([0.7, 0.8, 0.9, 0.75])}
    found = cross_verdict(values, METRICS["roc_auc"], Folds(40, 4, 1, (30,) * 4, (10,) * 4))
    assert found.values == pytest.approx((0.5, 0.75))
    assert "undefined in 1 of 4 folds" in found.notes[0]
    nothing = cross_verdict({"a": np.full(3, np.nan)}, METRICS["roc_auc"], Folds(9, 3, 1, (6,) * 3, (3,) * 3))
    assert nothing.recommended is None


def test_ends_do_not_leave_what_a_metric_can_be() -> None:
    """Student's t does not know that no accuracy is above 1; an error has no upper bound, so its end stays."""
    near = np.array([1.0, 0.96, 1.0, 1.0, 0.92])
    alone = corrected_t(near, 40, 10)
    assert alone.high is not None
    assert alone.high > 1
    folds = Folds(50, 5, 1, (40,) * 5, (10,) * 5)
    found = cross_verdict({"linear": near}, METRICS["accuracy"], folds)
    assert (found.lows[0], found.highs[0]) == (pytest.approx(alone.low), 1)
    assert cross_verdict({"linear": near}, METRICS["mae"], folds).highs[0] == pytest.approx(alone.high)


def test_every_row_is_predicted_out_of_fold() -> None:
    """The scores over rows are those of scikit-learn's cross_val_predict on the same folds, and each is marked."""
    X, y = table()
    folds = StratifiedKFold(4, shuffle=True, random_state=1)
    report = cross_evaluate(LogisticRegression(), X, y, cv=folds, plan=QUICK)
    theirs = cross_val_predict(LogisticRegression(), X, y, cv=folds, method="predict_proba")
    assert report["roc_auc"].value == pytest.approx(roc_auc_score(y == "yes", theirs[:, 1]))
    assert all(score.note.startswith("Cross-validated.") for score in report.scores)
    assert report.n == 150
    parts = [roc_auc_score(y[test] == "yes", theirs[test, 1]) for _, test in folds.split(X, y)]
    assert report.cross["per_fold"]["model"] == pytest.approx(parts)
    by_hand = corrected_t(parts, 112.5, 37.5)
    assert (report.cross["lows"][0], report.cross["highs"][0]) == pytest.approx((by_hand.low, min(1, by_hand.high)))


def test_the_sentence_speaks_of_the_recipe() -> None:
    """The first sentence does not speak of one fitted model, and its numbers stand in the summary."""
    X, y = table()
    report = cross_evaluate(LogisticRegression(), X, y, baselines={"dummy": DummyClassifier()}, plan=QUICK)
    assert "over the folds the recipe scores" in report.sentences[0]
    assert "this fitted model" not in report.sentences[0]
    summary = report.to_json()
    assert all(resolve(summary, place) is not None for place in report.takeaway[0]["numbers"])
    assert Report.from_json(summary) == report
    assert report.cross["names"] == ["dummy", "model"]
    assert report.comparison["pairs"][0]["verdict"] == "better"


def test_regression_from_arrays() -> None:
    """Arrays and numbers work as frames do; the estimator stays unfitted."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(90, 3))
    y = X[:, 0] + rng.normal(size=90)
    estimator = LinearRegression()
    report = cross_evaluate(estimator, X, y, cv=KFold(3), plan=QUICK, baselines={"mean": DummyRegressor()})
    theirs = cross_val_predict(LinearRegression(), X, y, cv=KFold(3))
    assert report["mae"].value == pytest.approx(mean_absolute_error(y, theirs))
    assert not hasattr(estimator, "coef_")


def test_a_function_that_fits_is_enough() -> None:
    """`refit` takes the place of an estimator, and pairs of positions that of a splitter."""
    X, y = table(60)
    folds = [(np.arange(30), np.arange(30, 60)), (np.arange(30, 60), np.arange(30))]
    report = cross_evaluate(None, X, y, cv=folds, refit=lambda X, y: LogisticRegression().fit(X, y), plan=QUICK)
    theirs = cross_val_predict(LogisticRegression(), X, y, cv=folds)
    assert report["accuracy"].value == pytest.approx((theirs == y).mean())


class Memory(ClassifierMixin, BaseEstimator):
    """Notes which rows it was fitted on, by the index of the frame."""

    seen: tuple[set[int], ...] = ()

    def fit(self, X: pd.DataFrame, y: np.ndarray) -> Memory:
        Memory.seen = (*Memory.seen, set(X.index))
        self.classes_ = np.unique(y)
        return self

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        assert not Memory.seen[-1] & set(X.index)
        return np.repeat(self.classes_[0], len(X))


def test_groups_are_never_cut() -> None:
    """With groups, none is on both sides of a fold; folds that cut one are refused."""
    X, y = table(120)
    groups = np.repeat(np.arange(24), 5)
    Memory.seen = ()
    report = cross_evaluate(Memory(), X, y, groups=groups, plan=QUICK)
    assert len(Memory.seen) == 5
    for seen in Memory.seen:
        outside = set(range(120)) - seen
        assert not {groups[row] for row in seen} & {groups[row] for row in outside}
    assert report.comparison is None
    with pytest.raises(BadInput, match="tested on a group"):
        cross_evaluate(Memory(), X, y, groups=groups, cv=KFold(5, shuffle=True, random_state=0), plan=QUICK)


def test_time_goes_forward() -> None:
    """In time each fold is fitted on the rows before it; the first rows are predicted by none, which is said."""
    X, y = table(120)
    Memory.seen = ()
    forward = Plan(
        resamples=100, stresses=(), slicers=(), importance=0, discovery=False, advice=False, time_ordered=True
    )
    report = cross_evaluate(Memory(), X, y, cv=5, plan=forward)
    assert [max(seen) + 1 for seen in Memory.seen] == [20, 40, 60, 80, 100]
    assert report.n == 100
    assert any(note.code == "never_predicted" and note.text.startswith("20 rows") for note in report.notes)
    assert cross_evaluate(Memory(), X, y, cv=TimeSeriesSplit(5), plan=forward).n == 100
    with pytest.raises(BadInput, match="come after its test rows"):
        cross_evaluate(Memory(), X, y, cv=KFold(5), plan=forward)


def test_repeats_count_as_folds_not_as_rows() -> None:
    """A splitter that repeats gives one prediction a row to the scores and all folds to the recipe's interval."""
    X, y = table(60)
    repeated = RepeatedStratifiedKFold(n_splits=3, n_repeats=4, random_state=0)
    report = cross_evaluate(LogisticRegression(), X, y, cv=repeated, plan=QUICK)
    assert report.n == 60
    assert (report.cross["folds"], report.cross["repeats"]) == (3, 4)
    assert len(report.cross["per_fold"]["model"]) == 12


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"cv": 1}, "cannot be dealt out"),
        ({"cv": []}, "no fold"),
        ({"cv": [(np.arange(10), np.arange(5, 20))]}, "tested on a row"),
        ({"cv": [(np.arange(10), np.array([60]))]}, "names the row 60"),
        ({"cv": [(np.arange(10), np.array([], dtype=int))]}, "both need some"),
        ({"y_pred": [1]}, "does not take y_pred"),
        ({"estimator": None}, "nothing to fit"),
        ({"X": None}, "needs X"),
        ({"baselines": {"model": DummyClassifier()}}, "rename it"),
    ],
)
def test_refusals(changed: dict[str, object], said: str) -> None:
    """What cannot be cross-validated is refused in one sentence."""
    X, y = table(60)
    given = {"estimator": LogisticRegression(), "X": X, "y": y, "plan": QUICK} | changed
    with pytest.raises(BadInput, match=said):
        cross_evaluate(**given)
