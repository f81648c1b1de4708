"""The pack of a run on screen: what is in it, whether it was reproduced, and the check of one that somebody sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

import modellab_core.ui.recheck as recheck
from modellab_core.lab import Lab
from modellab_core.ui.choices import told_data
from modellab_core.ui.outcomes import ask_why, because, looked_at, outcome
from modellab_core.ui.words import ago, esc, plural, size

STATES = {
    "never": ("Never tried", "gray", "help"),
    "reproduced": ("Reproduced", "green", "verified"),
    "within_tolerance": ("Within tolerance", "blue", "verified"),
    "failed": ("Not reproduced", "red", "error"),
}
WHAT = {
    "reproduce.md": "Steps for a person",
    "run_config.json": "The recipe",
    "environment.txt": "Exact versions",
    "environment.json": "Python, machine, libraries",
    "dataset_info.json": "The data described",
    "__main__.py": "The runner: python run.zip",
    "reproduce.py": "Trains and evaluates again",
    "croissant.json": "The data, for other tools",
    "ro-crate-metadata.json": "The run, for other tools",
    "manifest-sha256.txt": "Checksums of all files",
}
FOLDERS = {
    "artifacts": "The report and the model",
    "code": "The source that made the run",
    "data": "The data and its split",
    "expected": "What must come out again",
    "schemas": "The form of the JSON files",
}


def state_of(lab: Lab, run: Any) -> None:
    """Whether the run was ever reproduced, when and where; of a logged run, that it cannot be."""
    if run.kind == "logged":
        st.badge("Cannot be trained again", icon=":material/edit_note:", color="gray")
        return
    last = lab.verification(run.id)
    label, colour, icon = STATES[last.state if last is not None else "never"]
    st.badge(label, icon=f":material/{icon}:", color=colour)  # type: ignore[arg-type]
    if last is not None:
        st.caption(f"{ago(last.at)}, on {esc(last.machine)}")


def contents(members: Sequence[tuple[str, int]]) -> None:
    """What is in the pack, with sizes."""
    lines = [{"file": name, "size": size(count), "what": _what(name)} for name, count in members]
    st.caption(f"{plural(len(members), 'file')}, {size(sum(count for _, count in members))}")
    st.dataframe(
        pd.DataFrame(lines),
        key="pack-contents",
        hide_index=True,
        height=420,
        alt="The files of the pack with their sizes",
        column_config={
            "file": st.column_config.TextColumn("File", width="medium"),
            "size": st.column_config.TextColumn("Size", width="small", alignment="right"),
            "what": st.column_config.TextColumn("What it is", width="medium"),
        },
    )


def _what(name: str) -> str:
    return WHAT.get(name) or FOLDERS.get(name.partition("/")[0], "")


def download(lab: Lab, run: Any, data: bool, model: bool) -> None:
    """The pack to be saved; it is put together when the button is pressed."""

    st.download_button(
        "Download the pack",
        lambda: b"".join(lab.pack(run.id, data=data, model=model)),
        file_name=f"run-{run.id}.zip",
        mime="application/zip",
        key="download-pack",
        type="primary",
        icon=":material/download:",
        on_click="ignore",
    )


def came_from(lab: Lab, run: Any) -> str:
    """The data of a run, or that a program logged it, for the line of context."""
    return "logged by a program" if run.kind == "logged" else told_data(lab, run)


def what_a_pack_is(run: Any) -> None:
    """What the pack holds and does, and whose code it runs when the run came from elsewhere."""
    if run.kind == "logged":
        st.markdown(
            "One ZIP with all that the program logged. **It cannot be trained again:** ModelLab knows neither which "
            "data the program read nor what it did with them. `reproduce.md` says what was captured and what was not."
        )
        return
    st.markdown(
        "One ZIP with the data, the split, the model, the report, the exact source and versions. "
        "`python run.zip` trains the run again and compares every number."
    )
    if any(note.get("code") == "from_pack" for note in run.notes):
        st.caption("This run came in a pack: running it again runs the code that came with it.")


def no_pack(run: Any) -> str:
    """Why there is no pack of a run."""
    if run.kind == "imported":
        return "Its predictions came from outside, so there is nothing to train again and no pack."
    if run.live:
        return "The program that logs this run is running. Its pack can be made when it has ended."
    return "Nothing of this run can be packed."


def rate(lab: Lab, project: Any) -> str:
    """The project's rate of reproduced runs, in words."""
    return rate_words(lab.reproduced_rate(project.id)) or "no run that can be trained again"


def rate_words(found: Any) -> str:
    """A rate of reproduced runs in words; empty where no run can be trained again."""
    if not found.runs:
        return ""
    told = f"{found.reproduced + found.within_tolerance} of {plural(found.runs, 'run')} reproduced"
    failed = f", {found.failed} not" if found.failed else ""
    return f"{told}{failed}, {found.never} never tried" if found.never else f"{told}{failed}"


def rerun_here(lab: Lab, run: Any) -> None:
    """A button that trains the run again on this machine and compares every number."""
    key = f"run-{run.id}"
    if st.button("Run it again here", key="rerun-here", icon=":material/replay:", disabled=recheck.busy(key)):
        recheck.start(key, "Running the pack again", lambda on_line: lab.verify(run.id, here=True, on_line=on_line))
        st.rerun()


def look_at(lab: Lab, run: Any) -> None:
    """A button that checks the pack's files without running anything."""
    key = f"look-{run.id}"
    if st.button("Check its files", key="look-at", icon=":material/fact_check:", disabled=recheck.busy(key)):
        recheck.start(key, "Checking the files of the pack", lambda _: lab.look_at_run(run.id))
        st.rerun()


def watch_rerun(lab: Lab, run: Any) -> None:
    """The checks of this run's pack as they go on, what came of them, and the way to find out why it differs."""
    recheck.watch(f"look-{run.id}", looked_at)
    key = f"run-{run.id}"
    recheck.watch(key, outcome)
    done = recheck.find(key)
    if done is not None and done.done and done.verdict is not None and done.verdict.code in (1, 3):
        ask_why(f"why-{run.id}", lambda on_line: lab.why_run(run.id, on_line))
    recheck.watch(f"why-{run.id}", because)
