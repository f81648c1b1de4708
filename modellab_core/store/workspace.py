"""The folder that holds everything: where each thing lies in it, and the lock for what only one process may do.

modellab.db   the database              tmp/          unfinished files, logs of live runs
blobs/        files by their SHA-256    quarantine/   what was found damaged
backups/      copies of the database    cache/        what can be made again
workspace.lock
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from modellab_core.errors import BadInput, Conflict
from modellab_core.files import make_folder
from modellab_core.temporary import collect

LOCK_SECONDS = 60.0
LOG = ".log"
FOLDERS = ("blobs", "tmp", "quarantine", "backups", "cache")


@dataclass(frozen=True)
class Workspace:
    """The paths of a workspace. Nothing in the database names this folder, so it can be moved or copied."""

    folder: Path

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.folder / "modellab.db"

    @property
    def blobs(self) -> Path:
        """Files by their SHA-256."""
        return self.folder / "blobs"

    @property
    def temporary(self) -> Path:
        """Unfinished files, in the same file system as the blobs."""
        return self.folder / "tmp"

    @property
    def quarantine(self) -> Path:
        """What was found damaged."""
        return self.folder / "quarantine"

    @property
    def backups(self) -> Path:
        """Copies of the database."""
        return self.folder / "backups"

    def log(self, run_id: str) -> Path:
        """What the worker of a live run prints."""
        return self.temporary / f"{run_id}{LOG}"

    def logs(self) -> list[Path]:
        """What lies there of workers, those of runs that have ended too."""
        with suppress(OSError):
            return sorted(path for path in self.temporary.iterdir() if path.suffix == LOG)
        return []

    def create(self) -> None:
        """Make the folders that are missing, for this user only. BadInput when the folder cannot be made."""
        try:
            make_folder(self.folder, 0o700)
            if not any(self.folder.iterdir()):  # one that somebody made for it; any other may serve others too
                self.folder.chmod(0o700)
            for name in FOLDERS:
                make_folder(self.folder / name, 0o700)
        except OSError as error:
            raise BadInput(
                f"The workspace {self.folder} cannot be made: {error.strerror or error}. "
                "Set MODELLAB_HOME to a folder that can be written."
            ) from error

    def collect(self) -> list[str]:
        """Remove what killed programs left unfinished, and what lies there unclaimed for a day; the names.

        Logs of runs stay: whoever recovers the runs keeps them.
        """
        return collect(self.temporary, lambda path: path.suffix != LOG)

    @contextmanager
    def locked(self, seconds: float = LOCK_SECONDS) -> Iterator[None]:
        """Hold the lock of the workspace; it falls when this process ends, however it ends.

        Conflict when another process still holds it after `seconds`.
        """
        try:
            descriptor = os.open(self.folder / "workspace.lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise BadInput(f"The workspace {self.folder} cannot be locked: {error.strerror or error}.") from error
        try:
            self._wait(descriptor, seconds)
            yield
        finally:
            os.close(descriptor)

    def _wait(self, descriptor: int, seconds: float) -> None:
        end = time.monotonic() + seconds
        while not try_lock(descriptor):
            if time.monotonic() > end:
                raise Conflict(f"Another program holds the lock of {self.folder}: wait until it is done, or end it.")
            time.sleep(0.05)


def try_lock(descriptor: int) -> bool:
    """Take the lock on an open file if nobody holds it, without waiting."""
    with suppress(BlockingIOError, PermissionError):
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False
