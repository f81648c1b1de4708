"""Three models on the same split, and which one to use."""

from __future__ import annotations

import streamlit as st

import modellab_core.ui as ui

with ui.page("Train") as lab:
    project = ui.need_project(lab)
    with ui.actions():
        batch = ui.pick_batch(lab, project.id)

    if batch is None:
        version = ui.pick_version(lab, project.id, "Table")
        if version is None:
            ui.context(ui.esc(project.name))
            st.markdown("Training needs a table. Drop one here; the next step is one button.")
            ui.add_table(lab, project.id)
            ui.stop()
        ui.context(ui.esc(project.name), ui.how_read(version))
        ui.refused()
        with st.container(border=True, key="what-was-read"):
            ui.rows_of(lab.preview(version.id, 0, 5), "first-rows", height="content")
            ui.notes_in_short(lab, version)
            ui.undo_reading(lab, version)
        with st.container(border=True, key="what-to-predict"):
            guess = ui.choose_target(version)
            if guess.problem:
                ui.stop()
            choice = ui.choose_rest(version, guess)
            choice = ui.choose_details(lab, version, guess, choice)
        st.header("Before you train", anchor=False)
        with ui.guard():
            findings = ui.before_training(lab, version, choice)
        with ui.at_the_bottom():
            if st.button(
                "Train dummy, linear, XGBoost",
                key="train",
                type="primary",
                icon=":material/play_arrow:",
                shortcut="Ctrl+Enter",
            ):
                started = ui.train(lab, version, choice)
                ui.go("train", batch=started.id)
            ui.what_stands_in_the_way(findings)
        ui.stop()

    runs = lab.batch_runs(batch.id)
    verdict = lab.verdict(batch.id)
    ui.context(ui.esc(project.name), ui.told_data(lab, batch), ui.told_batch(batch))
    if verdict is not None:
        ui.sentence(verdict)
        with st.container(border=True, key="evidence"):
            ui.forest(runs, verdict)
            ui.smallest_visible(verdict)
        ui.next_steps(lab, runs, verdict.recommended)
    heading = st.header if verdict is None else st.subheader
    heading("The three runs" if len(runs) == 3 else "The runs", anchor=False)
    ui.follow(lab, batch)
    if verdict is not None:
        with st.expander("Every pair of models", key="pairs", icon=":material/compare_arrows:"):
            ui.pairs_table(verdict, "pairs-table")
        ui.cross_validation(lab, batch)
    ui.checked(batch.checks)
    ui.show_notes(batch.request.get("notes", []), "batch")
