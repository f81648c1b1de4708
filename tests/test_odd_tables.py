"""Unaided training on tables as people have them, against careful scikit-learn on the same rows."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from command import Command
from odd_tables import TABLES, Table
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, mean_absolute_error, roc_auc_score, root_mean_squared_error
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from xgboost import XGBClassifier, XGBRegressor

from modellab_core.lab import Lab

pytestmark = pytest.mark.slow


def careful(frame: pd.DataFrame, target: str) -> pd.DataFrame:
    """The features as a careful person would prepare them: numbers as numbers, dates as days, no ids, no constants."""
    features = frame.drop(columns=[target, *({"customer", "constant"} & set(frame.columns))]).copy()
    for name in features:
        column = features[name]
        if pd.api.types.is_datetime64_any_dtype(column.dtype):
            features[name] = (column - column.min()).dt.days
        elif column.dtype == object or pd.api.types.is_string_dtype(column.dtype):
            numbers = pd.to_numeric(column, errors="coerce")
            is_number = numbers.notna().mean() > 0.5
            features[name] = numbers if is_number else column.replace("", np.nan).astype(object)
    return features


def linear(model: Any) -> Any:
    """Impute with indicator, scale, one-hot with rare categories pooled."""
    numbers = make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler())
    text = make_pipeline(
        SimpleImputer(strategy="constant", fill_value="missing"),
        OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=5),
    )
    chosen = make_column_transformer(
        (numbers, make_column_selector(dtype_include="number")), (text, make_column_selector(dtype_exclude="number"))
    )
    return make_pipeline(chosen, model)


def categorical(features: pd.DataFrame) -> pd.DataFrame:
    """Text columns as categories, the way XGBoost takes them."""
    text = features.select_dtypes(exclude="number").columns
    renamed = features.assign(**{name: features[name].astype("category") for name in text})
    return renamed.set_axis([f"f{place}" for place in range(renamed.shape[1])], axis=1)


def parts(lab: Lab, run: str) -> np.ndarray[Any, np.dtype[np.str_]]:
    """The part of each row."""
    return np.array([line.split(",")[1] for line in lab.file(run, "split.csv").decode().splitlines()[1:]])


@pytest.mark.parametrize("make", TABLES, ids=lambda make: make.__name__)
def test_as_good_as_careful_scikit_learn(make: Callable[[], Table], modellab: Command, tmp_path: Path) -> None:
    """The dummy equals scikit-learn's; the others are within .01 of AUC or accuracy (3 % of RMSE), or better."""
    name, frame, target = make()
    frame.to_csv(tmp_path / f"{name}.csv", index=False)
    done = modellab("train", f"{name}.csv", "--target", target, "--json")
    assert done.returncode == 0, done.stderr
    told = {run["model"]: run for run in json.loads(done.stdout)["runs"]}
    part = parts(Lab.open(tmp_path / "workspace"), told["dummy"]["id"])
    train, test = part == "train", part == "test"
    features = careful(frame, target)
    if pd.api.types.is_float_dtype(frame[target].dtype):
        _check_regression(told, features, frame[target].to_numpy(), train, test)
    else:
        _check_classification(told, features, frame[target].astype(str).to_numpy(), train, test)


def _check_regression(told: Any, features: pd.DataFrame, y: Any, train: Any, test: Any) -> None:
    dummy = DummyRegressor(strategy="mean").fit(features[train], y[train])
    value = mean_absolute_error(y[test], dummy.predict(features[test]))
    assert told["dummy"]["metrics"]["mae"]["value"] == pytest.approx(value, rel=1e-9)
    sides = {
        "linear": linear(Ridge()).fit(features[train], y[train]).predict(features[test]),
        "xgboost": XGBRegressor(enable_categorical=True)
        .fit(categorical(features)[train], y[train])
        .predict(categorical(features)[test]),
    }
    for model, predicted in sides.items():
        theirs = root_mean_squared_error(y[test], predicted)
        ours = told[model]["metrics"]["rmse"]["value"]
        print(f"{model}: rmse {ours:.4g} beside {theirs:.4g}")
        assert ours <= theirs * 1.03


def _check_classification(told: Any, features: pd.DataFrame, y: Any, train: Any, test: Any) -> None:
    codes = {label: code for code, label in enumerate(sorted(set(y[train])))}
    dummy = DummyClassifier(strategy="prior").fit(features[train], y[train])
    value = accuracy_score(y[test], dummy.predict(features[test]))
    assert told["dummy"]["metrics"]["accuracy"]["value"] == pytest.approx(value, abs=1e-9)
    coded = np.array([codes[label] for label in y[train]])
    booster = XGBClassifier(enable_categorical=True).fit(categorical(features)[train], coded)
    sides = {
        "linear": linear(LogisticRegression(max_iter=1000))
        .fit(features[train], y[train])
        .predict_proba(features[test]),
        "xgboost": booster.predict_proba(categorical(features)[test]),
    }
    for model, proba in sides.items():
        for metric, theirs in _scores(y[test], proba, codes).items():
            ours = told[model]["metrics"][metric]["value"]
            print(f"{model}: {metric} {ours:.4f} beside {theirs:.4f}")
            assert ours >= theirs - 0.01


def _scores(truth: Any, proba: Any, codes: dict[str, int]) -> dict[str, float]:
    if len(codes) == 2:
        return {"roc_auc": float(roc_auc_score(truth == list(codes)[1], proba[:, 1]))}
    labels = np.array(list(codes))
    return {"accuracy": float(accuracy_score(truth, labels[proba.argmax(axis=1)]))}
