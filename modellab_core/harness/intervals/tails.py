"""How far the interval of a mean loss must reach where losses are skewed or have long tails, as functions of arrays.

Percentiles of resamples know only the losses that were seen. A sample without its rare large losses is too low and
looks safe at once, so an interval that is withheld when one row dominates is shown for just these samples, and misses.
The upper reach is therefore lengthened by what skewness says, and up to twice where losses vary as much as those of
Student's t with 3 degrees of freedom do in samples of that size.
"""

from __future__ import annotations

import math

import numpy as np

from modellab_core.harness.intervals.formulas import Ends, normal_quantile
from modellab_core.harness.predictions import Floats

HEAVY = 1.86  # relative standard deviation that 95 % of samples of 200 squared errors of t3 exceed
GROWTH = 0.18  # power of n with which that bound grows, from 30 to 20,000 rows
LIGHT = 0.76  # of that bound: where the lengthening begins; with 200 rows it is √2, that of squared normal errors


def relative_influence(sums: Floats, weights: Floats | None = None, copies: Floats | None = None) -> Floats:
    """By how much a unit moves the logarithm of Σ sums / Σ weights, times the number of units, (n,); its mean is 0.

    `sums` and `weights` (n,; all 1 when not given) are those of a unit that is drawn whole, `copies` (n,) how many
    there are of it.
    """
    n, share = _count(sums, copies), sums / total(sums, copies)
    if weights is None:
        return np.asarray(share * n - 1)
    return np.asarray((share - weights / total(weights, copies)) * n)


def _count(values: Floats, copies: Floats | None) -> float:
    return float(len(values)) if copies is None else float(copies.sum())


def skewness_ends(value: float, draws: Floats, level: float = 0.95) -> Ends:
    """The ends that a studentised number has by its standard deviation and skewness in the resamples; NaN without any.

    value − sd·(z − g·(2z² + 1)/6) and value + sd·(z + g·(2z² + 1)/6): with the skewness g of the resampled values they
    reach farther where these have their tail than percentiles do, as the number's own error is larger there. Hall, The
    Bootstrap and Edgeworth Expansion (1992), 3.5.
    """
    known = draws[np.isfinite(draws)]
    if not len(known):
        return math.nan, math.nan
    z = normal_quantile(level)
    spread, third = moments(known - known.mean())
    bent = third * (2 * z**2 + 1) / 6
    return value - spread * max(z - bent, 0.0), value + spread * max(z + bent, 0.0)


def outer(ends: Ends, skewed: Ends, value: float) -> Ends:
    """The ends, of which that on the longer side of `skewed` is moved out to it where it is nearer to the value."""
    if value - skewed[0] > skewed[1] - value:
        return min(ends[0], skewed[0]), ends[1]
    return ends[0], max(ends[1], skewed[1])


def tail_factor(spread: float, n: float) -> float:
    """By how much the upper reach of a mean of losses ≥ 0 is lengthened, from 1 to 2.

    `spread` is their standard deviation over their mean, `n` the number of independent ones.
    """
    heavy = float(HEAVY * (max(n, 1.0) / 200) ** GROWTH)
    return 1 + min(max((spread / heavy - LIGHT) / (1 - LIGHT), 0.0), 1.0)


def reaches(
    loss: Floats,
    against: Floats | None = None,
    level: float = 0.95,
    copies: Floats | None = None,
    effect: float = 1.0,
    *,
    bounded: bool = False,
) -> tuple[float, float]:
    """How far below and above the logarithm of a mean loss its interval must reach at least.

    `loss` (n,) is the `relative_influence` of the losses; with `against` the loss is divided by another mean, whose
    influence it is (R²: squared errors by the scatter of the target). `effect` is the design effect of dependent rows.
    The upper reach follows the skewness of the studentised mean (Hall, The Bootstrap and Edgeworth Expansion, 1992,
    with the second-order term of the logarithm). Rows that raise the ratio lengthen the upper reach by their tail, and
    rows that lower it the lower one, but not where losses are `bounded` and have none.
    """
    z, n = normal_quantile(level), _count(loss, copies) / effect
    both = loss if against is None else loss - against
    spread, third = moments(both, copies)
    if n <= 1 or spread == 0:
        return 0.0, 0.0
    error = spread / math.sqrt(n)
    skewed = z + third / math.sqrt(n) * (2 * z**2 + 1) / 6 - error * z**2 / 2
    if against is None:
        return 0.0, error * max(skewed, 0.0 if bounded else z * tail_factor(spread, n))
    raised = total(np.maximum(both, 0.0) ** 2, copies) / _count(both, copies)
    lowered = max(spread**2 - raised, 0.0)
    below, above = (z * _lengthened(error, math.sqrt(square), n) for square in (lowered, raised))
    return below, max(skewed * error, above)


def _lengthened(error: float, spread: float, n: float) -> float:
    """A standard error whose share by values of the root mean square `spread` is lengthened by their tail."""
    return math.sqrt(error**2 + (tail_factor(spread, n) ** 2 - 1) * spread**2 / n)


def moments(values: Floats, copies: Floats | None = None) -> tuple[float, float]:
    """Standard deviation and skewness of values whose mean is 0."""
    n, square = _count(values, copies), values**2
    variance = total(square, copies) / n
    if not variance > 0:
        return 0.0, 0.0
    square *= values
    return math.sqrt(variance), total(square, copies) / n / variance**1.5


def total(values: Floats, copies: Floats | None = None) -> float:
    """Σ values, times copies; no product of vectors, whose last bits depend on the threads of the machine."""
    return float(values.sum() if copies is None else (values * copies).sum())


def stretched(ends: Ends, value: float, below: float, above: float) -> Ends:
    """The ends of a number > 0, moved out to at least value·exp(−below) and value·exp(above)."""
    return min(ends[0], value * math.exp(-below)), max(ends[1], value * math.exp(above))
