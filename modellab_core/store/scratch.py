"""Folders for work that may be cut short: who finds one later can tell whether somebody still works in it.

The maker holds a lock on a file inside, which falls when its process ends, however it ends. So what a kill left behind
is collected at once by the next one who comes to the same place, and never what is still in use.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from modellab_core.errors import BadInput
from modellab_core.store.workspace import try_lock

_NAME = re.compile(r"\.modellab-[0-9a-f]{16}\.partial")
_ALIVE = "alive"


@contextmanager
def scratch_folder(parent: Path) -> Iterator[Path]:
    """A new folder in `parent` for this user only, removed at the end. What killed programs left there goes first.

    BadInput when `parent` cannot be written.
    """
    for left in abandoned(parent):
        shutil.rmtree(left, ignore_errors=True)
    try:
        folder, descriptor = _made(parent)
    except OSError as error:
        raise BadInput(
            f"The folder {parent} cannot be written: {error.strerror or error}. Nothing was changed."
        ) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(descriptor)


def is_scratch(path: Path) -> bool:
    """Whether a folder is named as those that are made here."""
    return _NAME.fullmatch(path.name) is not None


def abandoned(parent: Path) -> list[Path]:
    """The scratch folders in `parent` in which nobody works any more."""
    with suppress(OSError):
        return [path for path in sorted(parent.iterdir()) if is_scratch(path) and _is_abandoned(path)]
    return []


def _made(parent: Path) -> tuple[Path, int]:
    while True:
        folder = parent / f".modellab-{secrets.token_hex(8)}.partial"
        folder.mkdir(mode=0o700)
        with suppress(FileNotFoundError):  # somebody collected it between its making and its lock
            descriptor = os.open(folder / _ALIVE, os.O_RDWR | os.O_CREAT, 0o600)
            if try_lock(descriptor) and _names(folder / _ALIVE, descriptor):
                return folder, descriptor
            os.close(descriptor)


def _names(path: Path, descriptor: int) -> bool:
    with suppress(OSError):
        return path.stat().st_ino == os.fstat(descriptor).st_ino
    return False


def _is_abandoned(folder: Path) -> bool:
    if folder.is_symlink() or not folder.is_dir():
        return False
    try:
        descriptor = os.open(folder / _ALIVE, os.O_RDWR)
    except FileNotFoundError:
        return True  # its maker was ended before it could say that it lives
    except OSError:
        return False
    try:
        return try_lock(descriptor)
    finally:
        os.close(descriptor)
