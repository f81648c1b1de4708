"""What a model uses: agreement with scikit-learn and with the obvious loop, groups, caps, and reasons where there is
none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr
from sklearn.inspection import permutation_importance as by_sklearn
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, mean_absolute_error, roc_auc_score
from training.made import TARGET, TASKS, fitted

from modellab_core.data.task import Task
from modellab_core.harness.advice import importance as room
from modellab_core.harness.advice.correlated import correlated_groups
from modellab_core.harness.advice.givers import given_parts
from modellab_core.harness.advice.importance import permutation_importance
from modellab_core.harness.advice.permuting import Permuter, permutations
from modellab_core.harness.engine.drawing import value_of
from modellab_core.harness.engine.mean_draws import mean_draws
from modellab_core.harness.engine.resampling import resampling_for
from modellab_core.harness.engine.row_influence import influence, slopes
from modellab_core.harness.metrics import METRICS
from modellab_core.harness.predictions import Predictions
from modellab_core.harness.report import evaluate
from modellab_core.harness.scores import Plan

QUICK = Plan(resamples=100, metrics=(), stresses=(), slicers=(), discovery=False, advice=False, failures=0)


def rows(n: int = 300, seed: int = 0) -> tuple[pd.DataFrame, np.ndarray]:
    """Four features, of which the first two count and the last is a copy of the first with a little noise."""
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(n, 3)), columns=["a", "b", "c"])
    X["twin"] = X["a"] + 0.1 * rng.normal(size=n)
    y = (X["a"] + X["b"] + 0.7 * rng.normal(size=n) > 0).astype(int).to_numpy()
    return X, y


def model_of(X: pd.DataFrame, y: np.ndarray) -> LogisticRegression:
    """A fitted linear model."""
    return LogisticRegression().fit(X, y)


def chances(model: Any) -> Any:
    """The probability of class 1 as a function."""
    return lambda X: model.predict_proba(X)[:, 1]


@pytest.mark.parametrize("as_array", [False, True])
def test_equals_the_obvious_loop(as_array: bool) -> None:
    """The fall of each feature and permutation is that of a loop that permutes one column at a time, to the bit."""
    X, y = rows()
    model = model_of(X.to_numpy(), y)
    given: Any = X.to_numpy() if as_array else X
    ask = chances(model) if as_array else lambda rows: chances(model)(rows.to_numpy())
    found = permutation_importance(ask, given, y, roc_auc_score, repeats=3, seed=5)
    for at in range(X.shape[1]):
        for repeat, order in enumerate(permutations(len(X), 3, 5)):
            changed = X.to_numpy().copy()
            changed[:, at] = changed[order, at]
            fall = roc_auc_score(y, chances(model)(X.to_numpy())) - roc_auc_score(y, chances(model)(changed))
            assert found[at, repeat] == fall


def test_agrees_with_scikit_learn() -> None:
    """Means over permutations equal scikit-learn's within the luck of the permutations."""
    X, y = rows(500)
    model = model_of(X, y)
    ours = permutation_importance(chances(model), X, y, roc_auc_score, repeats=20, seed=1)
    theirs = by_sklearn(model, X, y, scoring="roc_auc", n_repeats=20, random_state=0).importances
    error = np.sqrt((ours.var(axis=1) + theirs.var(axis=1)) / 20)
    assert (np.abs(ours.mean(axis=1) - theirs.mean(axis=1)) < 4 * error + 1e-12).all()


@pytest.mark.parametrize(
    ("task", "metric"), [("binary", roc_auc_score), ("labels", accuracy_score), ("regression", mean_absolute_error)]
)
def test_a_report_holds_the_same_values(task: str, metric: Any) -> None:
    """The importance in a report is the mean of the plain function's falls, with the same permutations."""
    X, y = rows(240)
    model = model_of(X, y)
    plan = replace(QUICK, importance=4, headline="accuracy" if task == "labels" else None)
    if task == "regression":
        ask, sign, y = (lambda frame: 3.0 * frame["a"].to_numpy() + frame["b"].to_numpy()), -1.0, y.astype(float)
        report = evaluate(y, X=X, model=ask, plan=plan, task="regression")
    else:
        ask, sign = (chances(model) if task == "binary" else model.predict), 1.0
        report = evaluate(y, X=X, model=model, plan=plan)
    falls = sign * permutation_importance(ask, X, y, metric, repeats=4, seed=plan.seed).mean(axis=1)
    told = {line["feature"]: line["value"] for line in report.importance["features"]}
    assert set(told) == set(X)
    for name, fall in zip(X, falls, strict=True):
        assert told[name] == pytest.approx(fall, abs=1e-12)
    values = [line["value"] for line in report.importance["features"]]
    assert values == sorted(values, reverse=True)


def drawn(task: Task, n: int, seed: int, variants: int = 3, k: int = 2) -> list[Predictions]:
    """Several predictions of the same weighted rows."""
    rng = np.random.default_rng(seed)
    weight = rng.uniform(0.5, 2, n)
    if task is Task.REGRESSION:
        truth = rng.normal(size=n)
        said = [truth + rng.normal(size=n) for _ in range(variants)]
        return [Predictions(task, np.arange(n), truth, one, weight=weight) for one in said]
    truth = rng.integers(0, k, n)
    raw = [np.eye(k)[truth] + rng.exponential(size=(n, k)).round(1) + 0.1 for _ in range(variants)]
    proba = [one / one.sum(axis=1, keepdims=True) for one in raw]
    names = tuple(str(code) for code in range(k))
    return [Predictions(task, np.arange(n), truth, p.argmax(axis=1), p, names, names[-1], weight) for p in proba]


@pytest.mark.parametrize(
    ("task", "name", "k"),
    [
        *((Task.BINARY, name, 2) for name in ("accuracy", "roc_auc", "log_loss", "brier")),
        *((Task.MULTICLASS, name, 3) for name in ("accuracy", "log_loss")),
        *((Task.REGRESSION, name, 0) for name in ("mae", "mse")),
    ],
)
def test_draws_are_means_over_the_permutations(task: Task, name: str, k: int) -> None:
    """In every resample the metric is averaged over all predictions, as a loop over both does."""
    line, metric = drawn(task, 120, 3, k=k), METRICS[name]
    resampling = resampling_for(line[0], Plan(resamples=20))
    found = mean_draws([line, line[:1]], metric, resampling)
    for numbers, counts in resampling.blocks():
        for at, count in zip(range(numbers.start, numbers.stop), counts, strict=True):
            hit = np.repeat(np.arange(120), count)
            alone = [metric.better(np.array([value_of(metric, one.take(hit))]))[0] for one in line]
            assert found[:, at] == pytest.approx([np.mean(alone), alone[0]], abs=1e-12)


def test_many_pairs_are_drawn_to_first_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first-order draws of ROC AUC have the spread of the exact ones and follow them resample by resample."""
    line, metric = drawn(Task.BINARY, 280, 1), METRICS["roc_auc"]
    resampling = resampling_for(line[0], Plan(resamples=300))
    exact = mean_draws([line[:2], line[2:]], metric, resampling)
    monkeypatch.setattr("modellab_core.harness.engine.mean_draws.MOST_PAIRS", 0)
    quick = mean_draws([line[:2], line[2:]], metric, resampling)
    for one, other in ((exact[0], quick[0]), (exact[0] - exact[1], quick[0] - quick[1])):
        assert np.corrcoef(one, other)[0, 1] > 0.995
        assert other.std() == pytest.approx(one.std(), rel=0.03)


@pytest.mark.parametrize(("name", "model"), [("binary", "linear"), ("multiclass", "xgboost"), ("regression", "dummy")])
def test_encoded_columns_are_dealt_as_raw_ones(name: str, model: str) -> None:
    """Dealing the inputs of a column after encoding gives the predictions of dealing the column before, to the bit."""
    frame, task = TASKS[name]
    found = fitted(frame, task, model).model
    X = frame[list(found.features)]
    n = len(X)
    truth = frame[TARGET].to_numpy() if task is Task.REGRESSION else np.zeros(n, dtype=np.int64)
    given = Predictions(task, np.arange(n), truth, truth, classes=found.classes, positive=None, X=X)
    two_steps = Permuter.of(found, given)
    assert two_steps.inputs is not None
    frames = replace(two_steps, inputs=None)
    orders = permutations(n, 2, 0)
    for columns in ([0], [2], [4], [1, 2, 4]):
        for one, other in zip(two_steps.permuted(columns, orders), frames.permuted(columns, orders), strict=True):
            assert np.array_equal(one.y_pred, other.y_pred)
            assert one.proba is None or np.array_equal(one.proba, other.proba)


def test_features_that_say_the_same_stand_in_for_one_another() -> None:
    """Of two copies each seems to matter less than both together, which are told as a group."""
    X, y = rows(400)
    told = evaluate(y, X=X, model=model_of(X, y), plan=QUICK).importance
    alone = {line["feature"]: line["value"] for line in told["features"]}
    (group,) = told["groups"]
    assert group["features"] == ["a", "twin"]
    assert group["value"] > alone["a"] + 0.01
    assert group["low"] < group["value"] < group["high"]
    assert "not what the problem needs" in told["note"]
    assert correlated_groups(X, [1, 2]) == []
    assert abs(spearmanr(X["a"], X["twin"]).statistic) > 0.7


def test_correlation_is_spearmans_and_reads_dates_and_truth_values() -> None:
    """Dates and numbers that rise together are a group whatever their scale; text and constants are in none."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=80)
    frame = pd.DataFrame({"cube": x**3, "text": "t", "one": 1.0, "flag": x > 0, "x": x})
    frame["when"] = pd.Timestamp("2020-01-01") + pd.to_timedelta(np.round(1e6 * x), unit="s")
    frame.loc[:5, "x"] = np.nan
    frame.loc[7:9, "when"] = pd.NaT
    assert correlated_groups(frame, range(6)) == [(0, 3, 4, 5)]
    assert correlated_groups(frame[["text", "one"]], range(2)) == []


def test_a_feature_that_is_not_looked_at() -> None:
    """A feature that no prediction depends on has importance 0, no interval, and the reason."""
    X, y = rows()
    told = evaluate(y, X=X, model=lambda frame: (frame["a"] > 0).astype(int).to_numpy(), plan=QUICK).importance
    lines = {line["feature"]: line for line in told["features"]}
    assert lines["a"]["low"] > 0
    assert lines["c"]["value"] == 0
    assert lines["c"]["low"] is None
    assert lines["c"]["note"] == "No prediction changes when it is permuted."


def test_what_is_not_applicable_says_why() -> None:
    """Without a model, without features, or with a model that refuses, there is a reason; switched off there is
    nothing."""
    X, y = rows(80)
    model = model_of(X, y)

    def refuses(frame: pd.DataFrame) -> np.ndarray:
        if len(frame) > 80:
            raise ValueError("too many rows")
        return model.predict(frame)

    assert evaluate(y, model.predict(X), X=X, plan=QUICK).importance["note"].startswith("Not applicable, because no mo")
    assert "no features" in evaluate(y, model.predict(X), plan=QUICK, model=model).importance["note"]
    assert "too many rows" in evaluate(y, X=X, model=refuses, plan=QUICK).importance["note"]
    assert evaluate(y, X=X, model=model, plan=replace(QUICK, importance=0)).importance == {}


def test_many_features_and_rows_are_capped_and_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of many features those that move predictions most are permuted, on fewer rows where there are many."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(300, 60)), columns=[f"x{at}" for at in range(60)])
    y = (X["x57"] + X["x3"] > 0).astype(int).to_numpy()
    monkeypatch.setattr(room, "LEAST_ROWS", 100)
    monkeypatch.setattr(room, "MOST_PREDICTIONS", 40 * 10 * 120)
    told = evaluate(y, X=X, model=LogisticRegression().fit(X, y), plan=QUICK).importance
    assert len(told["features"]) == 40
    assert {line["feature"] for line in told["features"][:2]} == {"x3", "x57"}
    assert told["n"] == 119  # each class keeps its share, rounded down
    assert "119 of 300 test rows" in told["note"]
    assert "40 of 60 features" in told["note"]


@pytest.mark.parametrize("kind", ["groups", "time"])
def test_groups_and_time_are_resampled_as_the_scores_are(kind: str) -> None:
    """With groups whole groups are drawn, with time blocks; values are dealt among all rows, and that is said."""
    X, y = rows(200)
    groups = np.repeat(np.arange(40), 5) if kind == "groups" else None
    plan = replace(QUICK, time_ordered=kind == "time")
    told = evaluate(y, X=X, model=model_of(X, y), groups=groups, plan=plan).importance
    assert "dealt among all test rows" in told["note"]
    assert told["features"][0]["method"] == ("blocks" if kind == "time" else "percentile")


@pytest.mark.parametrize(("task", "name", "k"), [(Task.BINARY, "roc_auc", 2), (Task.MULTICLASS, "accuracy", 3)])
def test_influence_is_the_slope_of_the_kernel(task: Task, name: str, k: int) -> None:
    """The closed forms for ranks and losses are the slopes that the kernel has when a row counts a little more."""
    (one,) = drawn(task, 70, 4, variants=1, k=k)
    assert influence(METRICS[name], one) == pytest.approx(slopes(METRICS[name], one), abs=1e-4)


def test_a_row_counts_by_the_value_that_it_gives() -> None:
    """Where the loss of a row hangs on the value that it gets, the giver is charged; luck alone charges nobody."""
    rng = np.random.default_rng(0)
    orders, value = permutations(400, 10, 0), rng.normal(size=400)
    charged = given_parts([value[order] + rng.normal(size=400) for order in orders], orders)
    assert np.corrcoef(charged, value)[0, 1] > 0.9
    luck = given_parts([rng.normal(size=400) for _ in orders], orders)
    assert luck.var() < 0.03
