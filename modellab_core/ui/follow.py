"""Runs that wait or run: what each is doing, how far it is, the end of its log, and the button that stops it."""

from __future__ import annotations

from typing import Any

import streamlit as st

import modellab_core.ui.place as place
from modellab_core.lab import Lab
from modellab_core.ui.bars import bar, domain
from modellab_core.ui.frame import live
from modellab_core.ui.words import esc, interval, lasted, number

PHASES = {
    "reading": "Reading the data",
    "splitting": "Splitting the rows",
    "fitting": "Fitting",
    "predicting": "Predicting the test rows",
    "evaluating": "Evaluating",
    "files": "Writing the report and the pack",
}
WEIGHTS = {"reading": 0.06, "splitting": 0.02, "fitting": 0.37, "predicting": 0.05, "evaluating": 0.3, "files": 0.2}
STATES = {
    "queued": ("Waiting", "gray", "schedule"),
    "running": ("Running", "blue", "progress_activity"),
    "succeeded": ("Done", "green", "check_circle"),
    "failed": ("Failed", "red", "error"),
    "cancelled": ("Cancelled", "gray", "cancel"),
    "interrupted": ("Interrupted", "orange", "bolt"),
    "damaged": ("Damaged", "red", "broken_image"),
}
MODELS = {"dummy": "Dummy", "linear": "Linear model", "xgboost": "XGBoost"}
LOG_LINES = 30


def model_name(run: Any) -> str:
    """What a run's model is called on screen (not escaped)."""
    return MODELS.get(run.model) or run.name or run.model or run.id


def state_badge(state: str) -> None:
    """The state of a run as a small coloured label."""
    label, colour, icon = STATES[state]
    st.badge(label, icon=f":material/{icon}:", color=colour)  # type: ignore[arg-type]


def share(run: Any) -> float:
    """How far a run is, in [0, 1]; the phases weigh about as much as they last."""
    if run.ended_at is not None:
        return 1.0
    names = list(WEIGHTS)
    if run.phase not in names:
        return 0.0
    before = sum(WEIGHTS[name] for name in names[: names.index(run.phase)])
    within = min(1.0, run.done / run.total) if run.total else 0.0
    return min(1.0, before + WEIGHTS[run.phase] * within)


def doing(run: Any) -> str:
    """One line about what a run is doing (escaped)."""
    if run.state == "queued":
        return "Waits for the run before it."
    if run.cancel_requested and run.live:
        return "Stopping …"
    steps = f" · {run.done} of {run.total}" if run.total > 1 else ""
    message = f" · {esc(run.message)}" if run.message else ""
    return f"{PHASES.get(run.phase, 'Starting')}{steps}{message}"


def follow(lab: Lab, batch: Any) -> None:
    """The runs of `batch`, drawn again every second while one is live, and the page once when all ended."""
    was_live = any(run.live for run in lab.batch_runs(batch))

    @live(1.0 if was_live else None)
    def panel() -> None:
        runs = lab.batch_runs(batch)
        axis = headline_axis(runs)
        for run in runs:
            row(lab, run, axis)
        if was_live and not any(run.live for run in runs):
            st.rerun()

    panel()


def headline_axis(runs: list[Any]) -> tuple[float, float]:
    """One axis for the headline values of several runs."""
    known = [run.headline for run in runs if run.headline]
    return domain(one.get(end) for one in known for end in ("value", "low", "high"))


def row(lab: Lab, run: Any, axis: tuple[float, float]) -> None:
    """One run in one bordered line: its model, how far it is or what came out, and what can be done."""
    with st.container(border=True, key=f"run-{run.id}"):
        name, middle, right = st.columns([2.7, 4.7, 2.6], gap="small", vertical_alignment="center")
        with name.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"**{esc(model_name(run))}**", width="content")
            state_badge(run.state)
        with middle:
            _middle(run, axis)
        with right.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
            _buttons(lab, run)
        if run.state in ("running", "failed", "interrupted"):
            _log(lab, run)


def _middle(run: Any, axis: tuple[float, float]) -> None:
    if run.live:
        st.progress(share(run), text=doing(run))
    elif run.state == "succeeded" and run.headline:
        _headline(run, axis)
    else:
        st.markdown(esc(run.error or run.message or "Nothing of it was kept.", limit=1000))


def _headline(run: Any, axis: tuple[float, float]) -> None:
    told = run.headline
    left, right = st.columns([1.1, 2], vertical_alignment="center")
    width = None if told.get("low") is None else told["high"] - told["low"]
    left.markdown(f"**{number(told['value'], width)}** :gray[{interval(told.get('low'), told.get('high'))}]")
    with right:
        bar(told["value"], told.get("low"), told.get("high"), axis)


def _buttons(lab: Lab, run: Any) -> None:
    time = lasted(run.started_at, run.ended_at)
    if time:
        st.caption(time, width="content")
    if run.live:
        stop = st.button("Cancel", key=f"cancel-{run.id}", icon=":material/stop_circle:", disabled=run.cancel_requested)
        if stop:
            lab.cancel(run.id)
            st.rerun()
    elif run.state == "succeeded":
        place.link("evaluate", "Open report", icon=":material/insights:", run=run.id)
    elif run.damage is None and st.button("Start again", key=f"retry-{run.id}", icon=":material/replay:"):
        lab.retry(run.id)
        st.rerun()


def _log(lab: Lab, run: Any) -> None:
    log = st.expander("Log", key=f"log-{run.id}", on_change="rerun", icon=":material/notes:", type="compact")
    if log.open:
        lines = lab.log(run.id).splitlines()[-LOG_LINES:]
        log.code("\n".join(lines) or "Nothing was printed.", language=None, wrap_lines=True)
