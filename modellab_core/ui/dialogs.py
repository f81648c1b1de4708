"""Small windows that ask before something is lost, and those in which something is named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from modellab_core.ui.frame import guard
from modellab_core.ui.words import code, esc


def confirm_delete(what: str, name: str, goes: str, act: Callable[[], Any], *, type_name: bool = False) -> None:
    """Ask before `act` deletes the `what` called `name`; `goes` says what goes with it.

    With `type_name` the button works only when the name was typed. After `act` the page is drawn again.
    """

    @st.dialog(f"Delete the {what}?", icon=":material/delete:")
    def window() -> None:
        st.markdown(f"**{esc(name)}** goes for good{': ' + goes if goes else ''}. This cannot be undone.")
        typed = name
        if type_name:
            st.markdown(f"Type {code(name)} to go on.")
            typed = st.text_input(f"Name of the {what}", key="confirm-name", autocomplete="off", live=True) or ""
        with st.container(horizontal=True, horizontal_alignment="right"):
            if st.button("Keep it", key="confirm-no"):
                st.rerun()
            sure = st.button("Delete", key="confirm-yes", type="primary", disabled=typed.strip() != name.strip())
        if sure:
            with guard():
                act()
                st.rerun()

    window()


def ask_text(
    title: str,
    act: Callable[[str, str], Any],
    *,
    button: str,
    name: str = "",
    description: str | None = None,
    icon: str = ":material/edit:",
) -> None:
    """Ask for a name, and with `description` for a longer text too; `act(name, description)` uses them."""

    @st.dialog(title, icon=icon)
    def window() -> None:
        given = st.text_input("Name", value=name, key="ask-name", max_chars=200, autocomplete="off")
        longer = description or ""
        if description is not None:
            longer = st.text_area("What it is about", value=description, key="ask-description", max_chars=2000)
        with st.container(horizontal=True, horizontal_alignment="right"):
            done = st.button(button, key="ask-yes", type="primary")
        if done:
            with guard():
                act((given or "").strip(), (longer or "").strip())
                st.rerun()

    window()
