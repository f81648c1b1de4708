"""The third sentence of the takeaway: weak slices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modellab_core.harness.citing import Citing


def weak_slices(citing: Citing, summary: Mapping[str, Any], name: str) -> str:
    """That no weak slice was searched for."""
    del citing, name
    if not summary["slices"]:
        return "No search for weak slices was made, so none is confirmed or ruled out."
    return (
        "No search for weak slices was made: the slices of this report describe the rows, "
        "and no gap among them is confirmed or ruled out."
    )
