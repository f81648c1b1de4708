"""How often the one verdict tells equal models apart: `python tests/benchmarks/equal_models.py [sets] [rows]`.

Each set holds 3, 10 or 30 equally good models: one signal, and to each model noise of its own. For each case the share
of sets in which any model "beats" another is printed, beside the share by pairwise 95 % intervals; the goal is at most
10 %. The script ends with 1 when a case is above.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import combinations

import numpy as np

from modellab_core.data.task import Task
from modellab_core.harness.comparing.comparison import judge
from modellab_core.harness.comparing.together import drawn_together, values_of
from modellab_core.harness.engine.resampling import resampling_for
from modellab_core.harness.metrics.metric import METRICS
from modellab_core.harness.predictions import Floats, Predictions
from modellab_core.harness.scores import Plan

MODELS = (3, 10, 30)
GOAL = 0.10
RESAMPLES = 1000


def classifiers(models: int, n: int, seed: int, noise: float = 0.7) -> dict[str, Predictions]:
    """Scores with the same signal; each model adds noise of its own, so all are equally good."""
    rng = np.random.default_rng(seed)
    signal = 1.2 * rng.normal(size=n)
    truth = (rng.random(n) < 1 / (1 + np.exp(-signal))).astype(np.int64)
    return {f"model {number}": _classifier(truth, signal + noise * rng.normal(size=n)) for number in range(models)}


def _classifier(truth: np.ndarray, odds: Floats) -> Predictions:
    chance = 1 / (1 + np.exp(-odds))
    proba = np.column_stack([1 - chance, chance])
    said = (chance > 0.5).astype(np.int64)
    return Predictions(Task.BINARY, np.arange(len(truth)), truth, said, proba, ("no", "yes"), "yes")


def regressions(models: int, n: int, seed: int) -> dict[str, Predictions]:
    """Numbers whose errors share a part (heavy-tailed) and have one of their own."""
    rng = np.random.default_rng(seed)
    truth, shared = rng.normal(size=n), rng.standard_t(5, size=n)
    return {
        f"model {number}": Predictions(Task.REGRESSION, np.arange(n), truth, truth + shared + 0.7 * rng.normal(size=n))
        for number in range(models)
    }


CASES: dict[str, tuple[str, Callable[[int, int, int], dict[str, Predictions]]]] = {
    "binary, ROC AUC": ("roc_auc", classifiers),
    "binary, accuracy": ("accuracy", classifiers),
    "binary, accuracy, nearly alike": ("accuracy", lambda models, n, seed: classifiers(models, n, seed, 0.15)),
    "regression, MAE": ("mae", regressions),
}


def told_apart(models: dict[str, Predictions], metric: str, seed: int) -> tuple[bool, bool]:
    """Whether any model beats another: by the one verdict, and by pairwise intervals of the same resamples."""
    plan = Plan(resamples=RESAMPLES, seed=seed)
    verdict = judge(models, metric, plan)
    resampling = resampling_for(next(iter(models.values())), plan)
    drawn = drawn_together(models, METRICS[metric], resampling, RESAMPLES, values_of(models, METRICS[metric]))
    pairwise = any(
        abs(drawn.point[one] - drawn.point[two]) > 1.96 * drawn.spread[one, two] > 0
        for one, two in combinations(range(len(models)), 2)
    )
    return any(pair.verdict != "tied" for pair in verdict.pairs), pairwise


def main() -> int:
    """Print the table; 1 when a share is above the goal."""
    sets, n = (int(given) for given in (*sys.argv[1:], *("200", "400")[len(sys.argv) - 1 :]))
    worst = 0.0
    print(f"{sets} sets each, n = {n}, {RESAMPLES} resamples: share of sets with any 'beats' (pairwise intervals)")
    for name, (metric, make) in CASES.items():
        for models in MODELS:
            found = [told_apart(make(models, n, seed), metric, seed) for seed in range(sets)]
            ours, pairwise = (float(np.mean(side)) for side in zip(*found, strict=True))
            worst = max(worst, ours)
            print(f"{name:32} {models:3} models  {100 * ours:5.1f} %  ({100 * pairwise:5.1f} %)", flush=True)
    print(f"worst {100 * worst:.1f} %, goal at most {100 * GOAL:.0f} %")
    return int(worst > GOAL)


if __name__ == "__main__":
    sys.exit(main())
