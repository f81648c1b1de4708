"""How often the interval of an importance holds the true one: `python tests/benchmarks/importance_coverage.py`.

A fixed model, 200 rows drawn again and again, three features: one that counts much, one that counts little, one that
the model looks at although it says nothing. The truth is the fall on 400,000 rows. Printed: coverage where an interval
is shown, the share without one, and the mean width over that of ±1.96 true standard deviations.
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

from modellab_core.data.task import Task
from modellab_core.harness.advice.givers import given_draws
from modellab_core.harness.advice.permuting import permutations
from modellab_core.harness.engine.drawing import value_of
from modellab_core.harness.engine.mean_draws import mean_draws
from modellab_core.harness.engine.resampling import resampling_for
from modellab_core.harness.metrics import METRICS
from modellab_core.harness.predictions import Floats, Predictions
from modellab_core.harness.scores import Plan
from modellab_core.harness.stress.bands import Counts, ends

ROWS, REPEATS, MANY = 200, 10, 400_000
CASES = [
    ("roc_auc", 0.5),
    ("roc_auc", 0.1),
    ("accuracy", 0.5),
    ("log_loss", 0.5),
    ("f1", 0.5),
    ("mcc", 0.5),
    ("average_precision", 0.5),
    ("mae", None),
    ("rmse", None),
    ("r2", None),
]


def drawn(n: int, prevalence: float | None, rng: np.random.Generator) -> tuple[Floats, Any]:
    """Features (n, 3) and the truth."""
    X = rng.normal(size=(n, 3))
    if prevalence is None:
        return X, X @ [1.5, 0.5, 0.0] + rng.normal(size=n)
    y = (rng.random(n) < prevalence).astype(np.int64)
    return X + y[:, None] * np.array([1.2, 0.5, 0.0]), y


def said(X: Floats, y: Any, prevalence: float | None) -> Predictions:
    """What the model says: right about the first two features, wrong about the third."""
    rows = np.arange(len(y))
    if prevalence is None:
        return Predictions(Task.REGRESSION, rows, y, X @ [1.5, 0.5, 0.1])
    odds = X @ [1.2, 0.5, 0.1] - 0.845 + np.log(prevalence / (1 - prevalence))
    p = 1 / (1 + np.exp(-odds))
    proba = np.column_stack([1 - p, p])
    return Predictions(Task.BINARY, rows, y, proba.argmax(axis=1), proba, ("0", "1"), "1")


def dealt(X: Floats, y: Any, at: int, order: Any, prevalence: float | None) -> Predictions:
    """What the model says when feature `at` comes in another order."""
    again = X.copy()
    again[:, at] = again[order, at]
    return said(again, y, prevalence)


def better(metric: Any, predictions: Predictions) -> float:
    """The metric where higher is better."""
    return float(metric.better(np.array([value_of(metric, predictions)]))[0])


def simulated(name: str, prevalence: float | None, times: int) -> None:
    """Print the coverage of one case."""
    metric, rng = METRICS[name], np.random.default_rng(1)
    X, y = drawn(MANY, prevalence, rng)
    start, order = better(metric, said(X, y, prevalence)), rng.permutation(MANY)
    truth = [start - better(metric, dealt(X, y, at, order, prevalence)) for at in range(3)]
    found, low, high = (np.full((times, 3), np.nan) for _ in range(3))
    for time in range(times):
        X, y = drawn(ROWS, prevalence, rng)
        base = said(X, y, prevalence)
        resampling = resampling_for(base, Plan(resamples=500, seed=time))
        counts, orders = Counts.of(resampling), permutations(ROWS, REPEATS, time)
        draws = mean_draws([[base]], metric, resampling, counts)[0]
        for at in range(3):
            asked = [dealt(X, y, at, order, prevalence) for order in orders]
            moved = mean_draws([asked], metric, resampling, counts)[0]
            moved += given_draws(base, asked, orders, metric, counts)
            shown = ends(draws - moved, resampling)
            low[time, at], high[time, at] = (np.nan if end is None else end for end in shown)
            found[time, at] = better(metric, base) - np.mean([better(metric, one) for one in asked])
    known = ~np.isnan(low)
    covered = [np.mean((low[k, at] <= truth[at]) & (truth[at] <= high[k, at])) for at, k in enumerate(known.T)]
    width = np.nanmean(high - low, axis=0) / (3.92 * np.nanstd(found, axis=0))
    told = " ".join(f"{value:.3f}" for value in covered)
    print(
        f"{name:9} prevalence {prevalence}: covered {told}, none shown {1 - known.mean():.3f}, width {width.round(2)}"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=2000)
    for case in CASES:
        simulated(*case, parser.parse_args().times)
