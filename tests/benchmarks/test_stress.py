"""What stress tests cost against the loop that a person writes.

`pytest -m benchmark -s -n 0 tests/benchmarks/test_stress.py`
CPU seconds, both sides in one run, interleaved, one thread, median of three rounds. The loop: for each severity and
draw a corrupted copy of the frame, `predict_proba`, scikit-learn's metric, and its bootstrap, of which it runs five
resamples and is scaled. The second ratio is against a loop that shares the resamples out among the draws of a severity,
as the stress tests do.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from statistics import median
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score
from stressed import case_of
from threadpoolctl import threadpool_limits
from training.made import TARGET, fitted, split_of, table_of

from modellab_core.data.task import Task
from modellab_core.harness.predictions import Predictions, predict
from modellab_core.harness.scores import Plan
from modellab_core.harness.stress import STRESSES
from modellab_core.harness.stress.bench import bench_for
from modellab_core.harness.stress.runs import run_stresses

pytestmark = pytest.mark.benchmark

SEVERITIES, REPEATS, TRIED, ROUNDS = (0.1, 0.2, 0.3, 0.4, 0.5), 5, 5, 3


def table(rows: int, features: int) -> pd.DataFrame:
    """Numbers, whole numbers and texts with a target of two classes."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(rows, features)), columns=[f"x{place}" for place in range(features)])
    for place in range(features // 5):
        frame[f"x{place}"] = rng.integers(0, 50, rows)
        frame[f"x{features - 1 - place}"] = pd.Series(rng.choice([f"v{code}" for code in range(8)], rows), dtype="str")
    middle = features // 2
    z = frame[f"x{middle}"] + 0.7 * frame[f"x{middle + 1}"] + (frame[f"x{features - 1}"] == "v1")
    return frame.assign(**{TARGET: (z + rng.normal(size=rows) > 0).astype(int)})


def trained(test_rows: int, features: int) -> tuple[Predictions, Any, pd.DataFrame]:
    """Predictions of XGBoost for the test rows, the model, and its training rows."""
    frame = table(2 * test_rows, features)
    made = table_of(frame)
    split = split_of(made, Task.BINARY, test_size=0.5)
    model = fitted(frame, Task.BINARY, "xgboost", split).model
    test, X = split.rows("test"), frame.drop(columns=TARGET)
    said, proba = predict(model, X.iloc[test], Task.BINARY, model.classes, "1")
    truth = frame[TARGET].to_numpy()[test].astype(np.int64)
    given = Predictions(Task.BINARY, test, truth, said, proba, model.classes, "1", X=X.iloc[test])
    return given, model, X.iloc[split.rows("train")]


def seconds(work: Callable[[], Any]) -> float:
    """CPU seconds of this process."""
    begun = time.process_time()
    work()
    return time.process_time() - begun


def looped(given: Predictions, model: Any, name: str, resamples: int) -> tuple[float, float]:
    """CPU seconds of the loop that a person writes, with all resamples for each draw, and with their share of them."""
    rng, n, drawn = np.random.default_rng(0), len(given), 0.0
    features = list(given.X.columns) if STRESSES[name].each_feature else [None]
    begun = time.process_time()
    for feature in features:
        for severity in SEVERITIES:
            for _ in range(REPEATS):
                truth, score = given.y_true, given.score
                if name == "label_noise":
                    truth = np.where(rng.random(n) < severity, 1 - truth, truth)
                else:
                    frame = given.X.copy()
                    for column in frame.columns if feature is None else [feature]:
                        frame[column] = frame[column].mask(rng.random(n) < severity)
                    score = model.predict_proba(frame)[:, 1]
                roc_auc_score(truth, score)
                part = time.process_time()
                for _ in range(TRIED):
                    rows = rng.integers(0, n, n)
                    roc_auc_score(truth[rows], score[rows])
                drawn += time.process_time() - part
    rest = time.process_time() - begun - drawn
    return rest + drawn * resamples / TRIED, rest + drawn * resamples / TRIED / REPEATS


@pytest.mark.parametrize(
    ("name", "goal"), [("missing_feature", 15), ("label_noise", 50), ("missing_values", 2)], ids=lambda what: str(what)
)
def test_stress_tests_cost_a_fraction_of_the_loop(name: str, goal: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """P8: at five severities and five draws each stress test is so many times cheaper than the loop."""
    given, model, train = trained(10_000, 10)
    monkeypatch.setitem(STRESSES._things, name, replace(STRESSES[name], severities=SEVERITIES, repeats=REPEATS))
    case = case_of(given, Plan(stresses=(name,)), model=model, train=train)
    resamples = bench_for(case, ())[0].resampling.used
    with threadpool_limits(1):
        rounds = [(*looped(given, model, name, resamples), seconds(lambda: run_stresses(case))) for _ in range(ROUNDS)]
    ratio, shared = (median(one[side] / one[2] for one in rounds) for side in (0, 1))
    costs = ", ".join(f"{one[0]:.1f}/{one[2]:.2f}" for one in rounds)
    print(
        f"\n{name}: {ratio:.0f} times ({shared:.0f} with shared resamples); CPU seconds {costs}; {resamples} resamples"
    )
    assert ratio >= goal


@pytest.mark.parametrize(("test_rows", "goal"), [(1_000, 2.0), (20_000, 15.0)])
def test_the_whole_room_is_cheap(test_rows: int, goal: float) -> None:
    """All stress tests of XGBoost on 20 features, without refits: under 2 s at 1,000 rows, 15 s at 20,000."""
    given, model, train = trained(test_rows, 20)
    case = case_of(given, Plan(), model=model, train=train)
    with threadpool_limits(1):
        cost = median(seconds(lambda: run_stresses(case)) for _ in range(ROUNDS))
        once = median(seconds(lambda: model.predict_proba(given.X)) for _ in range(ROUNDS))
    print(f"\n{test_rows} rows: {cost:.2f} s, {cost / once:.0f} times one predict call")
    assert cost < goal
