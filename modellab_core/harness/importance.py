"""What the fitted model uses: the loss in the headline when a feature is permuted."""

from __future__ import annotations

from typing import Any

from modellab_core.harness.case import Case


def importance(case: Case) -> dict[str, Any]:
    """Per feature the mean loss with its interval, as plain JSON values."""
    del case
    return {}
