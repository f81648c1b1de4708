"""The pack that anybody can re-run, and the check of one that somebody sent."""

from __future__ import annotations

import streamlit as st

import modellab_core.ui as ui

with ui.page("Repro") as lab:
    own, sent = st.tabs(["Pack of a run", "Check a pack"], key="view", bind="query-params")
    if sent.open:
        with sent:
            st.markdown(
                "A pack that somebody sent is looked at as data first: checksums, names and sizes. "
                "Nothing in it is executed without a click."
            )
            ui.check_sent(lab)
    if own.open:
        with own:
            project = ui.need_project(lab)
            run = ui.need_run(lab, project.id, page="repro")
            ui.context(ui.esc(project.name), ui.came_from(lab, run), f"run {run.id}", ui.rate(lab, project))
            if not lab.has_pack(run):
                st.info(ui.no_pack(run))
                ui.stop()
            left, right = st.columns([1, 1.4], gap="medium")
            with left.container(border=True, key="pack-actions"):
                ui.state_of(lab, run)
                ui.what_a_pack_is(run)
                again = lab.trains_again(run)
                data = not again or st.toggle("With the data", True, key="pack-data", bind="query-params")
                model = not again or st.toggle("With the fitted model", True, key="pack-model", bind="query-params")
                with st.container(horizontal=True):
                    ui.download(lab, run, data, model)
                    if again:
                        ui.rerun_here(lab, run)
                        ui.look_at(lab, run)
                st.caption("Two packs of one run are equal, byte for byte.")
            with right.container(border=True, key="pack-members"):
                ui.contents(lab.pack_members(run.id, data, model))
            ui.watch_rerun(lab, run)
