"""What the words mean, how everything is defined, the keyboard, and the version."""

from __future__ import annotations

import streamlit as st

import modellab_core.ui as ui

with ui.page("Help") as lab:
    ui.context("words and definitions", "keyboard", "version")
    ui.about(lab)
    ui.ways_in()
    st.header("What it means", anchor=False)
    views = ui.HELP_VIEWS
    tabs = st.tabs(views, key="view", bind="query-params")
    for view, tab in zip(views, tabs, strict=True):
        if tab.open:
            with tab:
                ui.definitions(view)
