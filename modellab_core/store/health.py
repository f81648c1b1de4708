"""Whether everything that is stored is whole, and which rows suffer from what is not."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from sqlalchemy.orm import Session
from sqlmodel import select

from modellab_core.errors import BadInput
from modellab_core.store.archive import OnStep, quiet
from modellab_core.store.blobs import Blobs
from modellab_core.store.columns import Row
from modellab_core.store.engine import Doors, connect
from modellab_core.store.evidence_tables import Artifact
from modellab_core.store.references import blobs_named, data_of, files_in
from modellab_core.store.sealed import Unfit
from modellab_core.store.tables import Dataset, DatasetVersion, Run
from modellab_core.store.workspace import Workspace

MISSING, CHANGED, UNREADABLE = "it is missing", "its bytes have changed", "it cannot be read"


def damaged_blobs(workspace: Workspace, deep: bool, on_step: OnStep = quiet) -> dict[str, str]:
    """What is wrong with each blob that a row names; with `deep` its bytes are compared with its hash."""
    blobs, doors = Blobs(workspace), Doors(workspace.database)
    with doors.read() as session:
        named = sorted(blobs_named(session))
    found = {}
    for place, digest in enumerate(named):
        on_step("checking the files", place, len(named))
        wrong = _wrong(blobs, digest, deep)
        if wrong:
            found[digest] = wrong
    return found


def _wrong(blobs: Blobs, digest: str, deep: bool) -> str | None:
    if not blobs.has(digest):
        return MISSING
    try:
        if deep:
            blobs.checked(digest)
    except BadInput:
        return CHANGED
    except OSError as error:
        return f"{UNREADABLE} ({error.strerror})"
    return None


def rows_naming(workspace: Workspace, digests: set[str]) -> dict[str, list[str]]:
    """For each of these blobs the rows that name it, in words."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    if digests:
        with Doors(workspace.database).read() as session:
            for digest, words in _names(session):
                if digest in digests:
                    found[digest].append(words)
    return dict(found)


def _names(session: Session) -> Iterator[tuple[str, str]]:
    versions = select(Dataset.name, DatasetVersion.number, DatasetVersion.sha256).join(DatasetVersion)
    for name, number, digest in session.execute(versions):
        yield digest, f"dataset {name}, version {number}"
    for run, files, log, recipe in session.execute(select(Run.id, Run.files, Run.log, Run.recipe)):
        yield from ((digest, f"run {run}, {name}") for name, digest in files_in(files).items())
        yield str(log), f"run {run}, its log"
        if "data" not in files_in(files):
            yield str(data_of(recipe)), f"run {run}, the data it was trained on"
    for run, name, digest in session.execute(select(Artifact.run_id, Artifact.name, Artifact.sha256)):
        yield digest, f"run {run}, artifact {name}"


def database_problems(database: Path) -> list[str]:
    """What SQLite's own checks find in the database; at most ten lines."""
    try:
        with closing(connect(database)) as connection:
            said = [str(line) for (line,) in connection.execute("PRAGMA integrity_check(10)") if line != "ok"]
            lost = connection.execute("PRAGMA foreign_key_check").fetchmany(10)
    except sqlite3.Error as error:
        return [str(error)]
    return [*said, *(f"a row of {table} points at a {parent} that is gone" for table, _, parent, _ in lost)][:10]


def refuse_unfit(database: Path, revision: str) -> None:
    """Unfit when a database to be kept or restored is not whole, of another revision, or does anything by itself."""
    try:
        with closing(connect(database)) as connection:
            things = connection.execute("SELECT type, coalesce(sql, '') FROM sqlite_master").fetchall()
            if any(kind not in ("table", "index") or "VIRTUAL" in sql.upper() for kind, sql in things):
                raise Unfit("its database holds triggers, views or virtual tables, which ours has not")
            if connection.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
                raise Unfit("its database is damaged")
            if connection.execute("PRAGMA foreign_key_check").fetchone() is not None:
                raise Unfit("its database has rows that point at nothing")
            if connection.execute("SELECT version_num FROM alembic_version").fetchall() != [(revision,)]:
                raise Unfit("its database is of another revision than it should be")
    except sqlite3.Error as error:
        raise Unfit(f"its database cannot be used ({error})") from error


def columns_lacking(database: Path) -> set[tuple[str, str]]:
    """The (table, column) of this program that a database has not."""
    asked = "SELECT t.name, c.name FROM sqlite_master t JOIN pragma_table_info(t.name) c WHERE t.type = 'table'"
    with closing(connect(database)) as connection:
        there = set(connection.execute(asked).fetchall())
    return {(table.name, column.name) for table in Row.metadata.sorted_tables for column in table.columns} - there


def bytes_in(folder: Path) -> int:
    """The bytes of all files in a folder; 0 when it is missing."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else 0
