"""Each metric is scikit-learn's wherever scikit-learn defines it, and NaN with a reason elsewhere."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive import by_sklearn, made_up, pairs_auc

from modellab_core.data.task import Task
from modellab_core.errors import BadInput
from modellab_core.harness.engine.cells import cells_of
from modellab_core.harness.engine.drawing import value_of
from modellab_core.harness.engine.resampling import Resampling
from modellab_core.harness.metrics import METRICS, headline_of, metric_for, metrics_for
from modellab_core.harness.metrics.metric import by_rows
from modellab_core.harness.predictions import Predictions, predict
from modellab_core.harness.scoring import scores

TASKS = ("binary", "multiclass", "regression")

CONTRACT = {
    "binary": "accuracy balanced_accuracy mcc cohen_kappa log_loss brier ece precision recall specificity f1 roc_auc"
    " average_precision",
    "multiclass": "accuracy balanced_accuracy mcc cohen_kappa log_loss brier ece precision_macro precision_weighted"
    " recall_macro recall_weighted specificity_macro f1_macro f1_weighted roc_auc_ovr_macro roc_auc_ovr_weighted"
    " average_precision_macro top_2_accuracy",
    "regression": "mae mse rmse r2 median_absolute_error explained_variance mape smape max_error mean_error",
}


def agree(predictions: Predictions) -> None:
    for metric in metrics_for(predictions.task):
        ours, theirs = value_of(metric, predictions), by_sklearn(metric.name, predictions)
        assert ours == pytest.approx(theirs, abs=1e-10, rel=1e-10, nan_ok=True), metric.name


@pytest.mark.parametrize("task", TASKS)
def test_keys(task: str) -> None:
    """The metrics of a task are those of the contract, and the headline is one of them."""
    names = [metric.name for metric in metrics_for(Task(task))]
    assert sorted(names) == sorted(CONTRACT[task].split())
    assert headline_of(Task(task)) in names


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("decimals", [None, 1])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("n", [12, 400])
def test_equals_sklearn(task: str, decimals: int | None, weighted: bool, n: int) -> None:
    """Every metric equals scikit-learn's to 1e-10, with ties, with weights, with few rows and many."""
    for seed in range(2):
        agree(made_up(task, n, seed, k=4, decimals=decimals, weighted=weighted))


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(TASKS), st.integers(1, 12), st.integers(0, 10_000), st.booleans())
def test_equals_sklearn_on_a_handful_of_rows(task: str, n: int, seed: int, weighted: bool) -> None:
    """With a handful of rows, where classes go missing, a value is scikit-learn's or both are undefined."""
    predictions = made_up(task, n, seed, decimals=1, weighted=weighted)
    for metric in metrics_for(predictions.task):
        ours, theirs = value_of(metric, predictions), by_sklearn(metric.name, predictions)
        if task == "regression" and n == 1 and metric.name in ("r2", "explained_variance"):
            assert math.isnan(ours)
        else:
            assert ours == pytest.approx(theirs, abs=1e-10, rel=1e-10, nan_ok=True), metric.name


@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_dummy(task: str) -> None:
    """A model that always says the same is measured as scikit-learn measures it, and what it warns of is undefined."""
    some = made_up(task, 90, 3)
    assert some.proba is not None
    share = np.bincount(some.y_true) / 90
    dummy = replace(some, y_pred=np.full(90, share.argmax()), proba=np.tile(share, (90, 1)))
    agree(dummy)
    missing = "precision" if task == "binary" and share.argmax() == 0 else "precision_macro"
    if missing in CONTRACT[task].split():
        assert math.isnan(value_of(METRICS[missing], dummy))


def test_average_precision_is_the_step_sum() -> None:
    """Of the four numbers that libraries call PR-AUC for this vector, ours is average precision, .833."""
    score = np.array([0.1, 0.4, 0.35, 0.8])
    four = Predictions(
        Task.BINARY, np.arange(4), np.array([0, 0, 1, 1]), np.array([0, 0, 0, 1]),
        np.column_stack([1 - score, score]), ("0", "1"), "1",
    )  # fmt: skip
    assert value_of(METRICS["average_precision"], four) == pytest.approx(0.8333333333333333)
    assert value_of(METRICS["pr_auc"], four) == value_of(METRICS["average_precision"], four)


def test_mape_with_a_zero_target() -> None:
    """A target of zero makes the percentage error undefined, not 1.5e15."""
    some = replace(made_up("regression", 5), y_true=np.array([0.0, 1, 2, 3, 4]))
    found = {score.metric: score for score in scores(some, [METRICS["mape"], METRICS["smape"]], Resampling(5, 50))}
    assert found["mape"].value is None
    assert "a target is zero" in found["mape"].note
    assert found["smape"].value is not None


def test_constant_target() -> None:
    """R² and explained variance of a constant target are undefined, whatever the constant."""
    for constant in (0.0, 0.1, 1e6):
        some = replace(made_up("regression", 30), y_true=np.full(30, constant))
        assert math.isnan(value_of(METRICS["r2"], some))
        assert math.isnan(value_of(METRICS["explained_variance"], some))


def test_large_offset() -> None:
    """R² keeps its digits when the target is far from zero."""
    some = made_up("regression", 300, 5)
    shifted = replace(some, y_true=some.y_true + 1e7, y_pred=some.y_pred + 1e7)
    assert value_of(METRICS["r2"], shifted) == pytest.approx(by_sklearn("r2", shifted), abs=1e-10)


def test_auc_counts_pairs() -> None:
    """ROC AUC is the share of pairs in the right order, ties half."""
    some = made_up("binary", 80, 9, decimals=1)
    assert some.score is not None
    assert value_of(METRICS["roc_auc"], some) == pytest.approx(pairs_auc(some.score, some.y_true), abs=1e-12)


def test_without_probabilities() -> None:
    """What needs probabilities is undefined without them and says so; the rest has its value."""
    some = replace(made_up("binary", 60), proba=None)
    for score in scores(some, metrics_for(Task.BINARY), Resampling(60, 50)):
        if METRICS[score.metric].needs == "proba":
            assert score.value is None
            assert "probabilities" in score.note
        else:
            assert score.value is not None


def test_no_rows() -> None:
    """Without rows every metric is undefined with a reason, and nothing raises."""
    for task in TASKS:
        some = made_up(task, 40)
        nothing = {"none": np.zeros(40, dtype=bool)}
        for score in scores(some, metrics_for(some.task), Resampling(40, 50), nothing):
            if score.slice == "none":
                assert score.value is None
                assert score.note == "Undefined: there are no rows."


def test_every_metric_says_what_it_is() -> None:
    """Every metric has a label, a definition with its unit or range, and a direction."""
    for name, metric in METRICS.items():
        assert metric.label, name
        assert len(metric.definition) > 40, name
        assert metric.direction in (-1, 0, 1), name


def test_metric_of_another_task() -> None:
    """Asking for a metric that does not fit the task names those that do."""
    with pytest.raises(BadInput, match="does not fit a regression task"):
        metric_for("roc_auc", Task.REGRESSION)
    with pytest.raises(BadInput, match=r"choose|did you mean"):
        metric_for("rocauc", Task.BINARY)
    assert metric_for("expected_calibration_error", Task.BINARY).name == "ece"


def test_counts_are_weights() -> None:
    """Counting a row twice is the same as having it twice, for every metric of every task."""
    for task in TASKS:
        some = made_up(task, 50, 2, decimals=1)
        counts = np.random.default_rng(1).integers(0, 4, (3, 50))
        tally = cells_of(some).tally(counts)
        for metric in metrics_for(some.task):
            for line in range(3):
                twice = value_of(metric, some.take(np.repeat(np.arange(50), counts[line])))
                assert metric.kernel(tally)[line] == pytest.approx(twice, abs=1e-10, nan_ok=True), metric.name


def test_metric_by_rows() -> None:
    """A metric written as a function of predictions and weights gets the intervals of one written as a kernel."""

    def hit_rate(predictions: Predictions, weight: np.ndarray) -> float:
        """Share of rows whose class is predicted right, in [0, 1]; higher is better."""
        return float(np.average(predictions.y_true == predictions.y_pred, weights=weight))

    some = made_up("multiclass", 80, 1, weighted=True)
    own = replace(METRICS["accuracy"], name="own", kernel=by_rows(hit_rate), interval="percentile", fraction=None)
    masks = {"half": np.arange(80) < 40}
    found = scores(some, [own, METRICS["accuracy"]], Resampling(80, 60), masks)
    for mine, theirs in ((found[0], found[1]), (found[2], found[3])):
        assert (mine.value, mine.low, mine.high) == pytest.approx((theirs.value, theirs.low, theirs.high))
    assert own.definition.startswith("Share of rows")


class _Answers:
    def __init__(self, proba: np.ndarray, classes: list[object]) -> None:
        self.proba, self.classes_ = proba, np.array(classes)

    def predict_proba(self, X: object) -> np.ndarray:
        return self.proba

    def predict(self, X: object) -> np.ndarray:
        return self.classes_[self.proba.argmax(axis=1)]


def test_predict_by_anything() -> None:
    """An estimator, a function giving probabilities and a function giving P(positive) say the same."""
    proba = np.array([[0.9, 0.1], [0.2, 0.8], [0.4, 0.6]])
    frame = made_up("binary", 3).X
    for model in (
        _Answers(proba, [0, 1]),
        _Answers(proba[:, ::-1], [True, False]),
        lambda X: proba,
        lambda X: proba[:, 1],
    ):
        codes, found = predict(model, [0, 0, 0], Task.BINARY, ("0", "1"), "1")  # type: ignore[arg-type]
        assert codes.tolist() == [0, 1, 1]
        np.testing.assert_allclose(found, proba)
    assert frame is None


def test_predict_labels_only() -> None:
    """A function that gives labels gives no probabilities; a label that is no class is named."""
    codes, proba = predict(lambda X: np.array(["yes", "no"]), [0, 0], Task.BINARY, ("no", "yes"))  # type: ignore
    assert codes.tolist() == [1, 0]
    assert proba is None
    with pytest.raises(BadInput, match="'maybe'"):
        predict(lambda X: np.array(["maybe", "no"]), [0, 0], Task.BINARY, ("no", "yes"))  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="3 predictions for 2 rows"):
        predict(lambda X: np.ones(3), [0, 0], Task.REGRESSION)  # type: ignore[arg-type]
