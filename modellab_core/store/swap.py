"""What the standard library lacks for a restore: folders that change places in one step, one flush for many files."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from pathlib import Path
from typing import Any

HERE = -100  # AT_FDCWD: paths are as usual
EXCHANGE = 2  # RENAME_EXCHANGE of Linux, RENAME_SWAP of macOS
CANNOT = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP)


def change_places(new: Path, place: Path) -> None:
    """Let two folders of one file system change places in one step, so that whoever looks sees the one or the other.

    Where the system cannot do that, `place` is missing for a moment; a kill just then leaves the old folder under the
    name of `new` with the ending `.old`.
    """
    if not _exchanged(new, place):
        aside = new.with_name(f"{new.name}.old")
        place.rename(aside)
        try:
            new.rename(place)
        except OSError:
            aside.rename(place)
            raise
        aside.rename(new)


def _exchanged(one: Path, other: Path) -> bool:
    """Whether the system did it; False when it cannot, OSError when it tried and failed."""
    system, a, b = _system(), os.fsencode(one), os.fsencode(other)
    if sys.platform == "darwin" and hasattr(system, "renamex_np"):
        code = system.renamex_np(a, b, EXCHANGE)
    elif hasattr(system, "renameat2"):
        code = system.renameat2(HERE, a, HERE, b, EXCHANGE)
    else:
        return False
    number = ctypes.get_errno()
    if code != 0 and number not in CANNOT:
        raise OSError(number, os.strerror(number), str(one), None, str(other))
    return bool(code == 0)


def flush_everything(folder: Path) -> None:
    """Flush the file system of `folder`; one flush for a hundred thousand files takes seconds, one each takes minutes.

    OSError when the disk reports one.
    """
    system = _system()
    if not hasattr(system, "syncfs"):
        if hasattr(os, "sync"):
            os.sync()
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        if system.syncfs(descriptor) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), str(folder))
    finally:
        os.close(descriptor)


def _system() -> Any:
    """The C library, None where there is none of the usual kind."""
    return None if os.name == "nt" else ctypes.CDLL(None, use_errno=True)
