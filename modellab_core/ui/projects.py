"""The list of projects: one line each, with its recommended model, what is going on, and what can be done."""

from __future__ import annotations

from typing import Any

import streamlit as st

import modellab_core.ui.place as place
from modellab_core.lab import Lab
from modellab_core.ui.arrivals import LOOK
from modellab_core.ui.bars import bar, domain
from modellab_core.ui.dialogs import ask_text, confirm_delete
from modellab_core.ui.frame import live
from modellab_core.ui.named import STATES, model_name
from modellab_core.ui.scores import metric_label
from modellab_core.ui.words import ago, esc, interval, listed, number, plural, size

A_PAGE = 20
MENU = {
    "rename": ":material/edit: Rename and describe",
    "archive": ":material/archive: Archive",
    "restore": ":material/unarchive: Restore",
    "delete": ":material/delete: Delete",
}


def project_list(lab: Lab, archived: bool) -> None:
    """The projects, those with live runs on top; drawn again by itself, so that what others start is seen at once."""
    summaries = lab.projects(archived=archived, recommended=False)
    wanted = _searched() if len(summaries) > A_PAGE else ""

    @live(LOOK)
    def lines() -> None:
        said, shown_here, below = st.container(), st.container(), st.container()
        found = [one for one in lab.projects(archived=archived, recommended=False) if _fits(one.project, wanted)]
        if wanted:
            said.caption(f"{len(found):,} of {plural(len(summaries), 'project')}.")
        pages = -(-len(found) // A_PAGE)
        page = below.pagination(pages, key="project-page", bind="query-params") - 1 if pages > 1 else 0
        shown = found[page * A_PAGE : (page + 1) * A_PAGE]
        ids = [one.project.id for one in shown]
        picks, rates = lab.recommended(ids), lab.reproduced_rates(ids)
        with shown_here:
            for summary in shown:
                _line(lab, summary, picks.get(summary.project.id), rates[summary.project.id])

    lines()


def _searched() -> str:
    given = st.text_input(
        "Find a project",
        key="project-search",
        bind="query-params",
        placeholder="A part of its name or description",
        icon=":material/search:",
        width=420,
    )
    return (given or "").strip().casefold()


def _fits(project: Any, wanted: str) -> bool:
    return wanted in f"{project.name} {project.description}".casefold()


def _line(lab: Lab, summary: Any, recommended: Any, rate: Any) -> None:
    project = summary.project
    with st.container(border=True, key=f"project-{project.id}"):
        name, model, right = st.columns([3.2, 4.4, 2.6], vertical_alignment="center")
        with name:
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                place.link("train", f"**{esc(project.name, limit=80)}**", icon=":material/folder:", project=project.id)
                if project.archived_at:
                    st.badge("Archived", color="gray", icon=":material/archive:")
            again = f"{rate.reproduced + rate.within_tolerance} of {rate.runs} reproduced" if rate.runs else ""
            counts = [plural(summary.datasets, "dataset"), plural(summary.runs, "run"), again]
            st.caption(" · ".join(part for part in (esc(project.description, limit=120), *counts) if part))
        with model:
            _recommended(recommended, "No report yet." if summary.runs else "No finished run yet.")
        with right.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center", gap="small"):
            _state(summary)
            _menu(lab, project)


def _state(summary: Any) -> None:
    """What runs or waits; else what of the newest training did not succeed, and when something happened."""
    if summary.running:
        waiting = summary.latest.get("queued", 0) == summary.running
        word, icon, colour = ("waiting", "schedule", "gray") if waiting else ("running", "progress_activity", "blue")
        st.badge(f"{summary.running} {word}", icon=f":material/{icon}:", color=colour)  # type: ignore[arg-type]
        return
    for state in ("failed", "interrupted"):
        if summary.latest.get(state):
            label, colour, icon = STATES[state]
            told = f"{summary.latest[state]} {label.lower()}"
            st.badge(told, icon=f":material/{icon}:", color=colour)  # type: ignore[arg-type]
    st.caption(ago(summary.last_activity), width="content")


def _recommended(run: Any, without: str) -> None:
    """The recommended model with its interval, or that there is none."""
    told = run.headline if run is not None else None
    if not told:
        st.caption(without)
        return
    low, high, value = told.get("low"), told.get("high"), told.get("value")
    left, right = st.columns([1.5, 1], vertical_alignment="center")
    width = None if low is None else high - low
    left.markdown(f"{esc(model_name(run))} **{number(value, width)}** :gray[{interval(low, high)}]")
    left.caption(f"{metric_label(told['metric'])}, {'recommended' if told.get('recommended') else 'not compared'}")
    with right:
        bar(value, low, high, domain([value, low, high], 0.6))


def _menu(lab: Lab, project: Any) -> None:
    away = "restore" if project.archived_at else "archive"
    chosen = st.menu_button(
        "Actions",
        ["rename", away, "delete"],
        format_func=MENU.__getitem__,
        key=f"menu-{project.id}",
        type="tertiary",
    )
    if chosen == "rename":
        _edit(lab, project)
    elif chosen == "delete":
        _delete(lab, project)
    elif chosen:
        (lab.archive_project if chosen == "archive" else lab.restore_project)(project.id)
        st.rerun()


def _edit(lab: Lab, project: Any) -> None:
    def act(name: str, description: str) -> None:
        if name != project.name:
            lab.rename_project(project.id, name)
        if description != project.description:
            lab.describe_project(project.id, description)

    ask_text("Name and description", act, button="Save", name=project.name, description=project.description or "")


def _delete(lab: Lab, project: Any) -> None:
    goes = lab.project_contents(project.id)
    parts = [plural(goes.datasets, "dataset"), plural(goes.runs, "run")]
    told = f"with {listed(parts)} ({size(goes.bytes)})"
    confirm_delete("project", project.name, told, lambda: lab.delete_project(project.id), type_name=True)


def new_project(lab: Lab) -> None:
    """Ask for a name and make a project of it; then it is the chosen one."""

    def act(name: str, description: str) -> None:
        place.enter_project(lab.create_project(name, description).id)

    ask_text("New project", act, button="Create", description="", icon=":material/create_new_folder:")
