"""Which slice is opened: a query, or the name of a slice that no query selects. Both stand in the address."""

from __future__ import annotations

import streamlit as st

import modellab_core.ui.place as place

QUERY, NAME, TABLE, LISTED = "query", "slice-name", "slice-table", "slice-listed"


def begin() -> None:
    """Take what is opened from the address, once."""
    st.session_state.setdefault(TABLE, 0)
    if NAME not in st.session_state:
        st.session_state[NAME] = place.here("slice") or ""


def typed() -> None:
    """A query was typed: nothing in the lists is ticked any more."""
    st.session_state[NAME] = ""
    st.session_state[LISTED] = False
    st.session_state[TABLE] += 1


def show(query: str | None, name: str, *, listed: bool = True) -> None:
    """Open a slice by its query, or by its name where it has none; only where widgets may be changed (a callback).

    `listed` says that it was chosen in the list, below which it then opens.
    """
    st.session_state[QUERY], st.session_state[NAME] = query or "", "" if query else name
    st.session_state[LISTED] = listed and bool(query or name)


def close() -> None:
    """Open nothing."""
    show(None, "")
    st.session_state[TABLE] += 1
