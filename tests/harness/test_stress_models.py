"""Stress tests on real models: what is saved by encoding once, units that do not matter, labels learnt wrong."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from stressed import run
from threadpoolctl import threadpool_limits
from training.made import TARGET, fitted, mixed, priced, split_of, table_of

from modellab_core.data.task import Task
from modellab_core.harness.case import TrainRows
from modellab_core.harness.predictions import Predictions, predict
from modellab_core.harness.scores import Plan
from modellab_core.harness.stress import STRESSES

SHARES = tuple(name for name, one in STRESSES.items() if one.hit)
QUICK = Plan(resamples=40)


@cache
def trained(task: Task, model: str) -> tuple[Any, Predictions, TrainRows]:
    """A model fitted by a template on columns of every type, its predictions of the test rows, its training rows."""
    frame = mixed(160, classes=3 if task is Task.MULTICLASS else 2) if task.is_classification else priced(160)
    table = table_of(frame)
    split = split_of(table, task)
    found = fitted(frame, task, model, split).model
    test, train = split.rows("test"), split.rows("train")
    X, y = frame.drop(columns=TARGET), frame[TARGET].to_numpy()
    positive = found.classes[-1] if task is Task.BINARY else None
    said, proba = predict(found, X.iloc[test], task, found.classes, positive)
    given = Predictions(task, test, y[test], said, proba, found.classes, positive, X=X.iloc[test])
    return found, given, TrainRows(X.iloc[train].set_axis(train), y[train], found.classes_ if found.classes else None)


class Plain:
    """The same model without a way to encode; counts how often it is called."""

    def __init__(self, model: Any) -> None:
        self.model, self.classes_, self.calls = model, model.classes_, 0

    def predict_proba(self, X: pd.DataFrame) -> np.ndarray:
        self.calls += 1
        return self.model.predict_proba(X)

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        self.calls += 1
        return self.model.predict(X)


class Counted:
    """The same model with its encoding; counts how often either is asked."""

    def __init__(self, model: Any) -> None:
        self.model, self.classes_, self.encoded, self.calls = model, model.classes_, 0, 0

    def encode(self, X: pd.DataFrame) -> Any:
        self.encoded += 1
        return self.model.encode(X)

    def predict_inputs(self, inputs: Any) -> np.ndarray:
        self.calls += 1
        return self.model.predict_inputs(inputs)

    def predict_proba(self, X: pd.DataFrame) -> np.ndarray:
        return self.predict_inputs(self.encode(X))


@pytest.mark.parametrize(
    ("task", "model"), [(Task.BINARY, "xgboost"), (Task.MULTICLASS, "linear"), (Task.REGRESSION, "linear")]
)
def test_encoding_once_changes_no_bit(task: Task, model: str) -> None:
    """What is mixed in encoded rows gives what corrupted frames give, for every stress test that hits cells."""
    found, given, train = trained(task, model)
    plan = replace(QUICK, stresses=SHARES)
    shell = Plain(found) if task.is_classification else found.predict
    assert run(given, plan, model=found, train=train) == run(given, plan, model=shell, train=train)


def test_rows_are_encoded_once() -> None:
    """Joint missingness asks for encoded rows once per severity and draw, and encodes few times altogether."""
    found, given, train = trained(Task.BINARY, "linear")
    model, stress = Counted(found), STRESSES["missing_values"]
    run(given, replace(QUICK, stresses=("missing_values",)), model=model, train=train)
    assert model.calls == 1 + 1 + len(stress.severities) * stress.repeats  # as it is, the first rows, each draw
    assert model.encoded <= 5


def test_an_encoding_that_mixes_columns_is_not_trusted() -> None:
    """Where an encoded field comes from two columns, frames are corrupted and the numbers are the right ones."""

    class Summed(Counted):
        def encode(self, X: pd.DataFrame) -> Any:
            inputs = self.model.encode(X)
            filled = np.nan_to_num(inputs.numbers)
            return replace(inputs, numbers=np.column_stack([filled.sum(axis=1), filled[:, :1] * filled[:, 1:2]]))

        def predict_inputs(self, inputs: Any) -> np.ndarray:
            p = 1 / (1 + np.exp(-inputs.numbers.sum(axis=1) / 1e4))
            return np.column_stack([1 - p, p])

    found, given, train = trained(Task.BINARY, "linear")
    model = Summed(found)
    said, proba = predict(model, given.X, Task.BINARY, given.classes, given.positive)
    given = replace(given, y_pred=said, proba=proba)
    plan = replace(QUICK, stresses=SHARES)
    assert run(given, plan, model=model, train=train) == run(given, plan, model=Plain(model), train=train)


def gradient_boosted(name: str) -> Any:
    """A forest of boosted trees by its name, on one thread."""
    if name == "xgboost":
        from xgboost import XGBClassifier

        return XGBClassifier(n_estimators=20, max_depth=3, n_jobs=1)
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(max_iter=20, max_depth=3)


@pytest.mark.parametrize("name", ["xgboost", "hist_gradient_boosting"])
def test_the_unit_of_a_feature_does_not_matter_to_a_tree(name: str) -> None:
    """Every curve of a tree is the same to the bit when a feature is multiplied by 1024."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(400, 3)), columns=list("abc"))
    y = (X.sum(axis=1) + rng.normal(size=400) > 0).to_numpy().astype(np.int64)

    def curves(frame: pd.DataFrame) -> Any:
        model = gradient_boosted(name).fit(frame[:200], y[:200])
        said, proba = predict(model, frame[200:], Task.BINARY, ("0", "1"), "1")
        given = Predictions(Task.BINARY, np.arange(200), y[200:], said, proba, ("0", "1"), "1", X=frame[200:])
        plan = replace(QUICK, stresses=("missing_feature", "noise", "rounding", "outliers", "rescaled_units"))
        return run(given, plan, model=model, train=frame[:200])[0].curves

    with threadpool_limits(1):
        same = curves(X) == curves(X.assign(b=X["b"] * 1024))
    assert same


def test_wrong_training_labels_are_learnt_again() -> None:
    """The model is fitted once on clean labels and once per severity and draw, and more wrong labels make it worse."""
    found, given, train = trained(Task.BINARY, "linear")
    seen: list[float] = []
    clean = train.spelled(train.y)

    def refit(X: pd.DataFrame, y: Any) -> Any:
        seen.append(float((np.asarray(y) != clean).mean()))
        share = seen[-1]

        def model(frame: pd.DataFrame) -> np.ndarray:
            assert len(X) == len(y)
            return (1 - 2 * share) * found.predict_proba(frame) + share

        return model

    stress = STRESSES["train_label_noise"]
    plan = replace(QUICK, stresses=(stress.name,), headline="log_loss")
    result, _ = run(given, plan, model=found, train=train, refit=refit)
    assert len(seen) == 1 + len(stress.severities) * stress.repeats
    assert seen[0] == 0
    for severity, shares in zip(stress.severities, np.reshape(seen[1:], (-1, stress.repeats)), strict=True):
        assert shares == pytest.approx(np.full(stress.repeats, severity), abs=0.1)
    curve = result.curves[stress.name]
    assert curve["value"][0] < curve["value"][-1]
    assert curve["lowest"][-1] < curve["value"][-1] < curve["highest"][-1]
    assert curve["reference"] == "the best constant of the same training labels"


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({}, "no function was given by which the model can be fitted again (refit)"),
        ({"refit": lambda X, y: None}, "the labels of the training rows were not given (train)"),
        ({"refit": lambda X, y: None, "labels": True}, "the model refused the rows (BadInput: A NoneType cannot"),
        ({"refit": lambda X: None, "labels": True}, "the model could not be fitted again (TypeError: "),
        ({"refit": lambda X, y: None, "labels": True, "wide": 8_500}, "7 more fits on 120 rows × 8,500 columns"),
    ],
)
def test_fits_that_cannot_be_made_have_a_reason(more: dict[str, Any], why: str) -> None:
    """Without a way to fit, without labels, with a fit that fails or takes too long: each is told."""
    found, given, train = trained(Task.BINARY, "linear")
    train = train if more.pop("labels", False) else replace(train, y=None)
    if more.get("wide"):
        train = replace(train, X=pd.DataFrame(np.zeros((len(train), more.pop("wide")))))
    result, _ = run(given, replace(QUICK, stresses=("train_label_noise",)), model=found, train=train, **more)
    assert result.scores[0].note.startswith(f"Not applicable, because {why}")
