"""Where a workspace is to be restored: what is there, whether it may go, and the step that changes it."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from errno import EEXIST, ENOTDIR, ENOTEMPTY
from pathlib import Path

from modellab_core.errors import BadInput, Conflict
from modellab_core.files import flush_folder
from modellab_core.store.columns import now
from modellab_core.store.engine import connect
from modellab_core.store.lease import LEASE_SECONDS
from modellab_core.store.processes import is_gone
from modellab_core.store.swap import change_places, flush_everything
from modellab_core.store.workspace import FOLDERS, Workspace

OURS = {*FOLDERS, "cache", "workspace.lock", "lost+found"}
JOURNALS = ("-journal", "-wal", "-shm")


class Place:
    """The folder of a workspace that may be missing, empty, fresh, full or damaged; links are followed."""

    def __init__(self, folder: Path) -> None:
        self.folder = Path(os.path.realpath(folder.expanduser()))
        self._there = Workspace(self.folder)
        self._mine = self._bare = False

    @property
    def beside(self) -> Path:
        """The folder for unfinished work, in the same file system: the one above, if the place can be moved."""
        return self.folder if self._is_fixed() else next(path for path in self.folder.parents if path.is_dir())

    @contextmanager
    def held(self, force: bool) -> Iterator[None]:
        """Keep others who look after the workspace away meanwhile.

        Conflict when it holds something and `force` was not said, or somebody trains in it; BadInput when it holds
        what is not ours, or cannot be moved.
        """
        if self._is_free():
            yield
            return
        self._refuse_strangers()
        with self._there.locked():
            self._bare = self._is_bare()
            if not self._bare:
                self._refuse_full(force)
            self._mine = True
            yield

    def fill(self, fresh: Workspace) -> Path | None:
        """Put the folder of `fresh` here in one step; where the workspace that was here is kept, None if none was."""
        if self._is_fixed():
            self._move_in(fresh)
            return None
        if not self._mine:
            self._take_free(fresh)
            return None
        kept = self.folder.with_name(f"{self.folder.name}.before-restore-{_stamp()}")
        with self._undisturbed():
            fresh.folder.rename(kept)
            try:
                change_places(kept, self.folder)
            except OSError:  # and nothing else: after the change this folder is the old one
                kept.rename(fresh.folder)
                raise
        flush_folder(self.folder.parent)
        if not self._carried(Workspace(kept).backups) or not self._bare:
            return kept
        shutil.rmtree(kept, ignore_errors=True)
        return None

    def _carried(self, backups: Path) -> bool:
        """Move backups that lay in the old workspace to where they are looked for; whether none was left there."""
        with suppress(OSError):
            for path in list(backups.iterdir()):
                path.rename(self._there.backups / path.name)
        return not any(backups.glob("*"))

    def _take_free(self, fresh: Workspace) -> None:
        """Take a place in which nothing was; somebody else may have taken it meanwhile."""
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        try:
            fresh.folder.rename(self.folder)
        except OSError as error:
            if error.errno in (ENOTEMPTY, EEXIST, ENOTDIR):
                raise self._taken() from error
            raise
        flush_folder(self.folder.parent)

    def _taken(self) -> Conflict:
        return Conflict(f"{self.folder} was filled by somebody else meanwhile. Nothing was changed.")

    def _move_in(self, fresh: Workspace) -> None:
        """Fill a folder that cannot be moved and holds no rows: the database comes last, with all its files there."""
        if self._there.database.exists() and not self._is_bare():
            raise self._taken()
        self._there.create()
        for path in fresh.blobs.glob("*/*"):
            to = self._there.blobs / path.parent.name
            to.mkdir(exist_ok=True, mode=0o700)
            path.replace(to / path.name)
        for path in fresh.backups.iterdir():
            path.replace(self._there.backups / path.name)
        flush_everything(self.folder)
        with self._undisturbed():
            for ending in JOURNALS:  # one that an empty database left would be played into the new one
                self._there.database.with_name(self._there.database.name + ending).unlink(missing_ok=True)
            fresh.database.replace(self._there.database)
        flush_folder(self.folder)

    def _is_free(self) -> bool:
        return not self.folder.exists() or (self.folder.is_dir() and not any(self.folder.iterdir()))

    def _is_fixed(self) -> bool:
        """Whether it is a mount, or lies in a folder that this user cannot write."""
        return self.folder.is_dir() and (
            os.path.ismount(self.folder) or not os.access(self.folder.parent, os.W_OK | os.X_OK)
        )

    def _is_bare(self) -> bool:
        """Whether it is a workspace in which nobody has kept anything."""
        kept = (self._foreign(), self._there.blobs.glob("*/*"), self._there.quarantine.glob("*"))
        if any(any(paths) for paths in kept):
            return False
        return not self._there.database.exists() or self._answer("SELECT id FROM project LIMIT 1") == []

    def _foreign(self) -> list[str]:
        """The names of what is here and not made by ModelLab, hidden ones too."""
        known = OURS | {self._there.database.name + ending for ending in ("", *JOURNALS)}
        names = sorted(path.name for path in self.folder.iterdir())
        return [name for name in names if name not in known and not name.startswith(".modellab-")]

    def _refuse_strangers(self) -> None:
        if not self.folder.is_dir():
            raise BadInput(f"{self.folder} is a file: choose another folder with MODELLAB_HOME.")
        strange = [name for name in self._foreign() if not name.startswith(".")]
        if strange:
            some = ", ".join(strange[:3])
            raise BadInput(
                f"{self.folder} holds what is not ModelLab's ({some}): move it away, or choose another folder."
            )

    def _refuse_full(self, force: bool) -> None:
        if not force:
            raise Conflict(
                f"There is a workspace in {self.folder} already: add --force to put the backup in its place (the old "
                "one is kept under another name), or choose another folder with MODELLAB_HOME."
            )
        if self._is_fixed() and self._there.database.exists():
            raise BadInput(
                f"{self.folder} is a mount and cannot be moved: restore into another folder with MODELLAB_HOME."
            )
        busy = self._trained_now()
        if busy:
            raise Conflict(f"Runs are being trained in {self.folder} ({', '.join(busy[:3])}): cancel them first.")

    def _trained_now(self) -> list[str]:
        """The ids of runs whose worker was heard of within the last seconds and has not ended."""
        rows = self._answer("SELECT id, pid, process, heartbeat_at FROM run WHERE state = 'running'") or []
        since = (now() - timedelta(seconds=LEASE_SECONDS)).isoformat(timespec="microseconds")
        return [run for run, pid, process, at in rows if str(at) > since and not is_gone(pid, process)]

    def _answer(self, question: str) -> list[tuple[str, int, str, str]] | None:
        """What the database says; None when it is missing or cannot be asked."""
        with suppress(sqlite3.Error), closing(connect(self._there.database)) as connection:
            return connection.execute(question).fetchall()
        return None

    @contextmanager
    def _undisturbed(self) -> Iterator[None]:
        """No transaction is open in the old database meanwhile, so that none leaves its journal beside the new one.

        One that waits finds the file moved and is refused by SQLite. Conflict when one stays open. A database that
        cannot be opened is in nobody's use.
        """
        with ExitStack() as stack:
            try:
                connection = stack.enter_context(closing(connect(self._there.database)))
                connection.execute("PRAGMA journal_mode=DELETE")  # the files of the other mode outlive a transaction
                connection.execute("BEGIN EXCLUSIVE")
            except sqlite3.Error as error:
                if "locked" in str(error):
                    raise Conflict(f"Somebody is writing to {self.folder}: stop that first.") from error
            yield


def _stamp() -> str:
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S-%f}"
