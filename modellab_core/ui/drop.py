"""The places to drop a file, and what becomes of it: a dataset of a project, or a table of predictions."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from modellab_core.errors import Conflict, ModelLabError
from modellab_core.files import chunks, publish
from modellab_core.lab import Lab
from modellab_core.temporary import mark
from modellab_core.ui.frame import red_box

TYPES = ["csv", "tsv", "txt", "parquet"]
_ROUND = "_drop_round"
_REFUSED = "_drop_refused"


def drop(label: str, key: str, limit: int, *, types: list[str] | None = None) -> Any:
    """A place to drop one file of at most `limit` MB; gives the file once it is there, else None."""
    return st.file_uploader(
        label,
        type=types or TYPES,
        key=f"{key}-{st.session_state.get(_ROUND, 0)}",
        max_upload_size=limit,
        label_visibility="collapsed",
    )


def forget() -> None:
    """Empty all places to drop a file and give back what the server holds of this tab's files.

    New keys alone would not: Streamlit keeps each file until its tab is closed.
    """
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
    st.session_state.pop(_REFUSED, None)
    context = get_script_run_ctx(suppress_warning=True)
    if context is not None:
        context.uploaded_file_mgr.remove_session_files(context.session_id)


def take(file: Any, act: Callable[[Any], Any], doing: str, *, keep: bool = False) -> Any:
    """What `act(file)` gives; a refusal is shown, and None given, until the file is replaced.

    Afterwards the places to drop a file are empty, unless `keep` says that it is needed once more.
    """
    known = st.session_state.get(_REFUSED)
    if known and known[0] == file.file_id:
        red_box(known[1])
        return None
    try:
        with st.spinner(doing):
            made = act(file)
    except ModelLabError as error:
        st.session_state[_REFUSED] = (file.file_id, error)
        red_box(error)
        return None
    if not keep:
        forget()
    return made


def add_table(lab: Lab, file: Any, project: str) -> Any:
    """The dropped file as a version of a dataset of `project`."""
    return lab.add_dataset((file.name, file), project=project)


def add_with_project(lab: Lab, file: Any) -> Any:
    """The dropped file as a dataset of a project of its own, named after the file; no empty project is left behind."""
    project = new_project(lab, Path(file.name).stem)
    try:
        return lab.add_dataset((file.name, file), project=project.id)
    except ModelLabError:
        lab.delete_project(project.id)
        raise


def new_project(lab: Lab, name: str) -> Any:
    """A project called `name`, or `name 2`, `name 3` … when that is taken."""
    wanted, copy = name.strip() or "Project", 1
    while True:
        try:
            return lab.create_project(wanted if copy == 1 else f"{wanted} {copy}")
        except Conflict:
            copy += 1
            if copy > 1000:
                raise


def plain_name(text: str) -> str:
    """`text` as the name of a file: letters, digits, blanks and `._-`, never empty, at most 80 characters."""
    kept = "".join(letter if letter.isalnum() or letter in "._- " else "_" for letter in text).strip(". ")
    return kept[:80] or "table"


class Stored:
    """A dropped file in a temporary folder that is removed when the block ends; the block gets its path."""

    def __init__(self, lab: Lab, file: Any) -> None:
        self.lab, self.file = lab, file

    def __enter__(self) -> Path:
        self.lab.scratch.mkdir(parents=True, exist_ok=True)
        self.folder = tempfile.mkdtemp(dir=self.lab.scratch, prefix=f"drop-{mark()}-")
        path = Path(self.folder) / plain_name(self.file.name)
        self.file.seek(0)
        publish(path, chunks(self.file))
        return path

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
