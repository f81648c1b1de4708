"""The runs of a project in one table: sorted, searched, filtered, and ticked to be compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

import modellab_core.ui.place as place
import modellab_core.ui.service as service
from modellab_core.lab import Lab
from modellab_core.lab.contrast import settings_of
from modellab_core.ui.arrivals import watch
from modellab_core.ui.bars import COLUMN, bar_uri, domain
from modellab_core.ui.choices import data_names, data_of
from modellab_core.ui.named import STATES, model_name
from modellab_core.ui.scores import decimals_of, metric_label
from modellab_core.ui.words import interval, plural

KEY = "compare-runs"
MOST_BARS = 300  # lines up to which each has its picture, so that a table of thousands opens at once
SHORT = 12  # lines that are shown without scrolling
SHOWN_ELSEWHERE = ("model", "metric", "data")  # settings that have a column of their own
FILTERS = {"model": "Model", "data": "Data", "set target": "Target", "metric": "Ranked by"}


@dataclass(frozen=True, eq=False)
class RunTable:
    """The runs of a project with a report and those that were logged, as lines, the newest first, and their table.

    `damaged` are those that cannot be read.
    """

    runs: Sequence[Any]
    frame: pd.DataFrame
    damaged: Sequence[Any]


def runs_to_compare(lab: Lab, project: str) -> RunTable:
    """The runs of a project that can be compared or laid beside others; drawn again when one comes, goes or ends.

    They are kept until then, so that a tick needs no new look.
    """
    data, mark = data_names(lab, project), lab.catalog.lines.mark(project)
    watch(lambda: lab.catalog.lines.mark(project), mark)
    return _kept(str(lab.folder), project, repr(mark), data)


@st.cache_resource(max_entries=4, show_spinner=False)
def _kept(folder: str, project: str, mark: str, data: dict[str, str]) -> RunTable:  # noqa: ARG001 (they are the key)
    found = service.lab().lines(project)
    runs = [run for run in found if run.reported or run.kind == "logged"]
    frame = pd.DataFrame([_line(run, data) for run in runs], index=[run.id for run in runs])
    return RunTable(runs, frame, [run for run in found if run.damage])


def pick_runs(table: RunTable) -> list[Any]:
    """The table of runs; those ticked stand in the address as `?runs=`. At first the runs of the newest batch."""
    runs, frame = table.runs, table.frame
    wanted = _asked(runs)
    with st.container(horizontal=True, vertical_alignment="bottom", key="compare-tools"):
        kept = _filtered(frame)
        told = "Hide settings that all runs share."
        only = st.toggle("Only what differs", True, key="compare-differs", bind="query-params", help=told)
    shown = frame[kept | frame.index.isin(wanted)]
    st.caption(f"{len(shown):,} of {plural(len(runs), 'run')}. Tick two or more to compare them.")
    chosen = _table(shown, [place_ for place_, ident in enumerate(shown.index) if ident in wanted], only)
    place.stand("runs", ",".join(chosen) or None)
    return [run for run in runs if run.id in chosen]


def _table(shown: pd.DataFrame, rows: list[int], only: bool) -> list[str]:
    names = [name for name in shown.columns if not (only and name.startswith("set ") and shown[name].nunique() < 2)]
    told = shown[names]
    if len(told) <= MOST_BARS:
        told.insert(3, "bar", _bars(told))
    chosen = st.dataframe(
        told.drop(columns=["low", "high"]),
        key=f"{KEY}-{hash(tuple(shown.index))}-{only}",
        hide_index=True,
        placeholder="–",
        height="content" if len(told) <= SHORT else 470,
        on_select="rerun",
        selection_mode="multi-row",
        selection_default={"selection": {"rows": rows, "columns": [], "cells": []}},
        column_config=_columns(told),
        alt="The runs of this project with their headline metric",
    )
    return [str(shown.index[row]) for row in chosen["selection"]["rows"] if row < len(shown)]


def _asked(runs: Sequence[Any]) -> list[str]:
    """The ids of the address that are among `runs`, else those of the newest batch."""
    asked = set((place.here("runs") or "").split(","))
    known = [run.id for run in runs if run.id in asked]
    if known:
        return known
    newest = next((run.batch_id for run in runs if run.batch_id is not None), None)
    return [run.id for run in runs if run.batch_id is not None and run.batch_id == newest]


def names_of(runs: Sequence[Any]) -> dict[str, str]:
    """What each run is called by its id: its model, with the id where two share one."""
    models = [model_name(run) for run in runs]
    return {
        run.id: model if models.count(model) == 1 else f"{model} {run.id[:6]}"
        for run, model in zip(runs, models, strict=True)
    }


def _line(run: Any, data: Mapping[str, str]) -> dict[str, Any]:
    """What the table says of a run; what is called `set …` are its settings."""
    told = run.headline or {}
    settings = {name: value for name, value in settings_of(run.recipe).items() if name not in SHOWN_ELSEWHERE}
    return {
        "model": model_name(run),
        "metric": metric_label(told["metric"]) if told else f"no report, {STATES[run.state][0].lower()}",
        "value": told.get("value"),
        "interval": interval(told.get("low"), told.get("high")),
        "data": data_of(run, data),
        "ended": run.ended_at,
        "low": told.get("low"),
        "high": told.get("high"),
    } | {f"set {name}": value for name, value in settings.items()}


def _bars(frame: pd.DataFrame) -> list[str | None]:
    """A picture a line, all on one axis a metric."""
    ends = (
        frame[["value", "low", "high"]]
        .astype(float)
        .astype(object)
        .where(frame[["value", "low", "high"]].notna(), None)
    )
    axes = {name: domain(ends.loc[part.index].to_numpy().ravel()) for name, part in frame.groupby("metric")}
    return [
        bar_uri(value, low, high, axes[metric])
        for metric, (value, low, high) in zip(frame["metric"], ends.itertuples(index=False), strict=True)
    ]


def _filtered(frame: pd.DataFrame) -> Any:
    """Which lines fulfil the filters; there is one for each column in which the runs differ."""
    kept = pd.Series(True, index=frame.index)
    for name, label in FILTERS.items():
        values = sorted(frame[name].dropna().unique()) if name in frame else []
        if len(values) < 2:
            continue
        key = f"compare-{name.rpartition(' ')[2]}"
        chosen = st.multiselect(label, values, key=key, bind="query-params", placeholder="All", width=230)
        if chosen:
            kept &= frame[name].isin(chosen)
    return kept


def _columns(frame: pd.DataFrame) -> dict[str, Any]:
    settings = {name: name.removeprefix("set ") for name in frame if name.startswith("set ")}
    return {
        "model": st.column_config.TextColumn("Model", pinned=True),
        "metric": "Ranked by",
        "value": st.column_config.NumberColumn("Value", format=decimals_of(frame["value"].dropna())),
        "bar": st.column_config.ImageColumn("On one axis", width=COLUMN),
        "interval": "Interval",
        "data": "Data",
        "ended": st.column_config.DatetimeColumn("Finished", format="D MMM, HH:mm"),
    } | {name: told.replace("_", " ").capitalize() for name, told in settings.items()}


def not_comparable(reason: str) -> None:
    """Why the chosen runs are not ranked."""
    st.warning(reason, icon=":material/block:")
    st.caption("Their values stand in the table below, each with its own interval; no order among them is claimed.")
