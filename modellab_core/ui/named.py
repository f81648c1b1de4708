"""What models and states are called on screen."""

from __future__ import annotations

from typing import Any

import streamlit as st

from modellab_core.harness.figures.wording import MODELS

STATES = {
    "queued": ("Waiting", "gray", "schedule"),
    "running": ("Running", "blue", "progress_activity"),
    "succeeded": ("Done", "green", "check_circle"),
    "failed": ("Failed", "red", "error"),
    "cancelled": ("Cancelled", "gray", "cancel"),
    "interrupted": ("Interrupted", "orange", "bolt"),
    "damaged": ("Damaged", "red", "broken_image"),
}


def model_name(run: Any) -> str:
    """What a run's model is called on screen (not escaped)."""
    return MODELS.get(run.model) or run.name or run.model or run.id


def state_badge(state: str) -> None:
    """The state of a run as a small coloured label."""
    label, colour, icon = STATES[state]
    st.badge(label, icon=f":material/{icon}:", color=colour)  # type: ignore[arg-type]
