"""Reading the same bytes once more, in another way: another version, and what was chosen goes along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

import modellab_core.ui.choice as choice
import modellab_core.ui.place as place
from modellab_core.data.reading import Asked
from modellab_core.data.said import asked_for
from modellab_core.data.table import COLUMN_TYPES, Reading
from modellab_core.errors import BadInput, ModelLabError
from modellab_core.lab import Lab
from modellab_core.ui.frame import red_box
from modellab_core.ui.words import code, esc

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16 without a mark",
    "windows-1252": "Windows-1252, Western Europe",
    "iso8859-1": "Latin-1",
    "cp1250": "Windows-1250, Central Europe",
    "cp1251": "Windows-1251, Cyrillic",
    "shift_jis": "Shift JIS, Japanese",
    "gb18030": "GB 18030, Chinese",
}
HEADERS = {True: "names of columns", False: "data"}
AS = {
    "text": "Keep as text",
    "number": "Read as numbers",
    "date": "Read as dates",
    "boolean": "Read as yes or no",
}
FOUND_OUT = "found out"
SHOWN_SAID = 3
_BEFORE = "_version_before"
_REFUSED = "_reading_refused"


def said_of(version: Any) -> Asked:
    """What a person said when this version was read."""
    return asked_for(Reading.from_json(version.reading), version.notes)


def read_and_go(lab: Lab, version: Any, asked: Asked) -> None:
    """Read again and show the page for the new version; choices go along, and the way back is remembered.

    A refusal is told by `refused`, and everything stays as it is.
    """
    try:
        with st.spinner("Reading the same bytes again …"):
            new = lab.read_differently(version.id, asked)
    except ModelLabError as error:
        st.session_state[_REFUSED] = str(error)
        st.rerun()
    if new.id == version.id:
        st.toast("Read so, the table is the same as before.", icon=":material/info:")
    else:
        st.session_state.setdefault(_BEFORE, {})[new.id] = version.id
        _turn_to(version, new)


def refused() -> None:
    """Why the bytes could not be read as was asked just before, in one red box."""
    why = st.session_state.pop(_REFUSED, None)
    if why is not None:
        red_box(BadInput(why))


def _turn_to(old: Any, new: Any) -> None:
    """The same page for another version, with what was chosen."""
    choice.carry(old.id, new.id)
    place.stand("version", new.id)
    place.again()


def way_back(lab: Lab, version: Any) -> None:
    """What was said of this version, and the way back to the one from which it was made."""
    told = [
        esc(str(note["text"]).removeprefix("As you said, ").rstrip(".")) for note in version.notes if _is_said(note)
    ]
    if not told:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="way-back"):
        more = f" and {len(told) - SHOWN_SAID} more" if len(told) > SHOWN_SAID else ""
        st.markdown(f":material/check: Read as you said: {'; '.join(told[:SHOWN_SAID])}{more}.", width="content")
        before = _before(lab, version)
        if before is not None and st.button(
            f"Back to version {before.number}", key="back-to-before", type="tertiary", icon=":material/undo:"
        ):
            _turn_to(version, before)


def _is_said(note: Mapping[str, Any]) -> bool:
    return str(note["code"]).startswith("said_")


def _before(lab: Lab, version: Any) -> Any:
    """The version from which this one was made: as this tab remembers, else the one before it with the same bytes."""
    dataset = lab.dataset(version.dataset_id)
    versions = next(one.versions for one in lab.datasets(dataset.project_id) if one.dataset.id == dataset.id)
    known = st.session_state.get(_BEFORE, {}).get(version.id)
    same = [one for one in versions if one.sha256 == version.sha256 and one.number < version.number]
    return next((one for one in versions if one.id == known), same[0] if same else None)


def with_type(asked: Asked, columns: Sequence[str], kind: Any) -> Asked:
    """The same, with these columns of the type `kind`."""
    return replace(asked, types={**asked.types, **dict.fromkeys(columns, kind)})


def with_missing(asked: Asked, tokens: Sequence[str]) -> Asked:
    """The same, with these words missing in every column too."""
    return replace(asked, missing=tuple(dict.fromkeys((*(asked.missing or ()), *tokens))))


def read_differently(lab: Lab, version: Any) -> None:
    """Fields that say how the same bytes should be read instead, with what was said before as their start."""
    told, before = version.reading, said_of(version)
    with st.form(f"reread-{version.id}", border=False):
        asked = _of_the_file(told, before, version.id) if told.get("format") == "csv" else Asked()
        missing = _missing(before, version.id)
        types = _types(list(Reading.from_json(told).types), before, version.id)
        if st.form_submit_button("Read it again", icon=":material/replay:", key="read-again"):
            doubles = _doubles(types)
            if doubles:
                st.error(f"{code(doubles[0])} has two types: choose one.", icon=":material/error:")
                return
            kinds = {name: kind for kind, names in types.items() for name in names}
            read_and_go(lab, version, replace(asked, missing=missing, types=kinds))


def _of_the_file(told: Mapping[str, Any], before: Asked, ident: str) -> Asked:
    one, two, three = st.columns(3)
    marks = _with(DELIMITERS, before.delimiter)
    letters = _with(ENCODINGS, before.encoding)
    with one:
        mark = _or_found_out("Between the cells", marks, before.delimiter, f"mark-{ident}", told.get("delimiter"))
    with two:
        named = _or_found_out("Encoding", letters, before.encoding, f"encoding-{ident}", told.get("encoding"), True)
    with three:
        header = _or_found_out("The first line holds", HEADERS, before.header, f"header-{ident}", told.get("header"))
    return Asked(delimiter=mark, encoding=named, header=header)


def _with(names: Mapping[Any, str], value: Any) -> dict[Any, str]:
    return {**names} if value is None or value in names else {**names, value: str(value)}


def _or_found_out(label: str, names: Mapping[Any, str], start: Any, key: str, found: Any, more: bool = False) -> Any:
    """A list whose first entry leaves the question to the program; with `more` other words can be typed."""
    places = [None, *names]
    shown = f"{FOUND_OUT}: {names.get(found, found)}" if start is None else FOUND_OUT
    return st.selectbox(
        label,
        places,
        places.index(start),
        format_func=lambda value: shown if value is None else names.get(value, str(value)),
        key=key,
        accept_new_options=more,
    )


def _missing(before: Asked, ident: str) -> tuple[str, ...] | None:
    usual = ("?", "NA", "N/A", "unknown", "none", "-", "-1", "-9", "-99", "-999", "999")
    own = before.missing or ()
    left, right = st.columns([2, 1], vertical_alignment="bottom")
    tokens = left.multiselect(
        "Missing in every column",
        list(dict.fromkeys((*own, *usual))),
        list(own),
        key=f"missing-{ident}",
        accept_new_options=True,
        placeholder="Words or numbers that stand for nothing",
        help="Numbers such as -999 are never read as missing unless you say so.",
    )
    off = right.toggle(
        "Nothing else is missing",
        before.missing == (),
        key=f"only-{ident}",
        help="Without this, ? NA null and the like are read as missing in columns whose other cells are all numbers or "
        "all dates.",
    )
    return tuple(str(token) for token in tokens) or (() if off else None)


def _types(names: Sequence[str], before: Asked, ident: str) -> dict[Any, list[str]]:
    chosen: dict[Any, list[str]] = {}
    with st.grid(2, min_column_width=300):
        for kind in sorted(COLUMN_TYPES, key=list(AS).index):
            start = [name for name in names if before.types.get(name) == kind]
            with st.container():
                chosen[kind] = st.multiselect(
                    AS[kind], names, start, key=f"as-{kind}-{ident}", placeholder="As found out", select_all=False
                )
    return chosen


def _doubles(types: Mapping[Any, Sequence[str]]) -> list[str]:
    named = [name for names in types.values() for name in names]
    return [name for name in dict.fromkeys(named) if named.count(name) > 1]
