"""Where a person is: the ids in the address of the page, and the way to another page.

An id is looked up in the address first, then in what this browser tab chose before, so every view can be linked and
nothing is lost on reload. Only ids are remembered.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NoReturn

import streamlit as st

from modellab_core.settings import app_folder
from modellab_core.ui.words import esc

ROOMS = {
    "projects": ("Projects", "folder_open", "All projects, and the place to start."),
    "datasets": ("Datasets", "database", "Tables: what was read, how, and what is in every column."),
    "train": ("Train", "model_training", "Three models on the same split, and which one to use."),
    "evaluate": ("Evaluate", "insights", "One model in detail: scores, slices, stress, errors."),
    "compare": ("Compare", "compare_arrows", "Several models on the same rows, with paired differences."),
    "repro": ("Repro", "verified", "The pack that anybody can re-run, and the check of one."),
    "help": ("Help", "help", "Words, definitions, the keyboard and the version."),
}
GROUPS = {
    "": ["projects"],
    "Build": ["datasets", "train"],
    "Assess": ["evaluate", "compare", "repro"],
    "About": ["help"],
}

NEW = "new"  # in the place of an id: what is yet to be made

_MEMORY = "_ids"
_PAGES = "_pages"
_PENDING = "_pending"
_OPEN = "_open"


def pages() -> dict[str, Any]:
    """The pages by name, as Streamlit knows them in this session."""
    if _PAGES not in st.session_state:
        folder = app_folder() / "pages"
        st.session_state[_PAGES] = {
            name: st.Page(folder / f"{name}.py", title=title, icon=f":material/{icon}:", default=name == "projects")
            for name, (title, icon, _) in ROOMS.items()
        }
    found: dict[str, Any] = st.session_state[_PAGES]
    return found


def open_page(page: Any) -> None:
    """Remember which of the pages is drawn."""
    st.session_state[_OPEN] = next((name for name, one in pages().items() if one == page), None)


def _memory() -> dict[str, str]:
    memory: dict[str, str] = st.session_state.setdefault(_MEMORY, {})
    return memory


def _pending() -> dict[str, str | None]:
    pending: dict[str, str | None] = st.session_state.setdefault(_PENDING, {})
    return pending


def asked(kind: str) -> str | None:
    """The id under `kind` in the address, as it will be when this run of the script ends."""
    return _pending()[kind] if kind in _pending() else st.query_params.get(kind)


def here(kind: str) -> str | None:
    """The id under `kind` in the address, else the one that this tab chose before; None without either."""
    return asked(kind) or _memory().get(kind)


def stand(kind: str, ident: str | None) -> None:
    """Keep `ident` as this tab's choice and show it in the address; None takes it out of both."""
    if ident is None:
        _memory().pop(kind, None)
    else:
        _memory()[kind] = ident
    _pending()[kind] = ident


def settle() -> None:
    """Write the choices of this run into the address at once: one step for the browser's back button."""
    pending, shown = _pending(), st.query_params
    new = {kind: ident for kind, ident in pending.items() if ident is not None and shown.get(kind) != ident}
    gone = [kind for kind, ident in pending.items() if ident is None and kind in shown]
    pending.clear()
    for kind in gone:
        del shown[kind]
    if new:
        shown.update(new)


def stop() -> NoReturn:
    """End this run of the page here, with what was chosen in the address: after `st.stop` nothing can be written."""
    settle()
    st.stop()


def begin(key: str, options: Sequence[Any], default: Any) -> None:
    """Set a widget that is bound to the address (`bind="query-params"`) to one of `options`, before it is drawn.

    That is where it stands, else what the address names, else `default`. What people then do with such a widget shows
    in the address without a step for the browser's back button.
    """
    if key not in st.session_state:
        named = any(str(one) == st.query_params.get(key) for one in options)
        if not named and default != options[0]:  # else the widget finds it by itself
            st.session_state[key] = default
    elif st.session_state[key] not in options:
        st.session_state[key] = default


def again() -> None:
    """Run the page again at what was chosen; the address is written first, as it is what the next run begins with."""
    settle()
    st.rerun()


def enter_project(ident: str) -> None:
    """Make `ident` the project of this tab; what was chosen in another one is forgotten."""
    if _memory().get("project") not in (None, ident):
        for kind in [kind for kind in _memory() if kind != "project"]:
            chosen = _memory().pop(kind)
            if asked(kind) == chosen:
                stand(kind, None)
    stand("project", ident)


def go(page: str, **ids: str) -> None:
    """Open another page at `ids`; the project stays unless another one is named. Ends this run of the script."""
    if "project" in ids and _memory().get("project") != ids["project"]:
        _memory().clear()
    _memory().update(ids)
    _pending().clear()
    project = _memory().get("project")
    st.switch_page(pages()[page], query_params={**({"project": project} if project else {}), **ids})


def link(page: str, label: str, *, icon: str | None = None, help: str | None = None, **ids: str) -> None:
    """A link to a page at `ids`; plain text where the pages are not joined (a page run alone)."""
    if _PAGES not in st.session_state:  # also a part of a page that runs again by itself has them
        st.markdown(label)
        return
    if st.session_state.get(_OPEN) == page:
        _turn(label, icon, help, ids)
        return
    project = _memory().get("project")
    address = {**({"project": project} if project else {}), **ids}
    st.page_link(pages()[page], label=label, icon=icon, help=help, query_params=address)


def _turn(label: str, icon: str | None, help: str | None, ids: Mapping[str, str]) -> None:
    """The way to other ids of the page that is open: a link of Streamlit to the open page leaves the address."""
    if st.button(label, key=f"turn-{label}-{'-'.join(ids.values())}", icon=icon, help=help, type="tertiary"):
        for kind, ident in ids.items():
            if kind == "project":
                enter_project(ident)
            else:
                stand(kind, ident)
        again()


def choose(
    label: str,
    names: Mapping[str, str],
    kind: str,
    *,
    default: str | None = None,
    help: str | None = None,
    visible: bool = True,
    width: int | Literal["stretch"] = "stretch",
) -> str | None:
    """A list to choose one of `names` (id → name) from; the id of the choice stands in the address under `kind`.

    Without a choice `default`, else the first; None when `names` is empty. An id that is not among them is said.
    """
    if not names:
        return None
    wanted, key = here(kind), f"choice-{kind}"
    if wanted is not None and wanted not in names and asked(kind):
        st.warning(f"There is no {kind} {esc(wanted)} here; another one is shown.", icon=":material/search_off:")
    chosen = wanted if wanted in names else default if default in names else next(iter(names))
    if st.session_state.get(key) != chosen:
        st.session_state[key] = chosen
    st.selectbox(
        label,
        list(names),
        format_func=_apart(names).__getitem__,
        key=key,
        help=help,
        on_change=_chosen,
        args=(kind, key, names),
        label_visibility="visible" if visible else "collapsed",
        width=width,
    )
    stand(kind, chosen)
    return chosen


def _apart(names: Mapping[str, str]) -> dict[str, str]:
    """The names, those that several share with their id: a browser tells lines of a list apart by their words."""
    times = Counter(names.values())
    return {ident: name if times[name] == 1 else f"{name} · {ident[:6]}" for ident, name in names.items()}


def _chosen(kind: str, key: str, names: Mapping[str, str]) -> None:
    """Words that are in the list no more, as after a rename in another tab, are no choice."""
    if st.session_state[key] in names:
        stand(kind, st.session_state[key])
