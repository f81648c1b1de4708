"""What stands around every page: the bar at the side, the title row, and one red box for what went wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from pathlib import Path
from typing import Any

import streamlit as st

import modellab_core.ui.place as place
import modellab_core.ui.service as service
from modellab_core.errors import ModelLabError, NotFound, of_disk
from modellab_core.lab import Lab
from modellab_core.ui.words import esc

STATIC = Path(__file__).resolve().parent / "static"
DAMAGE_TOLD = 5  # damaged rows that a page names before its own content

_slots: ContextVar[dict[str, Any]] = ContextVar("slots")


def run_in_shell(page: Any) -> None:
    """Draw the bar at the side, then run the chosen page."""
    st.session_state["_in_shell"] = True
    place.open_page(page)
    try:
        _sidebar()
        page.run()
    finally:
        st.session_state["_in_shell"] = False  # also after st.stop, st.rerun and errors


@contextmanager
def page(title: str) -> Iterator[Lab]:
    """The frame of a page: gives the Lab, and shows a ModelLabError of the page's body as one red box."""
    if not st.session_state.get("_in_shell"):
        _sidebar()  # the page runs alone
    row = st.container(horizontal=True, vertical_alignment="center", gap="medium")
    row.title(title, anchor=False, width="stretch")
    actions = row.container(horizontal=True, width="content", vertical_alignment="center", gap="small")
    _slots.set({"actions": actions, "context": st.empty()})
    try:
        lab = service.lab()
    except ModelLabError as error:
        red_box(error)
        st.stop()
    try:
        with guard():
            yield lab
    finally:
        place.settle()


@contextmanager
def guard() -> Iterator[None]:
    """Show a ModelLabError of the body as one red box and go on after it."""
    try:
        yield
    except ModelLabError as error:
        red_box(error)
    except OSError as error:
        told = of_disk(error)
        if told is None:
            raise
        red_box(told)


def red_box(error: ModelLabError) -> None:
    """The sentence of `error`, letter by letter."""
    st.error(esc(error, limit=2000), icon=":material/error:")


def tell_damage(rows: Iterable[Any]) -> None:
    """Name the rows of the workspace that cannot be read; everything else is shown beside them."""
    for said in [row.damage for row in rows if row.damage][:DAMAGE_TOLD]:
        st.warning(esc(said, limit=500), icon=":material/broken_image:")


def actions() -> Any:
    """The place at the right of the title for a page's buttons."""
    return _slots.get()["actions"]


def at_the_bottom() -> Any:
    """A line at the lower edge of the window that stays in sight while the page scrolls."""
    return st.bottom.container(horizontal=True, vertical_alignment="center", gap="medium")


def context(*parts: str) -> None:
    """The line under the title that says what is shown: project, dataset version, n, interval method, seed."""
    _slots.get()["context"].caption(" · ".join(part for part in parts if part))


def live(seconds: float | None) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A part of a page that runs again by itself every `seconds` (None: only when used), with its own red box."""

    def decorate(draw: Callable[..., None]) -> Callable[..., None]:
        @wraps(draw)
        def guarded(*given: Any, **named: Any) -> None:
            with guard():
                draw(*given, **named)

        part: Callable[..., None] = st.fragment(run_every=seconds)(guarded)
        return part

    return decorate


def _sidebar() -> None:
    dark = st.context.theme.type == "dark"
    st.logo(
        str(STATIC / f"logo-{'dark' if dark else 'light'}.png"), size="large", icon_image=str(STATIC / "favicon.png")
    )
    with st.sidebar, guard():
        lab = service.lab()
        _project_choice(lab)
        _queue(lab)


def _project_choice(lab: Lab) -> None:
    """The list of projects; its choice is `?project=` of every page."""
    names = {summary.project.id: summary.project.name for summary in lab.projects(recommended=False)}
    asked = _asked_project(lab)
    if asked is not None and asked.id not in names:
        names[asked.id] = f"{asked.name} (archived)" if asked.archived_at else asked.name
    if not names:
        place.stand("project", None)
        st.caption("No project yet.")
        return
    chosen = asked.id if asked is not None else next(iter(names))
    if st.session_state.get("choice-project") != chosen:
        st.session_state["choice-project"] = chosen
    st.selectbox(
        "Project",
        list(names),
        format_func=names.__getitem__,
        key="choice-project",
        on_change=_project_chosen,
        args=(names,),
    )
    place.enter_project(chosen)


def _queue(lab: Lab) -> None:
    """How many runs of all projects run and wait, with the way to the first of them; seen from every page and tab."""

    @live(2.0)
    def told() -> None:
        runs = lab.live_runs()
        if not runs:
            return
        running = sum(run.state == "running" for run in runs)
        counts = [(running, "running"), (len(runs) - running, "waiting")]
        label = ", ".join(f"{count} {word}" for count, word in counts if count)
        batch = next((run for run in runs if run.batch_id), None)
        if batch is None:
            address = {"project": runs[0].project_id, "run": runs[0].id}
            place.link("evaluate", label, icon=":material/progress_activity:", help="What a program logs", **address)
        else:
            address = {"project": batch.project_id, "batch": str(batch.batch_id)}
            place.link("train", label, icon=":material/progress_activity:", help="What is trained", **address)

    told()


def _project_chosen(names: Mapping[str, str]) -> None:
    if st.session_state["choice-project"] in names:  # not so when it was renamed in another tab meanwhile
        place.enter_project(st.session_state["choice-project"])


def _asked_project(lab: Lab) -> Any:
    """The project of the address: the named one, else that of the named run or batch; None without any."""
    for kind, find in (
        ("project", lab.project),
        ("run", _project_of(lab.run, lab)),
        ("batch", _project_of(lab.batch, lab)),
    ):
        ident = place.asked(kind)
        if ident and ident != place.NEW:
            return _found(find, ident)
    remembered = place.here("project")
    return _found(lab.project, remembered, quiet=True) if remembered else None


def _project_of(find: Callable[[str], Any], lab: Lab) -> Callable[[str], Any]:
    return lambda ident: lab.project(find(ident).project_id)


def _found(find: Callable[[str], Any], ident: str, quiet: bool = False) -> Any:
    try:
        return find(ident)
    except NotFound as error:
        if not quiet:
            red_box(error)
        return None


def project(lab: Lab) -> Any:
    """The project that is chosen, or None while there is none."""
    ident = place.here("project")
    return _found(lab.project, ident, quiet=True) if ident else None
