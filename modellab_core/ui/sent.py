"""A pack that somebody sent, on screen: looked at, kept as a run, or run, each after a click."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

import modellab_core.ui.place as place
import modellab_core.ui.recheck as recheck
from modellab_core.lab import Lab
from modellab_core.ui.drop import Stored, drop, take
from modellab_core.ui.outcomes import ask_why, because, looked_at, outcome


def check_sent(lab: Lab) -> None:
    """A pack from anywhere: looked at as data first; it is kept or run only after a click."""
    file = drop("A pack", "drop-pack", lab.settings.max_upload_mb, types=["zip"])
    if file is None:
        return
    key = f"sent-{file.file_id}"
    if recheck.find(f"{key}-look") is None:
        recheck.start(f"{key}-look", "Looking at its files", lambda _: _stored(lab, file, lab.look_at_pack))
    recheck.watch(f"{key}-look", looked_at)
    look = recheck.find(f"{key}-look")
    if look is None or not look.done or look.verdict is None or look.verdict[0].code:
        return
    keep, again = st.columns(2, gap="medium")
    with keep.container(border=True, key="keep-sent"):
        _keep_sent(lab, file)
    with again.container(border=True, key="again-sent"):
        st.caption("Running it trains the model again on this machine, with the code that came in the pack.")
        if st.button("Run it here", key="run-sent", icon=":material/play_arrow:", disabled=recheck.busy(key)):
            _start(key, "Running the pack", lab, file, lambda path, say: lab.verify_pack(path, here=True, on_line=say))
    recheck.watch(key, outcome)
    done = recheck.find(key)
    if done is not None and done.done and done.verdict is not None and done.verdict.code in (1, 3):
        ask_why(f"{key}-why", lambda say: _stored(lab, file, lambda path: lab.why(path, on_line=say)))
    recheck.watch(f"{key}-why", because)


def _start(key: str, title: str, lab: Lab, file: Any, work: Callable[[Path, Callable[[str], None]], Any]) -> None:
    recheck.start(key, title, lambda on_line: _stored(lab, file, lambda path: work(path, on_line)))
    st.rerun()


def _keep_sent(lab: Lab, file: Any) -> None:
    """The choice of a project, and the button that keeps the run of the pack there."""
    names = [summary.project.name for summary in lab.projects()]
    project = st.selectbox(
        "Project",
        names,
        key="sent-project",
        accept_new_options=True,
        index=0 if names else None,
        placeholder="Its name",
    )
    st.caption("Its table, report and model become a run of this project. Nothing of it is run.")
    if st.button("Import as a run", key="import-sent", icon=":material/download_for_offline:", disabled=not project):
        home = str(project)
        run = take(file, lambda it: _stored(lab, it, lambda path: lab.import_pack(path, home)), "Importing", keep=True)
        if run is not None:
            st.session_state["_imported"] = (file.file_id, run.id, run.project_id)
    known = st.session_state.get("_imported")
    if known and known[0] == file.file_id:
        st.success("Imported.", icon=":material/task_alt:")
        place.link("evaluate", "Look at the run", icon=":material/monitoring:", project=known[2], run=known[1])


def _stored(lab: Lab, file: Any, act: Callable[[Path], Any]) -> Any:
    with Stored(lab, file) as path:
        return act(path)
