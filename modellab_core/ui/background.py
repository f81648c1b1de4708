"""Work that a page asks for and does not wait for: done by a thread of the server, looked at from any tab.

What it gave is kept for a while by its key, so that the next run of the page has it at once.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import streamlit as st

import modellab_core.ui.words as words
from modellab_core.errors import ModelLabError
from modellab_core.progress import Cancelled
from modellab_core.settings import workspace_folder
from modellab_core.ui.frame import live

MOST_KEPT = 48
AT_ONCE = 2
PATIENCE = 0.4  # seconds that a page waits, so that quick work is there without a flicker
AGAIN = 0.7
ENOUGH = 0.15  # of long work, before which its pace says nothing

Told = Callable[[int, int], None]
"""`told(done, total)` is called before each step of long work; it raises `Cancelled` to stop."""


@dataclass(eq=False)
class Work:
    """One piece of work: what it gave, or the sentence that says why it could not be done, and when it ended."""

    act: Callable[[], Any]
    value: Any = None
    error: str = ""
    wanted: bool = True
    steps: tuple[int, int] = (0, 0)
    began: float = 0.0
    at: float = 0.0
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def done(self) -> bool:
        """Whether it has ended, well or not."""
        return self.ended.is_set()

    def told(self, done: int, total: int) -> None:
        """Hear from long work how far it is; it ends here once somebody pressed Cancel."""
        self.steps = (done, total)
        if not self.wanted:
            raise Cancelled

    def left(self) -> float | None:
        """About how many seconds are left, by the pace so far; None while that says nothing."""
        done, total = self.steps
        return (time.monotonic() - self.began) * (total - done) / done if done >= ENOUGH * total > 0 else None

    def run(self) -> None:
        """Do it, unless nobody wants it any more."""
        try:
            self.began = time.monotonic()
            if self.wanted:
                self.value = self.act()
        except Cancelled:
            self.error = "Cancelled after {} of {} steps.".format(*self.steps)
        except ModelLabError as error:
            self.error = str(error)
        except Exception as error:  # a page says so and shows everything else
            logging.getLogger(__name__).exception("Work in the background failed")
            self.error = f"This could not be done ({type(error).__name__}); the log of the server says why."
        finally:
            self.at = time.monotonic()
            self.ended.set()


class Works:
    """All work of this server by its key. Of one lane only the newest is done: what waits before it is taken back."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.room = threading.BoundedSemaphore(AT_ONCE)
        self.long_room = threading.BoundedSemaphore(1)
        self.known: OrderedDict[Hashable, Work] = OrderedDict()
        self.lanes: dict[Hashable, Hashable] = {}

    def ask(self, key: Hashable, act: Callable[[], Any], lane: Hashable = None) -> Work:
        """The work under `key`, begun with `act` when it is not there yet."""
        with self.lock:
            self._take_back(key, lane)
            if key in self.known:
                self.known.move_to_end(key)
                return self.known[key]
            work = self.known[key] = Work(act)
            self._forget_old()
        self._begin(work, self.room)
        return work

    def begin(self, key: Hashable, act: Callable[[Told], Any]) -> Work:
        """Long work under `key`, one at a time: it tells how far it is. What is under way is not begun again."""
        with self.lock:
            known = self.known.get(key)
            if known is not None and not known.done:
                return known
            work = self.known[key] = Work(lambda: act(work.told))
            self._forget_old()
        self._begin(work, self.long_room)
        return work

    def find(self, key: Hashable) -> Work | None:
        """The work under `key`, or None where none was asked for."""
        return self.known.get(key)

    def forget(self, key: Hashable) -> None:
        """Drop work that has ended, so that it is done anew when it is asked for again."""
        with self.lock:
            if key in self.known and self.known[key].done:
                self.known.pop(key)

    def _begin(self, work: Work, room: threading.BoundedSemaphore) -> None:
        def run() -> None:
            with room:
                work.run()

        threading.Thread(target=run, name="page-work", daemon=True).start()

    def _take_back(self, key: Hashable, lane: Hashable) -> None:
        before = self.lanes.get(lane)
        if lane is None or before == key:
            return
        self.lanes[lane] = key
        if before in self.known and not self.known[before].done:
            self.known.pop(before).wanted = False

    def _forget_old(self) -> None:
        ended = [key for key, work in self.known.items() if work.done]
        for key in ended[: max(0, len(self.known) - MOST_KEPT)]:
            self.known.pop(key)


@st.cache_resource(show_spinner=False)
def works() -> Works:
    """The one collection of this server."""
    return Works()


def ask(key: tuple[Hashable, ...], act: Callable[[], Any], lane: str = "") -> Work:
    """The work under `key` in this workspace; of a `lane` of this browser tab only the newest is done."""
    tab = st.session_state.setdefault("_tab", secrets.token_hex(8))
    work = works().ask(_here(key), act, (tab, lane) if lane else None)
    work.ended.wait(PATIENCE)
    return work


def begin(key: tuple[Hashable, ...], act: Callable[[Told], Any]) -> Work:
    """Long work under `key` in this workspace, begun with `act` unless it is under way."""
    return works().begin(_here(key), act)


def fresh(key: tuple[Hashable, ...], act: Callable[[], Any], seconds: float) -> Work:
    """The work under `key` if it ended at most so many seconds ago or is under way, else it is done anew."""
    known = find(key)
    if known is not None and known.done and time.monotonic() - known.at > seconds:
        forget(key)
    return ask(key, act)


def find(key: tuple[Hashable, ...]) -> Work | None:
    """The work under `key` in this workspace, without asking for it."""
    return works().find(_here(key))


def forget(key: tuple[Hashable, ...]) -> None:
    """Drop work of this workspace that has ended."""
    works().forget(_here(key))


def _here(key: tuple[Hashable, ...]) -> tuple[Hashable, ...]:
    return (str(workspace_folder()), *key)


def ago(work: Work) -> str:
    """How long ago work ended, in words."""
    return words.ago(datetime.now(UTC) - timedelta(seconds=time.monotonic() - work.at))


def waiting(work: Work, doing: str, key: str) -> None:
    """Say in words (Markdown) what is being done, and draw the page again once it is done."""

    @live(AGAIN)
    def look() -> None:
        if work.done:
            st.rerun()
        with st.container(key=f"waiting-{key}"):
            st.status(doing, state="running")

    look()


def going(work: Work, step: str, key: str) -> None:
    """Long work on screen: how far it is, how long it will take, and the button that stops it before its next step."""
    done, total = work.steps
    left = work.left()
    time_left = "" if left is None else f" · about {words.duration(left)} left"
    told = f"{step} {min(done + 1, total)} of {total}{time_left}" if total else "Waits for other work like it."
    told = "Starting" if work.began and not total else told
    with st.container(horizontal=True, vertical_alignment="center", gap="medium", key=f"going-{key}"):
        st.progress(done / total if total else 0.0, told if work.wanted else "Stopping …")
        if st.button("Cancel", key=f"stop-{key}", icon=":material/stop_circle:", disabled=not work.wanted):
            work.wanted = False
            st.rerun(scope="fragment")
