"""The pack of a run on screen: what is in it, whether it was reproduced, and the check of one that somebody sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
import streamlit as st

import modellab_core.ui.recheck as recheck
from modellab_core.lab import Lab
from modellab_core.ui.drop import Stored, drop
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
    """Whether the run was ever reproduced, when and where."""
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


def rerun_here(lab: Lab, run: Any) -> None:
    """A button that trains the run again on this machine and compares every number."""
    key = f"run-{run.id}"
    check = recheck.find(key)
    busy = check is not None and not check.done
    if st.button("Run it again here", key="rerun-here", icon=":material/replay:", disabled=busy):
        recheck.start(key, "Running the pack again", lambda on_line: lab.verify(run.id, here=True, on_line=on_line))
        st.rerun()


def watch_rerun(run: Any) -> None:
    """The check of this run's pack as it goes on, and what came of it."""
    recheck.watch(f"run-{run.id}", outcome)


def outcome(verdict: Any) -> None:
    """What came of a check: its sentence, the files or versions it is about, and the table of numbers."""
    box, icon = _box(verdict)
    box(esc(verdict.sentence, limit=1500), icon=f":material/{icon}:")
    if verdict.problems:
        st.code("\n".join(verdict.problems[:50]), language=None, height=200 if len(verdict.problems) > 8 else "content")
    if verdict.differences and verdict.code == 1:
        st.markdown("**How the environments differ**")
        told = [
            {"what": path, "recorded": str(old), "here": str(new)} for path, (old, new) in verdict.differences.items()
        ]
        st.dataframe(pd.DataFrame(told), hide_index=True, key="verdict-differences", alt="Recorded and found versions")
    if verdict.lines:
        numbers_table(verdict.to_json()["numbers"])


def _box(verdict: Any) -> tuple[Any, str]:
    if verdict.code == 0 and not verdict.problems:
        return st.success, "verified" if verdict.ran else "task_alt"
    return (st.error, "error") if verdict.code in (1, 2) else (st.warning, "warning")


def numbers_table(numbers: Sequence[dict[str, Any]]) -> None:
    """Every number of the run: what was recorded, what came out, and whether they agree."""
    st.dataframe(
        pd.DataFrame(list(numbers)),
        key="verdict-numbers",
        hide_index=True,
        height=420 if len(numbers) > 11 else "content",
        alt="Every number, recorded and found again",
        column_config={name: name.replace("_", " ").capitalize() for name in (numbers[0] if numbers else {})},
    )


def check_sent(lab: Lab) -> None:
    """A pack from anywhere: looked at as data first; it runs only after a click."""
    file = drop("A pack", "drop-pack", lab.settings.max_upload_mb, types=["zip"])
    if file is None:
        return
    key = f"sent-{file.file_id}"
    if recheck.find(f"{key}-look") is None:
        recheck.start(f"{key}-look", "Looking at its files", lambda _: _verified(lab, file, run=False))
    recheck.watch(f"{key}-look", outcome)
    look, again = recheck.find(f"{key}-look"), recheck.find(key)
    if look is None or not look.done or look.verdict is None or look.verdict.code not in (0, 3):
        return
    st.caption("Running it trains the model again on this machine, with the code that came in the pack.")
    if st.button(
        "Run it here", key="run-sent", icon=":material/play_arrow:", disabled=again is not None and not again.done
    ):
        recheck.start(key, "Running the pack", lambda on_line: _verified(lab, file, run=True, on_line=on_line))
        st.rerun()
    recheck.watch(key, outcome)


def _verified(lab: Lab, file: Any, *, run: bool, on_line: Callable[[str], None] = lambda _: None) -> Any:
    with Stored(lab, file) as path:
        return lab.verify_pack(path, here=run, run=run, on_line=on_line)
