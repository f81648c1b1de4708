"""What claims about some models cost, when others were scored on the same test rows before them."""

from __future__ import annotations

import math
from dataclasses import dataclass

from modellab_core.harness.intervals.formulas import normal_quantile


def spent_level(look: int, level: float = 0.95) -> float:
    """The level of a claim at look number `look` ≥ 1: 1 − (1 − level)·6/(π²·look²).

    The shares 6/(π²k²) sum to 1 over all k, so however many looks follow, one claim at each of them and all of these
    claims together hold at `level` (alpha spending).
    """
    return 1 - (1 - level) * 6 / (math.pi**2 * look**2)


def shared_level(pairs: int, level: float = 0.95) -> float:
    """The level of each of `pairs` claims, with which all hold together at `level` (Bonferroni)."""
    return 1 - (1 - level) / max(1, pairs)


@dataclass(frozen=True)
class Looks:
    """How often test rows were looked at.

    `total` counts the different predictions that were ever scored on them, `stored` those that are still there, of
    which `drawn` can be resampled together with the models that are judged.
    """

    total: int
    stored: int
    drawn: int

    def least_level(self, level: float) -> float:
        """The level at which each pair must be told apart by itself; 0 where drawing all together does it.

        Predictions that are gone, or too many to draw, cannot be resampled beside the others.
        """
        levels = [0.0]
        if self.stored > self.drawn:
            levels.append(shared_level(pairs_of(self.stored), level))
        if self.total > self.stored:
            levels.append(spent_level(self.total, level))
        return max(levels)

    def least_critical(self, level: float) -> float:
        """`least_level` as the factor on the standard deviation of a difference."""
        return normal_quantile(self.least_level(level)) if self.least_level(level) else 0.0


def pairs_of(models: int) -> int:
    """Number of pairs among so many models."""
    return models * (models - 1) // 2
