"""How far two samples of a column are apart, and whether chance explains it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats

LEAST_EXPECTED = 5  # rows of a level in each sample below which the chi-squared approximation fails
EXACT_ROWS = 1000
CLEARLY_CHANCE = 0.2  # above, an exact p-value would say no more

Numbers = npt.NDArray[Any]
Counts = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Gap:
    """`effect` in [0, 1]; `p_value` of the hypothesis that both samples come from one distribution."""

    effect: float
    p_value: float


@dataclass(frozen=True)
class Superiority:
    """Chance that a value of the newer sample is larger than one of the older, ties half, with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Tally:
    """Each value that is in one of two samples, rising, and how often it is in either."""

    values: Numbers
    older: Counts
    newer: Counts


def tally(older: Numbers, newer: Numbers) -> Tally:
    """Of two sorted samples of one type, each with a value."""
    values = np.concatenate([older, newer])
    values.sort(kind="stable")  # merges the two sorted halves
    values = values[np.r_[values[1:] != values[:-1], True]]
    return Tally(values, *(np.diff(np.searchsorted(side, values, side="right"), prepend=0) for side in (older, newer)))


def kolmogorov_smirnov(both: Tally) -> tuple[Gap, Any]:
    """The largest distance of the two distribution functions, and the value up to which it is reached.

    The p-value is that of Kolmogorov's statistic for n·m/(n+m) rows, up to 1,000 rows a side the exact one where it is
    below .2; with ties it is too large rather than too small.
    """
    n, m = int(both.older.sum()), int(both.newer.sum())
    apart = np.abs(np.cumsum(both.newer) / m - np.cumsum(both.older) / n)
    place = int(np.argmax(apart))
    effect = float(apart[place])
    if n == m and effect * n < 1.5:  # the least distance of two samples without ties
        return Gap(effect, 1.0), both.values[place]
    p_value = float(np.clip(stats.kstwo.sf(effect, max(1, round(n * m / (n + m)))), 0, 1))
    if max(n, m) <= EXACT_ROWS and p_value < CLEARLY_CHANCE:
        samples = [np.repeat(np.arange(len(both.values)), side) for side in (both.older, both.newer)]
        p_value = float(stats.ks_2samp(*samples, method="exact").pvalue)
    return Gap(effect, p_value), both.values[place]


def mann_whitney(both: Tally) -> float:
    """The p-value of ranks, two-sided, by the normal approximation with the corrections for ties and continuity."""
    n, m = int(both.older.sum()), int(both.newer.sum())
    above = float((np.cumsum(both.older) - both.older / 2) @ both.newer)
    times = (both.older + both.newer).astype(np.float64)
    ties = float(times @ (times**2 - 1)) / ((n + m) * max(1, n + m - 1))
    variance = n * m / 12 * (n + m + 1 - ties)
    if variance <= 0:
        return 1.0
    return float(min(1.0, 2 * stats.norm.sf((abs(above - n * m / 2) - 0.5) / np.sqrt(variance))))


def apart(both: Tally) -> tuple[Gap, Any]:
    """D and its place; the p-value is twice the smaller one of D, which sees any difference, and of ranks, which see
    that one sample is larger with far fewer rows.
    """
    gap, place = kolmogorov_smirnov(both)
    return Gap(gap.effect, min(1.0, 2 * min(gap.p_value, mann_whitney(both)))), place


def superiority(both: Tally) -> Superiority:
    """By ranks; the interval is DeLong's on the logit scale, by the rule of three where one sample is all beyond the
    other.
    """
    n, m = int(both.older.sum()), int(both.newer.sum())
    below = (np.cumsum(both.older) - both.older / 2) / n
    above = 1 - (np.cumsum(both.newer) - both.newer / 2) / m
    value = float(below @ both.newer / m)
    if value in (0.0, 1.0):
        reach = 1 - 0.05 ** (1 / min(n, m))
        return Superiority(value, max(0.0, value - reach), min(1.0, value + reach))
    if min(n, m) < 2:
        return Superiority(value, 0.0, 1.0)
    variance = _variance(below, both.newer) / m + _variance(above, both.older) / n
    middle, half = np.log(value / (1 - value)), 1.959964 * np.sqrt(variance) / (value * (1 - value))
    return Superiority(value, float(1 / (1 + np.exp(half - middle))), float(1 / (1 + np.exp(-half - middle))))


def _variance(values: Numbers, times: Counts) -> float:
    n = times.sum()
    return float(times @ (values - times @ values / n) ** 2 / (n - 1))


def mean_difference(older: Numbers, newer: Numbers) -> float | None:
    """(mean of newer − mean of older) / pooled standard deviation (Cohen's d); None where it is not defined."""
    one, other = (values[np.isfinite(values)].astype(np.float64) for values in (older, newer))
    if min(len(one), len(other)) < 2:
        return None
    scale = max(abs(one).max(), abs(other).max()) or 1.0
    one, other = one / scale, other / scale
    inner = (len(one) - 1) * one.var(ddof=1) + (len(other) - 1) * other.var(ddof=1)
    spread = np.sqrt(inner / (len(one) + len(other) - 2))
    return float((other.mean() - one.mean()) / spread) if spread > 0 else None


def pooled(older: Counts, newer: Counts) -> tuple[Counts, Counts, Counts]:
    """Positions of the levels that stand alone, and both counts of these with all rare levels as one at the end.

    A level is rare if fewer than 5 of its rows are expected in one of the samples; rare ones that together are still
    rare are left in the last place, which is 0 where there are none.
    """
    n, m = int(older.sum()), int(newer.sum())
    together = older + newer
    alone = np.flatnonzero(together * min(n, m) >= LEAST_EXPECTED * (n + m))
    return alone, *(np.r_[side[alone], side.sum() - side[alone].sum()] for side in (older, newer))


def total_variation(older: Counts, newer: Counts) -> Gap:
    """Half of the summed differences of the shares of levels; p-value of chi-squared, for few rows Fisher's."""
    held = (older + newer) > 0
    one, other = older[held], newer[held]
    effect = float(np.abs(one / one.sum() - other / other.sum()).sum() / 2)
    if len(one) < 2:
        return Gap(effect, 1.0)
    table = np.array([one, other])
    if len(one) == 2 and stats.contingency.expected_freq(table).min() < LEAST_EXPECTED:
        return Gap(effect, float(stats.fisher_exact(table).pvalue))
    return Gap(effect, float(stats.chi2_contingency(table, correction=False).pvalue))


def cramers_v(older: Counts, newer: Counts) -> float:
    """Cramér's V of the table of two samples by levels, in [0, 1]; 0 for one level."""
    table = np.array([older, newer])[:, (older + newer) > 0]
    if table.shape[1] < 2:
        return 0.0
    return float(np.sqrt(stats.chi2_contingency(table, correction=False).statistic / table.sum()))


def share_gap(older: int, n: int, newer: int, m: int) -> Gap:
    """The distance of two shares `older`/n and `newer`/m, and its p-value."""
    if not n or not m:
        return Gap(0.0, 1.0)
    return total_variation(np.array([older, n - older]), np.array([newer, m - newer]))


def false_discovery(p_values: list[float]) -> list[float]:
    """Benjamini–Hochberg's q of each p-value."""
    return [float(q) for q in stats.false_discovery_control(np.clip(p_values, 0, 1))] if p_values else []
