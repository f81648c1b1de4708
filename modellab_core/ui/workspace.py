"""The workspace as a whole: where it is and how large, what is damaged, and what can be cleaned away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

import modellab_core.ui.background as background
from modellab_core.errors import BadInput
from modellab_core.lab import Lab
from modellab_core.ui.backups import list_backups, make_backup
from modellab_core.ui.frame import guard, red_box
from modellab_core.ui.words import code, esc, listed, plural, size

ROOM = ("Projects", "Runs", "Workspace")
COUNTED = {"project": "project", "dataset": "dataset", "dataset_version": "version", "run": "run"}
WORDS = {
    "database": "database",
    "blobs": "files of datasets and runs",
    "cache": "copies for speed",
    "tmp": "on its way",
    "backups": "backups",
    "quarantine": "set aside",
}
AGE = 10.0  # seconds for which what was seen counts


def choose_room() -> str:
    """The parts of the page: the projects, all runs of the chosen one, and the workspace that holds them."""
    chosen = st.segmented_control(
        "Shown", ROOM, default=ROOM[0], key="shown", required=True, label_visibility="collapsed", bind="query-params"
    )
    return chosen or ROOM[0]


def show_workspace(lab: Lab) -> None:
    """Everything about the workspace; each part has its own red box."""
    work = background.fresh(("status",), lab.status, AGE)
    if not work.done:
        background.waiting(work, "Looking at what is stored …", "status")
        return
    if work.error:
        red_box(BadInput(work.error))
        return
    told: Mapping[str, Any] = work.value
    deep = background.find(("status", "deep"))
    _numbers(told)
    _health(lab, told, deep)
    left, right = st.columns(2, gap="medium")
    with left.container(border=True, height="stretch", key="workspace-backup"):
        make_backup(lab, told)
    with right.container(border=True, height="stretch", key="workspace-clean"), guard():
        _clean(lab)
    with st.container(border=True, key="workspace-backups"):
        list_backups(lab)


def _numbers(told: Mapping[str, Any]) -> None:
    st.markdown(f":material/home_storage: Everything is kept in {code(told['folder'])}.")
    counts = told.get("counts", {})
    sizes: Mapping[str, int] = told.get("sizes", {})
    facts = [(word.capitalize() + "s", f"{counts.get(name, 0):,}") for name, word in COUNTED.items()]
    facts += [("Size", size(sum(sizes.values()))), ("Free on this disk", size(told.get("free", 0)))]
    with st.grid(6, min_column_width=160):
        for label, value in facts:
            with st.container(border=True, height="stretch", key=f"workspace-{label.split()[0].lower()}"):
                st.metric(label, value)
    parts = [f"{WORDS.get(name, name)} {size(held)}" for name, held in sizes.items() if held]
    st.caption(
        f"{' · '.join(parts)} · ModelLab {esc(told.get('modellab'))}, SQLite {esc(told.get('sqlite'))}, "
        f"database revision {esc(told.get('revision'))}"
    )


def _health(lab: Lab, told: Mapping[str, Any], deep: background.Work | None) -> None:
    read = deep.value if deep is not None and deep.done and not deep.error else None
    damaged: Sequence[Mapping[str, Any]] = (read or told).get("damaged", [])
    problems: Sequence[str] = (read or told).get("problems", [])
    with st.container(border=True, key="workspace-health"):
        row = st.container(horizontal=True, vertical_alignment="center", gap="medium")
        if not damaged and not problems:
            whole = "Every file that is named is there."
            if read is not None and deep is not None:
                whole = f"Every file was read and is whole, {background.ago(deep)}."
            row.markdown(f":green[:material/check_circle:] {whole}", width="stretch")
        else:
            row.markdown(f":red[:material/error:] **{_damage_words(damaged, problems)}**", width="stretch")
        with row:
            _deep(lab, deep)
        if problems:
            st.markdown("\n".join(f"- The database: {esc(one, limit=300)}" for one in problems))
        for one in damaged[:20]:
            _damaged(one)
        if len(damaged) > 20:
            st.caption(f"and {len(damaged) - 20:,} more")
        if damaged or problems:
            st.caption(
                "What is not damaged works as before. Restore a backup made before the damage, or add the file again "
                "(the same bytes take the same place)."
            )


def _damage_words(damaged: Sequence[Any], problems: Sequence[Any]) -> str:
    parts = [plural(len(damaged), "file is", "files are") + " damaged"] if damaged else []
    parts += ["the database is damaged"] if problems else []
    text = listed(parts) + "."
    return text[0].upper() + text[1:]


def _damaged(one: Mapping[str, Any]) -> None:
    rows = one.get("rows") or ["nothing that is shown"]
    named = listed([esc(row, limit=160) for row in rows[:4]])
    more = f" and {len(rows) - 4} more" if len(rows) > 4 else ""
    st.markdown(f"- {code(str(one['blob'])[:12])}, {esc(one['problem'])}: needed by {named}{more}")


def _deep(lab: Lab, deep: background.Work | None) -> None:
    """Read every file and compare it with its hash, beside the page."""
    if deep is not None and not deep.done:
        background.waiting(deep, "Reading every file …", "deep")
        return
    if deep is not None and deep.error:
        st.caption(esc(deep.error, limit=600))
    again = "Read every file again" if deep is not None else "Read every file"
    told = "Compares each file with its hash, and has SQLite check the database."
    if st.button(again, key="status-deep", icon=":material/troubleshoot:", help=told):
        background.forget(("status", "deep"))
        background.ask(("status", "deep"), lambda: lab.status(deep=True))
        st.rerun()


def _clean(lab: Lab) -> None:
    st.subheader(":material/mop: Clean", anchor=False)
    st.caption("What nobody needs: bytes of deleted datasets and runs, copies that can be made again, leftovers.")
    done = st.session_state.pop("_cleaned", None)
    if done is not None:
        st.markdown(
            f":green[:material/check_circle:] {plural(done['count'], 'thing')} went, {size(done['bytes'])} freed."
        )
    found = lab.clean(dry_run=True)
    lines = [one for one in found["kinds"] if one["count"]]
    for one in lines:
        st.markdown(f"- {plural(one['count'], one['kind'].rstrip('s'), one['kind'])}, {size(one['bytes'])}")
    if not lines:
        st.markdown(":material/check_circle: There is nothing to clean. What is younger than a day stays.")
        return
    words = f"Free {size(found['bytes'])}"
    if st.button(words, key="clean-now", icon=":material/mop:"):
        with st.spinner("Cleaning …"):
            st.session_state["_cleaned"] = lab.clean()
            background.forget(("status",))
        st.rerun()
