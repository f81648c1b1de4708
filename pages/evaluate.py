"""One model in detail: what it scores, beside another one, what breaks it, and which rows it gets wrong."""

from __future__ import annotations

import streamlit as st

import modellab_core.ui as ui

NUMBERS = ("predicted_vs_actual", "residuals", "error_distribution")

with ui.page("Evaluate") as lab:
    project = ui.need_project(lab)
    left, right = st.columns(2)
    with left:
        run = ui.need_run(lab, project.id)
    if run.kind == "logged" and not lab.has_report(run):
        with ui.actions():
            ui.link("repro", "Its pack", icon=":material/deployed_code:", run=run.id)
        ui.context(ui.esc(project.name), "logged by a program", f"run {run.id}")
        ui.logged_run(lab, run)
        ui.stop()
    with right:
        other = ui.pick_other(lab, run)
    report, _, _ = ui.opened(run)
    with ui.actions():
        ui.score_button(lab, run)
        ui.download_report(lab, run)
        ui.link("repro", "Its pack", icon=":material/deployed_code:", run=run.id)
    ui.context(ui.esc(project.name), ui.told_data(lab, run), ui.told_report(report))

    ui.takeaway(run, report, other)
    ui.show_cards(ui.cards_of(report, ui.difference_to(lab, run, other)))

    names = ["Calibration", "Slices", "Stress", "Errors", "Importance", "Latency", "All metrics"]
    if not report.task.is_classification:
        names = ["Residuals", *names]
    elif report.positive is not None:
        names = ["Threshold", *names]
    names = [*names, "Logged"] if run.kind == "logged" else names
    tabs = st.tabs(names, key="tab", bind="query-params")
    for name, tab in zip(names, tabs, strict=True):
        if not tab.open:
            continue
        with tab:
            if name == "Threshold":
                ui.threshold(report)
            elif name == "Residuals":
                ui.figures(NUMBERS, report, "residuals", columns=3)
            elif name == "Calibration":
                ui.calibration(report)
            elif name == "Slices":
                ui.slices(lab, run, report)
            elif name == "Stress":
                ui.stress(lab, run, report)
            elif name == "Errors":
                ui.errors(lab, run, report)
            elif name == "Importance":
                ui.importance(report)
            elif name == "Latency":
                ui.latency(lab, run)
            elif name == "Logged":
                ui.logged(lab, run)
            else:
                ui.score_table(ui.overall(report), "all-metrics")
                ui.class_curves(report)
                ui.classes(report)
