"""Is the loss inside a slice higher than outside? Tests, intervals, and the gap that would have been seen.

Everything here takes plain arrays: `loss` (n,) ≥ 0 per row and `inside` (n,) marking the slice.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from modellab_core.harness.predictions import Floats, Ints

Mask = npt.NDArray[np.bool_]
ROUNDS = 999
FEW_ROWS = 10
MANY_GROUPS = 5000
POWER = 0.8


@dataclass(frozen=True)
class Gap:
    """The mean loss inside a slice and outside it, and how far the difference can be trusted.

    `n` rows are inside, `others` outside; `difference` = `loss` − `rest`, with its standard `error` and the `freedom`
    of Student's t that belongs to it. NaN where a side is empty.
    """

    n: int
    others: int
    loss: float
    rest: float
    error: float
    freedom: float

    @property
    def difference(self) -> float:
        """How much higher the loss is inside."""
        return self.loss - self.rest

    def p_value(self) -> float:
        """One-sided, by Student's t: the chance of such a difference or a larger one without any.

        1 if its error is unknown, or a side has fewer than 10 rows, which cannot tell their own spread.
        """
        from scipy.stats import t

        known = self.error > 0 and self.freedom > 0 and min(self.n, self.others) >= FEW_ROWS
        return float(t.sf(self.difference / self.error, self.freedom)) if known else 1.0

    def interval(self, level: float) -> tuple[float, float]:
        """Two-sided ends of the difference; NaN where its error is unknown."""
        from scipy.stats import t

        half = float(t.ppf((1 + level) / 2, self.freedom)) * self.error if self.freedom > 0 else math.nan
        return self.difference - half, self.difference + half


def welch(loss: Floats, inside: Mask, weight: Floats | None = None, frequency: bool = False) -> Gap:
    """The gap with Welch's error and Welch–Satterthwaite's degrees of freedom.

    With `weight` the means are weighted; a row is one observation of that importance, or with `frequency` stands for
    so many rows.
    """
    loss, inside = np.asarray(loss, dtype=np.float64), np.asarray(inside, dtype=bool)
    weight = np.ones(len(loss)) if weight is None else np.asarray(weight, dtype=np.float64)
    (mean, one, size), (rest, two, other) = (
        _mean_of(loss[side], weight[side], frequency) for side in (inside, ~inside)
    )
    with np.errstate(all="ignore"):
        freedom = np.float64(one + two) ** 2 / (np.float64(one) ** 2 / (size - 1) + np.float64(two) ** 2 / (other - 1))
    n = int(inside.sum())
    return Gap(n, len(loss) - n, mean, rest, math.sqrt(one + two), float(freedom))


def _mean_of(loss: Floats, weight: Floats, frequency: bool) -> tuple[float, float, float]:
    """Mean, squared standard error of the mean, and the effective number of rows."""
    total, squares = float(weight.sum()), float((weight**2).sum())
    if total <= 0:
        return math.nan, math.nan, 0.0
    mean = float((weight * loss).sum() / total)
    size = total if frequency else total**2 / squares
    if size <= 1:
        return mean, math.nan, size
    spread = float((weight * (total / size if frequency else weight) * (loss - mean) ** 2).sum()) / total**2
    return mean, spread * size / (size - 1), size


def clustered(loss: Floats, inside: Mask, groups: Ints, weight: Floats | None = None) -> Gap:
    """The gap with the error that whole `groups` (a code per row from 0) give it.

    The error is that of the sum of each group's influence; its degrees of freedom are the groups that have rows
    inside, less one.
    """
    loss, inside = np.asarray(loss, dtype=np.float64), np.asarray(inside, dtype=bool)
    weight = np.ones(len(loss)) if weight is None else np.asarray(weight, dtype=np.float64)
    part = np.where(inside, weight, 0.0)
    within, without = float(part.sum()), float(weight.sum() - part.sum())
    if within <= 0 or without <= 0:
        return Gap(int(inside.sum()), int((~inside).sum()), math.nan, math.nan, math.nan, 0.0)
    mean, rest = float((part * loss).sum()) / within, float(((weight - part) * loss).sum()) / without
    influence = np.where(inside, weight * (loss - mean) / within, -weight * (loss - rest) / without)
    sums = np.bincount(groups, weights=influence)
    count = len(np.unique(groups))
    error = math.sqrt(float((sums**2).sum()) * count / max(count - 1, 1))
    reached = len(np.unique(np.asarray(groups)[inside]))
    return Gap(int(inside.sum()), int((~inside).sum()), mean, rest, error, float(reached - 1))


def fisher_p(wrong_inside: int, n_inside: int, wrong_outside: int, n_outside: int) -> float:
    """One-sided p-value of Fisher's exact test that a slice holds more wrong rows than its share; 1 for none."""
    from scipy.stats import hypergeom

    total, wrong = n_inside + n_outside, wrong_inside + wrong_outside
    return float(hypergeom.sf(wrong_inside - 1, total, wrong, n_inside)) if wrong_inside else 1.0


def newcombe_difference(wrong: int, n: int, other_wrong: int, others: int, level: float) -> tuple[float, float]:
    """Ends of a difference of two shares, from Wilson's intervals of both (Newcombe 1998, method 10); in [−1, 1]."""
    from scipy.special import ndtri

    z = float(ndtri((1 + level) / 2))
    (p, low, high), (q, bottom, top) = _wilson(wrong, n, z), _wilson(other_wrong, others, z)
    return p - q - math.hypot(p - low, top - q), p - q + math.hypot(high - p, q - bottom)


def _wilson(wrong: int, n: int, z: float) -> tuple[float, float, float]:
    share, squared = wrong / n, z * z / n
    half = z * math.sqrt(share * (1 - share) / n + squared / (4 * n))
    low, high = (share + squared / 2 - half) / (1 + squared), (share + squared / 2 + half) / (1 + squared)
    # exactly 0 and 1 at the ends, where rounding would leave a trace
    return share, low if wrong else 0.0, high if wrong < n else 1.0


def group_p(
    loss: Floats,
    inside: Mask,
    groups: Ints,
    rng: np.random.Generator,
    weight: Floats | None = None,
    rounds: int = ROUNDS,
) -> float:
    """One-sided p-value of a slice in rows that come in `groups` (a code per row from 0), by dealing whole groups.

    Where every group is inside or outside as a whole, the groups change places (a permutation test of the sum of
    loss above the mean). Where the slice cuts through groups, each group's share of the covariance of slice and loss
    changes sign. p = (1 + rounds at least as extreme) / (1 + rounds). Above 5,000 groups: Student's t of `clustered`.
    """
    loss, inside = np.asarray(loss, dtype=np.float64), np.asarray(inside, dtype=bool)
    codes = np.unique(groups, return_inverse=True)[1].reshape(-1)
    count = int(codes.max(initial=-1)) + 1
    if count > MANY_GROUPS:
        return clustered(loss, inside, codes, weight).p_value()
    weight = np.ones(len(loss)) if weight is None else np.asarray(weight, dtype=np.float64)
    total = float(weight.sum())
    above = weight * (loss - float((weight * loss).sum()) / total)
    share = float(weight[inside].sum()) / total
    sums = np.bincount(codes, weights=above, minlength=count)
    held = np.bincount(codes[inside], minlength=count)
    whole = bool(np.isin(held / np.bincount(codes, minlength=count), (0.0, 1.0)).all())
    apart = np.bincount(codes, weights=above * (inside - share), minlength=count)
    seen = float(sums[held > 0].sum()) if whole else float(apart.sum())
    extreme = 0
    # sums and no products of matrices, whose last bits depend on the number of threads
    for first in range(0, rounds, 64):
        block = min(64, rounds - first)
        if whole:
            dealt = rng.permuted(np.broadcast_to(sums, (block, count)), axis=1)[:, held > 0].sum(axis=1)
        else:
            dealt = (rng.choice((-1.0, 1.0), (block, count)) * apart).sum(axis=1)
        # equal but for rounding counts as equal
        extreme += int((dealt >= seen - 1e-9 * float(np.abs(apart).sum())).sum())
    return (1 + extreme) / (1 + rounds)


def fcr_level(q: float, confirmed: int, tested: int) -> float:
    """The level of intervals of `confirmed` out of `tested` slices, of which a share q at most misses the truth:
    1 − q·R/K (Benjamini & Yekutieli 2005)."""
    return 1 - q * confirmed / tested


def visible_share(n: int, others: int, rate: float, alpha: float, power: float = POWER) -> float:
    """How much higher the error rate of a slice of `n` rows must be than the `rate` of the `others` to be seen.

    The smallest gap at which Fisher's test at level `alpha` rejects with probability `power`, the errors outside being
    the expected number; NaN where not even a slice that is always wrong would do.
    """
    from scipy.special import betaincinv
    from scipy.stats import hypergeom

    elsewhere = round(rate * others)
    wrong = np.arange(1, n + 1)
    enough = wrong[hypergeom.sf(wrong - 1, n + others, elsewhere + wrong, n) <= alpha]
    if not len(enough):
        return math.nan
    need = int(enough[0])
    # P(at least `need` of n) = power has the regularised incomplete beta function as its inverse
    return max(0.0, float(betaincinv(need, n - need + 1, power)) - rate)


def visible_mean(error: float, alpha: float, power: float = POWER) -> float:
    """How much higher the mean loss of a slice must be to be seen at level `alpha` with probability `power`, given
    the standard `error` of the difference: (z_{1−α} + z_power)·error."""
    from scipy.special import ndtri

    return (float(ndtri(1 - alpha)) + float(ndtri(power))) * error


def noticed_gap(
    z: float, n: float, others: float, spread: float, power: float = POWER, rate: float | None = None
) -> float:
    """How much higher the mean loss of a slice of `n` rows must be for its z-score to exceed `z` with `power`.

    `spread` is the standard deviation of the loss. Where the loss is 0 or 1 with the `rate` among the `others`, the
    spreads follow from the gap: inside the slice, and of all these rows, by which z is measured.
    """
    from scipy.special import ndtri

    error = spread * math.sqrt(1 / n + 1 / others)
    gap = (z + float(ndtri(power))) * error
    for _ in range(0 if rate is None else 50):
        inside, outside = min(1.0, (rate or 0.0) + gap), rate or 0.0
        whole = (inside * n + outside * others) / (n + others)
        error = math.sqrt(whole * (1 - whole) * (1 / n + 1 / others))
        gap = z * error + float(ndtri(power)) * math.sqrt(inside * (1 - inside) / n + outside * (1 - outside) / others)
    return gap
