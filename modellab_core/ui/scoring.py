"""A trained run at work: score a file, and the run as a script to copy."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

import modellab_core.ui.place as place
from modellab_core.lab import Lab
from modellab_core.temporary import mark
from modellab_core.ui.dialogs import confirm_delete
from modellab_core.ui.drop import Stored, drop, plain_name, take
from modellab_core.ui.frame import guard
from modellab_core.ui.named import model_name
from modellab_core.ui.rows import rows_of
from modellab_core.ui.words import esc, plural

KEY = "_scored"
MENU = {
    "score": ":material/table_view: Score a file",
    "python": ":material/code: Copy as Python",
    "pack": ":material/deployed_code: Get its pack",
    "delete": ":material/delete: Delete",
}
PREVIEW = 200  # lines that are shown of what was scored


@dataclass(frozen=True)
class Scored:
    """A scored file of this tab: which one, by which run, where it lies, its first lines, and what was unlike."""

    file: str
    run: str
    path: Path
    name: str
    rows: int
    first: pd.DataFrame
    notes: tuple[Any, ...]


def run_menu(lab: Lab, run: Any) -> None:
    """What can be done with one run that has ended: score a file, copy it as Python, get its pack, delete it."""
    done = run.state == "succeeded"
    fitted = any(name.startswith("model/") for name in run.files)
    choices = [*(["score"] if done and fitted else []), *(["python", "pack"] if done else []), "delete"]
    chosen = st.menu_button("Actions", choices, format_func=MENU.__getitem__, key=f"menu-{run.id}", type="tertiary")
    if chosen == "score":
        _window(lab, run)
    elif chosen == "python":
        _script(lab, run)
    elif chosen == "pack":
        place.go("repro", run=run.id)
    elif chosen == "delete":
        goes = "with its report; the looks at its test rows stay counted"
        confirm_delete("run", model_name(run), goes, lambda: lab.delete_run(run.id))


def score_button(lab: Lab, run: Any, *, kind: Any = "secondary") -> None:
    """The button that opens the window in which a file is scored; nothing where the run has no model."""
    if not any(name.startswith("model/") for name in run.files):
        return
    if st.button("Score a file", key=f"score-{run.id}", icon=":material/table_view:", type=kind):
        _window(lab, run)


def _window(lab: Lab, run: Any) -> None:
    @st.dialog("Score a file", width="large", icon=":material/table_view:")
    def window() -> None:
        with guard():
            st.markdown(
                f"{esc(model_name(run))} predicts **{esc(run.recipe.get('target', ''))}** for every row of a CSV or "
                "Parquet file with the columns that it was trained on. The file is not kept."
            )
            file = drop("A file to score", "score-file", lab.settings.max_upload_mb)
            if file is None:
                return
            found = _known(file.file_id, run.id)
            if found is None:
                found = take(file, lambda given: _scored(lab, run, given), "Scoring …", keep=True)
            if found is not None:
                _show(found)

    window()


def _known(file: str, run: str) -> Scored | None:
    kept = st.session_state.get(KEY)
    return kept if kept is not None and (kept.file, kept.run) == (file, run) and kept.path.exists() else None


def _scored(lab: Lab, run: Any, file: Any) -> Scored:
    """The file scored; what this tab had scored before is removed."""
    before = st.session_state.pop(KEY, None)
    if before is not None:
        shutil.rmtree(before.path.parent, ignore_errors=True)
    lab.scratch.mkdir(parents=True, exist_ok=True)
    out = Path(tempfile.mkdtemp(dir=lab.scratch, prefix=f"scored-{mark()}-")) / "scored.csv"
    with Stored(lab, file) as path:
        given, scored, notes = lab.score_file(run, path, out)
    first = pd.concat([scored.head(PREVIEW), given.head(PREVIEW)], axis=1)
    first.columns = _distinct([str(name) for name in first.columns])
    name = f"{plain_name(Path(file.name).stem)}-scored.csv"
    made = Scored(file.file_id, run.id, out, name, len(scored), first, notes)
    st.session_state[KEY] = made
    return made


def _distinct(names: list[str]) -> list[str]:
    """The names, a column of the file that is called like a prediction marked as the file's."""
    return [name if name not in names[:place] else f"{name} (file)" for place, name in enumerate(names)]


def _show(found: Scored) -> None:
    for note in found.notes:
        st.caption(f"- {esc(note.text, limit=600)}")
    rows_of(found.first, f"scored-{found.file}", height="content" if found.rows <= 10 else 390)
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.download_button(
            "Save as CSV",
            found.path.read_bytes,
            file_name=found.name,
            mime="text/csv",
            key="scored-save",
            type="primary",
            icon=":material/download:",
            on_click="ignore",
        )
        cut = f", the first {PREVIEW} are shown" if found.rows > PREVIEW else ""
        st.caption(
            f"{plural(found.rows, 'row')} scored{cut}. In the CSV text that would start a formula in a spreadsheet has "
            "an apostrophe before it."
        )


def python_button(lab: Lab, run: Any, *, kind: Any = "secondary", width: Any = "content") -> None:
    """The button that shows the run as a script that does the same, to be copied or saved."""
    if st.button("Copy as Python", key=f"python-{run.id}", icon=":material/code:", type=kind, width=width):
        _script(lab, run)


def _script(lab: Lab, run: Any) -> None:
    @st.dialog("The same in Python", width="large", icon=":material/code:")
    def window() -> None:
        with guard():
            text = lab.script(run.id)
            st.caption("The same data, settings and seed give the same numbers. Copy it by the sign at its corner.")
            st.code(text, language="python", wrap_lines=True)
            st.download_button(
                "Save the script",
                text.encode(),
                file_name=f"run-{run.id}.py",
                mime="text/x-python",
                key="script-save",
                icon=":material/download:",
                on_click="ignore",
            )

    window()
