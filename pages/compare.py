"""Several models on the same rows, with paired differences; no ranking where the rows differ."""

from __future__ import annotations

import streamlit as st

import modellab_core.ui as ui
from modellab_core.errors import ModelLabError

with ui.page("Compare") as lab:
    project = ui.need_project(lab)
    ui.tell_damage(lab.all_runs(project.id))
    runs = ui.finished(lab, project.id)
    if not runs:
        ui.no_runs()
        st.stop()
    answer = st.container()
    st.header("Runs of this project", anchor=False)
    chosen = ui.pick_runs(lab, runs)
    with answer:
        if len(chosen) < 2:
            ui.context(ui.esc(project.name), ui.plural(len(runs), "finished run"))
            st.markdown("Tick two runs or more in the table to compare them on their test rows.")
            st.stop()
        shown = st.container()
        margin = ui.pick_margin()
        try:
            found = lab.compare(chosen, margin=margin)
        except ModelLabError as reason:
            ui.context(ui.esc(project.name), ui.plural(len(chosen), "run"))
            ui.not_comparable(ui.esc(reason, limit=1000))
            st.stop()
        ui.context(ui.esc(project.name), ui.scope(found))
        with shown:
            ui.sentence(found)
            ui.pairs_table(found, "pairs", ui.names_of(runs))
            ui.charged(found)
