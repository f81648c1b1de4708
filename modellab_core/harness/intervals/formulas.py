"""Intervals as functions of plain numbers and arrays. Which metric gets which is said in `intervals/rules.py`.

An end that does not exist is NaN.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy.special import betainc, betaincinv, ndtr, ndtri, stdtrit

from modellab_core.harness.predictions import Floats

Ends = tuple[float, float]


def normal_quantile(level: float) -> float:
    """z with `level` of a standard normal inside ±z."""
    return float(ndtri(0.5 + level / 2))


def expanded_tail(n: float, level: float = 0.95) -> float:
    """Tail share that makes a percentile interval from `n` units as wide as it should be.

    Φ(−√(n/(n−1))·t_{(1+level)/2, n−1}); 0 for n ≤ 1. Hesterberg, The American Statistician 69 (2015).
    """
    if n <= 1:
        return 0.0
    return float(ndtr(-math.sqrt(n / (n - 1)) * stdtrit(n - 1, 0.5 + level / 2)))


def expanded_percentile(draws: Floats, n: float, level: float = 0.95) -> Ends:
    """Percentile interval of resampled values with the tails of `expanded_tail`; NaN draws are left out."""
    tail = expanded_tail(n, level)
    return _quantiles(draws, tail, 1 - tail)


def percentile(draws: Floats, level: float = 0.95) -> Ends:
    """The plain percentile interval of resampled values; NaN draws are left out."""
    return _quantiles(draws, (1 - level) / 2, (1 + level) / 2)


def _quantiles(draws: Floats, low: float, high: float) -> Ends:
    kept = draws[np.isfinite(draws)]
    if not len(kept):
        return math.nan, math.nan
    ends = np.quantile(kept, [low, high])
    return float(ends[0]), float(ends[1])


def wilson(successes: float, trials: float, level: float = 0.95) -> Ends:
    """Wilson's score interval of a proportion, without continuity correction; (0, 1) without trials."""
    if trials <= 0:
        return 0.0, 1.0
    z2, share = normal_quantile(level) ** 2, successes / trials
    centre = share + z2 / (2 * trials)
    reach = math.sqrt(z2) * math.sqrt(max(share * (1 - share) / trials + z2 / (4 * trials**2), 0.0))
    low, high = (centre - reach) / (1 + z2 / trials), (centre + reach) / (1 + z2 / trials)
    return (0.0 if successes <= 0 else low), (1.0 if successes >= trials else high)


def clopper_pearson(successes: float, trials: float, level: float = 0.95) -> Ends:
    """The exact (conservative) interval of a proportion; (0, 1) without trials."""
    if trials <= 0:
        return 0.0, 1.0
    tail = (1 - level) / 2
    low = 0.0 if successes <= 0 else float(betaincinv(successes, trials - successes + 1, tail))
    high = 1.0 if successes >= trials else float(betaincinv(successes + 1, trials - successes, 1 - tail))
    return low, high


def mid_p(successes: int, trials: int, level: float = 0.95) -> Ends:
    """Clopper–Pearson's interval with half the probability of the observed count (mid-p); (0, 1) without trials."""
    if trials <= 0:
        return 0.0, 1.0
    tail, share = (1 - level) / 2, successes / trials

    def above(chance: float) -> float:
        """P(more than observed) + half P(observed): rises with the chance of a success."""
        more = 0.0 if successes >= trials else float(betainc(successes + 1, trials - successes, chance))
        as_many = 1.0 if successes <= 0 else float(betainc(successes, trials - successes + 1, chance))
        return (more + as_many) / 2

    low = 0.0 if successes <= 0 else _crossing(lambda chance: above(chance) - tail, 0.0, share)
    high = 1.0 if successes >= trials else _crossing(lambda chance: above(chance) - (1 - tail), share, 1.0)
    return low, high


def _crossing(rising: Callable[[float], float], low: float, high: float) -> float:
    """Where the rising function is zero between `low` and `high`, by halving."""
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < 0 else (low, middle)
    return (low + high) / 2


def tango(first_only: float, second_only: float, n: float, level: float = 0.95) -> Ends:
    """Score interval of the difference of two shares on the same n rows. Tango, Statistics in Medicine 17 (1998).

    `first_only` and `second_only` count the rows that only the first, or only the second has; NaN without rows.
    """
    if n <= 0:
        return math.nan, math.nan
    z, shown = normal_quantile(level), first_only - second_only

    def score(difference: float) -> float:
        """(b − c − nΔ) / √(n(2q + Δ(1 − Δ))) with q the likeliest share of `second_only` at Δ; falls with Δ."""
        linear = (2 * n - shown) * difference - first_only - second_only
        root = math.sqrt(max(linear**2 + 8 * n * second_only * difference * (1 - difference), 0.0))
        variance = n * (2 * (root - linear) / (4 * n) + difference * (1 - difference))
        gap = shown - n * difference
        return gap / math.sqrt(variance) if variance > 0 else math.copysign(math.inf, gap) if gap else 0.0

    low = -1.0 if shown <= -n else _crossing(lambda delta: z - score(delta), -1.0, shown / n)
    high = 1.0 if shown >= n else _crossing(lambda delta: -z - score(delta), shown / n, 1.0)
    return low, high


def newcombe_auc(auc: float, positives: float, negatives: float, level: float = 0.95) -> Ends:
    """Interval of a ROC AUC from the two class sizes. Newcombe, Statistics in Medicine 25 (2006), method 5.

    The θ with (θ − A)² = z²·θ(1−θ)·[1 + N(1−θ)/(2−θ) + Nθ/(1+θ)] / (mn), N = (m+n)/2 − 1.
    """
    if not (positives > 0 and negatives > 0 and 0 <= auc <= 1):
        return math.nan, math.nan
    z2, larger = normal_quantile(level) ** 2, max((positives + negatives) / 2 - 1, 0.0)

    def excess(theta: float) -> float:
        inside = 1 + larger * (1 - theta) / (2 - theta) + larger * theta / (1 + theta)
        return (theta - auc) ** 2 - z2 * theta * (1 - theta) * inside / (positives * negatives)

    low = 0.0 if auc <= 0 else _crossing(lambda theta: -excess(theta), 0.0, auc)
    high = 1.0 if auc >= 1 else _crossing(excess, auc, 1.0)
    return low, high


def delong_components(score: Floats, truth: npt.NDArray[np.bool_]) -> tuple[float, Floats, Floats]:
    """The ROC AUC; for each positive the share of negatives below it; for each negative the share of positives above.

    DeLong, DeLong & Clarke-Pearson, Biometrics 44 (1988), by mid-ranks (Sun & Xu 2014).
    """
    truth = np.asarray(truth, dtype=bool)
    positive, negative = np.sort(score[truth]), np.sort(score[~truth])
    above = _share_below(negative, score[truth])
    below = 1 - _share_below(positive, score[~truth])
    return float(above.mean()), above, below


def _share_below(reference: Floats, values: Floats) -> Floats:
    low, high = np.searchsorted(reference, values), np.searchsorted(reference, values, side="right")
    return np.asarray((low + high) / (2 * len(reference)))


def delong(score: Floats, truth: npt.NDArray[np.bool_], level: float = 0.95) -> tuple[float, float, float, float]:
    """ROC AUC, its standard error and the two ends, not cut to [0, 1]; NaN with fewer than two rows in a class."""
    truth = np.asarray(truth, dtype=bool)
    if min(truth.sum(), (~truth).sum()) < 2:
        return math.nan, math.nan, math.nan, math.nan
    auc, above, below = delong_components(np.asarray(score, dtype=np.float64), truth)
    error = math.sqrt(above.var(ddof=1) / len(above) + below.var(ddof=1) / len(below))
    reach = normal_quantile(level) * error
    return auc, error, auc - reach, auc + reach


def delong_paired(first: Floats, second: Floats, truth: npt.NDArray[np.bool_]) -> tuple[float, float, float]:
    """Difference of two ROC AUCs on the same rows, its standard error, and the two-sided p-value of no difference."""
    truth = np.asarray(truth, dtype=bool)
    one, above_one, below_one = delong_components(np.asarray(first, dtype=np.float64), truth)
    two, above_two, below_two = delong_components(np.asarray(second, dtype=np.float64), truth)
    above, below = above_one - above_two, below_one - below_two
    error = math.sqrt(above.var(ddof=1) / len(above) + below.var(ddof=1) / len(below))
    if error == 0:
        return one - two, 0.0, 1.0
    return one - two, error, float(2 * ndtr(-abs(one - two) / error))
