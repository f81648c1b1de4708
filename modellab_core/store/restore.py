"""A workspace from a backup: everything is unpacked and checked beside the place, and then moved there in one step.

Nothing outside a temporary folder is touched before every byte was checked. The workspace that was there is kept.
A run that was running when the backup was made becomes interrupted, since nobody works on it; one that waited waits.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from modellab_core.errors import BadInput
from modellab_core.store.archive import MOST_RATIO, Manifest, OnStep, copy_member, manifest_of, quiet, refuse_rest
from modellab_core.store.backup import Backup
from modellab_core.store.catalog import Catalog
from modellab_core.store.health import columns_lacking, refuse_unfit
from modellab_core.store.migrate import SCRIPTS, bring_up_to_date, scripts_in
from modellab_core.store.migrations import HEAD
from modellab_core.store.place import Place
from modellab_core.store.scratch import scratch_folder
from modellab_core.store.sealed import Reader, Unfit
from modellab_core.store.swap import flush_everything
from modellab_core.store.workspace import Workspace

SPARE = 64 << 20
BLOCK = 4096
INTERRUPTED = "It was running when the backup was made. Try it again."


@dataclass(frozen=True)
class Restored:
    """What a restore did: where the workspace is, where the old one is kept, from what, which runs were interrupted."""

    folder: Path
    kept: Path | None
    backup: Backup
    interrupted: list[str]


def restore(file: Path, folder: Path, *, force: bool = False, on_step: OnStep = quiet) -> Restored:
    """Make `folder` the workspace that the backup `file` holds; what was there is kept under another name.

    BadInput when the file is not whole or not ours, or cannot be unpacked; Conflict when the place holds something
    and `force` was not said, or somebody works there. Then the place is as it was.
    """
    if not file.is_file():
        raise BadInput(f"There is no file {str(file)!r}: give the path of a backup.")
    place = Place(folder)
    with _telling(file), place.held(force), Reader(file) as reader, scratch_folder(place.beside) as scratch:
        on_step("checking the backup", 0, 0)
        backup = Backup(file, file.stat().st_size, manifest_of(reader.checked()))
        manifest = backup.manifest
        _refuse_unusable(manifest, file, place.beside)
        fresh = Workspace(scratch / "workspace")
        fresh.create()
        _unpack(reader, manifest, fresh, on_step)
        on_step("checking the database", 0, 0)
        refuse_unfit(fresh.database, manifest.revision)
        _bring_up_to_date(fresh)
        interrupted = _settle(fresh, manifest)
        flush_everything(scratch)
        return Restored(place.folder, place.fill(fresh), backup, interrupted)


def _refuse_unusable(manifest: Manifest, file: Path, beside: Path) -> None:
    if manifest.revision != HEAD and manifest.revision not in {
        one.revision for one in scripts_in(SCRIPTS).walk_revisions()
    }:
        raise Unfit(
            f"it was made by a newer ModelLab ({manifest.modellab}, revision {manifest.revision}), so upgrade first"
        )
    if manifest.size > MOST_RATIO * file.stat().st_size:
        raise Unfit("it claims more bytes than it can hold")
    needed = manifest.size + BLOCK * len(manifest.blobs) + SPARE
    free = shutil.disk_usage(beside).free
    if needed > free:
        raise Unfit(f"it needs {needed >> 20} MB in {beside}, where {free >> 20} MB are free")


def _unpack(reader: Reader, manifest: Manifest, fresh: Workspace, on_step: OnStep) -> None:
    for start in sorted({digest[:2] for digest in manifest.blobs}):
        (fresh.blobs / start).mkdir(mode=0o700)
    members, folder = manifest.members(), str(fresh.folder)
    _copy(reader, folder, next(members), 0o600)
    for place, member in enumerate(members):
        on_step("unpacking", place, len(manifest.blobs))
        _copy(reader, folder, member, 0o400)
    refuse_rest(reader)


def _copy(reader: Reader, folder: str, member: tuple[str, int, str], mode: int) -> None:
    name, size, digest = member
    descriptor = os.open(f"{folder}/{name}", os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as stream:
        copy_member(reader, name, size, digest, stream.write)


def _bring_up_to_date(fresh: Workspace) -> None:
    """Migrate an older database here, where a failure harms nobody. Unfit when it has not the columns of ours then."""
    try:
        bring_up_to_date(fresh)
    except (SQLAlchemyError, sqlite3.Error, LookupError, AssertionError) as error:
        raise Unfit("its database cannot be brought up to date") from error
    if columns_lacking(fresh.database):
        raise Unfit("its database lacks tables or columns of ours")


def _settle(fresh: Workspace, manifest: Manifest) -> list[str]:
    """Interrupt what nobody works on; the ids. Unfit when the rows name other blobs than the manifest."""
    catalog = Catalog(fresh)
    if catalog.evidence.blobs_referenced() != {*manifest.blobs, *manifest.lacking}:
        raise Unfit("its files are not those that its database names")
    return [run.id for run in catalog.queue.running() if catalog.queue.interrupt(run.id, run.lease or "", INTERRUPTED)]


@contextmanager
def _telling(file: Path) -> Iterator[None]:
    """Why a backup cannot be restored, as a sentence."""
    try:
        yield
    except (Unfit, OSError) as error:
        said = getattr(error, "strerror", None) or error
        raise BadInput(f"The backup {file} cannot be restored: {said}. Nothing was changed.") from error
