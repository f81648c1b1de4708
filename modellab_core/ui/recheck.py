"""Checks of packs that run while people look at other pages: started by a click, followed from any tab.

A check lives in the server process. Its lines are kept until the server ends; what came of a run's pack is stored by
the Lab.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from modellab_core.errors import Conflict, ModelLabError
from modellab_core.ui.frame import live, red_box

MOST = 50


@dataclass
class Check:
    """One check: the lines it printed, and when it ended what came of it or why it could not be done."""

    title: str
    lines: list[str] = field(default_factory=list)
    verdict: Any = None
    error: ModelLabError | None = None
    done: bool = False


@st.cache_resource(show_spinner=False)
def _checks() -> dict[str, Check]:
    return {}


def start(key: str, title: str, work: Callable[[Callable[[str], None]], Any]) -> None:
    """Begin `work(on_line)` in the background under `key`. Conflict while the same one is under way."""
    checks = _checks()
    if key in checks and not checks[key].done:
        raise Conflict(f"{title} is under way already.")
    while len(checks) >= MOST:
        checks.pop(next(iter(checks)))
    check = checks[key] = Check(title)

    def run() -> None:
        try:
            check.verdict = work(check.lines.append)
        except ModelLabError as error:
            check.error = error
        finally:
            check.done = True

    threading.Thread(target=run, name=f"check-{key}", daemon=True).start()


def find(key: str) -> Check | None:
    """The check under `key`, or None when none was started since the server began."""
    return _checks().get(key)


def busy(key: str) -> bool:
    """Whether the check under `key` is under way."""
    check = find(key)
    return check is not None and not check.done


def forget(key: str) -> None:
    """Drop a check that has ended."""
    if key in _checks() and _checks()[key].done:
        _checks().pop(key)


def watch(key: str, outcome: Callable[[Any], None]) -> None:
    """The check under `key` as it goes on: its lines while it runs, then what came of it."""
    check = find(key)
    if check is None:
        return
    running = not check.done

    @live(0.7 if running else None)
    def panel() -> None:
        state: Any = "running" if not check.done else "error" if check.error else "complete"
        label = check.title if not check.done else f"{check.title}: finished"
        with st.status(label, state=state, expanded=not check.done):
            st.code("\n".join(check.lines[-200:]) or "Starting …", language=None, height=260, wrap_lines=True)
        if running and check.done:
            st.rerun()

    if check.error is not None:
        red_box(check.error)
    elif check.done:
        outcome(check.verdict)
    panel()
