"""Notes on how a file was read, under what they mean; those with a way out beside the button that takes it."""

from __future__ import annotations

import re
from ast import literal_eval
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import streamlit as st

import modellab_core.data.said as said
import modellab_core.ui.rereading as rereading
from modellab_core.data.request import Asked
from modellab_core.lab import Lab
from modellab_core.ui.words import esc, plural

SHOWN = 6  # notes of one group that are shown before the rest folds away
_QUOTED = r"('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")"
_TOKEN = re.compile(rf"{_QUOTED} \([\d,]+\)")
_EXAMPLE = re.compile(rf"such as {_QUOTED} in record")
_TYPED = re.compile(r"[;,] (?:to|if) [^;]*--(?:type|missing)\b[^;]*\.$")
_OPTION = re.compile(r"with --(?:encoding|delimiter|missing)")
_LONG = 39  # an example of a cell is cut after 40 characters and then means nothing


@dataclass(frozen=True)
class Way:
    """A button: its words, and what it changes in what is asked of the reading."""

    label: str
    change: Callable[[Asked], Asked]


def _as(kind: str) -> Callable[[Mapping[str, Any]], list[Way]]:
    def ways(note: Mapping[str, Any]) -> list[Way]:
        column = str(note["column"])
        return [Way(rereading.AS[kind], lambda asked: rereading.with_type(asked, [column], kind))]

    return ways


def _as_missing(look: re.Pattern[str]) -> Callable[[Mapping[str, Any]], list[Way]]:
    def ways(note: Mapping[str, Any]) -> list[Way]:
        return [_missing(token) for token in _tokens(look, str(note["text"]))[:3]]

    return ways


def _missing(token: str) -> Way:
    return Way(f"Read {token} as missing", lambda asked: rereading.with_missing(asked, [token]))


def _tokens(look: re.Pattern[str], text: str) -> list[str]:
    found = []
    for quoted in look.findall(text):
        with suppress(ValueError, SyntaxError):
            token = literal_eval(quoted)
            found += [token] if len(token) <= _LONG else []
    return found


def _header(note: Mapping[str, Any]) -> list[Way]:
    del note
    return [Way("The first line holds names", lambda asked: Asked(**{**vars(asked), "header": True}))]


@dataclass(frozen=True)
class Group:
    """Notes that mean the same kind of thing, with the ways out of each code."""

    title: str
    icon: str
    ways: Mapping[str, Callable[[Mapping[str, Any]], list[Way]] | None]


GROUPS = (
    Group(
        "Kept as text",
        "text_fields",
        {
            "ambiguous_comma": _as("number"),
            "ambiguous_point": _as("number"),
            "ambiguous_date": _as("date"),
            "leading_zeros": _as("number"),
            "beyond_int64": _as("number"),
            "long_after_plus": _as("number"),
            "infinite": None,
            "hexadecimal": None,
            "clock": None,
            "signs": None,
            "headings": None,
            "mixed": _as_missing(_EXAMPLE),
            "mixed_dates": _as_missing(_EXAMPLE),
        },
    ),
    Group(
        "Missing values",
        "hide_source",
        {
            "missing_tokens": _as("text"),
            "missing_absent": None,
            "tokens_kept": _as_missing(_TOKEN),
            "all_missing": None,
            "blank_cells": None,
        },
    ),
    Group(
        "Read as numbers and dates",
        "calendar_month",
        {"number_marks": _as("text"), "dates": _as("text"), "rounded": _as("text"), "decimals": None},
    ),
    Group(
        "Names of columns",
        "label",
        {"duplicate_name": None, "blank_name": None, "odd_names": None, "similar_names": None, "no_header": _header},
    ),
    Group("The file", "draft", {}),
)


def notes_in_short(lab: Lab, version: Any) -> None:
    """How many notes there are and what they mean in one line, which unfolds to all of them."""
    left = [note for note in version.notes if note["code"] not in said.SAID]
    if not left:
        return
    counts = [f"{group.title.lower()} {len(mine)}" for group, mine in _grouped(left)]
    box = st.expander(
        f"{plural(len(left), 'note')} on how it was read: {', '.join(counts)}",
        key=f"notes-{version.id}",
        icon=":material/rule:",
        on_change="rerun",
    )
    if box.open:
        with box:
            by_meaning(lab, version)


def by_meaning(lab: Lab, version: Any) -> None:
    """The notes of a version under what they mean, those with a way out beside their button."""
    left = [note for note in version.notes if note["code"] not in said.SAID]
    if not left:
        st.markdown(":material/check_circle: The table is as the file says; nothing had to be decided.")
        return
    for group, mine in _grouped(left):
        _group(lab, version, group, mine)


def _grouped(notes: Sequence[Mapping[str, Any]]) -> list[tuple[Group, list[Mapping[str, Any]]]]:
    """Each group that has notes with them; what no other group knows is said of the file."""
    known = {code: group for group in GROUPS for code in group.ways}
    held = [(group, [note for note in notes if known.get(note["code"], GROUPS[-1]) is group]) for group in GROUPS]
    return [(group, mine) for group, mine in held if mine]


def _group(lab: Lab, version: Any, group: Group, notes: Sequence[Mapping[str, Any]]) -> None:
    with st.container(border=True, key=f"notes-{group.icon}", gap="small"):
        st.markdown(f":material/{group.icon}: **{group.title}** :gray[{len(notes)}]")
        for place, note in enumerate(notes[:SHOWN]):
            _note(lab, version, group, note, f"{group.icon}-{place}")
        rest = notes[SHOWN:]
        if rest:
            more = st.expander(
                f"{plural(len(rest), 'more note')}", key=f"notes-more-{group.icon}", type="compact", on_change="rerun"
            )
            if more.open:
                with more:
                    for place, note in enumerate(rest[:100]):
                        _note(lab, version, group, note, f"{group.icon}-more-{place}")
                    if len(rest) > 100:
                        st.caption(f"and {len(rest) - 100:,} more; each stands with its column in the tab Columns.")


def _note(lab: Lab, version: Any, group: Group, note: Mapping[str, Any], key: str) -> None:
    ways = _ways(group, version, note)
    text = esc(_for_the_screen(str(note["text"]), bool(ways)), limit=800)
    if not ways:
        st.markdown(text)
        return
    left, right = st.columns([5, 2], vertical_alignment="center", gap="medium")
    left.markdown(text)
    with right.container(horizontal=True, horizontal_alignment="right", gap="small"):
        for place, way in enumerate(ways):
            if st.button(esc(way.label, limit=40), key=f"way-{key}-{place}"):
                rereading.read_and_go(lab, version, way.change(rereading.said_of(version)))


def _for_the_screen(text: str, with_button: bool) -> str:
    """The note without what a person would type to the command, for which there is a button or a field."""
    text = _TYPED.sub(".", text) if with_button else text
    return _OPTION.sub("below", text)


def _ways(group: Group, version: Any, note: Mapping[str, Any]) -> list[Way]:
    """The ways out of a note; none where the column was already decided, or is not there."""
    found = group.ways.get(note["code"])
    if found is None or (note["column"] is not None and note["column"] not in version.reading["types"]):
        return []
    return found(note)


def of_column(lab: Lab, version: Any, name: str) -> None:
    """The notes about one column, with their ways out."""
    for place, note in enumerate(note for note in version.notes if note["column"] == name):
        group = next((one for one in GROUPS if note["code"] in one.ways), GROUPS[-1])
        _note(lab, version, group, note, f"column-{place}")
