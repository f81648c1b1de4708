"""Folders for backups, restores and cleanings on their way: removed at the end, or by whoever comes after a kill."""

from __future__ import annotations

import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from time import time

from modellab_core.errors import BadInput
from modellab_core.temporary import is_left_over, mark

DAY = timedelta(days=1)
_NAME = re.compile(r"\.modellab-p\d{1,10}\.\d{1,20}\.[0-9a-f]{8}-[0-9a-f]{16}\.partial")


@contextmanager
def scratch_folder(parent: Path) -> Iterator[Path]:
    """A new folder in `parent` for this user only, removed at the end. What killed programs left there goes first.

    BadInput when `parent` cannot be written.
    """
    for left in abandoned(parent):
        shutil.rmtree(left, ignore_errors=True)
    folder = parent / f".modellab-{mark()}-{secrets.token_hex(8)}.partial"
    try:
        folder.mkdir(mode=0o700)
    except OSError as error:
        raise BadInput(
            f"The folder {parent} cannot be written: {error.strerror or error}. Nothing was changed."
        ) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def abandoned(parent: Path) -> list[Path]:
    """The folders of this kind in `parent` in which nobody works any more."""
    with suppress(OSError):
        return [path for path in sorted(parent.iterdir()) if is_scratch(path) and is_over(path)]
    return []


def is_scratch(path: Path) -> bool:
    """Whether it is a folder that `scratch_folder` made."""
    return _NAME.fullmatch(path.name) is not None and path.is_dir() and not path.is_symlink()


def is_over(path: Path, older: timedelta = DAY) -> bool:
    """Whether the process that a name is marked with has ended; if nobody can tell, whether it is `older`."""
    known = is_left_over(path.name)
    return is_old(path, older) if known is None else known


def is_old(path: Path, older: timedelta = DAY) -> bool:
    """Whether neither it nor anything in it was changed for the time `older`; what has just vanished is not old."""
    with suppress(OSError):
        return all(time() - one.lstat().st_mtime >= older.total_seconds() for one in (path, *path.rglob("*")))
    return False
