"""What a page shows when something is missing: what, why it is needed, and the one button that fixes it."""

from __future__ import annotations

from typing import Any

import streamlit as st

import modellab_core.ui.place as place
from modellab_core.lab import Lab


def nothing(title: str, why: str, button: str, key: str, icon: str = "inbox") -> bool:
    """A calm box that says what is missing; gives whether its button was pressed. `title` and `why` are Markdown."""
    with st.container(border=True, key=f"empty-{key}"), st.container(horizontal_alignment="center", gap="small"):
        st.space("small")
        st.markdown(f"## :material/{icon}: {title}", text_alignment="center", anchors=False)
        st.markdown(f":gray[{why}]", text_alignment="center")
        pressed = st.button(button, key=key, type="primary")
        st.space("small")
    return pressed


def no_project() -> None:
    """No project is chosen because there is none: to the page where one begins."""
    if nothing("No project yet", "A project holds your tables and models.", "Start one", "to-projects", "folder_open"):
        place.go("projects")


def no_runs() -> None:
    """A page that needs a finished run has none: to the page where models are trained."""
    why = "This page shows a trained model. Train dummy, linear and XGBoost with one click."
    if nothing("No finished run in this project", why, "Train models", "to-train", "model_training"):
        place.go("train")


def try_example(lab: Lab) -> None:
    """Start the example: a project with its data, and the training of three models; then watch them."""
    batch: Any = lab.start_demo()
    place.go("train", project=batch.project_id, batch=batch.id)
