"""P6 and P7: what slices cost beside pandas with scikit-learn, fairlearn and sliceline (CPU time, one thread).

`pytest -m benchmark -n 0 -s tests/benchmarks/test_slices.py`; fairlearn and sliceline are looked for in the folders of
MODELLAB_BENCHMARK_PATH, and "not run" is printed where one cannot be imported.
"""

from __future__ import annotations

import os
import sys
import time
import tracemalloc
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sklearn.metrics as skm
from threadpoolctl import threadpool_limits

from modellab_core.data.task import Task
from modellab_core.harness.engine.resampling import resampling_for
from modellab_core.harness.metrics import metric_for
from modellab_core.harness.predictions import Predictions
from modellab_core.harness.scores import Plan
from modellab_core.harness.scoring import scores
from modellab_core.harness.slices.counts import slice_metrics
from modellab_core.harness.slices.search import top_slices
from modellab_core.harness.slices.slicers import slices_of

pytestmark = pytest.mark.benchmark
sys.path[:0] = [folder for folder in os.environ.get("MODELLAB_BENCHMARK_PATH", "").split(os.pathsep) if folder]

FEATURES, FEW = 10, 5
NAMES = ("accuracy", "precision", "recall", "f1", "roc_auc")
SKLEARN = {name: getattr(skm, f"{name}_score") for name in NAMES}


def cpu(work: Callable[[], Any]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def ratio(slow: Callable[[], Any], fast: Callable[[], Any], rounds: int = 3) -> float:
    """Median of the ratios of CPU times, both sides in turn."""
    with threadpool_limits(1):
        fast()
        return float(np.median([cpu(slow) / cpu(fast) for _ in range(rounds)]))


def binary(n: int) -> tuple[list[np.ndarray], Predictions]:
    """Cuts of ten features into five bins each, and predictions of a fair model."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.integers(0, 5, (n, FEATURES)), columns=[f"f{place}" for place in range(FEATURES)])
    score = rng.random(n)
    truth = (rng.random(n) < score).astype(np.int64)
    proba = np.stack([1 - score, score], axis=1)
    some = Predictions(Task.BINARY, np.arange(n), truth, proba.argmax(axis=1), proba, ("0", "1"), "1", X=X)
    return [X[name].to_numpy().astype(np.uint8) for name in X], some


def test_counts_of_all_slices() -> None:
    """P6: counts, accuracy, precision, recall, F1 and AUC of all one-way slices of 50,000 rows, at least 50 times."""
    cuts, some = binary(50_000)
    y, said, score = some.y_true, some.y_pred, some.score

    def grouped() -> None:
        rows = pd.DataFrame({"y": y, "said": said, "score": score})
        for cut in cuts:
            for _, part in rows.groupby(cut):
                for name, metric in SKLEARN.items():
                    metric(part.y, part.score if name == "roc_auc" else part.said)

    found = ratio(grouped, lambda: slice_metrics(cuts, y == 1, said == 1, score))
    print(f"\nP6 counts: {found:.0f} x pandas groupby with scikit-learn (goal 50)")
    assert found >= 50


def test_intervals_of_all_slices() -> None:
    """P6: the same with intervals of 1000 resamples, at least 1000 times fairlearn's; it draws 5, scaled by 200."""
    fairlearn = pytest.importorskip("fairlearn.metrics", reason="not run: fairlearn is not there")
    _, some = binary(50_000)
    plan = Plan(resamples=1000, slicers=("feature",))
    metrics = [metric_for(name, Task.BINARY) for name in NAMES]
    masks = {one.name: one.rows for one in slices_of(some, plan)[0]}

    def theirs() -> None:
        for name in some.X:
            for key, metric in SKLEARN.items():
                said = some.score if key == "roc_auc" else some.y_pred
                fairlearn.MetricFrame(
                    metrics=metric, y_true=some.y_true, y_pred=said, sensitive_features=some.X[name],
                    n_boot=FEW, ci_quantiles=[0.025, 0.975], random_state=0,
                )  # fmt: skip

    def ours() -> None:
        scores(some, metrics, resampling_for(some, plan), masks)

    found = ratio(theirs, ours, 1) * plan.resamples / FEW
    print(f"\nP6 intervals: {found:.0f} x fairlearn's n_boot, scaled by {plan.resamples // FEW} (goal 1000)")
    assert found >= 1000


def peak(work: Callable[[], Any]) -> int:
    tracemalloc.start()
    work()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


@pytest.mark.parametrize("kind", ["0/1 loss", "any loss"])
def test_search_of_two_features(kind: str) -> None:
    """P7: the top ten of SliceLine (alpha .95, two levels), at least 100 times faster in a tenth of its memory."""
    finder = pytest.importorskip("sliceline.slicefinder", reason="not run: sliceline is not there").Slicefinder
    rng, n = np.random.default_rng(1), 50_000
    cuts = [rng.integers(0, bins, n).astype(np.uint8) for bins in rng.integers(3, 9, 15)]
    weak = 0.1 + 0.2 * ((cuts[0] == 1) & (cuts[3] == 0)) + 0.1 * (cuts[5] == 2)
    loss = (rng.random(n) < weak).astype(float) if kind == "0/1 loss" else rng.exponential(weak)
    table, least = np.stack(cuts, axis=1), n // 100

    def theirs() -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return finder(alpha=0.95, k=10, max_l=2, min_sup=least, verbose=False).fit(table, loss)

    def ours() -> Any:
        return top_slices(cuts, loss, 10, 0.95, least)

    asked = [tuple((at, int(x)) for at, x in enumerate(row) if x is not None) for row in theirs().top_slices_]
    assert asked == [one.parts for one in ours()]
    faster, smaller = ratio(theirs, ours), peak(theirs) / peak(ours)
    print(f"\nP7 {kind}: the same ten, {faster:.0f} x sliceline (goal 100), 1/{smaller:.0f} of its memory (goal 1/10)")
    assert faster >= 100
    assert smaller >= 10
