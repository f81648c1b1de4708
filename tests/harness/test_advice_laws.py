"""Laws of importance and advice: for every headline, whatever the threads, and without finding skill in noise."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from harness.test_advice import QUICK, told
from sklearn.linear_model import LinearRegression, LogisticRegression
from training.made import mixed, recipe_for, split_of, table_of

from modellab_core.data.task import Task
from modellab_core.experiment import perform, plan_of
from modellab_core.harness.advice.advice import advice
from modellab_core.harness.advice.importance import importance
from modellab_core.harness.case import Case, TrainRows
from modellab_core.harness.engine.resampling import resampling_for
from modellab_core.harness.metrics import METRICS, metrics_for
from modellab_core.harness.predictions import Predictions
from modellab_core.harness.scores import Plan

EVERYDAY = {"roc_auc", "f1", "ece", "top_2_accuracy", "mae", "r2", "mean_error"}  # each way in which draws are made
EVERY = [
    pytest.param(task, metric, marks=() if metric.name in EVERYDAY else pytest.mark.slow, id=f"{task}-{metric.name}")
    for task in Task
    for metric in metrics_for(task)
]


def gentle(X: pd.DataFrame, y: Any) -> Any:
    """A linear model that is held back."""
    return LogisticRegression(C=0.1).fit(X, y)


@pytest.mark.parametrize(("task", "metric"), EVERY)
def test_any_headline_can_be_permuted_and_advised_on(task: Task, metric: Any) -> None:
    """Whatever the headline, importance and advice are plain JSON, with numbers or a reason, and twice the same."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(90, 3)), columns=list("abc"))
    raw = X["a"].to_numpy() + 0.5 * rng.normal(size=90)
    k = {Task.BINARY: 2, Task.MULTICLASS: 3}.get(task, 0)
    y: Any = np.searchsorted(np.quantile(raw, np.arange(1, k) / k), raw) if k else raw
    names = tuple(str(code) for code in range(k))
    given = Predictions(task, np.arange(90), y, y, classes=names, positive="1" if k == 2 else None, X=X)
    plan = Plan(resamples=30, importance=2, headline=metric.name)
    fit = gentle if k else lambda X, y: LinearRegression().fit(X, y)
    train = TrainRows(X, y, np.array(names) if k else None)
    case = Case(
        given, plan, metric, resampling_for(given, plan), model=fit(X, train.spelled(y)), train=train, refit=fit
    )
    found = [[json.dumps(part(case), allow_nan=False) for part in (importance, advice)] for _ in range(2)]
    assert found[0] == found[1]
    used = json.loads(found[0][0])
    assert {line["feature"] for line in used["features"]} == set("abc")
    assert all(line["value"] is not None or line["note"] for line in used["features"])


@pytest.mark.slow
@pytest.mark.parametrize("task", ["binary", "regression"])
def test_two_threads_give_the_same_bytes(task: str) -> None:
    """Importance and advice of a run do not depend on the threads that it was fitted with."""
    frame, kind = (mixed(200), Task.BINARY) if task == "binary" else (mixed(200).drop(columns="when"), Task.REGRESSION)
    table = table_of(frame)
    recipe = recipe_for(table, kind, "xgboost", metric="roc_auc" if task == "binary" else "mae")
    split = split_of(table, kind)
    plan = replace(plan_of(recipe, split), resamples=50, metrics=(), stresses=(), slicers=(), discovery=False)
    files = [perform(recipe, table, split, plan, threads=n, pngs=False).files for n in (1, 2)]
    assert files[0]["eval/eval_summary.json"] == files[1]["eval/eval_summary.json"]


@pytest.mark.slow
def test_dropping_columns_of_noise_finds_no_skill_in_noise() -> None:
    """Where labels are noise, the score after dropping idle columns is a coin's on average."""
    after = []
    for seed in range(30):
        rng = np.random.default_rng(seed)
        X = pd.DataFrame(rng.normal(size=(120, 12)), columns=[f"x{at}" for at in range(12)])
        y = rng.integers(0, 2, 120)
        given = Predictions(Task.BINARY, np.arange(120), y, y, classes=("0", "1"), positive="1")
        resampling = resampling_for(given, QUICK)
        case = Case(given, QUICK, METRICS["roc_auc"], resampling, train=TrainRows(X, y, np.arange(2)), refit=gentle)
        after += [one["after"] for one in advice(case)["tried"][:1]]
    assert len(after) > 15
    assert np.mean(after) == pytest.approx(0.5, abs=3 * np.std(after) / np.sqrt(len(after)))


@pytest.mark.slow
def test_a_linear_target_keeps_its_columns() -> None:
    """Where every column counts, none is idle and nothing is advised."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(300, 5)), columns=list("abcde"))
    y = X.sum(axis=1).to_numpy() + rng.normal(size=300)
    found = told(X, y, lambda X, y: LinearRegression().fit(X, y), plan=replace(QUICK, headline="mae"))
    assert found.advice["tried"] == []
    assert "no column is idle" in found.advice["note"]
