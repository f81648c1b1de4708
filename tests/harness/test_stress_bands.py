"""Bands of stress curves: shared counts, rows of which the same is said, and intervals that are not given."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from naive import made_up

from modellab_core.harness.engine.cells import cells_of
from modellab_core.harness.engine.resampling import Resampling, resampling_for
from modellab_core.harness.metrics import METRICS, metrics_for
from modellab_core.harness.predictions import Predictions
from modellab_core.harness.scores import Plan
from modellab_core.harness.stress.bands import Counts, Merged, ends, point, rows_of
from modellab_core.harness.stress.bench import constant

TASKS = ("binary", "multiclass")


def constant_rows(task: str, weighted: bool) -> tuple[Predictions, Resampling]:
    """A constant on rows with and without weights."""
    said = made_up(task, 150, seed=3, weighted=weighted)
    beside = constant(said, said.y_true)
    return beside, resampling_for(beside, Plan(resamples=40))


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(("task", "name"), [(task, one.name) for task in TASKS for one in metrics_for(task)])
def test_a_constant_is_counted_by_class(task: str, name: str, weighted: bool) -> None:
    """Every metric of a constant, over all rows and in every resample, is what it is row by row."""
    beside, resampling = constant_rows(task, weighted)
    counts, metric = Counts.of(resampling), METRICS[name]
    merged, plain = rows_of(beside, resampling), cells_of(beside, resampling.codes)
    assert isinstance(merged, Merged)
    assert point(merged, metric) == pytest.approx(point(plain, metric), abs=1e-12, nan_ok=True)
    found, slow = counts.drawn([[merged]], metric), counts.drawn([[plain]], metric)
    assert found == pytest.approx(slow, abs=1e-12, nan_ok=True)


def test_what_varies_is_counted_by_row() -> None:
    """Predictions that differ, and numbers, keep a cell a row."""
    for task in ("binary", "regression"):
        said = made_up(task, 60)
        assert len(rows_of(said, resampling_for(said, Plan())).whole.cells) == 60
    said = made_up("binary", 60)
    assert not isinstance(rows_of(replace(said, y_pred=said.y_pred * 0), resampling_for(said, Plan())), Merged)


def test_resample_b_goes_with_draw_b_mod_r() -> None:
    """A severity with several draws takes them in turn, so rows and corruption vary together."""
    said = [made_up("binary", 80, seed=seed) for seed in range(3)]
    said = [replace(one, y_true=said[0].y_true) for one in said]
    resampling = resampling_for(said[0], Plan(resamples=12))
    counts, metric = Counts.of(resampling), METRICS["accuracy"]
    alone = [counts.drawn([[cells_of(one)]], metric)[0] for one in said]
    together = counts.drawn([[cells_of(one) for one in said]], metric)[0]
    assert together.tolist() == [alone[b % 3][b] for b in range(12)]


@pytest.mark.parametrize(
    ("draws", "groups"), [(np.ones(100), None), (np.full(100, np.nan), None), (np.arange(100.0), np.arange(90) % 9)]
)
def test_no_interval_without_ground(draws: np.ndarray, groups: np.ndarray | None) -> None:
    """No spread, undefined draws or fewer than ten groups: no interval."""
    assert ends(draws, Resampling(90, groups=groups)) == (None, None)
