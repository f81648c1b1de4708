"""All stress tests by name; each is written in the file of its family."""

from __future__ import annotations

from modellab_core.harness import stress_features, stress_labels, stress_numbers, stress_population
from modellab_core.harness.stress_bands import crossing, stress_summary
from modellab_core.harness.stress_kind import STRESSES, Draw, Known, Stress, stress
from modellab_core.harness.stress_labels import inverse_of_label_noise

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

FAMILIES = (stress_features, stress_labels, stress_numbers, stress_population)
