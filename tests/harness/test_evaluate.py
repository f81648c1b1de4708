"""Anything that predicts can be evaluated, and what cannot be used is refused by one sentence."""

from __future__ import annotations

import inspect
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score

from modellab_core.data.task import Task
from modellab_core.harness.arguments import given, predictions_of
from modellab_core.harness.predictions import Predictions
from modellab_core.harness.report import Report, evaluate, evaluate_model
from modellab_core.harness.scores import Plan

QUICK = Plan(resamples=60, slicers=(), stresses=())
RNG = np.random.default_rng(0)
N = 120
X = RNG.normal(size=(N, 3))
Y = (X[:, 0] + 0.5 * RNG.normal(size=N) > 0).astype(int)
P = 1 / (1 + np.exp(-3 * X[:, 0]))
PROBA = np.stack([1 - P, P], axis=1)
SAID = (P > 0.5).astype(int)


def quick(*args: Any, **more: Any) -> Report:
    """A report with few resamples, without slices and stress."""
    return evaluate(*args, **{"plan": QUICK, **more})


def values(report: Report) -> dict[str, float | None]:
    """Metric → value."""
    return {score.metric: score.value for score in report.overall}


CONTAINERS = {
    "array": lambda a: np.asarray(a),
    "list": lambda a: np.asarray(a).tolist(),
    "series": lambda a: pd.Series(np.asarray(a), index=np.arange(N)[::-1]),
    "column": lambda a: np.asarray(a).reshape(-1, 1),
    "frame": lambda a: pd.DataFrame({"only": np.asarray(a)}),
    "strings": lambda a: pd.Series(np.asarray(a)).astype(str),
    "category": lambda a: pd.Series(np.asarray(a)).astype("category"),
    "float": lambda a: np.asarray(a, dtype=float),
    "nullable": lambda a: pd.Series(np.asarray(a)).astype("Int64"),
    "object": lambda a: np.asarray(a, dtype=object),
}


@pytest.mark.parametrize("kind", CONTAINERS)
def test_any_container_gives_the_same_numbers(kind: str) -> None:
    """Arrays, lists, Series, frames and labels of any type give the same report."""
    report = quick(CONTAINERS[kind](Y), CONTAINERS[kind](SAID), y_proba=PROBA)
    assert report == quick(Y, SAID, y_proba=PROBA, task="binary") or kind in ("frame", "series")
    assert values(report) == values(quick(Y, SAID, y_proba=PROBA))
    assert report.classes == ("0", "1")


def test_class_names_of_any_type_give_the_same_numbers() -> None:
    """Text, whole numbers and truth values as labels lead to the same values."""
    expected = values(quick(Y, SAID, y_proba=PROBA))
    yes = np.array(["no", "yes"])
    assert values(quick(yes[Y], yes[SAID], y_proba=PROBA)) == expected
    assert values(quick(Y.astype(bool), SAID.astype(bool), y_proba=PROBA)) == expected
    assert values(quick(Y + 1, SAID + 1, y_proba=PROBA, positive=2)) == expected
    assert quick(Y + 1, SAID + 1, y_proba=PROBA).positive == "1"
    assert values(quick(Y, SAID.astype(bool), y_proba=PROBA)) == expected
    assert quick(Y.astype(bool), SAID.astype(bool)).classes == ("False", "True")


def test_values_are_scikit_learns() -> None:
    """Point values equal scikit-learn's."""
    report = quick(Y, y_proba=PROBA)
    assert report["roc_auc"].value == pytest.approx(roc_auc_score(Y, P), abs=1e-12)
    assert report["log_loss"].value == pytest.approx(log_loss(Y, P), abs=1e-12)


def test_probabilities_of_any_shape() -> None:
    """P(positive), two columns, and a frame with classes as columns in any order mean the same."""
    expected = values(quick(Y, y_proba=PROBA))
    assert values(quick(Y, y_proba=P)) == expected
    assert values(quick(Y, y_proba=list(P))) == expected
    assert values(quick(Y, y_proba=P.reshape(-1, 1))) == expected
    assert values(quick(Y, y_proba=pd.Series(P))) == expected
    assert values(quick(Y, y_proba=pd.DataFrame({1: P, 0: 1 - P}))) == expected
    assert values(quick(Y, y_proba=pd.DataFrame({"1": P, "0": 1 - P}))) == expected
    assert values(quick(Y, y_proba=PROBA[:, ::-1], classes=[1, 0])) == expected


def test_the_positive_class_can_be_chosen() -> None:
    """P(positive) is that of the class that was named, and swapping classes and scores keeps the AUC."""
    report = quick(Y, y_proba=1 - P, positive=0)
    assert report.positive == "0"
    assert report["roc_auc"].value == pytest.approx(quick(Y, y_proba=P)["roc_auc"].value)


def test_without_predictions_the_most_probable_class_is_taken() -> None:
    """`y_pred` follows from the probabilities when it is not given."""
    assert values(quick(Y, y_proba=PROBA)) == values(quick(Y, SAID, y_proba=PROBA))


def test_labels_alone_are_ranked_by_accuracy() -> None:
    """Without probabilities metrics of probabilities say why they are undefined, and accuracy is the headline."""
    report = quick(Y, SAID)
    assert report.plan.headline == "accuracy"
    assert report["roc_auc"].value is None
    assert report["roc_auc"].note
    assert report["accuracy"].value == (Y == SAID).mean()


def test_models_of_any_kind() -> None:
    """An estimator, an object with predict, and a plain function give the same accuracy, on arrays and on frames."""
    names = np.array(["no", "yes"])
    fitted = LogisticRegression().fit(X, names[Y])

    class OnlyPredict:
        def predict(self, rows: Any) -> Any:
            return fitted.predict(np.asarray(rows))

    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    expected = fitted.score(X, names[Y])
    for features in (X, X.tolist(), frame):
        for model in (OnlyPredict(), lambda rows: fitted.predict(np.asarray(rows))):
            assert quick(names[Y], X=features, model=model)["accuracy"].value == pytest.approx(expected)
    report = evaluate_model(fitted, X, names[Y], plan=QUICK)
    assert report["accuracy"].value == pytest.approx(expected)
    assert report["roc_auc"].value == pytest.approx(roc_auc_score(Y, fitted.predict_proba(X)[:, 1]))


def test_functions_get_arrays_where_arrays_were_given() -> None:
    """A function that indexes its argument like an array works, through the stress tests too."""
    plan = Plan(resamples=40, stresses=("noise",))
    report = evaluate(Y, X=X, model=lambda rows: (rows[:, 0] > 0).astype(int), plan=plan)
    assert report["accuracy"].value > 0.7
    assert "lead" in report.stress["noise"]


def test_a_regression_is_found_out() -> None:
    """Numbers that are not few whole ones are a regression; model and predictions agree."""
    y = X @ [1.0, 2.0, 3.0] + RNG.normal(size=N)
    fitted = LinearRegression().fit(X, y)
    report = evaluate_model(fitted, X, y, plan=QUICK)
    assert report.task is Task.REGRESSION
    assert values(report) == pytest.approx(values(quick(y, fitted.predict(X))), abs=1e-12)
    assert report["r2"].value == pytest.approx(fitted.score(X, y))
    assert quick(Y, P, task="regression").task is Task.REGRESSION
    assert quick([1, 2, 3] * 5, [1.5, 2.0, 3.5] * 5).task is Task.REGRESSION


def test_several_classes() -> None:
    """More than two labels are a multiclass task; a class that does not occur can be named."""
    y = RNG.integers(0, 3, N)
    proba = RNG.dirichlet(np.ones(4), N)
    report = quick(y, y_proba=proba, classes=["0", "1", "2", "3"])
    assert (report.task, report.classes, report.positive) == (Task.MULTICLASS, ("0", "1", "2", "3"), None)
    assert quick([0] * 5 + [1] * 5, [0] * 10, classes=[0, 1, 2]).task is Task.MULTICLASS


def test_numbers_as_classes_are_in_order_of_size() -> None:
    """Classes that are numbers are sorted as numbers, and their columns with them."""
    y = np.array([2, 10, 2, 10, 9, 9] * 10)
    proba = np.eye(3)[np.searchsorted([2, 9, 10], y)] * 0.8 + 0.2 / 3
    report = quick(y, y_proba=proba, task="classification")
    assert report.classes == ("2", "9", "10")
    assert report["accuracy"].value == 1.0


def test_weights_and_groups_reach_the_predictions() -> None:
    """A weight per row moves the value, and groups are resampled whole."""
    weight = np.where(Y == 1, 3.0, 1.0)
    report = quick(Y, SAID, weight=weight, groups=np.repeat(list("abcdefghijkl"), 10))
    assert report["accuracy"].value == pytest.approx(np.average(Y == SAID, weights=weight))
    assert report.predictions.groups.tolist() == list(np.repeat(np.arange(12), 10))


BASELINES = {
    "labels": SAID,
    "texts": SAID.astype(str).tolist(),
    "columns": PROBA,
    "frame": pd.DataFrame({"0": 1 - P, "1": P}),
    "score": P,
    "pair": (SAID, PROBA),
    "function": lambda rows: np.stack([1 - P, P], axis=1),
}


@pytest.mark.parametrize("kind", BASELINES)
def test_baselines_of_any_kind(kind: str) -> None:
    """A baseline may be labels, probabilities in any form, both, or a model; it is compared on the same rows."""
    report = quick(Y, y_proba=PROBA, X=X, baselines={"base": BASELINES[kind]}, plan=replace(QUICK, headline="accuracy"))
    pair = report.comparison["pairs"][0]
    assert (pair["candidate"], pair["baseline"], pair["difference"], pair["verdict"]) == ("model", "base", 0.0, "tied")


def test_float32_and_rounded_probabilities_are_accepted() -> None:
    """Probabilities that sum to 1 up to rounding are taken as they are."""
    assert quick(Y, y_proba=PROBA.astype(np.float32)).task is Task.BINARY
    assert quick(Y, y_proba=np.round(PROBA, 2)).task is Task.BINARY


def test_what_was_given_is_not_changed() -> None:
    """Arrays and frames come back as they went in."""
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    before, proba = frame.copy(), PROBA.copy()
    evaluate(Y, y_proba=PROBA, X=frame, model=lambda rows: PROBA, plan=Plan(resamples=20))
    pd.testing.assert_frame_equal(frame, before)
    assert (proba == PROBA).all()


def test_help_is_enough_to_use_it() -> None:
    """The docstring explains every argument and shows a call."""
    told = inspect.getdoc(evaluate)
    for name in inspect.signature(evaluate).parameters:
        assert f"\n{name} " in told, name
    assert "evaluate(y_test" in told
    assert list(inspect.signature(evaluate).parameters) == [
        *("y_true", "y_pred", "y_proba", "X", "model", "task", "classes", "positive", "weight"),
        *("groups", "baselines", "train", "refit", "plan"),
    ]


def test_odd_columns_are_cut_too() -> None:
    """Columns of lists, mixed values, categories, time spans and one level per row do not stop a report."""
    odd = pd.DataFrame(
        {
            "lists": [[1], [2]] * (N // 2),
            "mixed": [1, "a", None, 2.5] * (N // 4),
            "category": pd.Categorical(["x", None] * (N // 2)),
            "span": pd.to_timedelta(np.arange(N), unit="s"),
            "id": [f"{i}" for i in range(N)],
            "infinite": [np.inf, -np.inf, 0.0, 1.0] * (N // 4),
            7: np.arange(N),
        }
    )
    report = quick(Y, SAID, X=odd, plan=Plan(resamples=20, stresses=()))
    for feature in odd.columns:
        lines = [x for x in report.slice_lines() if x["feature"] == str(feature) and x["metric"] == "accuracy"]
        assert sum(line["n"] for line in lines) == N, feature


def test_row_order_does_not_matter() -> None:
    """Point values do not depend on the order of the rows."""
    order = RNG.permutation(N)
    one, two = values(quick(Y, y_proba=PROBA)), values(quick(Y[order], y_proba=PROBA[order]))
    assert all(one[key] == pytest.approx(two[key], abs=1e-12) for key in one if one[key] is not None)


def test_predictions_are_in_contract_order() -> None:
    """Codes, probabilities and classes agree whatever order was given."""
    shared = given(["b", "a", "c"], y_proba=np.eye(3), classes=["c", "a", "b"])
    made = predictions_of(shared, y_proba=np.eye(3))
    assert isinstance(made, Predictions)
    assert made.classes == ("a", "b", "c")
    assert made.labels(made.y_pred) == ["c", "a", "b"]
    assert made.y_true.tolist() == [1, 0, 2]


@pytest.mark.parametrize("called", [False, True])
def test_labels_alone_may_be_asked_for_a_metric_of_probabilities(called: bool) -> None:
    """Where only classes were predicted, a headline that needs probabilities is undefined with the reason."""
    X = pd.DataFrame({"a": np.random.default_rng(0).normal(size=60)})
    truth, guess = (X["a"] > 0.1).astype(int), (X["a"] > 0).astype(int)
    model = (lambda frame: (frame.to_numpy()[:, 0] > 0).astype(int)) if called else None
    report = evaluate(truth, guess, X=X, model=model, plan=Plan(headline="roc_auc", resamples=100))
    assert report["roc_auc"].value is None
    assert "only classes were predicted" in report.sentences[0]
    assert evaluate(truth, guess, X=X, model=model, plan=Plan(resamples=100)).plan.headline == "accuracy"
