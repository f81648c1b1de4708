"""The rows on which slices are confirmed: one test each, the correction for all of them, and how large the gap is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from modellab_core.harness.engine.resampling import Resampling
from modellab_core.harness.predictions import Floats, Ints, Predictions
from modellab_core.harness.scores import Plan
from modellab_core.harness.slices.gap_tests import (
    Gap,
    clustered,
    fisher_p,
    group_p,
    newcombe_difference,
    noticed_gap,
    visible_mean,
    visible_share,
    welch,
)

STREAM = 8  # of the generators of a Resampling, for the rounds of a permutation test
NOTICED, CONFIRMED = 0.95, 0.9  # power of the search, inside each of two bins, and of the test: .8 together

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Tested:
    """A slice on the confirming rows: its gap, its own p-value, and the q-value that decided."""

    gap: Gap
    p_value: float
    q_value: float
    confirmed: bool


def adjusted(p_values: Sequence[float]) -> Floats:
    """Benjamini and Hochberg's q-values, (k,): the least false discovery rate at which each is a discovery."""
    from scipy.stats import false_discovery_control

    return np.asarray(false_discovery_control(p_values) if len(p_values) else np.zeros(0), dtype=np.float64)


class Confirming:
    """Rows, their losses, and which test fits them.

    Rows that are right or wrong, of equal weight, each by itself: Fisher's exact test. Groups, and blocks of rows in
    time: whole groups are dealt. Else Welch's t test.
    """

    def __init__(self, rows: Predictions, loss: Floats, resampling: Resampling, places: Ints, plan: Plan) -> None:
        self.loss, self.plan, self.resampling = loss, plan, resampling
        self.weight = rows.weight if rows.weight is not None and np.ptp(rows.weight) > 0 else None
        self.groups = _clusters(resampling, places)
        self.frequency = self.weight is not None and plan.weight_kind == "frequency"
        counted = rows.task.is_classification and (self.weight is None or self.frequency)
        self.test = "groups" if self.groups is not None else "fisher" if counted else "welch"

    def gap(self, inside: Mask) -> Gap:
        """How much higher the loss is inside, with the error that fits the rows."""
        if self.groups is not None:
            return clustered(self.loss, inside, self.groups, self.weight)
        return welch(self.loss, inside, self.weight, self.frequency)

    def p_value(self, gap: Gap, inside: Mask) -> float:
        """The one-sided p-value of a slice; 1 where one side is empty."""
        if not gap.n or not gap.others:
            return 1.0
        if self.test == "fisher":
            return fisher_p(*self._counts(inside))
        if self.groups is not None:
            rng = self.resampling.generator(0, STREAM)
            return group_p(self.loss, inside, self.groups, rng, self.weight)
        return gap.p_value()

    def _counts(self, inside: Mask) -> tuple[int, int, int, int]:
        """Wrong rows and rows inside, and both outside; of frequencies the rows that they stand for."""
        weight = np.ones(len(self.loss)) if self.weight is None else self.weight
        return tuple(round(float(each.sum())) for side in (inside, ~inside) for each in _both(self.loss, weight, side))  # type: ignore[return-value]

    def ends(self, gap: Gap, inside: Mask, level: float) -> tuple[float | None, float | None]:
        """The interval of the difference at `level`; None where it has none."""
        if not gap.n or not gap.others:
            return None, None
        low, high = newcombe_difference(*self._counts(inside), level) if self.test == "fisher" else gap.interval(level)
        return (low, high) if math.isfinite(low) and math.isfinite(high) else (None, None)

    def tested(self, slices: Sequence[Mask], q: float) -> list[Tested]:
        """One test for each slice, and all of them corrected together at the false discovery rate `q`."""
        gaps = [self.gap(inside) for inside in slices]
        p_values = [self.p_value(gap, inside) for gap, inside in zip(gaps, slices, strict=True)]
        corrected = zip(gaps, p_values, adjusted(p_values).tolist(), strict=True)
        return [Tested(gap, p, own, own <= q and gap.difference > 0) for gap, p, own in corrected]

    def visible(
        self, tested: Sequence[Tested], share: float, within: float, searched: int, z: float, alpha: float
    ) -> tuple[float | None, int | None]:
        """The gap that would have been found with 80 % power in a slice of a `share` of the rows, and its rows.

        None for the gap where even the largest one would have been missed, for both without such a slice.

        It has to pass two steps: to come among those kept in a search of `searched` rows, by a score above `z` inside
        two bins that hold the share `within` each, and to be confirmed at level `alpha`.
        """
        n = len(self.loss)
        inside = round(share * n) if math.isfinite(share) else 0
        if not 0 < inside < n:
            return None, None
        rate, spread = float(self.loss.mean()), float(self.loss.std())
        exact = self.test == "fisher" and self.weight is None
        sizes = share * searched, (max(within, 2 * share) - share) * searched
        noticed = noticed_gap(z, *sizes, spread, NOTICED, rate if exact else None)
        if exact:
            confirmed = visible_share(inside, n - inside, rate, alpha, CONFIRMED)
        else:
            # errors of slices of other sizes, brought to this one
            errors = [one.gap.error * math.sqrt(one.gap.n / inside) for one in tested if one.gap.error > 0]
            confirmed = visible_mean(float(np.median(errors)), alpha, CONFIRMED) if errors else math.nan
        gap = max(noticed, confirmed)
        possible = math.isfinite(gap) and not (exact and gap > 1 - rate)
        return (gap, inside) if possible else (None, inside)


def _both(loss: Floats, weight: Floats, side: Mask) -> tuple[Floats, Floats]:
    return loss[side] * weight[side], weight[side]


def _clusters(resampling: Resampling, places: Ints) -> Ints | None:
    """What stands together among the confirming rows, (n,) codes: groups, or blocks of rows or dates in time."""
    if resampling.exchangeable:
        return None
    units = np.arange(resampling.n) if resampling.codes is None else resampling.codes
    blocks = units // resampling.block if resampling.time_ordered else units
    return np.unique(blocks[places], return_inverse=True)[1].reshape(-1).astype(np.int64)
