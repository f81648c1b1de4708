"""Runs that wait or run: what each is doing, how far it is, the end of its log, and the button that stops it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import streamlit as st

import modellab_core.ui.place as place
from modellab_core.errors import Conflict
from modellab_core.lab import Lab
from modellab_core.lab.pace import seconds_left, share
from modellab_core.ui.bars import bar, domain
from modellab_core.ui.frame import live
from modellab_core.ui.named import model_name, state_badge
from modellab_core.ui.scoring import run_menu
from modellab_core.ui.words import duration, esc, interval, lasted, number, plural

PHASES = {
    "reading": "Reading the data",
    "splitting": "Splitting the rows",
    "fitting": "Fitting",
    "predicting": "Predicting the test rows",
    "evaluating": "Evaluating",
    "files": "Writing the report and the pack",
}
LOG_LINES = 30
IDLE = 5.0  # seconds after which a page on which nothing runs looks whether somebody started something
AGAIN = ("failed", "cancelled", "interrupted")


def doing(run: Any, usual: Mapping[str, float], before: int) -> str:
    """One line about what a run is doing and how long it may take (escaped); `before` it so many others wait or run."""
    if run.state == "queued":
        return f"Waits for {plural(before, 'run')} before it." if before else "Starts at once."
    if run.cancel_requested and run.live:
        return "Stopping …"
    steps = f" · {run.done} of {run.total}" if run.total > 1 else ""
    message = f" · {esc(run.message)}" if run.message else ""
    left = seconds_left(run, datetime.now(UTC), usual)
    time = "" if left is None else f" · about {duration(left)} left"
    return f"{PHASES.get(run.phase, 'Starting')}{steps}{message}{time}"


def follow(lab: Lab, batch: Any) -> None:
    """The runs of `batch`, drawn again every second while one is live, else to see what another tab starts.

    When all have ended, or one is started, the whole page is drawn again.
    """
    live_one = any(run.live for run in lab.batch_runs(batch))
    usual = lab.usual_seconds(batch) if live_one else {}

    @live(1.0 if live_one else IDLE)
    def panel() -> None:
        runs = lab.batch_runs(batch)
        if any(run.live for run in runs) != live_one:
            st.rerun()
        axis = headline_axis(runs)
        queue = [run.id for run in lab.live_runs()] if live_one else []
        _together(lab, runs, usual)
        for run in runs:
            row(lab, run, axis, usual, queue.index(run.id) if run.id in queue else 0)

    panel()


def _together(lab: Lab, runs: list[Any], usual: Mapping[str, float]) -> None:
    """How far the batch is, and the buttons for all of its runs at once."""
    going = [run for run in runs if run.live]
    again = [run for run in runs if run.state in AGAIN and run.damage is None]
    if len(runs) < 2 or not (going or len(again) > 1):
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        if going:
            left = [seconds_left(run, datetime.now(UTC), usual) for run in going]
            time = "" if None in left else f", about {duration(sum(one for one in left if one))} left"
            st.caption(f"{len(runs) - len(going)} of {plural(len(runs), 'run')} done{time}.", width="content")
        if len(going) > 1 and st.button("Cancel all", key="cancel-all", icon=":material/stop_circle:", type="tertiary"):
            for run in reversed(going):
                with suppress(Conflict):  # it ended meanwhile
                    lab.cancel(run.id)
            st.rerun()
        if len(again) > 1 and st.button("Start all again", key="retry-all", icon=":material/replay:"):
            for run in again:
                lab.retry(run.id)
            st.rerun()


def headline_axis(runs: list[Any]) -> tuple[float, float]:
    """One axis for the headline values of several runs."""
    known = [run.headline for run in runs if run.headline]
    return domain(one.get(end) for one in known for end in ("value", "low", "high"))


def row(lab: Lab, run: Any, axis: tuple[float, float], usual: Mapping[str, float], before: int) -> None:
    """One run in one bordered line: its model, how far it is or what came out, and what can be done."""
    with st.container(border=True, key=f"run-{run.id}"):
        name, middle, right = st.columns([2.7, 4.7, 2.6], gap="small", vertical_alignment="center")
        with name.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"**{esc(model_name(run))}**", width="content")
            state_badge(run.state)
        with middle:
            _middle(run, axis, usual, before)
        with right.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
            _buttons(lab, run)
        if run.state in ("running", "failed", "interrupted"):
            _log(lab, run)


def _middle(run: Any, axis: tuple[float, float], usual: Mapping[str, float], before: int) -> None:
    if run.live:
        st.progress(share(run), text=doing(run, usual, before))
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
    if not run.live:
        run_menu(lab, run)


def _log(lab: Lab, run: Any) -> None:
    shown = run.state == "failed"
    log = st.expander(
        "Log", expanded=shown, key=f"log-{run.id}", on_change="rerun", icon=":material/notes:", type="compact"
    )
    if log.open:
        lines = lab.log(run.id).splitlines()[-LOG_LINES:]
        log.code("\n".join(lines) or "Nothing was printed.", language=None, wrap_lines=True)
