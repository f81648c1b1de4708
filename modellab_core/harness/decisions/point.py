"""One threshold of a report looked at: its counts, its rates and its cost with their intervals.

All is read from `Report.thresholds`; a cost that a person names is the only thing that is computed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from modellab_core.harness.decisions.bands import cost_ends
from modellab_core.harness.decisions.decisions import Counts, expected_cost

Ends = tuple[float | None, float | None, float | None]
"""Value, low and high; None where undefined."""


@dataclass(frozen=True)
class Point:
    """What a threshold gives: `counts` by tp, fp, fn and tn, `rates` by name, `cost` per row."""

    threshold: float
    counts: Mapping[str, float]
    rates: Mapping[str, Ends]
    cost: Ends

    def matrix(self, positive: int) -> list[list[float]]:
        """Counts by actual and predicted class when the class at `positive` (0 or 1) is the positive one."""
        lines = [[self.counts["tp"], self.counts["fn"]], [self.counts["fp"], self.counts["tn"]]]
        return lines if positive == 0 else [line[::-1] for line in lines[::-1]]


def point_at(told: Mapping[str, Any], threshold: float, fp: float = 1.0, fn: float = 1.0) -> Point:
    """The threshold nearest to the one asked for; a false positive costs `fp`, a false negative `fn`."""
    cuts = np.asarray(told["thresholds"], dtype=np.float64)
    place = int(np.argmin(np.abs(cuts - threshold)))
    counts = {name: told["counts"][name][place] for name in Counts._fields}
    here = Counts(*(np.array([float(part)]) for part in counts.values()))
    spread = {name: np.array([float(values[place])]) for name, values in told.get("spread", {}).items()}
    cost = cost_ends(here, fp, fn, told["level"], spread)
    ends = (None if np.isnan(end[0]) else float(end[0]) for end in cost)
    rates = {
        name: (curve["value"][place], curve["low"][place], curve["high"][place])
        for name, curve in told["curves"].items()
    }
    return Point(float(cuts[place]), counts, rates, _three(*ends))


def _three(value: float | None, low: float | None, high: float | None) -> Ends:
    return value, low, high


def cheapest(told: Mapping[str, Any], fp: float, fn: float) -> float | None:
    """The threshold that costs least on the rows there to be chosen on, of equal ones the highest.

    None where the report has no such rows: the test rows themselves never choose.
    """
    counts = told.get("development", {}).get("counts")
    if not counts:
        return None
    parts = Counts(*(np.asarray(counts[name], dtype=np.float64) for name in Counts._fields))
    cost = expected_cost(*parts, {"fp": fp, "fn": fn}, parts.total)
    return float(told["thresholds"][int(np.flatnonzero(cost <= cost.min())[-1])])
