"""Which of the many stress curves are worth a figure each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def shown_curves(stress: Mapping[str, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Of the curves of a report (`Report.stress`) those that are drawn, in their order.

    Every stress test of all columns; of those of one feature at a time the feature under which the smallest lead is
    left at the largest severity, the first of equals. Tests that were not done are left out.
    """
    done = {name: one for name, one in stress.items() if one.get("lead")}
    worst: dict[str, tuple[float, str]] = {}
    for name, one in done.items():
        if one.get("feature") is not None:
            left = one["lead"][-1] if one["lead"][-1] is not None else float("inf")
            if one["stress"] not in worst or left < worst[one["stress"]][0]:
                worst[one["stress"]] = (left, name)
    kept = {name for _, name in worst.values()}
    return {name: one for name, one in done.items() if one.get("feature") is None or name in kept}


def features_of(stress: Mapping[str, Mapping[str, Any]], name: str) -> int:
    """How many features a stress test of one feature at a time was done to."""
    return sum(one.get("stress") == name and one.get("feature") is not None for one in stress.values())
