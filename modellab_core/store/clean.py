"""What nobody needs any more: found, told, and removed.

| kind | what | when |
|---|---|---|
| unused blobs | files that no row names; a row goes first, its bytes go here | older than a day |
| old caches | copies of tables that are made again when needed, but of the latest versions | older than a day |
| unfinished files | what was on its way in `tmp` when a program ended | its program has ended, or older than a day |
| logs | what the worker of a run printed that has ended | older than a day |
| abandoned work | folders of backups, restores and cleanings that were cut short | at once |

A day, because a blob is stored before the row that names it, and a file is read before it is stored.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy.orm import Session
from sqlmodel import col, select

from modellab_core.store.engine import Doors
from modellab_core.store.references import blobs_named
from modellab_core.store.scratch import DAY, abandoned, is_old, is_over, is_scratch, scratch_folder
from modellab_core.store.tables import LIVE, DatasetVersion, Run
from modellab_core.store.workspace import Workspace

UNUSED, CACHES, UNFINISHED, LOGS, ABANDONED = KINDS = (
    "unused blobs",
    "old caches",
    "unfinished files",
    "logs",
    "abandoned work",
)
CACHE = "cache"
KEY = 32
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Waste:
    """A file or folder that can go: one of KINDS, where it is, and its bytes."""

    kind: str
    path: Path
    size: int


def waste(workspace: Workspace, older: timedelta = DAY) -> list[Waste]:
    """What `clean` would remove, sorted by kind and path; only what was not touched for the time `older`."""
    with Doors(workspace.database).read() as session:
        return [*_unused(workspace, blobs_named(session), older), *_passing(workspace, session, older)]


def clean(workspace: Workspace, older: timedelta = DAY) -> list[Waste]:
    """Remove what nobody needs, under the lock of the workspace, and say what it was."""
    with workspace.locked():
        found = waste(workspace, older)
        gone = _drop(workspace, [one for one in found if one.kind == UNUSED], older)
        for one in found:
            if one.kind != UNUSED:
                _remove(one.path)
        return [one for one in found if one.kind != UNUSED or one.path in gone]


def _unused(workspace: Workspace, named: set[str], older: timedelta) -> Iterator[Waste]:
    for path in sorted(workspace.blobs.glob("??/*")):
        if _DIGEST.fullmatch(path.name) and path.name not in named and is_old(path, older):
            yield Waste(UNUSED, path, _size(path))


def _passing(workspace: Workspace, session: Session, older: timedelta) -> Iterator[Waste]:
    wanted = set(_copies_wanted(session))
    for path in _entries(workspace.folder / CACHE):
        if path.name.partition(".")[0] not in wanted and is_old(path, older):
            yield Waste(CACHES, path, _size(path))
    live = {workspace.log(run) for run in session.scalars(select(Run.id).where(col(Run.state).in_(LIVE)))}
    for path in _entries(workspace.temporary):
        if path not in live and not is_scratch(path) and is_over(path, older):
            yield Waste(LOGS if path.suffix == ".log" else UNFINISHED, path, _size(path))
    for folder in (workspace.temporary, workspace.backups, workspace.folder, workspace.folder.parent):
        yield from (Waste(ABANDONED, path, _size(path)) for path in abandoned(folder))


def _copies_wanted(session: Session) -> Iterator[str]:
    """The names of the copies of the latest version of every dataset, without their endings."""
    latest: dict[str, str] = {}
    for dataset, sha256, key in session.execute(
        select(DatasetVersion.dataset_id, DatasetVersion.sha256, DatasetVersion.reading_key).order_by(
            col(DatasetVersion.number)
        )
    ):
        latest[dataset] = f"{sha256[:KEY]}-{key[:KEY]}"
    yield from latest.values()


def _drop(workspace: Workspace, blobs: Iterable[Waste], older: timedelta) -> set[Path]:
    """Take blobs away that are still unused; no row can come to name one meanwhile, because the write lock is held.

    They are moved aside first: one that somebody stored again in this very moment is young, and goes back.
    """
    gone = set()
    with scratch_folder(workspace.temporary) as aside, Doors(workspace.database).write() as session:
        named = blobs_named(session)
        for path in [one.path for one in blobs if one.path.name not in named]:
            with suppress(FileNotFoundError):
                moved = path.rename(aside / path.name)
                if is_old(moved, older):
                    gone.add(path)
                else:
                    moved.rename(path)
    return gone


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink(missing_ok=True)


def _entries(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _size(path: Path) -> int:
    """The bytes of a file, or of all files in a folder."""
    with suppress(OSError):
        return sum(one.lstat().st_size for one in (path, *path.rglob("*")) if not one.is_dir())
    return 0
