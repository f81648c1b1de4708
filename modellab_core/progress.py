"""How long work tells what it is doing, and how it is asked to stop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

Phase = Literal["reading", "splitting", "fitting", "predicting", "evaluating", "files"]

OnPhase = Callable[[Phase, int, int, str], None]
"""`on_phase(phase, done, total, message)`: called often; `total` 0 means not known. It raises `Cancelled` to stop."""


class Cancelled(Exception):
    """Somebody asked that the work stop; nothing of it is kept."""


def silent(phase: Phase, done: int, total: int, message: str) -> None:
    """An `OnPhase` that says nothing."""
