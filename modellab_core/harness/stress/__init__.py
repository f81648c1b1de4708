"""All stress tests by name; each is written in the file of its family."""

from __future__ import annotations

from modellab_core.harness.stress import features, labels, numbers, population
from modellab_core.harness.stress.bands import crossing, stress_summary
from modellab_core.harness.stress.kind import STRESSES, Draw, Known, Stress, stress
from modellab_core.harness.stress.labels import inverse_of_label_noise

__all__ = [
    "FAMILIES",
    "STRESSES",
    "Draw",
    "Known",
    "Stress",
    "crossing",
    "inverse_of_label_noise",
    "stress",
    "stress_summary",
]

FAMILIES = (features, labels, numbers, population)
