"""Fitting again: the same settings, other rows, columns or labels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from training.made import TARGET, TASKS, mixed, recipe_for, split_of, table_of

from modellab_core.data.split import Split
from modellab_core.data.table import Table
from modellab_core.data.target import target_values
from modellab_core.data.task import Task
from modellab_core.errors import BadInput
from modellab_core.training.fit import Fitted, fit
from modellab_core.training.persistence import dump
from modellab_core.training.refit import Refit, refitter

MODELS = ("dummy", "linear", "xgboost")


def ready(frame: pd.DataFrame, task: Task, model: str, rule: str = "random") -> tuple[Table, Split, Fitted, Refit]:
    """A fitted model and what fits it again."""
    table = table_of(frame)
    weight = "count" if task is Task.BINARY else None
    recipe = recipe_for(table, task, model, weight=weight)
    split = split_of(table, task, rule)
    fitted = fit(recipe, table, split)
    return table, split, fitted, refitter(recipe, table, split, fitted)


def rows_of(table: Table, fitted: Fitted, rows: np.ndarray) -> tuple[pd.DataFrame, np.ndarray]:
    """The features and the target of some rows of the table, as a report hands them over."""
    model = fitted.model
    y = target_values(table, TARGET, model.task, model.classes or None)[rows]
    labels = model.classes_[y.astype(int)] if model.classes else y
    return table.frame.iloc[rows][list(model.features)].set_axis(rows), labels


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("name", TASKS)
def test_all_training_rows_give_the_same_model(name: str, model: str) -> None:
    """Fitted again on the rows that it was fitted on, a model is the same to the byte."""
    frame, task = TASKS[name]
    table, split, fitted, refit = ready(frame, task, model)
    again = refit(*rows_of(table, fitted, split.rows("train")))
    assert dump(again) == dump(fitted.model)


@pytest.mark.parametrize(
    ("name", "model", "rule"),
    [
        *((name, model, "random") for name in TASKS for model in ("linear", "xgboost")),
        *(("binary", model, "time:when") for model in MODELS),
    ],
)
def test_a_fold_gives_the_model_of_the_fold(name: str, model: str, rule: str) -> None:
    """Fitted again on the rows of a fold, a model predicts what was predicted out of fold, to the bit."""
    frame, task = TASKS[name]
    if rule != "random":
        frame = frame.assign(when=pd.date_range("2021-01-01", periods=len(frame)))
    table, split, fitted, refit = ready(frame, task, model, rule)
    fit_rows, held = split.folds()[-1]
    again = refit(*rows_of(table, fitted, fit_rows))
    X, _ = rows_of(table, fitted, held)
    said = again.predict_proba(X) if task.is_classification else again.predict(X)
    fold = fitted.fold_models[int(split.fold[held[0]])]
    assert np.array_equal(said, fold.predict_proba(X) if task.is_classification else fold.predict(X))
    lines = fitted.development.set_index("row").loc[held]
    stored = lines[[c for c in lines if c.startswith("proba_")]] if task.is_classification else lines["y_pred"]
    assert np.array_equal(said, stored.to_numpy())


@pytest.mark.parametrize(("name", "model"), [("binary", "linear"), ("multiclass", "xgboost"), ("regression", "dummy")])
def test_fewer_columns_and_rows(name: str, model: str) -> None:
    """A model fitted on fewer columns takes frames with these, or with more, and says the same for both."""
    frame, task = TASKS[name]
    table, split, fitted, refit = ready(frame, task, model)
    X, y = rows_of(table, fitted, split.rows("train")[::2])
    again = refit(X[["town", "when"]], y)
    assert again.features == ("town", "when")
    assert again.settings == fitted.model.settings
    test, _ = rows_of(table, fitted, split.rows("test"))
    assert np.array_equal(again.predict(test), again.predict(test[["when", "town"]]))
    assert len(again.predict(test)) == len(test)


def test_shuffled_labels_are_learnt() -> None:
    """Labels in another order give a model that has lost its skill."""
    table, split, fitted, refit = ready(mixed(600), Task.BINARY, "xgboost")
    X, y = rows_of(table, fitted, split.rows("train"))
    lost = refit(X, np.random.default_rng(0).permutation(y))
    test, truth = rows_of(table, fitted, split.rows("test"))
    right = [(one.predict(test) == truth).mean() for one in (fitted.model, lost)]
    assert right[0] > 0.75 > 0.65 > right[1]


def test_a_column_the_model_does_not_know_is_read_as_it_comes() -> None:
    """A column beside those of the model is an input of the model that is fitted again."""
    frame, task = TASKS["binary"]
    table, split, fitted, refit = ready(frame, task, "xgboost")
    X, y = rows_of(table, fitted, split.rows("train"))
    again = refit(X.assign(sign=pd.Series(y, index=X.index, dtype="str")), y)
    assert again.features == (*fitted.model.features, "sign")
    assert again.intake.columns[-1].categories == fitted.model.classes


@pytest.mark.parametrize("model", ["linear"])
def test_weights_come_by_the_index(model: str) -> None:
    """The index of the rows finds their weights, in any order; without rows of the table it is refused."""
    frame, task = TASKS["binary"]
    table, split, fitted, refit = ready(frame, task, model)
    X, y = rows_of(table, fitted, split.rows("train"))
    with pytest.raises(BadInput, match="name rows of the table"):
        refit(X.set_axis([f"r{at}" for at in range(len(X))]), y)
    weightless = X.loc[(table.frame["count"].iloc[X.index] == 0).to_numpy()]
    with pytest.raises(BadInput, match="no row to fit"):
        refit(weightless, y[: len(weightless)])


@pytest.mark.parametrize("model", ["linear", "xgboost"])
def test_one_class_and_a_strange_one(model: str) -> None:
    """Rows of a single class can be fitted on; a label that the model does not know is refused by name."""
    frame, task = TASKS["multiclass"]
    table, split, fitted, refit = ready(frame, task, model)
    X, _ = rows_of(table, fitted, split.rows("train"))
    only = refit(X, np.full(len(X), "1"))
    assert set(only.predict(X).tolist()) == {"1"}
    with pytest.raises(BadInput, match="'7'"):
        refit(X, np.full(len(X), "7"))


def test_refit_after_a_single_class() -> None:
    """A run whose training rows held one class is fitted again as the dummy that it is."""
    frame = mixed(60)
    frame[TARGET] = np.where(np.arange(60) < 59, 0, 1)
    table = table_of(frame)
    recipe = recipe_for(table, Task.BINARY, "xgboost")
    split = split_of(table, Task.BINARY)
    split = replace(split, part=np.where(frame[TARGET] == 1, "test", np.where(split.part == "test", "unused", "train")))
    fitted = fit(recipe, table, split)
    assert fitted.model.learner == "dummy"
    X, y = rows_of(table, fitted, split.rows("train"))
    assert refitter(recipe, table, split, fitted)(X, y).predict(X).tolist() == ["0"] * len(X)
