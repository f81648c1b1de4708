"""The fifth sentence of the takeaway: advice, of which there is none unless it was tried."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modellab_core.harness.citing import Citing


def next_step(citing: Citing, summary: Mapping[str, Any], name: str) -> str:
    """Advice, of which there is none unless it was tried."""
    del citing, summary, name
    return "No advice on what to do next is given, because none was tried: nothing was refitted for this report."
