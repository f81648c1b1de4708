"""Runs that somebody starts while a page is open: seen within two seconds, without moving what a person looks at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

import modellab_core.ui.place as place
from modellab_core.lab import Lab
from modellab_core.ui.frame import live
from modellab_core.ui.named import model_name, state_badge
from modellab_core.ui.words import ago, esc, plural

LOOK = 1.4  # seconds between two looks
NAMED = 3  # runs that are named; of more only the number is told
MOST = 50


def watch(look: Callable[[], Any], before: Any) -> None:
    """Run the page again once `look()` is no longer what it was `before`."""

    @live(LOOK)
    def again() -> None:
        if look() != before:
            st.rerun()

    again()


def arrivals(lab: Lab, project: str, page: str = "evaluate") -> None:
    """The runs of a project that came since the page was drawn, each as a link to itself on `page`."""
    known = {run.id for run in lab.lines(project, limit=MOST)}

    @live(LOOK)
    def told() -> None:
        new = [run for run in lab.lines(project, limit=MOST) if run.id not in known]
        for run in new[:NAMED]:
            with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"came-{run.id}"):
                place.link(page, f"**{esc(model_name(run), limit=80)}**", icon=":material/fiber_new:", run=run.id)
                state_badge(run.state)
                st.caption(f"started {ago(run.created_at)}", width="content")
        if len(new) > NAMED:
            st.caption(f"{plural(len(new) - NAMED, 'more run')} came since.")

    told()
