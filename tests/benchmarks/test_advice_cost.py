"""What importance and advice cost beside the fit of the model, in CPU time: `pytest -m benchmark`."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from training.made import TARGET, recipe_for, split_of, table_of

from modellab_core.data.task import Task
from modellab_core.experiment import development_of, plan_of, predictions_of, train_rows_of
from modellab_core.harness.advice.advice import advice
from modellab_core.harness.advice.importance import importance
from modellab_core.harness.case import Case
from modellab_core.harness.engine.resampling import resampling_for
from modellab_core.harness.metrics import METRICS
from modellab_core.training.fit import fit
from modellab_core.training.refit import refitter

ROUNDS = 3


def seconds(work: Callable[[], Any]) -> float:
    """CPU seconds."""
    start = time.process_time()
    work()
    return time.process_time() - start


@pytest.mark.benchmark
@pytest.mark.parametrize(("rows", "columns"), [(1000, 20), (20_000, 20), (1000, 200)])
def test_importance_and_advice_cost_about_as_much_as_a_fit(rows: int, columns: int) -> None:
    """On a small table both together take under 1.5 s; on any table less than three times the fit with its folds."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(rows, columns))
    frame = pd.DataFrame(X, columns=[f"x{at}" for at in range(columns)])
    frame[TARGET] = (1.5 * X[:, 0] + X[:, 1] - X[:, 2] * X[:, 3] + rng.normal(size=rows) > 0).astype(int)
    table = table_of(frame)
    recipe = recipe_for(table, Task.BINARY, "xgboost", positive="1", metric="roc_auc", params={"patience": 25})
    split = split_of(table, Task.BINARY, test_size=0.2)
    fitted = fit(recipe, table, split)
    given, plan = predictions_of(fitted.model, recipe, table, split), plan_of(recipe, split)
    case = Case(
        given,
        plan,
        METRICS["roc_auc"],
        resampling_for(given, plan),
        model=fitted.model,
        train=train_rows_of(fitted.model, recipe, table, split),
        development=development_of(fitted, given, recipe, table, split),
        refit=refitter(recipe, table, split, fitted),
    )
    works = (lambda: fit(recipe, table, split), lambda: importance(case), lambda: advice(case))
    whole, used, tried = np.median([[seconds(work) for work in works] for _ in range(ROUNDS)], axis=0)
    print(f"\n{rows} x {columns}: fit {whole:.2f} s, importance {used:.2f} s, advice {tried:.2f} s, ", end="")
    print(f"both over the fit {(used + tried) / whole:.2f}")
    assert used + tried < 3 * whole
    assert rows * columns > 20_000 or used + tried < 1.5
