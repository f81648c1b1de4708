"""Samples of known populations for `coverage.py`: each case makes `n` rows from a seed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from modellab_core.harness.predictions import Floats, Predictions

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from naive import made_up

Made = Callable[[int, int], Predictions]
Errors = Callable[[np.random.Generator, int], Floats]


def errors(kind: Errors) -> Made:
    """Errors of a `kind` around a normal target."""

    def made(n: int, seed: int) -> Predictions:
        some = made_up("regression", n, seed)
        return replace(some, y_pred=some.y_true + kind(np.random.default_rng(seed + 10**6), n))

    return made


def skewed_target(n: int, seed: int) -> Predictions:
    """A lognormal target, as prices are, and errors in proportion to it."""
    some, rng = made_up("regression", n, seed), np.random.default_rng(seed + 10**6)
    truth = rng.lognormal(3, 0.6, n)
    return replace(some, y_true=truth, y_pred=truth * (1 + 0.2 * rng.normal(size=n)))


def heavy_target(n: int, seed: int) -> Predictions:
    """A target of Student's t with 5 degrees of freedom, of which the model sees the half."""
    some, rng = made_up("regression", n, seed), np.random.default_rng(seed + 10**6)
    truth = 30 + rng.standard_t(5, n)
    return replace(some, y_true=truth, y_pred=30 + 0.5 * (truth - 30) + 0.3 * rng.normal(size=n))


def grouped(n: int, seed: int) -> Predictions:
    """Five rows a group, which share half of the variance of the error."""
    some, rng = made_up("regression", n, seed), np.random.default_rng(seed + 10**6)
    groups = np.arange(n) // 5
    error = np.sqrt(0.5) * (rng.normal(size=groups[-1] + 1)[groups] + rng.normal(size=n))
    return replace(some, y_pred=some.y_true + error, groups=groups)


def grouped_classes(n: int, seed: int) -> Predictions:
    """Four rows a group, which share half of the variance of the log odds, a part that the model does not see."""
    rng, groups = np.random.default_rng(seed), np.arange(n) // 4
    seen, hidden = rng.normal(size=n), rng.normal(size=groups[-1] + 1)[groups]
    return _binary(rng, 1.5 * seen + hidden, 1.3 * seen, replace(made_up("binary", n, seed), groups=groups))


def few_errors(prevalence: float) -> Made:
    """A calibrated model that is sure of most rows: about one in twenty is wrong."""

    def made(n: int, seed: int) -> Predictions:
        rng = np.random.default_rng(seed)
        odds = 9 * rng.normal(size=n) + 8 * np.log(prevalence / (1 - prevalence)) * (prevalence != 0.5)
        return _binary(rng, odds, odds, made_up("binary", n, seed))

    return made


def remembering(rho: float) -> Made:
    """Errors that remember `rho` of the one before."""

    def made(n: int, seed: int) -> Predictions:
        some = made_up("regression", n, seed)
        return replace(some, y_pred=some.y_true + _series(np.random.default_rng(seed + 10**6), n, rho))

    return made


def classes_in_time(n: int, seed: int) -> Predictions:
    """Log odds of which a part that the model does not see remembers .6 of the row before."""
    rng = np.random.default_rng(seed)
    seen, hidden = rng.normal(size=n), _series(rng, n, 0.6)
    return _binary(rng, 1.5 * seen + hidden, 1.3 * seen, made_up("binary", n, seed))


def _series(rng: np.random.Generator, n: int, rho: float) -> Floats:
    series = rng.normal(size=n)
    for place in range(1, n):
        series[place] = rho * series[place - 1] + np.sqrt(1 - rho**2) * series[place]
    return series


def _binary(rng: np.random.Generator, true: Floats, said: Floats, like: Predictions) -> Predictions:
    truth = (rng.random(len(true)) < 1 / (1 + np.exp(-true))).astype(np.int64)
    positive = 1 / (1 + np.exp(-said))
    proba = np.column_stack([1 - positive, positive])
    return replace(like, y_true=truth, y_pred=proba.argmax(axis=1), proba=proba)


def lognormal(sigma: float) -> Errors:
    return lambda rng, n: rng.lognormal(0, sigma, n) - np.exp(sigma**2 / 2)


CASES: dict[str, Made] = {
    "balanced": lambda n, seed: made_up("binary", n, seed),
    "prevalence .1": lambda n, seed: made_up("binary", n, seed, prevalence=0.1),
    "overconfident": lambda n, seed: made_up("binary", n, seed, skill=1.7),
    "weighted": lambda n, seed: made_up("binary", n, seed, weighted=True),
    "few errors": few_errors(0.5),
    "few errors, few positives": few_errors(0.2),
    "four classes": lambda n, seed: made_up("multiclass", n, seed, k=4),
    "classes in groups of four": grouped_classes,
    "classes in time": classes_in_time,
    "normal errors": lambda n, seed: made_up("regression", n, seed),
    "weighted errors": lambda n, seed: made_up("regression", n, seed, weighted=True),
    "Laplace errors": errors(lambda rng, n: rng.laplace(size=n)),
    "exponential errors": errors(lambda rng, n: rng.exponential(size=n) - 1),
    "t5 errors": errors(lambda rng, n: rng.standard_t(5, n)),
    "heavy tails": errors(lambda rng, n: rng.standard_t(3, n)),
    "skewed errors": errors(lognormal(1)),
    "one row in twenty five times as far": errors(
        lambda rng, n: rng.normal(size=n) * np.where(rng.random(n) < 0.05, 5, 1)
    ),
    "gamma errors": errors(lambda rng, n: rng.gamma(0.5, size=n) - 0.5),
    "skewed target": skewed_target,
    "heavy target": heavy_target,
    "errors in groups of five": grouped,
    "errors in time, .3": remembering(0.3),
    "errors in time, .6": remembering(0.6),
}
