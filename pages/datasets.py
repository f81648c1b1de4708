"""Tables: what was read, how, and what is in every column."""

from __future__ import annotations

import streamlit as st

import modellab_core.ui as ui

PREVIEW = 1000

with ui.page("Datasets") as lab:
    project = ui.need_project(lab)
    version = ui.pick_version(lab, project.id)
    if version is None:
        ui.context(ui.esc(project.name))
        st.markdown("This project has no table yet. Drop one: it is read, described and kept with its exact bytes.")
        ui.add_table(lab, project.id)
        st.stop()

    dataset = lab.dataset(version.dataset_id)
    with ui.actions():
        if st.button("Train on this", key="train-on", type="primary", icon=":material/model_training:"):
            ui.go("train", version=version.id, batch="new")
        with st.popover("Add a table", icon=":material/upload:", key="add"):
            ui.add_table(lab, project.id)
        if st.button("Delete", key="delete-dataset", icon=":material/delete:", help="Delete this dataset"):
            ui.delete_dataset(lab, dataset)
    ui.context(ui.esc(project.name), f"{ui.esc(dataset.name)}, version {version.number}", ui.how_read(version))

    rows, columns, reading, versions = st.tabs(
        ["Rows", "Columns", "How it was read", "Versions"], key="view", bind="query-params"
    )
    if rows.open:
        with rows:
            ui.show_notes(version.notes, "rows")
            shown = lab.preview(version.id, 0, PREVIEW)
            ui.rows_of(shown, "preview", height=560)
            st.caption(f"{ui.plural(len(shown), 'row')} of {version.rows:,}, as they were read.")
    if columns.open:
        with columns:
            ui.profile_table(lab, version, "profile")
            st.caption("A distribution shows numbers and dates from the smallest to the largest value.")
    if reading.open:
        with reading:
            st.markdown(ui.how_read(version))
            ui.show_notes(version.notes, "reading")
            st.header("Read it differently", anchor=False)
            st.caption("The same bytes become another version; nothing is lost.")
            again = ui.read_differently(lab, version)
            if again is not None:
                ui.go("datasets", version=again.id)
    if versions.open:
        with versions:
            st.caption("Tick a version to look at it.")
            ticked = ui.versions_table(ui.versions_of(lab, dataset), f"versions-{version.id}")
            if ticked is not None:
                ui.go("datasets", version=ticked)
