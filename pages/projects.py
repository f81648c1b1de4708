"""All projects, the place to start, and the workspace that holds them."""

from __future__ import annotations

import streamlit as st

import modellab_core.ui as ui

with ui.page("Projects") as lab:
    projects = lab.projects(recommended=False)
    away = lab.projects(archived=True, recommended=False)
    with ui.actions():
        room = ui.choose_room()
    if room == "Workspace":
        ui.context("kept on this machine", "nothing leaves it")
        ui.show_workspace(lab)
        ui.stop()
    if room == "Runs":
        project = ui.need_project(lab)
        ui.context(ui.esc(project.name))
        ui.show_runs(lab, project)
        ui.stop()
    if not projects and not away:
        ui.welcome(lab)
    else:
        with ui.actions():
            archived = bool(away) and st.toggle(f"Archived ({len(away)})", key="archived", bind="query-params")
            if st.button("New project", key="new-project", icon=":material/create_new_folder:"):
                ui.new_project(lab)
        ui.context(
            ui.plural(len(projects), "project"),
            f"kept in {ui.esc(lab.folder.resolve())}",
            "nothing leaves this machine",
        )
        ui.project_list(lab, archived)
        st.space("small")
        st.header("Start something new", anchor=False)
    ui.begin(lab)
