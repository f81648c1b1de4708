"""How often intervals hold the truth: `python tests/benchmarks/coverage.py [samples] [resamples] [rows]`.

For each case and metric it prints the share of samples in which the interval holds the value of the population, and
the share in which no interval is given. The population is 400,000 rows of the same kind.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from modellab_core.harness.calibration import calibration_scores
from modellab_core.harness.cells import cells_of
from modellab_core.harness.metrics import metrics_for
from modellab_core.harness.predictions import Predictions
from modellab_core.harness.resampling import resampling_for
from modellab_core.harness.scores import Plan, Score
from modellab_core.harness.scoring import scores

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from naive import made_up


def skewed(n: int, seed: int) -> Predictions:
    """Errors with a long tail: lognormal around the truth."""
    some, rng = made_up("regression", n, seed), np.random.default_rng(seed + 10**6)
    return replace(some, y_pred=some.y_true + rng.lognormal(0, 1, n) - np.exp(0.5))


def heavy(n: int, seed: int) -> Predictions:
    """Errors of Student's t with 3 degrees of freedom."""
    some, rng = made_up("regression", n, seed), np.random.default_rng(seed + 10**6)
    return replace(some, y_pred=some.y_true + rng.standard_t(3, n))


def grouped(n: int, seed: int) -> Predictions:
    """Five rows a group, which share half of the variance of the error."""
    some, rng = made_up("regression", n, seed), np.random.default_rng(seed + 10**6)
    groups = np.arange(n) // 5
    error = np.sqrt(0.5) * (rng.normal(size=groups[-1] + 1)[groups] + rng.normal(size=n))
    return replace(some, y_pred=some.y_true + error, groups=groups)


def in_time(n: int, seed: int) -> Predictions:
    """Errors that remember .5 of the one before."""
    some, rng = made_up("regression", n, seed), np.random.default_rng(seed + 10**6)
    error = rng.normal(size=n)
    for place in range(1, n):
        error[place] = 0.5 * error[place - 1] + np.sqrt(0.75) * error[place]
    return replace(some, y_pred=some.y_true + error)


CASES: dict[str, Callable[[int, int], Predictions]] = {
    "balanced": lambda n, seed: made_up("binary", n, seed),
    "prevalence .1": lambda n, seed: made_up("binary", n, seed, prevalence=0.1),
    "overconfident": lambda n, seed: made_up("binary", n, seed, skill=1.7),
    "weighted": lambda n, seed: made_up("binary", n, seed, weighted=True),
    "four classes": lambda n, seed: made_up("multiclass", n, seed, k=4),
    "normal errors": lambda n, seed: made_up("regression", n, seed),
    "skewed errors": skewed,
    "heavy tails": heavy,
    "groups of five": grouped,
    "in time": in_time,
}


def measured(predictions: Predictions, plan: Plan) -> list[Score]:
    resampling = resampling_for(predictions, plan)
    found = scores(predictions, metrics_for(predictions.task), resampling)
    return found if predictions.proba is None else [*found, *calibration_scores(predictions, resampling)]


def truth_of(case: Callable[[int, int], Predictions]) -> dict[str, float]:
    many = replace(case(400_000, 12345), groups=None)
    values = {metric.name: float(metric.kernel(cells_of(many).whole)[0]) for metric in metrics_for(many.task)}
    if many.proba is None:
        return values
    return values | {score.metric: float(score.value or 0) for score in calibration_scores(many, _nothing(many))}


def _nothing(many: Predictions):
    return resampling_for(many, Plan(resamples=2))


def main(samples: int = 400, resamples: int = 400, n: int = 200) -> None:
    for name, case in CASES.items():
        truth = truth_of(case)
        held, shown = defaultdict(int), defaultdict(int)
        for seed in range(samples):
            some = case(n, seed)
            for score in measured(some, Plan(resamples=resamples, seed=seed, time_ordered=name == "in time")):
                if score.low is not None and score.high is not None:
                    shown[score.metric] += 1
                    held[score.metric] += score.low <= truth[score.metric] <= score.high
        print(f"{name}, {n} rows, {samples} samples")
        for metric in truth:
            share = f"{100 * held[metric] / shown[metric]:5.1f} %" if shown[metric] else "      –"
            print(f"  {metric:28s} {share}   no interval {100 * (1 - shown[metric] / samples):5.1f} %", flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
