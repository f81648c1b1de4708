"""All runs of a project, whatever became of them: how many stand how, one table of them, and the way to each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

import modellab_core.ui.place as place
import modellab_core.ui.service as service
from modellab_core.lab import Lab
from modellab_core.ui.arrivals import arrivals, watch
from modellab_core.ui.choices import data_names, data_of
from modellab_core.ui.empty import no_runs
from modellab_core.ui.frame import live, tell_damage
from modellab_core.ui.named import STATES, model_name
from modellab_core.ui.packs import STATES as TRIES
from modellab_core.ui.packs import rate_words
from modellab_core.ui.scores import decimals_of, metric_label
from modellab_core.ui.words import esc, interval, plural

SHORT, HEIGHT = 12, 470
Kept = tuple[Sequence[Any], pd.DataFrame]


def show_runs(lab: Lab, project: Any) -> None:
    """The runs of a project, drawn again when one comes, goes or ends."""
    mark = _mark(lab, project)
    before, frame = _kept(str(lab.folder), project.id, *mark, data_names(lab, project.id))
    if not before:
        arrivals(lab, project.id)
        no_runs()
        return

    @live(None)
    def panel() -> None:
        _glance(lab, project, before)
        _chosen(before, _table(_filtered(before), frame))

    tell_damage(before)
    watch(lambda: _mark(lab, project), mark)  # a table of 10,000 runs is drawn only when it is another one
    panel()


def _glance(lab: Lab, project: Any, runs: Sequence[Any]) -> None:
    """How many runs stand how, and how many came out again."""
    counts = Counter(_state(run) for run in runs)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="runs-glance"):
        for state, (label, colour, icon) in STATES.items():
            if counts[state]:
                st.badge(f"{counts[state]:,} {label.lower()}", icon=f":material/{icon}:", color=colour)  # type: ignore[arg-type]
        st.caption(rate_words(lab.reproduced_rate(project.id)), width="content")


def _state(run: Any) -> str:
    return "damaged" if run.damage else str(run.state)


def _filtered(runs: Sequence[Any]) -> list[Any]:
    """The runs of the states that were picked."""
    known = [state for state in STATES if any(_state(run) == state for run in runs)]
    if len(known) < 2:
        return list(runs)
    picked = st.pills(
        "State",
        known,
        selection_mode="multi",
        format_func=lambda state: STATES[state][0],
        key="state",
        bind="query-params",
        label_visibility="collapsed",
    )
    return [run for run in runs if not picked or _state(run) in picked]


def _mark(lab: Lab, project: Any) -> tuple[str, dict[str, str]]:
    """What changes with any run of the project, and how the tries to reproduce them ended, by id."""
    return repr(lab.catalog.lines.mark(project.id)), lab.catalog.evidence.states(project.id)


@st.cache_resource(max_entries=4, show_spinner=False)
def _kept(folder: str, project: str, mark: str, tries: dict[str, str], data: dict[str, str]) -> Kept:  # noqa: ARG001 (they are the key)
    """The runs, and what the table says of each, by id; kept until a run changes."""
    runs = service.lab().lines(project)
    return runs, pd.DataFrame([_line(run, tries, data) for run in runs], index=[run.id for run in runs])


def _line(run: Any, tries: Mapping[str, str], data: Mapping[str, str]) -> dict[str, Any]:
    told = run.headline or {}
    ran = run.ended_at is not None and run.started_at is not None
    return {
        "model": model_name(run),
        "state": [STATES[_state(run)][0]],
        "metric": metric_label(told["metric"]) if told else "",
        "value": told.get("value"),
        "interval": interval(told.get("low"), told.get("high")),
        "data": data_of(run, data),
        "again": TRIES[tries[run.id]][0] if run.id in tries else "",
        "begun": run.created_at,
        "took": (run.ended_at - run.started_at).total_seconds() if ran else None,
        "run": run.id,
    }


def _table(runs: Sequence[Any], frame: pd.DataFrame) -> str | None:
    """The table; the ticked run stands in the address."""
    shown = frame.loc[[run.id for run in runs]]
    st.caption(f"{plural(len(shown), 'run')}. Tick one to open it.")
    at = [row for row, ident in enumerate(shown.index) if ident == place.asked("run")]
    chosen = st.dataframe(
        shown,
        key=f"runs-{hash(tuple(shown.index))}",
        hide_index=True,
        height="content" if len(shown) <= SHORT else HEIGHT,
        placeholder="–",
        on_select="rerun",
        selection_mode="single-row",
        selection_default={"selection": {"rows": at, "columns": [], "cells": []}},
        column_config=_columns(shown),
        alt="The runs of this project, the latest first",
    )
    rows = [row for row in chosen["selection"]["rows"] if row < len(shown)]
    return str(shown.index[rows[0]]) if rows else None


def _columns(shown: pd.DataFrame) -> dict[str, Any]:
    labels, colours = [one[0] for one in STATES.values()], [one[1] for one in STATES.values()]
    return {
        "model": st.column_config.TextColumn("Model", pinned=True),
        "state": st.column_config.MultiselectColumn("State", options=labels, color=colours),
        "metric": "Ranked by",
        "value": st.column_config.NumberColumn("Value", format=decimals_of(shown["value"].dropna())),
        "interval": st.column_config.TextColumn("Interval", width=130),
        "data": "Data",
        "again": "Reproduced",
        "begun": st.column_config.DatetimeColumn("Asked for", format="D MMM, HH:mm"),
        "took": st.column_config.NumberColumn("Seconds", format="%.0f"),
        "run": "Run",
    }


def _chosen(runs: Sequence[Any], ident: str | None) -> None:
    """Where the ticked run can be looked at."""
    place.stand("run", ident)
    place.settle()
    run = next((one for one in runs if one.id == ident), None)
    if run is None:
        return
    with st.container(horizontal=True, gap="medium", vertical_alignment="center", key="runs-ways"):
        st.markdown(f"**{esc(model_name(run))}**", width="content")
        if run.reported or run.kind == "logged":
            place.link("evaluate", "Open report", icon=":material/insights:", run=run.id)
            place.link("repro", "Its pack", icon=":material/deployed_code:", run=run.id)
        if run.batch_id:
            place.link("train", "Its training", icon=":material/model_training:", batch=run.batch_id)
