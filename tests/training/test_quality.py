"""The models against careful scikit-learn pipelines and against XGBoost's defaults, on the same rows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
import xgboost
from sklearn import datasets
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from training.made import TARGET, fitted, mixed, priced, split_of, table_of

from modellab_core.data.task import Task
from modellab_core.training.columns import kind_of

PATIENT = {"patience": 25}


def _scikit(load: Callable[..., object], task: Task) -> tuple[pd.DataFrame, Task]:
    bunch = load(as_frame=True)
    return bunch.frame.rename(columns={bunch.target.name: TARGET}), task  # type: ignore[attr-defined]


def _levels(n: int, signal: float, binary: bool) -> tuple[pd.DataFrame, Task]:
    """A category with 10,000 levels that says something, or nothing, beside three numbers."""
    rng = np.random.default_rng(0)
    code, x = rng.integers(0, 10_000, n), rng.normal(size=(n, 3))
    z = signal * rng.normal(size=10_000)[code] + x[:, 0] - 0.5 * x[:, 1] ** 2
    frame = pd.DataFrame(x).add_prefix("x")
    frame["level"] = pd.Series([f"L{i}" for i in code], dtype="str")
    frame[TARGET] = (rng.random(n) < 1 / (1 + np.exp(-z))) * 1 if binary else z + rng.normal(size=n)
    return frame, Task.BINARY if binary else Task.REGRESSION


def _useless_levels() -> tuple[pd.DataFrame, Task]:
    """Categories of 50 and 500 levels that say nothing: XGBoost's own way with them fits noise at once."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(9000, 6))
    frame = pd.DataFrame(x).add_prefix("x")
    for levels in (50, 500):
        frame[f"c{levels}"] = pd.Series(rng.integers(0, levels, 9000).astype(str), dtype="str")
    z = x[:, 0] + x[:, 1] * x[:, 2] + np.sin(2 * x[:, 3])
    return frame.assign(target=(rng.random(9000) < 1 / (1 + np.exp(-z))) * 1), Task.BINARY


def _classes(n: int, k: int) -> tuple[pd.DataFrame, Task]:
    X, y = datasets.make_classification(n, 20, n_informative=10, n_classes=k, flip_y=0.05, random_state=0)
    return pd.DataFrame(X).add_prefix("x").assign(target=y), Task.BINARY if k == 2 else Task.MULTICLASS


def _rare() -> tuple[pd.DataFrame, Task]:
    """Six classes, two of them with two rows."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(3000, 6))
    y = (x @ rng.normal(size=(6, 4)) + rng.gumbel(size=(3000, 4)) - [0, 0, 1, 3]).argmax(axis=1)
    y[[5, 1005]], y[[7, 2007]] = 8, 9
    return pd.DataFrame(x).add_prefix("x").assign(target=y), Task.MULTICLASS


def _noise() -> tuple[pd.DataFrame, Task]:
    rng = np.random.default_rng(1)
    return pd.DataFrame(rng.normal(size=(4000, 8))).add_prefix("x").assign(target=rng.integers(0, 2, 4000)), Task.BINARY


TABLES: dict[str, Callable[[], tuple[pd.DataFrame, Task]]] = {
    "breast_cancer": lambda: _scikit(datasets.load_breast_cancer, Task.BINARY),
    "diabetes": lambda: _scikit(datasets.load_diabetes, Task.REGRESSION),
    "mixed": lambda: (mixed(3000), Task.BINARY),
    "priced": lambda: (priced(3000), Task.REGRESSION),
    "rare": _rare,
    "noise": _noise,
}
SLOW_TABLES: dict[str, Callable[[], tuple[pd.DataFrame, Task]]] = {
    "wine": lambda: _scikit(datasets.load_wine, Task.MULTICLASS),
    "digits": lambda: _scikit(datasets.load_digits, Task.MULTICLASS),
    "ten classes": lambda: _classes(4000, 10),
    "two classes": lambda: _classes(6000, 2),
    "levels that matter, classes": lambda: _levels(20_000, 1.0, True),
    "levels that matter, numbers": lambda: _levels(20_000, 1.0, False),
    "levels of noise, classes": lambda: _levels(20_000, 0.0, True),
    "levels of noise, numbers": lambda: _levels(20_000, 0.0, False),
    "useless levels": _useless_levels,
}


def theirs(frame: pd.DataFrame, task: Task, model: str, train: np.ndarray, test: np.ndarray) -> float:
    """The score of the careful pipeline, or of XGBoost with its defaults."""
    X = frame.drop(columns=TARGET)
    for name in [name for name in X if kind_of(X[name]) == "date"]:
        parts = {"year": X[name].dt.year, "month": X[name].dt.month, "day": X[name].dt.day_of_week}
        X = X.drop(columns=name).assign(**parts, days=(X[name] - pd.Timestamp("2000-01-01")).dt.days)
    texts = [name for name in X if kind_of(X[name]) == "text"]
    codes, labels = pd.factorize(frame[TARGET].iloc[train], sort=True)
    y = codes if task.is_classification else frame[TARGET].iloc[train]
    if model == "xgboost":
        X = X.astype(dict.fromkeys(texts, "category"))
        kind = xgboost.XGBClassifier if task.is_classification else xgboost.XGBRegressor
        made = kind(enable_categorical=True, n_jobs=1)
    else:
        X = X.astype(dict.fromkeys(texts, object)).replace({None: np.nan})
        numbers = make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler())
        encoder = OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=5)
        columns = ColumnTransformer([("n", numbers, [name for name in X if name not in texts]), ("c", encoder, texts)])
        made = make_pipeline(columns, LogisticRegression(max_iter=1000) if task.is_classification else Ridge())
    made.fit(X.iloc[train], y)
    truth = frame[TARGET].iloc[test].to_numpy()
    if task is Task.BINARY:
        return float(roc_auc_score(truth, made.predict_proba(X.iloc[test])[:, 1]))
    found = made.predict(X.iloc[test])
    return float(np.mean(labels[found] == truth)) if task.is_classification else rmse(truth, found)


def rmse(truth: np.ndarray, found: np.ndarray) -> float:
    """Root mean squared error."""
    return float(np.sqrt(np.mean((truth - found) ** 2)))


def check(frame: pd.DataFrame, task: Task, model: str) -> None:
    """Ours is within .01 of AUC or accuracy, or 3 % of RMSE, or better."""
    split = split_of(table_of(frame), task, seed=1)
    train, test = split.rows("train"), split.rows("test")
    found = fitted(frame, task, model, split, params=PATIENT).model
    other = theirs(frame, task, model, train, test)
    truth, rows = frame[TARGET].iloc[test].to_numpy(), frame.iloc[test]
    if task is Task.BINARY:
        assert roc_auc_score(truth, found.predict_proba(rows)[:, 1]) >= other - 0.01
    elif task is Task.MULTICLASS:
        assert np.mean(found.predict(rows) == truth.astype(str)) >= other - 0.01
    else:
        assert rmse(truth, found.predict(rows)) <= other * 1.03


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("model", ["linear", "xgboost"])
def test_as_good_as_a_careful_hand(name: str, model: str) -> None:
    """Each model is as good as the careful pipeline, or XGBoost's defaults, fitted and scored on the same rows."""
    check(*TABLES[name](), model)


@pytest.mark.benchmark
@pytest.mark.parametrize("name", SLOW_TABLES)
@pytest.mark.parametrize("model", ["linear", "xgboost"])
def test_as_good_as_a_careful_hand_on_more(name: str, model: str) -> None:
    """The same on tables that take longer: many classes, and categories with thousands of levels."""
    check(*SLOW_TABLES[name](), model)


def test_noise_is_not_learnt() -> None:
    """On noise XGBoost stops early instead of learning it."""
    frame, task = _noise()
    assert (fitted(frame, task, "xgboost").rounds or 0) <= 20
