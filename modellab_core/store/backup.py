"""One file that holds the whole workspace as it was at one moment, made while everybody goes on working.

A snapshot of the database, checked; the blobs that this snapshot names, which are only ever added; then the file is
flushed, read back from the disk and compared, and moved into place last. The lock of the workspace keeps `clean` away
meanwhile.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from errno import ENOSPC
from os import strerror
from pathlib import Path

from modellab_core import __version__
from modellab_core.errors import BadInput, NotFound
from modellab_core.files import chunks, move, sha256_of
from modellab_core.store.archive import (
    DATABASE,
    END,
    MANIFEST,
    Manifest,
    OnStep,
    blob_name,
    copy_member,
    manifest_of,
    put,
    quiet,
    refuse_rest,
)
from modellab_core.store.blobs import Blobs
from modellab_core.store.catalog_evidence import Evidence
from modellab_core.store.engine import Doors, connect, explaining
from modellab_core.store.health import refuse_unfit
from modellab_core.store.migrate import revision
from modellab_core.store.migrations import HEAD
from modellab_core.store.scratch import scratch_folder
from modellab_core.store.sealed import Reader, Unfit, Writer
from modellab_core.store.workspace import Workspace

ENDING = ".tar.gz"


@dataclass(frozen=True)
class Backup:
    """A backup: where it is, its size in bytes, and what it says of itself."""

    file: Path
    size: int
    manifest: Manifest


def back_up(workspace: Workspace, place: Path, *, on_step: OnStep = quiet) -> Backup:
    """Write a backup of an open workspace to the file `place`, or under a name with the time into the folder `place`.

    An earlier backup of that name is replaced, any other file is not. Only when the file was read back is it there.
    Blobs that are missing or damaged are left out and named in `manifest.lacking`. BadInput when it cannot be written
    or the database is damaged, Conflict when another program holds the lock; then nothing is left behind.
    """
    file = _file_for(place, workspace)
    with workspace.locked(), scratch_folder(file.parent) as folder, _telling(file):
        snapshot, unfinished = folder / DATABASE, folder / "unfinished"
        on_step("copying the database", 0, 0)
        moment = datetime.now(UTC)
        _take(workspace.database, snapshot)
        manifest = _manifest_of(workspace, snapshot, moment, on_step)
        _write(unfinished, manifest, snapshot, Blobs(workspace), on_step)
        _read_back(unfinished, manifest, on_step)
        move(unfinished, file)
        return Backup(file, file.stat().st_size, manifest)


def look(file: Path) -> Backup:
    """What a backup says of itself, unchecked. BadInput when it is none."""
    try:
        with Reader(file) as reader:
            return Backup(file, file.stat().st_size, manifest_of(reader))
    except Unfit as why:
        raise BadInput(f"{file} is no backup that can be used: {why}.") from why
    except OSError as error:
        raise BadInput(f"{file} cannot be read: {error.strerror or error}.") from error


def backups_in(folder: Path) -> list[Backup]:
    """The backups in a folder, the latest first; other files are passed over. BadInput when it is no folder."""
    if not folder.is_dir():
        raise BadInput(f"There is no folder {str(folder)!r}: name the folder that holds the backups.")
    try:
        paths = sorted(folder.iterdir())
    except OSError as error:
        raise BadInput(f"The folder {folder} cannot be read: {error.strerror or error}.") from error
    found = []
    for path in paths:
        if path.is_file() and not path.is_symlink() and is_backup(path):
            try:
                found.append(look(path))
            except BadInput:  # one that is damaged at its beginning does not hide the others
                continue
    return sorted(found, key=lambda one: one.manifest.created_at, reverse=True)


def prune(made: Backup, keep: int) -> list[Path]:
    """Remove the oldest backups of the same workspace beside the one just made, but for the `keep` latest.

    Only those whose name differs in digits alone. Nothing goes when the one just made lacks blobs: an older one may
    hold them.
    """
    if made.manifest.lacking:
        return []
    digits = (r"\d+" if part.isdigit() else re.escape(part) for part in re.split(r"(\d+)", made.file.name))
    alike = re.compile("".join(digits), re.ASCII)
    older = [
        one.file
        for one in backups_in(made.file.parent)
        if one.file != made.file and alike.fullmatch(one.file.name) and one.manifest.home == made.manifest.home
    ]
    gone = older[keep - 1 :]
    for path in gone:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            said = error.strerror or error
            raise BadInput(f"The backup {made.file} is written, but {path} cannot be removed: {said}.") from error
    return gone


def is_backup(path: Path) -> bool:
    """Whether a file begins as a backup does."""
    try:
        with Reader(path):
            return True
    except (Unfit, OSError):
        return False


def home_of(workspace: Workspace) -> str:
    """What tells this workspace from others whose backups lie in one folder; it does not tell the path."""
    return hashlib.sha256(str(workspace.folder.resolve()).encode()).hexdigest()[:16]


def _file_for(place: Path, workspace: Workspace) -> Path:
    file = place.expanduser().resolve()
    if file.is_dir():
        file = file / f"modellab-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}{ENDING}"
    home = workspace.folder.resolve()
    if file.is_relative_to(home) and not file.is_relative_to(home / workspace.backups.name):
        raise BadInput(f"{file} lies inside the workspace: choose a place outside it, or {workspace.backups}.")
    if not file.parent.is_dir():
        raise BadInput(f"There is no folder {str(file.parent)!r} for the backup: make it first.")
    if file.exists() and not (file.is_file() and (file.stat().st_size == 0 or is_backup(file))):
        raise BadInput(f"{file} is there and is no backup: choose another name.")
    return file


def _take(database: Path, snapshot: Path) -> None:
    """A copy of the database at one moment, checked; copying the file of a live database gives a malformed one."""
    with explaining(database), closing(connect(database)) as connection:
        try:
            connection.execute("VACUUM INTO ?", (str(snapshot),))
        except sqlite3.OperationalError as error:
            if "full" in str(error):  # the disk of the backup, which need not be that of the database
                raise OSError(ENOSPC, strerror(ENOSPC)) from error
            raise
    try:
        refuse_unfit(snapshot, revision(snapshot) or HEAD)
    except Unfit as why:
        raise BadInput(f"The workspace {database.parent} cannot be backed up: {why}. Restore a backup.") from why


def _manifest_of(workspace: Workspace, snapshot: Path, moment: datetime, on_step: OnStep) -> Manifest:
    evidence, blobs = Evidence(Doors(snapshot)), Blobs(workspace)
    named = sorted(evidence.blobs_referenced())
    sizes: dict[str, int] = {}
    for place, digest in enumerate(named):
        on_step("checking the files", place, len(named))
        try:
            sizes[digest] = blobs.checked(digest).stat().st_size
        except (BadInput, NotFound, OSError):
            continue
    return Manifest(
        modellab=__version__,
        revision=revision(snapshot) or HEAD,
        created_at=moment.isoformat(timespec="milliseconds"),
        home=home_of(workspace),
        database_bytes=snapshot.stat().st_size,
        database_sha256=sha256_of(snapshot),
        counts=evidence.counts(),
        runs=evidence.run_states(),
        blobs=sizes,
        lacking=[digest for digest in named if digest not in sizes],
    )


def _write(file: Path, manifest: Manifest, snapshot: Path, blobs: Blobs, on_step: OnStep) -> None:
    out = Writer(file)
    try:
        told = manifest.to_bytes()
        put(out, MANIFEST, len(told), iter([told]))
        _put_file(out, DATABASE, manifest.database_bytes, snapshot)
        for place, (digest, size) in enumerate(manifest.blobs.items()):
            on_step("packing", place, len(manifest.blobs))
            _put_file(out, blob_name(digest), size, blobs.path(digest))
        out.write(END)
        out.close()
    finally:
        out.abandon()


def _put_file(out: Writer, name: str, size: int, path: Path) -> None:
    with path.open("rb", buffering=0) as stream:
        put(out, name, size, chunks(stream))


def _read_back(file: Path, manifest: Manifest, on_step: OnStep) -> None:
    """Unpack what was written, from the disk, and compare every byte by its hash."""
    with Reader(file).checked() as reader:
        if manifest_of(reader) != manifest:
            raise Unfit("the manifest came back as another one")
        for place, (name, size, digest) in enumerate(manifest.members()):
            on_step("reading back", place, len(manifest.blobs))
            copy_member(reader, name, size, digest, len)
        refuse_rest(reader)


@contextmanager
def _telling(file: Path) -> Iterator[None]:
    """What the disk says while a backup is made, as a sentence."""
    try:
        yield
    except (OSError, Unfit) as error:
        said = getattr(error, "strerror", None) or error
        raise BadInput(f"The backup {file} cannot be written: {said}. Nothing is left of it.") from error
