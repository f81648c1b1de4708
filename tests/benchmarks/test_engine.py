"""Speed of intervals, as ratios of CPU time: `pytest -m benchmark -n 0 -s tests/benchmarks/test_engine.py`.

Both sides run in one process on one BLAS thread, in turns, three rounds, of which the median ratio counts. The side
that would take minutes draws 5 resamples (2 of a million rows) and is scaled; the factor is printed.
"""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from statistics import median

import numpy as np
import pytest
import sklearn.metrics as skm
from naive import made_up
from threadpoolctl import threadpool_limits

from modellab_core.data.task import Task
from modellab_core.harness.engine.drawing import keep_freed_memory
from modellab_core.harness.engine.resampling import Resampling
from modellab_core.harness.metrics import metrics_for
from modellab_core.harness.predictions import Predictions
from modellab_core.harness.scoring import scores

pytestmark = pytest.mark.benchmark

ROUNDS = 3
RESAMPLES = 1000
FEW, FEWEST = 5, 2


def cpu(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def ratio(name: str, slow: Callable[[], object], fast: Callable[[], object], factor: float = 1.0) -> float:
    """Median over the rounds of `factor` · cost of `slow` / cost of `fast`."""
    with threadpool_limits(1):
        rounds = [(factor * cpu(slow), cpu(fast)) for _ in range(ROUNDS)]
    found = median(one / other for one, other in rounds)
    costs = ", ".join(f"{one:.2f}/{other:.3f}" for one, other in rounds)
    print(f"\n{name}: {found:.1f}x   (CPU seconds {costs}; slow side scaled by {factor:g})")
    return found


def ours(predictions: Predictions, resamples: int = RESAMPLES) -> Callable[[], object]:
    metrics = metrics_for(predictions.task)
    return lambda: scores(predictions, metrics, Resampling(len(predictions), resamples))


def binary(y: np.ndarray, said: np.ndarray, score: np.ndarray) -> list[float]:
    """The seven of P1."""
    return [
        skm.accuracy_score(y, said), skm.precision_score(y, said), skm.recall_score(y, said), skm.f1_score(y, said),
        skm.roc_auc_score(y, score), skm.average_precision_score(y, score), skm.log_loss(y, score),
    ]  # fmt: skip


def every_binary(y: np.ndarray, said: np.ndarray, score: np.ndarray) -> list[float]:
    """Every binary metric that scikit-learn has."""
    more = [
        skm.balanced_accuracy_score(y, said), skm.matthews_corrcoef(y, said), skm.cohen_kappa_score(y, said),
        skm.brier_score_loss(y, score), skm.recall_score(y, said, pos_label=0),
    ]  # fmt: skip
    return binary(y, said, score) + more


def several(y: np.ndarray, said: np.ndarray, proba: np.ndarray) -> list[float]:
    """The metrics of several classes."""
    return [
        skm.accuracy_score(y, said), skm.balanced_accuracy_score(y, said), skm.f1_score(y, said, average="macro"),
        skm.precision_score(y, said, average="macro"), skm.matthews_corrcoef(y, said),
        skm.roc_auc_score(y, proba, multi_class="ovr"), skm.log_loss(y, proba),
    ]  # fmt: skip


def nine(y: np.ndarray, said: np.ndarray) -> list[float]:
    """The nine of P3."""
    error = y - said
    return [
        skm.mean_absolute_error(y, said), skm.mean_squared_error(y, said), skm.root_mean_squared_error(y, said),
        skm.r2_score(y, said), skm.median_absolute_error(y, said), skm.explained_variance_score(y, said),
        skm.mean_absolute_percentage_error(y, said), skm.max_error(y, said), float(error.mean()),
    ]  # fmt: skip


def looped(function: Callable[..., list[float]], columns: list[np.ndarray], times: int) -> Callable[[], object]:
    """The bootstrap as it is mostly written: draw rows, call scikit-learn."""
    rng, n = np.random.default_rng(0), len(columns[0])

    def run() -> None:
        for _ in range(times):
            rows = rng.integers(0, n, n)
            function(*(column[rows] for column in columns))

    return run


def columns_of(some: Predictions) -> list[np.ndarray]:
    score = [] if some.proba is None else [some.proba[:, 1] if some.task is Task.BINARY else some.proba]
    return [some.y_true, some.y_pred, *score]


def against_a_loop(name: str, some: Predictions, function: Callable[..., list[float]]) -> float:
    times = FEWEST if len(some) >= 1_000_000 else FEW
    loop = looped(function, columns_of(some), times)
    return ratio(f"{name} at {len(some):,} rows", loop, ours(some), RESAMPLES / times)


@pytest.mark.parametrize(("n", "goal"), [(10_000, 40), (100_000, 100), (1_000_000, 500)])
def test_binary_intervals(n: int, goal: float) -> None:
    """P1: all binary intervals against a loop of seven scikit-learn calls."""
    assert against_a_loop("P1 binary", made_up("binary", n, 1), binary) >= goal


@pytest.mark.parametrize(("n", "goal"), [(10_000, 10), (100_000, 50), (1_000_000, 200)])
def test_intervals_of_five_classes(n: int, goal: float) -> None:
    """P2: all intervals of five classes against a loop of scikit-learn calls."""
    assert against_a_loop("P2 five classes", made_up("multiclass", n, 1, k=5), several) >= goal


@pytest.mark.parametrize(("n", "goal"), [(10_000, 4), (100_000, 10), (1_000_000, 30)])
def test_regression_intervals(n: int, goal: float) -> None:
    """P3: all intervals of regression against a loop of nine scikit-learn calls."""
    assert against_a_loop("P3 regression", made_up("regression", n, 1), nine) >= goal


def test_intervals_against_one_pass() -> None:
    """P4: all binary intervals at 100,000 rows cost at most 5 times one pass of the same metrics in scikit-learn."""
    some = made_up("binary", 100_000, 1)
    one = columns_of(some)
    assert ratio("P4 one pass / all intervals at 100,000 rows", lambda: every_binary(*one), ours(some)) >= 1 / 5


def test_growth() -> None:
    """P5: ten times the rows cost at most 11 times below the switch, 1.5 times and a sort above it; twice the resamples
    at most 2.1 times."""
    small, large = made_up("binary", 2_000, 1), made_up("binary", 20_000, 1)
    assert ratio("P5 20,000 / 2,000 rows", ours(large), ours(small)) <= 11
    some, many = made_up("binary", 100_000, 1), made_up("binary", 1_000_000, 1)
    assert many.proba is not None
    score = many.proba[:, 1]
    with threadpool_limits(1):
        costs = [(cpu(ours(many)), cpu(ours(some)), cpu(lambda: np.argsort(score))) for _ in range(ROUNDS)]
    growth = median((whole - sort) / part for whole, part, sort in costs)
    print(f"\nP5 (1,000,000 rows − one sort) / 100,000 rows: {growth:.2f}x   {costs}")
    assert growth <= 1.5
    for each in (large, some):
        assert ratio(f"P5 2000 / 1000 resamples, {len(each):,} rows", ours(each, 2000), ours(each)) <= 2.1


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_memory(task: str) -> None:
    """P14: memory of the intervals grows by at most 60 bytes a row, above what does not depend on the rows."""
    peaks = []
    keep_freed_memory()
    for n in (200_000, 1_000_000):
        some = made_up(task, n, 1)
        tracemalloc.start()
        ours(some, 200)()
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    slope = (peaks[1] - peaks[0]) / 800_000
    print(f"\nP14 {task}: {slope:.0f} bytes a row; peaks {peaks[0] / 2**20:.0f} and {peaks[1] / 2**20:.0f} MB")
    assert slope <= 60
