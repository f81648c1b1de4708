"""Unfinished files say in their name which process makes them, so that what a kill left behind can be told and removed.

A mark is `p<number>.<moment of its start>.<machine>`: a number alone may belong to another process by now, and a
machine (or container) cannot know whether a process of another one lives.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path

PROC = Path("/proc")
DAY_SECONDS = 86_400.0
"""What no living process of this machine claims is left over after this time."""

_MARK = re.compile(r"p(\d{1,10})\.(\d{1,20})\.([0-9a-f]{8})(?![0-9a-f])")
_OURS = re.compile(r"\.modellab-p\d{1,10}\.\d{1,20}\.[0-9a-f]{8}-[0-9a-f]{16}\.tmp")


def start_of(pid: int, proc: Path = PROC) -> str | None:
    """The moment at which a process began, in clock ticks; None when it ended (also unburied) or nobody tells."""
    try:
        fields = (proc / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else fields[19]


def mark() -> str:
    """The mark of this process."""
    return f"p{os.getpid()}.{start_of(os.getpid()) or 0}.{_machine()}"


@cache
def _machine() -> str:
    """This machine since its last start and, in a container, its own numbering of processes, as 8 hex digits."""
    told = []
    with suppress(OSError):
        told = [(PROC / "sys/kernel/random/boot_id").read_text(), str((PROC / "self/ns/pid").readlink())]
    return hashlib.sha256("|".join(told).encode()).hexdigest()[:8]


def unfinished_name() -> str:
    """A fresh name for an unfinished file, with the mark of this process."""
    return f".modellab-{mark()}-{secrets.token_hex(8)}.tmp"


def is_left_over(name: str) -> bool | None:
    """Whether the process that `name` is marked with has ended; None without a mark that this machine can judge."""
    found = _MARK.search(name)
    if found is None or found[3] != _machine():
        return None
    pid, start = int(found[1]), found[2]
    if start != "0":
        return start_of(pid) != start
    return False if os.name == "nt" else not _answers(pid)


def _answers(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


def is_unfinished(path: Path) -> bool:
    """Whether a file has a name that only `unfinished_name` gives."""
    return _OURS.fullmatch(path.name) is not None


def collect(folder: Path, which: Callable[[Path], bool]) -> list[str]:
    """Remove from `folder`, of what is `which`, what ended processes left and what is unclaimed and older than a day.

    Gives the names. What cannot be removed stays.
    """
    removed = []
    with suppress(OSError):
        for path in sorted(folder.iterdir()):
            if which(path) and _is_over(path):
                _remove(path)
                removed.append(path.name)
    return removed


def _is_over(path: Path) -> bool:
    known = is_left_over(path.name)
    if known is not None:
        return known
    with suppress(OSError):
        return time.time() - path.lstat().st_mtime > DAY_SECONDS
    return False


def _remove(path: Path) -> None:
    with suppress(OSError):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink()
