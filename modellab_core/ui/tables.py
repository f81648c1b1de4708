"""Tables of data on screen: which one is chosen, how it was read in a line, its notes, and its versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

import modellab_core.ui.place as place
from modellab_core.data.said import SAID
from modellab_core.data.table import COLUMN_TYPES
from modellab_core.lab import Lab
from modellab_core.ui.frame import tell_damage
from modellab_core.ui.rereading import DELIMITERS, ENCODINGS
from modellab_core.ui.told import KINDS
from modellab_core.ui.words import esc, listed, plural, size

SHOWN_NOTES = 6


def pick_version(lab: Lab, project: str, label: str = "Dataset") -> Any:
    """The dataset version of the address under `version`, chosen from the newest ones; None while there is none."""
    found = lab.datasets(project)
    tell_damage(row for one in found for row in (one.dataset, *one.versions))
    newest = {one.versions[0].id: one for one in found if one.versions}
    names = {ident: one.dataset.name for ident, one in newest.items()}
    asked = place.here("version")
    for one in newest.values():
        names |= {v.id: f"{one.dataset.name}, version {v.number}" for v in one.versions if v.id == asked}
    chosen = place.choose(label, names, "version", width=420)
    return lab.version(chosen) if chosen else None


def how_read(version: Any) -> str:
    """One line that says what was read and how (Markdown)."""
    told = version.reading
    parts = [f"{plural(version.rows, 'row')}, {plural(version.columns, 'column')}", size(version.size)]
    if told.get("format") == "csv":
        mark = DELIMITERS.get(told.get("delimiter"), str(told.get("delimiter")))
        first = "with a line of names" if told.get("header") else "without a line of names"
        letters = ENCODINGS.get(str(told.get("encoding")), str(told.get("encoding")).upper()).partition(",")[0]
        parts.append(f"CSV, {esc(letters)}, {esc(mark)} between the cells, {first}")
    else:
        parts.append("Parquet")
    types = list(told.get("types", {}).values())
    counts = [f"{types.count(kind)} {KINDS[kind]}" for kind in COLUMN_TYPES if kind in types]
    parts.append(f"{listed(counts)} {'column' if len(types) == 1 else 'columns'}")
    return " · ".join(parts)


def show_notes(notes: Sequence[Mapping[str, Any]], key: str) -> None:
    """What a person should know, a line each; many fold away."""
    lines = [f"- {esc(note['text'], limit=600)}" for note in notes if note["code"] not in SAID]
    if not lines:
        return
    st.caption("\n".join(lines[:SHOWN_NOTES]))
    if len(lines) > SHOWN_NOTES:
        more = st.expander(f"{len(lines) - SHOWN_NOTES} more notes", key=f"notes-{key}", type="compact")
        more.caption("\n".join(lines[SHOWN_NOTES:]))
