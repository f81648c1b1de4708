"""What the tests of backups, restores and cleaning share: a workspace of every state, and what is in a folder."""

from __future__ import annotations

import hashlib
import os
import resource
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path

from store.making import batch_in, catalog_in, result_in, worker

from modellab_core.store.catalog import Catalog, open_catalog
from modellab_core.store.engine import connect
from modellab_core.store.tables import Run


def lived_in(folder: Path) -> tuple[Catalog, dict[str, Run]]:
    """A workspace with a run of every state that a backup may meet: succeeded, running, asked to cancel, queued."""
    made, found = _lived_in()
    shutil.copytree(Path(made.name) / "workspace", folder / "workspace")
    return open_catalog(folder / "workspace"), found


@cache
def _lived_in() -> tuple[tempfile.TemporaryDirectory[str], dict[str, Run]]:
    folder = tempfile.TemporaryDirectory()
    catalog = catalog_in(Path(folder.name))
    batch_in(catalog)
    batch_in(catalog, models=("dummy",))
    found = {"succeeded": catalog.queue.claim(9, worker("a"))}
    catalog.queue.finish(found["succeeded"].id, "a", result_in(catalog))
    found["running"] = catalog.queue.claim(9, worker("b"))
    found["cancelled"] = catalog.queue.claim(9, worker("c"))
    catalog.queue.cancel(found["cancelled"].id)
    found["queued"] = next(run for run in catalog.runs.all() if run.state == "queued")
    quieten(catalog)
    return folder, found


def quieten(catalog: Catalog) -> None:
    """Make every worker one that was last heard of long ago."""
    with closing(connect(catalog.workspace.database)) as connection:
        connection.execute("UPDATE run SET heartbeat_at = '2020-01-01T00:00:00.000000+00:00'")


def rows(database: Path) -> dict[str, list[tuple[object, ...]]]:
    """Everything in the tables of a database."""
    with closing(connect(database)) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: sorted(connection.execute(f"SELECT * FROM {name}"), key=repr) for name in names}


def tree(folder: Path) -> dict[str, str]:
    """Every path in a folder with the hash of what is there; locks are no content."""
    found = {}
    for path in sorted(folder.rglob("*")):
        content = path.read_bytes() if path.is_file() else b"folder"
        if path.name != "workspace.lock":
            found[str(path.relative_to(folder))] = hashlib.sha256(content).hexdigest()
    return found


def age(path: Path, seconds: float = 100_000) -> Path:
    """Make a file or folder, with all that is in it, older."""
    for one in (path, *path.rglob("*")):
        moment = one.lstat().st_mtime - seconds
        os.utime(one, (moment, moment))
    return path


@contextmanager
def no_file_above(size: int) -> Iterator[None]:
    """A disk on which every file is cut off at `size` bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
