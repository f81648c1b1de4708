"""Several models on the same rows, with paired differences; no ranking where the rows differ."""

from __future__ import annotations

import streamlit as st

import modellab_core.ui as ui
from modellab_core.errors import ModelLabError

VIEWS = ["Differences", "Settings", "Rows that flipped", "Curves"]

with ui.page("Compare") as lab:
    project = ui.need_project(lab)
    table = ui.runs_to_compare(lab, project.id)
    ui.tell_damage(table.damaged)
    if not table.runs:
        ui.no_runs()
        ui.stop()
    answer = st.container()
    st.header("Runs of this project", anchor=False)
    chosen = ui.pick_runs(table)
    with answer:
        if len(chosen) < 2:
            ui.context(ui.esc(project.name), ui.plural(len(table.runs), "run"))
            st.markdown("Tick two runs or more in the table to compare them on their test rows.")
            ui.stop()
        if not all(run.reported for run in chosen):
            ui.context(ui.esc(project.name), ui.plural(len(chosen), "run"))
            ui.beside(lab, chosen)
            ui.stop()
        head = st.container()
        differences, settings, rows, curves = st.tabs(VIEWS, key="view", bind="query-params")
        with settings:
            ui.settings(chosen)
        margin = ui.margin_given()
        try:
            found = lab.compare([run.id for run in chosen], margin=margin)
        except ModelLabError as reason:
            ui.context(ui.esc(project.name), ui.plural(len(chosen), "run"))
            with head:
                ui.not_comparable(ui.esc(reason, limit=1000))
            for other in (differences, rows, curves):
                other.caption("Only runs on the same test rows can be compared here.")
            ui.stop()
        ui.context(ui.esc(project.name), ui.scope(found))
        with head:
            ui.sentence(found)
            ui.standing(found, chosen)
        with differences:
            ui.pairs_table(found, "pairs", ui.names_of(chosen))
            ui.pick_margin()
            ui.charged(found)
        if rows.open:
            with rows, ui.guard():
                ui.flipped(lab, chosen, found.recommended)
        if curves.open:
            with curves, ui.guard():
                ui.curves(lab, chosen)
