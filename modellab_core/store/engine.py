"""The two doors to the database, `read()` and `write()`, and SQLite as we want it.

We say BEGIN ourselves: a writer takes the write lock at its first statement (BEGIN IMMEDIATE), so two writers wait for
each other instead of losing updates or failing half-way. Each transaction opens a connection of its own: nothing is
shared between threads, outlives a verb, or is carried into a child process. https://sqlite.org/lang_transaction.html
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, NullPool, event
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session
from sqlmodel import create_engine

from modellab_core.errors import BadInput, Conflict, ModelLabError
from modellab_core.store.columns import Row, decoded
from modellab_core.store.damage import examine

SAFE_WAL = (3, 51, 3)
"""The first SQLite without the checkpoint bug of 3.7.0-3.51.2, which can corrupt a database in WAL mode."""

PRAGMAS = (
    "PRAGMA busy_timeout=30000",  # ms
    "PRAGMA foreign_keys=ON",
    "PRAGMA synchronous=FULL",
    "PRAGMA mmap_size=0",
    "PRAGMA trusted_schema=OFF",
)
SENTENCES = {
    "locked": "another program has held its write lock for 30 seconds: try again, or end that program.",
    "full": "the disk is full: make space and try again. Nothing was changed.",
    "readonly": "it cannot be written: give this user the right to write the folder.",
    "unable to open": "it cannot be opened: it was moved or deleted, or this user may not read it.",
    "not a database": "it is not a SQLite database: restore a backup.",
    "malformed": "it is damaged: restore a backup.",
    "disk i/o": "the disk reports an error: nothing was changed.",
}

event.listen(Row, "load", examine, propagate=True)


def journal_mode() -> str:
    """WAL where this SQLite is safe in it, else the rollback journal."""
    return "WAL" if sqlite3.sqlite_version_info >= SAFE_WAL else "DELETE"


def connect(path: Path) -> sqlite3.Connection:
    """A connection with our settings, outside any transaction. The file must exist: a missing one is never created."""
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None)
    connection.text_factory = decoded
    for pragma in PRAGMAS:
        connection.execute(pragma)
    return connection


def make_engine(path: Path) -> Engine:
    """An engine for the database at `path`, whose transactions begin as the option `door` says."""
    engine = create_engine(
        "sqlite://",
        creator=partial(connect, path),
        poolclass=NullPool,
        json_serializer=partial(json.dumps, ensure_ascii=False, allow_nan=False, separators=(",", ":")),
    )
    event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: Connection) -> None:
    writing = connection.get_execution_options().get("door") == "write"
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


@contextmanager
def explaining(path: Path) -> Iterator[None]:
    """Turn what SQLite says of the disk, the lock or the file into a sentence; a bug of ours keeps its traceback."""
    try:
        yield
    except (DatabaseError, sqlite3.DatabaseError) as error:
        sentence = explained(error, path)
        if sentence is None:
            raise
        raise sentence from error


def explained(error: DatabaseError | sqlite3.DatabaseError, path: Path) -> ModelLabError | None:
    """The sentence for an error of the disk, the lock or the file; None for any other."""
    cause = error.orig if isinstance(error, DatabaseError) else error
    if isinstance(cause, sqlite3.IntegrityError):
        return None
    said = str(cause).lower()
    for word, sentence in SENTENCES.items():
        if word in said:
            kind = Conflict if word == "locked" else BadInput
            return kind(f"The database {path}: {sentence}")
    return None


class Doors:
    """The only ways to the database: `with doors.read() as session`, `with doors.write() as session`.

    A transaction is committed when its block ends and undone when the block raises. No fit, file or network work
    belongs inside `write()`. Rows stay usable after the block.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        engine = make_engine(path)
        self._readers = engine.execution_options(door="read")
        self._writers = engine.execution_options(door="write")
        self._turn = threading.Lock()  # threads of one process queue here, where waiting is fair and costs no polling

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that sees one state of the database."""
        with self._session(self._readers) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session that holds the write lock from its first statement."""
        with self._turn, self._session(self._writers) as session:
            yield session

    @contextmanager
    def _session(self, engine: Any) -> Iterator[Session]:
        with explaining(self.path), Session(engine, expire_on_commit=False) as session, session.begin():
            yield session
