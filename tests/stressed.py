"""A model that is put through stress tests, and its rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from modellab_core.data.task import Task
from modellab_core.harness.case import Case, TrainRows
from modellab_core.harness.engine.resampling import resampling_for
from modellab_core.harness.metrics import metric_for
from modellab_core.harness.predictions import Predictions, predict
from modellab_core.harness.scores import Plan
from modellab_core.harness.stress.runs import run_stresses

PLAN = Plan(resamples=200)


class Scorer:
    """A model that ranks by the sum of its number columns, missing ones as 0, and counts how often it is asked."""

    classes_ = np.array(["no", "yes"])

    def __init__(self) -> None:
        self.calls: list[int] = []

    def predict_proba(self, X: pd.DataFrame) -> np.ndarray:
        self.calls.append(len(X))
        total = np.nansum(X.select_dtypes("number").to_numpy(dtype=float), axis=1)
        p = 1 / (1 + np.exp(-np.clip(total, -30, 30)))
        return np.stack([1 - p, p], axis=1)

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


def rows(n: int = 600, features: int = 4, seed: int = 0, text: bool = False) -> tuple[Predictions, Scorer]:
    """Rows on which the scorer is good, with its predictions; `text` adds a column that it does not look at."""
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(n, features)), columns=[f"x{i}" for i in range(features)])
    X = X.assign(town=rng.choice(["a", "b", "c"], n)) if text else X
    y = (X.iloc[:, :features].sum(axis=1).to_numpy() + rng.normal(size=n) > 0).astype(np.int64)
    model = Scorer()
    said, proba = predict(model, X, Task.BINARY, ("no", "yes"))
    model.calls.clear()
    return Predictions(Task.BINARY, np.arange(n), y, said, proba, ("no", "yes"), "yes", X=X), model


def case_of(predictions: Predictions, plan: Plan = PLAN, **more: Any) -> Case:
    """The case for the headline of the task; `dummy` and `train` may be given as they are."""
    baselines = {"dummy": more.pop("dummy")} if "dummy" in more else {}
    train = more.pop("train", None)
    train = TrainRows(train) if isinstance(train, pd.DataFrame) else train
    shared = predictions, plan, metric_for(plan.headline, predictions.task), resampling_for(predictions, plan)
    return Case(*shared, baselines=baselines, train=train, **more)


def run(predictions: Predictions, plan: Plan = PLAN, **more: Any) -> Any:
    """The stress tests of a case."""
    return run_stresses(case_of(predictions, plan, **more))
