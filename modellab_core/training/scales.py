"""The scale on which numbers are learnt: as they are, or their logarithm where a long tail hides the rest.

The logarithm is tried only for a target without negative numbers and with a long tail, and is taken only where it
lowers the mean squared error of the target itself on held rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from modellab_core.errors import BadInput
from modellab_core.training.values import Floats

LONG_TAIL = 1.0  # skewness above which the logarithm is tried
GAIN = 0.98  # the squared error must fall at least to this share, else the plain scale stays
MARGIN = 0.1  # a prediction leaves the range of the training targets by at most this share of it, on the log scale


@dataclass(frozen=True)
class LogScale:
    """z = log(y + shift) and back: exp(z) · smear − shift, with z kept in [low, high].

    `smear` is the mean of exp(residual), which makes the way back unbiased for the mean: Duan, JASA 78, 1983.
    """

    shift: float
    low: float
    high: float
    smear: float = 1.0

    @classmethod
    def of(cls, y: Floats) -> LogScale:
        """The scale for the training targets, without a shift where all are positive. BadInput when one is below 0."""
        if y.min() < 0:
            raise BadInput(
                "The parameter log_target is 'always', but the target has values below 0: choose auto or never."
            )
        positive = y[y > 0]
        shift = 0.0 if len(positive) == len(y) else float(np.quantile(positive, 0.25)) if len(positive) else 1.0
        z = np.log(y + shift)
        margin = MARGIN * float(np.ptp(z))
        return cls(shift, float(z.min()) - margin, float(z.max()) + margin)

    def there(self, y: Floats) -> Floats:
        """The logarithms of targets; one below the range of the training targets counts as its lower end."""
        return np.asarray(np.log(np.maximum(y + self.shift, np.exp(self.low))))

    def back(self, z: Floats) -> Floats:
        """Numbers in the unit of the target."""
        return np.asarray(np.exp(np.clip(z, self.low, self.high)) * self.smear - self.shift)

    def smeared(self, residuals: Floats, weight: Floats | None) -> LogScale:
        """The scale with the smear of some residuals z − ẑ."""
        return replace(self, smear=smear_of(residuals, weight))

    def to_json(self) -> dict[str, float]:
        """Plain JSON values under the names of the fields."""
        return dict(vars(self))


def smear_of(residuals: Floats, weight: Floats | None) -> float:
    """The weighted mean of exp(residual)."""
    return float(np.average(np.exp(residuals), weights=weight))


def log_from_json(value: Mapping[str, Any] | None) -> LogScale | None:
    """The scale that `to_json` wrote, None for None."""
    return None if value is None else LogScale(**value)


def scales_to_try(y: Floats, asked: str) -> list[bool]:
    """Whether to take the logarithm: the answers worth trying for the parameter `log_target`, the plain one first."""
    if asked != "auto":
        return [asked == "always"]
    if y.min() < 0 or np.ptp(y) == 0:
        return [False]
    skewness = float((((y - y.mean()) / y.std()) ** 3).mean())
    return [False, True] if skewness > LONG_TAIL else [False]


def charged(loss: float, log: bool) -> float:
    """The squared error by which scales are compared: the logarithm must earn its place."""
    return loss / GAIN if log else loss
