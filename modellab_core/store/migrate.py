"""From the database that is there to the tables of this program: whole or not at all.

Lock, verified backup, then one transaction that holds every step, the check that no row changed without being
declared, and the checks of SQLite; only then it is committed. Foreign keys are off meanwhile: with them on, rebuilding
a table deletes the rows that point at it, and every check afterwards is clean.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from sqlalchemy import Connection, MetaData, Table, select

from modellab_core.errors import BadInput
from modellab_core.files import chunks, publish
from modellab_core.store.engine import connect, explaining, journal_mode, make_engine
from modellab_core.store.migrations import HEAD
from modellab_core.store.workspace import Workspace
from modellab_core.temporary import mark

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory

SCRIPTS = Path(__file__).parent / "migrations"
VERSION_TABLE = "alembic_version"
Digests = dict[str, tuple[tuple[str, ...], int, str]]


def scripts_in(folder: Path) -> ScriptDirectory:
    """The migrations in `folder`. Alembic is imported only here and in `upgrade`: most programs find nothing to do."""
    from alembic.script import ScriptDirectory

    return ScriptDirectory(str(folder))


def bring_up_to_date(workspace: Workspace) -> None:
    """Make or upgrade the database of `workspace`. BadInput when it is newer than this program, or not ours."""
    with explaining(workspace.database):
        if not workspace.database.is_file() or revision(workspace.database) != HEAD:
            _change(workspace)


def _change(workspace: Workspace) -> None:
    with workspace.locked():
        found = revision(workspace.database) if workspace.database.is_file() else None
        if found == HEAD:
            return
        if found is None:
            workspace.database.touch(mode=0o600)
        else:
            backup(workspace, found)
        _set_journal(workspace.database)
        upgrade(workspace.database, found)


def revision(database: Path) -> str | None:
    """The revision of the database, None while it is empty. BadInput when this program does not know it."""
    try:
        connection = connect(database)
        try:
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            found = connection.execute("SELECT version_num FROM alembic_version").fetchone() if tables else None
        finally:
            connection.close()
    except sqlite3.DatabaseError as error:
        if "no such table" in str(error):
            raise BadInput(f"{database} is not a ModelLab database: choose another folder.") from error
        raise
    if found is None:
        return None
    if found[0] != HEAD and found[0] not in {script.revision for script in scripts_in(SCRIPTS).walk_revisions()}:
        raise BadInput(
            f"The workspace {database.parent} was written by a newer ModelLab (revision {found[0]}): upgrade ModelLab."
        )
    return str(found[0])


def backup(workspace: Workspace, found: str) -> Path:
    """A copy of the database in `backups`, checked; a copy of the live file would be malformed."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
    unfinished = workspace.temporary / f"migration-{mark()}.db"
    connection = connect(workspace.database)
    try:
        connection.execute("VACUUM INTO ?", (str(unfinished),))
        _refuse_damage(unfinished)
        kept = workspace.backups / f"before-migration-from-{found}-{stamp}.db"
        with unfinished.open("rb") as stream:
            publish(kept, chunks(stream), temporary=workspace.temporary)
    finally:
        connection.close()
        unfinished.unlink(missing_ok=True)
    return kept


def _refuse_damage(database: Path) -> None:
    connection = connect(database)
    try:
        answer = connection.execute("PRAGMA integrity_check").fetchone()[0]
    finally:
        connection.close()
    if answer != "ok":
        raise BadInput(f"The database is damaged ({answer}): restore a backup.")


JOURNALS = {"WAL": "PRAGMA journal_mode=WAL", "DELETE": "PRAGMA journal_mode=DELETE"}


def _set_journal(database: Path) -> None:
    connection = connect(database)
    try:
        connection.execute(JOURNALS[journal_mode()])
    finally:
        connection.close()


def upgrade(database: Path, found: str | None, scripts: Path = SCRIPTS) -> None:
    """Run every step after `found` in one transaction; on any error the database stays as it was."""
    from alembic.migration import MigrationContext
    from alembic.operations import Operations

    directory = scripts_in(scripts)
    steps = [script.module for script in directory.iterate_revisions("heads", found or "base")][::-1]
    engine = make_engine(database).execution_options(door="write")
    with engine.connect() as connection:
        raw = connection.connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)
        raw.execute("PRAGMA foreign_keys=OFF")  # has no effect inside a transaction, so before it
        with connection.begin():
            before = digests(connection)
            context = MigrationContext.configure(connection)
            with Operations.context(context):
                for step in steps:
                    step.upgrade()
            context.stamp(directory, "heads")
            _refuse_undeclared_changes(connection, before, steps)
            _refuse_broken(connection)


def digests(connection: Connection) -> Digests:
    """Per table its columns, the number of its rows and a hash of them."""
    metadata = MetaData()
    metadata.reflect(connection)
    tables = [table for table in metadata.sorted_tables if table.name != VERSION_TABLE]
    return {table.name: _digest(connection, table, tuple(table.columns.keys())) for table in tables}


def _digest(connection: Connection, table: Table, columns: tuple[str, ...]) -> tuple[tuple[str, ...], int, str]:
    hashed, count = hashlib.sha256(), 0
    wanted = [table.columns[name] for name in columns]
    for row in connection.execute(select(*wanted).order_by(*table.primary_key.columns)):
        hashed.update(json.dumps(list(row), default=str).encode() + b"\n")
        count += 1
    return columns, count, hashed.hexdigest()


def _refuse_undeclared_changes(connection: Connection, before: Digests, steps: list[ModuleType]) -> None:
    declared = {name for step in steps for name in getattr(step, "CHANGES", ())}
    metadata = MetaData()
    metadata.reflect(connection)
    for name, (columns, count, digest) in before.items():
        if name in declared:
            continue
        if _digest(connection, metadata.tables[name], columns) != (columns, count, digest):
            raise AssertionError(f"the migration changed rows of {name} without declaring it in CHANGES")


def _refuse_broken(connection: Connection) -> None:
    orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    answer = connection.exec_driver_sql("PRAGMA integrity_check").scalar()
    if orphans or answer != "ok":
        raise AssertionError(f"the migration left {len(orphans)} orphans; the integrity check says {answer}")
