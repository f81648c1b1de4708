"""Advice that was tried: fitted again, and measured on rows that are there to be chosen on."""

from __future__ import annotations

from typing import Any

from modellab_core.harness.case import Case


def advice(case: Case) -> dict[str, Any]:
    """What was tried with its paired effect, as plain JSON values."""
    del case
    return {}
