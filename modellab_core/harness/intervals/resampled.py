"""Intervals from resampled values that need more than their percentiles, and the one of two models' accuracy."""

from __future__ import annotations

import math

import numpy as np

from modellab_core.harness.intervals.formulas import Ends, mid_p, tango
from modellab_core.harness.predictions import Floats, Ints


def bootstrap_t_log(value: float, error: float, draws: Floats, errors: Floats, level: float = 0.95) -> Ends:
    """Studentised bootstrap on the log scale, for a positive number such as a mean squared error.

    `error` is the standard error of ln(value), `draws` and `errors` (B,) are the same in each resample. Resamples in
    which an error is zero or undefined are left out.
    """
    usable = np.isfinite(draws) & np.isfinite(errors) & (draws > 0) & (errors > 0)
    if value <= 0 or not usable.any():
        return math.nan, math.nan
    pivots = (np.log(draws[usable]) - math.log(value)) / errors[usable]
    low, high = np.quantile(pivots, [(1 - level) / 2, (1 + level) / 2])
    return value * math.exp(-high * error), value * math.exp(-low * error)


def dominating_share(losses: Floats, copies: Floats | None = None) -> float:
    """Share of the sum of `losses` (≥ 0) that the largest one carries; 0 when all are zero.

    With `copies` (n,) a row stands for so many, each of which has its loss.
    """
    there, many = (losses, losses) if copies is None else (losses[copies > 0], losses * copies)
    total = float(many.sum())
    return float(there.max()) / total if total > 0 else 0.0


def dominated(losses: Floats, copies: Floats | None = None) -> bool:
    """Whether one row carries more than 4·ln(n)/n of the sum: then no resampling knows how uncertain the mean is."""
    n = len(losses) if copies is None else float(copies.sum())
    return n > 1 and dominating_share(losses, copies) > 4 * math.log(n) / n


def median_draws(ordered: Floats, resamples: int, rng: np.random.Generator, copies: Floats | None = None) -> Floats:
    """Medians of `resamples` resamples of `ordered` (ascending, n values), (resamples,), without drawing any resample.

    The place of the m-th smallest of n uniforms is floor(n·Beta(m, n − m + 1)); for even n the next one follows from
    the smallest of the n − m uniforms above it. With `copies` a value stands for so many.
    """
    if copies is not None:
        ordered = np.repeat(ordered, copies.astype(np.int64))
    n = len(ordered)
    middle = (n + 1) // 2
    lower = rng.beta(middle, n - middle + 1, resamples)
    first = ordered[_places(lower, n)]
    if n % 2:
        return np.asarray(first)
    upper = lower + (1 - lower) * rng.beta(1, n - middle, resamples)
    return np.asarray((first + ordered[_places(upper, n)]) / 2)


def _places(uniforms: Floats, n: int) -> Ints:
    return np.minimum((uniforms * n).astype(np.int64), n - 1)


def discordant_interval(first_only: int, second_only: int, n: int, level: float = 0.95) -> Ends:
    """Interval of the difference of two accuracies on the same n rows, from the rows that exactly one gets right.

    ((b + c)/n)·(2π − 1) at the mid-p ends of π = b/(b + c); with no such row ±(1 − (1 − level)^(1/n)).
    """
    if n <= 0:
        return math.nan, math.nan
    rows = first_only + second_only
    if rows == 0:
        reach = 1 - (1 - level) ** (1 / n)
        return -reach, reach
    low, high = mid_p(first_only, rows, level)
    return rows / n * (2 * low - 1), rows / n * (2 * high - 1)


def paired_accuracy_interval(first_only: int, second_only: int, n: int, level: float = 0.95) -> Ends:
    """The interval that is shown of the difference of two accuracies on the same n rows, n ≥ 1.

    `discordant_interval` decides on which side of zero it lies. It takes the number of discordant rows as given, and
    so holds a true difference that is not zero in 50 to 90 % of samples: each end is moved out to Tango's, with which
    94 to 100 % hold it, as long as zero does not change sides.
    """
    decided = discordant_interval(first_only, second_only, n, level)
    if first_only + second_only == 0:
        return decided
    wide = tango(first_only, second_only, n, level)
    low = decided[0] if decided[0] > 0 >= wide[0] else min(decided[0], wide[0])
    high = decided[1] if decided[1] < 0 <= wide[1] else max(decided[1], wide[1])
    return low, high
