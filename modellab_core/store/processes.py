"""Telling whether a process is gone, although its number may belong to another one by now."""

from __future__ import annotations

import os
import signal
import socket
from functools import cache
from pathlib import Path

from modellab_core.temporary import start_of

PROC = Path("/proc")


@cache
def machine() -> str:
    """This machine since its last start and, in a container, its own numbering of processes."""
    parts = [socket.gethostname()]
    boot = PROC / "sys/kernel/random/boot_id"
    if boot.is_file():
        parts.append(boot.read_text().strip()[:8])
        parts.append(str((PROC / "self/ns/pid").readlink()))
    return "|".join(parts)


def identity(pid: int) -> str:
    """What tells the process from every other one that ever has this number: machine and moment of its start."""
    return f"{machine()}|{_start(pid) or ''}"


def is_gone(pid: int | None, process: str | None) -> bool:
    """Whether the process has surely ended; False when it lives, or when this machine cannot know."""
    if pid is None or process is None:
        return False
    where, _, started = process.rpartition("|")
    if where != machine():
        return False
    return _start(pid) != started if started else not _answers(pid)


def _start(pid: int) -> str | None:
    return start_of(pid, PROC)


def _answers(pid: int) -> bool:
    if os.name == "nt":  # there, signal 0 would end it
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def signal_group(pid: int, number: int) -> None:
    """Send a signal to the process group that `pid` leads; nothing happens when it has ended."""
    try:
        os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):
        return


def end_this_process() -> None:
    """End this process and what it started, at once; nothing it holds is saved."""
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(1)
