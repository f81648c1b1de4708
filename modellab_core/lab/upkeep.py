"""The workspace as a whole: its state, backups, cleaning, and the example project."""

from __future__ import annotations

import platform
import shutil
import sqlite3
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from modellab_core import __version__
from modellab_core.errors import BadInput, NotFound
from modellab_core.lab.training import Training
from modellab_core.settings import app_folder, workspace_folder
from modellab_core.store.archive import OnStep, quiet
from modellab_core.store.backup import Backup, back_up, backups_in, prune
from modellab_core.store.clean import CACHE, KINDS, Waste, clean, waste
from modellab_core.store.health import bytes_in, damaged_blobs, database_problems, rows_naming
from modellab_core.store.migrate import revision
from modellab_core.store.restore import restore
from modellab_core.store.tables import Batch

EXAMPLE = ("Example: customer churn", "customer_churn.csv", "churned")
LIBRARIES = ("numpy", "pandas", "pyarrow", "scikit-learn", "scipy", "sqlmodel", "streamlit", "xgboost")


class Upkeep(Training):
    """Verbs about the workspace as a whole."""

    def status(self, deep: bool = False, on_step: OnStep = quiet) -> dict[str, Any]:
        """Where the workspace is, versions, counts, sizes in bytes, what can be cleaned, and what is damaged.

        `damaged` lists blobs that are missing or changed, each with the rows that name it; `problems` what is wrong
        with the database. `deep` reads every blob and compares it with its hash, and has SQLite check the database;
        otherwise only the presence of blobs is looked at.
        """
        workspace = self.catalog.workspace
        named = self.catalog.evidence.blobs_referenced()
        damaged = damaged_blobs(workspace, deep, on_step)
        rows = rows_naming(workspace, set(damaged))
        return {
            "folder": str(self.folder),
            "modellab": __version__,
            "python": platform.python_version(),
            "sqlite": sqlite3.sqlite_version,
            "revision": revision(workspace.database),
            "libraries": {name: version(name) for name in LIBRARIES},
            "counts": self.catalog.evidence.counts(),
            "runs": self.catalog.evidence.run_states(),
            "blobs": len(named),
            "bytes": sum(self.blobs.size(blob) for blob in named if self.blobs.has(blob)),
            "sizes": self._sizes(),
            "free": shutil.disk_usage(self.folder).free,
            "leftovers": cleanable(waste(workspace))["kinds"],
            "backups": [one["file"] for one in self.backups()],
            "deep": deep,
            "problems": self._problems() if deep else [],
            "damaged": [{"blob": blob, "problem": why, "rows": rows.get(blob, [])} for blob, why in damaged.items()],
        }

    def _problems(self) -> list[str]:
        found = database_problems(self.catalog.workspace.database)
        try:
            return [*found, *self.catalog.evidence.damaged_rows()]
        except BadInput as no:  # a database too damaged to go through
            return [*found, str(no)]

    def _sizes(self) -> dict[str, int]:
        workspace = self.catalog.workspace
        folders = (workspace.blobs, self.folder / CACHE, workspace.temporary, workspace.backups, workspace.quarantine)
        return {"database": workspace.database.stat().st_size, **{path.name: bytes_in(path) for path in folders}}

    def backup(self, path: Path | str, keep: int | None = None, on_step: OnStep = quiet) -> dict[str, Any]:
        """Write everything that is stored to a file, or under a name with the time into a folder, while all go on.

        With `keep`, the oldest backups of this workspace in that folder whose names differ in digits alone are removed,
        but for so many. `lacking` names the blobs that were damaged already and are not in it.
        """
        if keep is not None and keep < 1:
            raise BadInput(f"keep is {keep}: keep at least 1 backup.")
        made = back_up(self.catalog.workspace, Path(path), on_step=on_step)
        removed = prune(made, keep) if keep else []
        inside = made.file.is_relative_to(self.folder.resolve())
        return backup_json(made) | {"removed": [str(one) for one in removed], "inside_workspace": inside}

    def backups(self, folder: Path | str | None = None) -> list[dict[str, Any]]:
        """The backups in a folder, by default `backups` of the workspace, the latest first."""
        return [backup_json(one) for one in backups_in(Path(folder or self.catalog.workspace.backups))]

    @staticmethod
    def restore(
        file: Path | str, folder: Path | str | None = None, force: bool = False, on_step: OnStep = quiet
    ) -> dict[str, Any]:
        """Make a folder, by default the workspace that `Lab.open` would take, what a backup holds.

        Everything is checked first. With `force` what is there is kept under another name, which `kept` says.
        """
        done = restore(Path(file), Path(folder) if folder else workspace_folder(), force=force, on_step=on_step)
        told = backup_json(done.backup)
        kept = str(done.kept) if done.kept else None
        return told | {"folder": str(done.folder), "kept": kept, "interrupted": done.interrupted}

    def clean(self, dry_run: bool = False) -> dict[str, Any]:
        """Remove what nobody needs: unused blobs, old caches, what killed programs left. `dry_run` only says what."""
        workspace = self.catalog.workspace
        found = waste(workspace) if dry_run else clean(workspace)
        return {"dry_run": dry_run, **cleanable(found), "files": [str(self._short(one.path)) for one in found]}

    def _short(self, path: Path) -> Path:
        return path.relative_to(self.folder) if path.is_relative_to(self.folder) else path

    def start_demo(self) -> Batch:
        """Add the example table to its project and queue its three models."""
        project, name, target = EXAMPLE
        file = app_folder() / "examples" / "data" / name
        if not file.is_file():
            raise NotFound(f"The example table {name} is not in {file.parent}: install ModelLab again.")
        return self.train(self.add_dataset(file, project=project), target)


def backup_json(backup: Backup) -> dict[str, Any]:
    """What a list of backups says of one; `at` is the moment of which it holds everything, in UTC."""
    said = backup.manifest
    return {
        "file": str(backup.file),
        "at": said.created_at,
        "bytes": backup.size,
        "modellab": said.modellab,
        "revision": said.revision,
        "counts": said.counts,
        "runs": said.runs,
        "blobs": len(said.blobs),
        "lacking": said.lacking,
    }


def cleanable(found: Iterable[Waste]) -> dict[str, Any]:
    """How many things can go and how many bytes they are, by kind and in all."""
    things = list(found)
    kinds = [(kind, [one for one in things if one.kind == kind]) for kind in KINDS]
    return {
        "kinds": [{"kind": kind, "count": len(some), "bytes": _bytes(some)} for kind, some in kinds],
        "count": len(things),
        "bytes": _bytes(things),
    }


def _bytes(found: Iterable[Waste]) -> int:
    return sum(one.size for one in found)
