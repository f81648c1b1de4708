"""Several runs beside one another: the table to choose from, and the verdict over the chosen ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

import modellab_core.ui.place as place
from modellab_core.lab import Lab
from modellab_core.ui.bars import COLUMN, bar_uri
from modellab_core.ui.choices import GONE, data_names
from modellab_core.ui.follow import STATES, headline_axis, model_name
from modellab_core.ui.scores import decimals_of, metric_label
from modellab_core.ui.words import interval

KEY = "compare-runs"
CHOSEN = "_compare_chosen"
SAME = "same"


def pick_runs(lab: Lab, runs: Sequence[Any]) -> list[str]:
    """The table of runs; those ticked stand in the address as `?runs=`. At first the runs of the newest batch."""
    wanted = _asked(runs)
    with st.container(horizontal=True, vertical_alignment="center"):
        only = st.toggle("Only what differs", key="compare-differs", help="Hide settings that all runs share.")
    frame, config = _table(lab, runs, only)
    rows = [place_ for place_, run in enumerate(runs) if run.id in wanted]
    chosen = st.dataframe(
        frame,
        key=f"{KEY}-{len(runs)}-{only}",
        hide_index=True,
        height="content" if len(runs) <= 12 else 470,
        on_select="rerun",
        selection_mode="multi-row",
        selection_default={"selection": {"rows": rows, "columns": [], "cells": []}},
        column_config=config,
        alt="The runs of this project with their headline metric",
    )
    ids = [runs[row].id for row in chosen["selection"]["rows"] if row < len(runs)]
    place.stand("runs", ",".join(ids) or None)
    return ids


def _asked(runs: Sequence[Any]) -> list[str]:
    """The ids of the address that are among `runs`, else those of the newest batch."""
    asked = (place.here("runs") or "").split(",")
    known = [run.id for run in runs if run.id in asked]
    if known:
        return known
    return [run.id for run in runs if run.batch_id is not None and run.batch_id == runs[0].batch_id]


def names_of(runs: Sequence[Any]) -> dict[str, str]:
    """What each run is called by its id: its model, with the id where two share one."""
    models = [model_name(run) for run in runs]
    return {
        run.id: model if models.count(model) == 1 else f"{model} {run.id[:6]}"
        for run, model in zip(runs, models, strict=True)
    }


def settings_of(run: Any) -> dict[str, str]:
    """What a run was asked for, flat, as text."""
    recipe = run.recipe
    kept = {name: recipe.get(name) for name in ("target", "split", "test_size", "seed", "template", "weight")}
    kept |= {"leave out": ", ".join(recipe.get("drop") or ())}
    kept |= dict(recipe.get("params") or {})
    return {name: str(value) for name, value in kept.items() if value not in (None, "", "None")}


def _table(lab: Lab, runs: Sequence[Any], only_differing: bool) -> tuple[pd.DataFrame, dict[str, Any]]:
    axis, data = headline_axis(list(runs)), data_names(lab, runs[0].project_id)
    settings = [settings_of(run) for run in runs]
    names = list(dict.fromkeys(name for one in settings for name in one))
    if only_differing:
        names = [name for name in names if len({one.get(name) for one in settings}) > 1]
    lines = []
    for run, asked in zip(runs, settings, strict=True):
        told = run.headline or {}
        value, low, high = told.get("value"), told.get("low"), told.get("high")
        lines.append(
            {
                "model": model_name(run),
                "metric": metric_label(told["metric"]) if told else "",
                "value": value,
                "bar": bar_uri(value, low, high, axis),
                "interval": interval(low, high),
                "data": data.get(run.version_id, GONE),
                "state": [STATES[run.state][0]],
                "ended": run.ended_at,
            }
            | {f"set {name}": asked.get(name, "") for name in names}
        )
    config = {
        "model": st.column_config.TextColumn("Model", pinned=True),
        "metric": "Ranked by",
        "value": st.column_config.NumberColumn("Value", format=decimals_of(line["value"] for line in lines)),
        "bar": st.column_config.ImageColumn("On one axis", width=COLUMN),
        "interval": "Interval",
        "data": "Data",
        "state": st.column_config.MultiselectColumn(
            "State", options=[told[0] for told in STATES.values()], color=[told[1] for told in STATES.values()]
        ),
        "ended": st.column_config.DatetimeColumn("Finished", format="D MMM, HH:mm"),
    }
    return pd.DataFrame(lines), config | {f"set {name}": name.replace("_", " ").capitalize() for name in names}


def not_comparable(reason: str) -> None:
    """Why the chosen runs are not ranked."""
    st.warning(reason, icon=":material/block:")
    st.caption("Their values stand in the table above, each with its own interval; no order among them is claimed.")
