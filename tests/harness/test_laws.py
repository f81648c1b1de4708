"""Laws that hold for every metric of the registry, and for every interval made from it."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive import made_up

from modellab_core.data.task import Task
from modellab_core.harness.engine.cells import cells_of
from modellab_core.harness.engine.drawing import value_of
from modellab_core.harness.engine.resampling import Resampling
from modellab_core.harness.metrics import metrics_for
from modellab_core.harness.metrics.metric import METRICS, Metric
from modellab_core.harness.predictions import Predictions
from modellab_core.harness.scoring import scores

TASKS = ("binary", "multiclass", "regression")
EACH = [(task, metric) for task in TASKS for metric in metrics_for(Task(task))]
IDS = [f"{task}-{metric.name}" for task, metric in EACH]
each_metric = pytest.mark.parametrize(("task", "metric"), EACH, ids=IDS)


def same(first: float, second: float) -> bool:
    return bool(np.isclose(first, second, rtol=1e-10, atol=1e-11, equal_nan=True))


@each_metric
@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 10_000), n=st.integers(3, 60))
def test_row_order(task: str, metric: Metric, seed: int, n: int) -> None:
    """The order of the rows changes nothing."""
    some = made_up(task, n, seed, decimals=1, weighted=True)
    shuffled = some.take(np.random.default_rng(seed).permutation(n))
    assert same(value_of(metric, some), value_of(metric, shuffled))


@each_metric
@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 10_000), n=st.integers(3, 60))
def test_weights(task: str, metric: Metric, seed: int, n: int) -> None:
    """A whole weight is the row repeated, and the same weight for all rows is none."""
    some = made_up(task, n, seed, decimals=1)
    weight = np.random.default_rng(seed).integers(1, 4, n)
    repeated = some.take(np.repeat(np.arange(n), weight))
    assert same(value_of(metric, replace(some, weight=weight.astype(float))), value_of(metric, repeated))
    assert same(value_of(metric, replace(some, weight=np.full(n, 2.5))), value_of(metric, some))


@pytest.mark.parametrize("task", TASKS)
def test_equal_weights_change_no_interval(task: str) -> None:
    """Importance weight 2 on all rows gives the same intervals as no weight."""
    some = made_up(task, 80, 1)
    metrics, resampling = metrics_for(some.task), Resampling(80, 60)
    plain = scores(some, metrics, resampling)
    double = scores(replace(some, weight=np.full(80, 2.0)), metrics, resampling)
    for first, second in zip(plain, double, strict=True):
        assert first.method == second.method, first.metric
        for one, two in ((first.value, second.value), (first.low, second.low), (first.high, second.high)):
            assert (one is None) == (two is None)
            assert one is None or same(one, two), first.metric


@each_metric
def test_batch_equals_loop(task: str, metric: Metric) -> None:
    """Scoring resamples together gives what scoring them one by one gives."""
    some = made_up(task, 70, 3, decimals=1)
    cells, counts = cells_of(some), Resampling(70, 12).counts(0, 12)
    together = metric.kernel(cells.tally(counts))
    alone = [metric.kernel(cells.tally(counts[[line]]))[0] for line in range(12)]
    np.testing.assert_allclose(together, alone, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("task", TASKS)
def test_same_seed_same_bits(task: str) -> None:
    """The same predictions and seed give the same scores to the last bit; another seed gives other ends."""
    some = made_up(task, 90, 1)
    metrics = metrics_for(some.task)
    first = scores(some, metrics, Resampling(90, 50, seed=1))
    assert first == scores(some, metrics, Resampling(90, 50, seed=1))
    other = scores(some, metrics, Resampling(90, 50, seed=2))
    assert [score.value for score in first] == [score.value for score in other]
    assert [score.low for score in first] != [score.low for score in other]


def test_threads_change_no_bit() -> None:
    """One or three threads of the matrix products give the same bits."""
    code = (
        "import numpy as np; from modellab_core.data.task import Task\n"
        "from modellab_core.harness.metrics import metrics_for; from modellab_core.harness.scoring import scores\n"
        "from modellab_core.harness.predictions import Predictions\n"
        "from modellab_core.harness.engine.resampling import Resampling\n"
        "rng, row = np.random.default_rng(1), np.arange(3000)\n"
        "some = Predictions(Task.REGRESSION, row, rng.normal(size=3000), rng.normal(size=3000))\n"
        "print([(s.metric, s.value, s.low, s.high) for s in scores(some, metrics_for(some.task), Resampling(3000, 40),"
        " {'odd': some.row % 2 == 1})])"
    )
    said = set()
    for threads in ("1", "3"):
        path = os.pathsep.join([*sys.path, os.path.dirname(os.path.dirname(__file__))])  # noqa: PTH120
        environment = os.environ | {"OPENBLAS_NUM_THREADS": threads, "OMP_NUM_THREADS": threads, "PYTHONPATH": path}
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
        said.add(done.stdout)
    assert len(said) == 1


@pytest.mark.parametrize("names", [("no", "yes"), ("False", "True"), ("10", "9")])
def test_class_names_do_not_count(names: tuple[str, str]) -> None:
    """Words, booleans or numbers as class names give the same numbers."""
    some = made_up("binary", 70, 1)
    renamed = replace(some, classes=names, positive=names[1])
    for metric in metrics_for(Task.BINARY):
        assert value_of(metric, some) == value_of(metric, renamed), metric.name


def test_order_of_classes_does_not_count() -> None:
    """Listing the classes in another order, with codes and columns to match, changes no number."""
    some = made_up("multiclass", 90, 2)
    assert some.proba is not None
    turn = np.array([2, 0, 1])
    renamed = replace(
        some, y_true=turn[some.y_true], y_pred=turn[some.y_pred], proba=some.proba[:, np.argsort(turn)],
        classes=("1", "2", "0"),
    )  # fmt: skip
    for metric in metrics_for(Task.MULTICLASS):
        assert same(value_of(metric, some), value_of(metric, renamed)), metric.name


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1000), st.sampled_from([None, 1]))
def test_swapping_the_positive_class(seed: int, decimals: int | None) -> None:
    """ROC AUC of the other class with the other score is the same; recall and specificity change places."""
    some = made_up("binary", 60, seed, decimals=decimals)
    other = replace(some, positive=some.classes[0])
    for one, two in (("roc_auc", "roc_auc"), ("recall", "specificity"), ("accuracy", "accuracy"), ("mcc", "mcc")):
        assert same(value_of(METRICS[one], some), value_of(METRICS[two], other)), one


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1000))
def test_monotone_map_of_scores(seed: int) -> None:
    """A monotone map of the scores keeps what ranks and moves what calibrates."""
    some = made_up("binary", 200, seed)
    assert some.score is not None
    score = some.score**3
    mapped = replace(some, proba=np.column_stack([1 - score, score]))
    for name in ("roc_auc", "average_precision"):
        assert same(value_of(METRICS[name], some), value_of(METRICS[name], mapped))
    for name in ("ece", "log_loss", "brier"):
        assert not same(value_of(METRICS[name], some), value_of(METRICS[name], mapped))


def better_of(some: Predictions) -> Predictions:
    """The same predictions moved half-way to the truth."""
    if some.proba is None:
        return replace(some, y_pred=(some.y_pred + some.y_true) / 2)
    proba = (some.proba + np.eye(len(some.classes))[some.y_true]) / 2
    return replace(some, proba=proba, y_pred=proba.argmax(axis=1))


@each_metric
def test_direction(task: str, metric: Metric) -> None:
    """A better model has a better value."""
    some = made_up(task, 300, 2, skill=1.0)
    worse, better = value_of(metric, some), value_of(metric, better_of(some))
    if metric.name != "ece":  # a sharper model need not be better calibrated
        assert metric.better(np.array([better]))[0] > metric.better(np.array([worse]))[0]


@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_slices_add_up(task: str) -> None:
    """Slices that share out the rows have counts that sum to n and a mean accuracy that is the overall one."""
    some = made_up(task, 120, 1, weighted=True)
    masks = {str(number): np.arange(120) % 4 == number for number in range(4)}
    found = scores(some, [METRICS["accuracy"]], Resampling(120, 20), masks)
    whole, parts = found[0], found[1:]
    assert sum(score.n for score in parts) == 120
    assert some.weight is not None
    shares = [some.weight[masks[score.slice]].sum() for score in parts]
    assert np.average([score.value for score in parts], weights=shares) == pytest.approx(whole.value)


@pytest.mark.parametrize("task", TASKS)
def test_an_interval_or_the_reason(task: str) -> None:
    """Every score has both ends around its value, or neither and a note; nothing is ever NaN."""
    for n, seed in ((1, 0), (2, 0), (7, 1), (40, 2), (300, 3)):
        some = made_up(task, n, seed)
        masks = {"few": np.arange(n) < 6, "none": np.zeros(n, dtype=bool)}
        for score in scores(some, metrics_for(some.task), Resampling(n, 60), masks):
            numbers = [score.value, score.low, score.high, score.null_low, score.null_high]
            assert all(number is None or np.isfinite(number) for number in numbers), score
            assert (score.low is None) == (score.high is None)
            if score.low is None:
                assert score.note, score
            elif score.metric not in ("median_absolute_error",):
                assert score.low <= score.value + 1e-12, score
                assert score.high >= score.value - 1e-12, score
