from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text
from store.making import catalog_in

from modellab_core.errors import BadInput, Conflict
from modellab_core.store import engine, migrate, workspace
from modellab_core.store.catalog import open_catalog
from modellab_core.store.engine import Doors, explained

ROOT = Path(engine.__file__).parents[2]


@pytest.fixture
def doors(tmp_path) -> Doors:
    return Doors(catalog_in(tmp_path).workspace.database)


def pragma(session, name: str):
    return session.execute(text(f"PRAGMA {name}")).scalar()


def test_every_connection_has_our_settings(doors):
    """What SQLite does by default is not what we want; each setting is there in both doors."""
    for door in (doors.read, doors.write):
        with door() as session:
            assert pragma(session, "foreign_keys") == 1
            assert pragma(session, "busy_timeout") == 30_000
            assert pragma(session, "synchronous") == 2
            assert pragma(session, "trusted_schema") == 0
            assert pragma(session, "mmap_size") in (0, None)
            assert pragma(session, "journal_mode").upper() == engine.journal_mode()


@pytest.mark.parametrize(("version", "mode"), [((3, 40, 1), "DELETE"), ((3, 51, 2), "DELETE"), ((3, 51, 3), "WAL")])
def test_wal_is_used_only_where_it_is_safe(monkeypatch, version, mode):
    """Below 3.51.3 a checkpoint can corrupt a database in WAL mode."""
    monkeypatch.setattr(sqlite3, "sqlite_version_info", version)
    assert engine.journal_mode() == mode


def test_a_writer_holds_the_lock_from_its_first_statement(doors):
    """A second writer waits before it reads, so it cannot act on what is about to change."""
    other = sqlite3.connect(doors.path, timeout=0, isolation_level=None)
    with doors.write() as session:
        pragma(session, "user_version")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
    other.execute("BEGIN IMMEDIATE")
    other.close()


def test_a_block_that_raises_changes_nothing(doors):
    """What was written before the error is undone."""

    def write_and_fail() -> None:
        with doors.write() as session:
            session.execute(text("INSERT INTO action VALUES ('k', 'x', 'y', 'z')"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_and_fail()
    with doors.read() as session:
        assert session.execute(text("SELECT count(*) FROM action")).scalar() == 0


@pytest.mark.parametrize(
    ("said", "kind", "word"),
    [
        ("database is locked", Conflict, "30 seconds"),
        ("database or disk is full", BadInput, "disk is full"),
        ("attempt to write a readonly database", BadInput, "cannot be written"),
        ("database disk image is malformed", BadInput, "damaged"),
        ("unable to open database file", BadInput, "moved or deleted"),
    ],
)
def test_what_the_disk_says_becomes_a_sentence(doors, said, kind, word):
    """The person reads what to do; the error of SQLite stays its cause."""
    from sqlalchemy.exc import OperationalError

    error = explained(OperationalError("", {}, sqlite3.OperationalError(said)), doors.path)
    assert isinstance(error, kind)
    assert word in str(error)
    assert explained(OperationalError("", {}, sqlite3.OperationalError("no such column: x")), doors.path) is None


def test_a_deleted_workspace_is_not_made_anew_by_a_read(tmp_path):
    """A program that still runs says that the database is gone; no empty one appears."""
    catalog = catalog_in(tmp_path)
    catalog.workspace.database.unlink()
    with pytest.raises(BadInput, match="moved or deleted"):
        catalog.projects.all()
    assert not catalog.workspace.database.exists()


def test_folders_and_files_are_for_this_user_only(tmp_path):
    """A new workspace is 0700, its database 0600."""
    space = open_catalog(tmp_path / "new").workspace
    assert {oct(path.stat().st_mode & 0o777) for path in (space.folder, *space.folder.iterdir()) if path.is_dir()} == {
        "0o700"
    }
    assert oct(space.database.stat().st_mode & 0o777) == "0o600"


def test_a_workspace_that_cannot_be_made_says_so(tmp_path):
    """A file where the folder should be gives one sentence that names the way out."""
    (tmp_path / "file").write_text("x")
    with pytest.raises(BadInput, match="MODELLAB_HOME"):
        open_catalog(tmp_path / "file" / "w")
    assert workspace.FOLDERS


WRITER = """
import json, sys, threading
from pathlib import Path
from modellab_core.store.catalog import open_catalog
catalog = open_catalog(Path(sys.argv[1]))
def add(thread):
    for number in range(int(sys.argv[3])):
        catalog.projects.create(f"{sys.argv[2]}-{thread}-{number}")
        catalog.evidence.look("s", f"{sys.argv[2]}-{thread}-{number}")
threads = [threading.Thread(target=add, args=(each,)) for each in range(int(sys.argv[4]))]
[each.start() for each in threads]
[each.join() for each in threads]
"""


def write_at_once(folder: Path, processes: int, threads: int, times: int) -> None:
    open_catalog(folder)
    started = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(folder), str(each), str(times), str(threads)],
            cwd=ROOT,
            stderr=subprocess.PIPE,
        )
        for each in range(processes)
    ]
    assert [each.communicate()[1] for each in started] == [b""] * processes
    counts = open_catalog(folder).evidence.counts()
    assert (counts["project"], counts["split_look"]) == (processes * threads * times,) * 2


@pytest.mark.slow
def test_writers_at_once_lose_nothing(tmp_path):
    """Four processes with two threads each: no locked error, every write is there."""
    write_at_once(tmp_path / "w", processes=4, threads=2, times=3)


@pytest.mark.benchmark
def test_many_writers_at_once_lose_nothing(tmp_path):
    """The stated figure, run by hand: 4 processes x 8 threads x 250 transactions."""
    write_at_once(tmp_path / "w", processes=4, threads=8, times=125)


def test_counting_in_threads_loses_no_update(doors):
    """Read, add one, write back from eight threads: the sum is exact, because the lock comes before the read."""
    with doors.write() as session:
        session.execute(text("INSERT INTO action VALUES ('k', '0', 'y', 'z')"))

    def add(_: int) -> None:
        with Doors(doors.path).write() as session:
            value = int(session.execute(text("SELECT kind FROM action")).scalar_one())
            session.execute(text("UPDATE action SET kind = :value"), {"value": str(value + 1)})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(40)))
    with doors.read() as session:
        assert session.execute(text("SELECT kind FROM action")).scalar() == "40"


KILLED = """
import sys
from pathlib import Path
from modellab_core.store.catalog import open_catalog
from modellab_core.store.catalog_datasets import NewVersion
catalog = open_catalog(Path(sys.argv[1]))
project = catalog.projects.ensure("p")
number = 0
while True:
    number += 1
    content = f"{sys.argv[2]} {number}".encode()
    new = NewVersion(catalog.blobs.put(iter([content])), len(content), 1, 1, {}, "c" * 64)
    version, _ = catalog.datasets.add(project.id, "d", new)
    print(version.id, flush=True)
"""


def kill_while_writing(folder: Path, times: int) -> int:
    """Kill a writer at odd moments; every version it told of must be there with its bytes."""
    told: list[str] = []
    for turn in range(times):
        process = subprocess.Popen(
            [sys.executable, "-c", KILLED, str(folder), str(turn)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        told.append(process.stdout.readline().strip())
        threading.Event().wait(0.037 * (turn % 5 + 1))
        os.kill(process.pid, signal.SIGKILL)
        told += [line.strip() for line in process.stdout.read().splitlines() if len(line.strip()) == 12]
        process.wait()
        began = time.monotonic()
        catalog = open_catalog(folder)
        versions = {each.id: each for found in catalog.datasets.all() for each in found.versions}
        assert time.monotonic() - began < 5
        assert set(told) <= set(versions)
        assert all(len(catalog.blobs.read(each.sha256)) == each.size for each in versions.values())
    return len(told)


def test_a_killed_writer_leaves_a_readable_workspace(tmp_path):
    """SIGKILL during writes: everything it had acknowledged is there, no row names a missing or wrong blob."""
    assert kill_while_writing(tmp_path / "w", 2) >= 2


@pytest.mark.benchmark
def test_a_hundred_kills_lose_nothing(tmp_path):
    """The stated figure, run by hand: a hundred kills."""
    assert kill_while_writing(tmp_path / "w", 100) >= 100


def test_json_keeps_text_and_order_and_refuses_nan(tmp_path):
    """Non-ASCII text is stored as it is; NaN, which is no JSON, is refused."""
    catalog = catalog_in(tmp_path)
    project = catalog.projects.create("p")
    batch, _ = catalog.runs.create_batch(project.id, None, "t", {"z": "é", "a": [1, None]}, [])
    assert json.dumps(catalog.runs.batch(batch.id).request) == json.dumps({"z": "é", "a": [1, None]})


def test_a_full_disk_is_a_sentence_also_when_a_workspace_is_made(tmp_path, monkeypatch):
    """Whatever fails while a workspace is opened is said as in any other transaction."""

    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(migrate, "upgrade", full)
    with pytest.raises(BadInput, match="the disk is full"):
        open_catalog(tmp_path / "w")
    monkeypatch.undo()
    assert open_catalog(tmp_path / "w").projects.all() == []
