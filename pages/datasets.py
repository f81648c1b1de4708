"""Tables: what was read, how, and what is in every column."""

from __future__ import annotations

import streamlit as st

import modellab_core.ui as ui

VIEWS = ["Rows", "Columns", "Checks", "How it was read", "Versions"]

with ui.page("Datasets") as lab:
    project = ui.need_project(lab)
    version = ui.pick_version(lab, project.id)
    if version is None:
        ui.context(ui.esc(project.name))
        st.markdown("This project has no table yet. Drop one: it is read, described and kept with its exact bytes.")
        ui.add_table(lab, project.id)
        ui.stop()

    dataset = lab.dataset(version.dataset_id)
    with ui.actions():
        if st.button("Train on this", key="train-on", type="primary", icon=":material/model_training:"):
            ui.go("train", version=version.id, batch="new")
        with st.popover("Add a table", icon=":material/upload:", key="add"):
            ui.add_table(lab, project.id)
        if st.button("Delete", key="delete-dataset", icon=":material/delete:", help="Delete this dataset"):
            ui.delete_dataset(lab, dataset)
    ui.context(ui.esc(project.name), f"{ui.esc(dataset.name)}, version {version.number}", ui.how_read(version))

    ui.refused()
    rows, columns, checks, reading, versions = st.tabs(VIEWS, key="view", bind="query-params")
    if rows.open:
        with rows, ui.guard():
            ui.any_rows(lab, version)
    if columns.open:
        with columns, ui.guard():
            ui.columns_of(lab, version)
    if checks.open:
        with checks, ui.guard():
            st.caption("What could make a model look better or worse than it is. Nothing here stops a training.")
            choice = ui.choose_target_alone(version)
            if choice is not None:
                ui.before_training(lab, version, choice)
    if reading.open:
        with reading, ui.guard():
            ui.way_back(lab, version)
            ui.found_out(version)
            with st.expander("Read it differently", key="read-differently", icon=":material/tune:"):
                st.caption("The same bytes become another version; nothing is lost.")
                ui.read_differently(lab, version)
            st.header("What is worth knowing", anchor=False)
            ui.by_meaning(lab, version)
    if versions.open:
        with versions, ui.guard():
            ui.show_versions(lab, version, dataset)
