"""Backups of the workspace: made by a click, listed with their times, handed to the browser where they are small."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from shlex import quote
from typing import Any

import pandas as pd
import streamlit as st

import modellab_core.ui.background as background
from modellab_core.errors import BadInput
from modellab_core.lab import Lab
from modellab_core.ui.frame import red_box
from modellab_core.ui.words import ago, code, esc, plural, size

DOWNLOAD = 200 * 10**6  # bytes of a backup that a browser is handed


def make_backup(lab: Lab, told: Mapping[str, Any]) -> None:
    """Where to and how many to keep; the backup is made beside the page."""
    st.subheader(":material/backup: Back up", anchor=False)
    st.caption("One file with everything, made while all go on working, and read back before it counts as made.")
    start = str(Path(told["folder"]) / "backups")
    folder = st.text_input(
        "Into the folder", start, key="backup-folder", help="On another disk it survives the loss of this one."
    )
    keep = st.number_input(
        "Keep the newest", 1, 1000, value=None, placeholder="all", key="backup-keep", width=180, help="Older ones go."
    )
    work = background.find(("backup",))
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        busy = work is not None and not work.done
        if st.button("Back up now", key="backup-now", type="primary", icon=":material/backup:", disabled=busy):
            background.forget(("backup",))
            into = (folder or start).strip()
            background.ask(("backup",), lambda: _backed_up(lab, into, keep))
            st.rerun()
    if work is None:
        return
    if not work.done:
        background.waiting(work, "Backing up …", "backup")
    elif work.error:
        red_box(BadInput(work.error))
    else:
        _made(work.value)


def _backed_up(lab: Lab, folder: str, keep: int | None) -> Mapping[str, Any]:
    made: Mapping[str, Any] = lab.backup(folder, keep=keep)
    return made


def _made(made: Mapping[str, Any]) -> None:
    path = Path(made["file"])
    st.markdown(f":green[:material/check_circle:] {code(path, 200)}, {size(made['bytes'])}.")
    if made.get("removed"):
        st.caption(f"{plural(len(made['removed']), 'older backup')} went.")
    if made.get("lacking"):
        st.warning(
            f"{plural(len(made['lacking']), 'file')} was damaged already and is not in it.", icon=":material/warning:"
        )
    if made.get("inside_workspace"):
        st.caption("It lies inside the workspace: copy it to another disk too.")
    _save(path, made["bytes"], "backup-save")


def _save(path: Path, held: int, key: str) -> None:
    """Hand a backup to the browser, where it is small enough for that."""
    if held > DOWNLOAD:
        st.caption(f"{size(held)} is too much for a download: copy the file.")
        return
    if path.is_file():
        st.download_button(
            "Save a copy",
            path.read_bytes if held else b"",
            file_name=path.name,
            mime="application/gzip",
            key=key,
            icon=":material/download:",
            on_click="ignore",
        )


def list_backups(lab: Lab) -> None:
    """The backups in the folder that is named, the newest first, and how one is restored."""
    st.subheader("Backups", anchor=False)
    folder = st.session_state.get("backup-folder") or None
    found = _listed(lab, folder)
    if not found:
        st.caption("None in this folder yet.")
    else:
        lines = [
            {
                "at": _moment(one["at"]),
                "ago": ago(_moment(one["at"])),
                "size": size(one["bytes"]),
                "runs": one["counts"].get("run", 0),
                "datasets": one["counts"].get("dataset", 0),
                "lacking": len(one["lacking"]),
                "file": one["file"],
            }
            for one in found
        ]
        st.dataframe(
            pd.DataFrame(lines),
            key="backups",
            hide_index=True,
            height="content" if len(lines) <= 8 else 320,
            alt="The backups in this folder, the newest first",
            column_config={
                "at": st.column_config.DatetimeColumn("Holds everything of", format="D MMM YYYY, HH:mm"),
                "ago": "",
                "size": "Size",
                "runs": st.column_config.NumberColumn("Runs", format="localized"),
                "datasets": st.column_config.NumberColumn("Datasets", format="localized"),
                "lacking": st.column_config.NumberColumn("Damaged", help="Files that were damaged and are not in it."),
                "file": st.column_config.TextColumn("File", width="large"),
            },
        )
    st.markdown("Restoring replaces everything, so it is done by command while the app is stopped:")
    file = found[0]["file"] if found else "backup.tar.gz"
    st.code(f"modellab restore {quote(str(file))} --force", language="bash", wrap_lines=True)
    st.caption("The backup is checked first; what was there before is kept beside it under another name.")


def _listed(lab: Lab, folder: str | None) -> Sequence[Mapping[str, Any]]:
    try:
        found: Sequence[Mapping[str, Any]] = lab.backups(folder)
    except BadInput as no:
        st.caption(esc(no, limit=400))
        return []
    return found


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
