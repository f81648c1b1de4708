"""A restore changes the place in one step after everything was checked, and keeps what was there."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from store.keeping import lived_in, no_file_above, rows, tree
from store.making import batch_in, catalog_in, worker

from modellab_core.errors import BadInput, Conflict
from modellab_core.store import swap
from modellab_core.store.backup import back_up, backups_in
from modellab_core.store.catalog import open_catalog
from modellab_core.store.engine import connect
from modellab_core.store.processes import identity
from modellab_core.store.restore import restore
from modellab_core.store.workspace import Workspace


@pytest.fixture
def saved(tmp_path):
    """(the catalog of a workspace that has lived, its runs by what they were, a backup of it)"""
    catalog, runs = lived_in(tmp_path)
    return catalog, runs, back_up(catalog.workspace, tmp_path / "b.tar.gz").file


@pytest.fixture
def other(tmp_path):
    """The catalog of another workspace, with a project of its own."""
    (tmp_path / "other").mkdir()
    catalog = catalog_in(tmp_path / "other")
    batch_in(catalog, project="mine")
    return catalog


def stop(*_: object) -> None:
    raise KeyboardInterrupt


def test_nobody_works_on_what_was_running(saved, tmp_path):
    """A run that was running is interrupted, one to be cancelled is; what waited waits, and all else is equal."""
    catalog, runs, file = saved
    done = restore(file, tmp_path / "new")
    after = open_catalog(done.folder)
    assert done.interrupted == [runs["running"].id, runs["cancelled"].id]
    assert (done.kept, done.backup.file) == (None, file)
    states = {name: after.runs.get(run.id).state for name, run in runs.items()}
    assert states == {"succeeded": "succeeded", "running": "interrupted", "cancelled": "cancelled", "queued": "queued"}
    assert after.queue.retry(runs["running"].id).state == "queued"
    assert set(after.blobs.digests()) == set(catalog.blobs.digests())
    assert not list((tmp_path / "new/tmp").iterdir())
    before, now = rows(catalog.workspace.database), rows(after.workspace.database)
    assert {name: now[name] for name in now if name != "run"} == {
        name: before[name] for name in before if name != "run"
    }


def test_a_workspace_is_not_replaced_unasked(saved, other, tmp_path):
    """Without --force nothing changes; with it the old one is kept whole, and its backups stay where they are found."""
    kept_backup = back_up(other.workspace, other.workspace.backups).file
    folder, before = other.workspace.folder, rows(other.workspace.database)
    whole = tree(folder)
    with pytest.raises(Conflict, match="--force"):
        restore(saved[2], folder)
    assert tree(folder) == whole
    done = restore(saved[2], folder, force=True)
    assert done.kept.parent == folder.parent
    assert rows(done.kept / "modellab.db") == before
    assert set(tree(done.kept / "blobs")) == {name[6:] for name in whole if name.startswith("blobs/")}
    assert [one.file for one in backups_in(folder / "backups")] == [kept_backup]
    assert open_catalog(folder).projects.find("default")
    assert sorted(path.name for path in folder.parent.iterdir()) == sorted([folder.name, done.kept.name])


@pytest.mark.parametrize("kind", ["missing", "deep", "empty", "fresh", "link"])
def test_an_empty_place_needs_no_force(saved, tmp_path, kind):
    """A folder that is missing, empty, or a workspace in which nothing was kept yet is filled, and leaves nothing."""
    folder = tmp_path / "room" / "x" / "y" if kind == "deep" else tmp_path / "room" / "place"
    (tmp_path / "room").mkdir()
    if kind == "empty":
        folder.mkdir()
    if kind == "fresh":
        open_catalog(folder)
    if kind == "link":
        (tmp_path / "room/real").mkdir()
        folder.symlink_to(tmp_path / "room/real")
    done = restore(saved[2], folder)
    assert done.kept is None
    assert open_catalog(folder).projects.find("default")
    assert len(list(folder.resolve().parent.iterdir())) == (2 if kind == "link" else 1)
    assert done.folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("kind", ["garbage", "cut", "gone", "nothing but blobs"])
def test_a_damaged_workspace_can_be_replaced(saved, other, kind, modellab):
    """`modellab restore` opens no workspace: one whose database is broken or gone is no obstacle, and is kept."""
    database = other.workspace.database
    content = database.read_bytes()
    database.unlink()
    if kind in ("garbage", "cut"):
        database.write_bytes(b"x" * 5000 if kind == "garbage" else content[: len(content) // 2])
    if kind == "nothing but blobs":
        for name in ("tmp", "backups", "quarantine", "workspace.lock", "cache"):
            path = other.workspace.folder / name
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    assert modellab("restore", saved[2], home=other.workspace.folder).returncode == 2
    done = modellab("restore", saved[2], "--force", home=other.workspace.folder)
    assert done.returncode == 0, done.stderr
    assert "is kept" in done.stdout
    assert modellab("status", "--deep", home=other.workspace.folder).returncode == 0


def test_what_is_not_ours_is_never_moved(saved, tmp_path):
    """A folder with other things in it, such as a home folder, and a file are refused even with --force."""
    folder = catalog_in(tmp_path / "home").workspace.folder if (tmp_path / "home").mkdir() is None else None
    (folder / "thesis.docx").write_text("mine")
    (tmp_path / "file").write_text("mine")
    before = tree(tmp_path / "home")
    for where in (folder, tmp_path / "file"):
        with pytest.raises(BadInput, match=r"not ModelLab's \(thesis.docx\)|is a file"):
            restore(saved[2], where, force=True)
    assert tree(tmp_path / "home") == before


def test_hidden_files_and_backups_are_not_lost_with_an_empty_workspace(saved, tmp_path):
    """A fresh workspace is not kept, but what else lies in it is: a hidden folder asks for --force, backups move on."""
    folder = tmp_path / "place"
    inside = back_up(open_catalog(folder).workspace, folder / "backups").file
    assert restore(saved[2], folder).kept is None
    assert inside.is_file()
    (tmp_path / "hidden/.git").mkdir(parents=True)
    (tmp_path / "hidden/.git/config").write_text("mine")
    with pytest.raises(Conflict, match="--force"):
        restore(saved[2], tmp_path / "hidden")
    done = restore(saved[2], tmp_path / "hidden", force=True)
    assert (done.kept / ".git/config").read_text() == "mine"


def test_a_workspace_in_which_somebody_trains_is_left_alone(saved, other):
    """A run whose worker lives is named; when its worker has ended, the workspace can be replaced."""
    run = other.queue.claim(9, worker("a", os.getpid(), identity(os.getpid())))
    with pytest.raises(Conflict, match=run.id):
        restore(saved[2], other.workspace.folder, force=True)
    other.queue.interrupt(run.id, "a", "gone")
    restore(saved[2], other.workspace.folder, force=True)


def test_an_open_transaction_is_waited_for(saved, other, monkeypatch):
    """While somebody writes to the old database it does not change places, and nothing is left of the try."""
    monkeypatch.setattr("modellab_core.store.engine.PRAGMAS", ("PRAGMA busy_timeout=50",))
    with closing(connect(other.workspace.database)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE project SET name = 'x'")
        with pytest.raises(Conflict, match="writing"):
            restore(saved[2], other.workspace.folder, force=True)
        connection.execute("COMMIT")
    assert [path.name for path in other.workspace.folder.parent.iterdir()] == ["workspace"]
    restore(saved[2], other.workspace.folder, force=True)


def test_a_program_that_had_the_old_database_open_cannot_harm_the_new_one(saved, other):
    """A connection from before is refused by SQLite when it writes, and leaves no journal beside the new database."""
    folder = other.workspace.folder
    with closing(connect(other.workspace.database)) as connection:
        connection.execute("SELECT count(*) FROM project").fetchone()
        done = restore(saved[2], folder, force=True)
        before = rows(folder / "modellab.db")
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            connection.execute("UPDATE project SET name = 'late'")
    assert not list(folder.glob("modellab.db-*"))
    assert rows(folder / "modellab.db") == before
    assert other.projects.find("default"), "one that was open goes on with the new one"
    assert rows(done.kept / "modellab.db")["project"][0][1] == "mine"


@pytest.mark.parametrize("at", ["checking the backup", "unpacking", "checking the database"])
def test_ctrl_c_leaves_the_place_as_it_was(saved, other, at, tmp_path):
    """Whenever it is stopped before the last step, both the place and the folder around it are as they were."""

    def on_step(what: str, done: int, total: int) -> None:
        if what == at:
            raise KeyboardInterrupt

    before = tree(other.workspace.folder.parent)
    for folder in (other.workspace.folder, tmp_path / "other" / "new"):
        with pytest.raises(KeyboardInterrupt):
            restore(saved[2], folder, force=True, on_step=on_step)
    assert tree(other.workspace.folder.parent) == before


@pytest.mark.parametrize("size", [0, 5_000, 100_000])
def test_a_full_disk_leaves_the_place_as_it_was(saved, other, size):
    """A sentence, no part of the new workspace, and the old one untouched."""
    before = tree(other.workspace.folder.parent)
    with no_file_above(size), pytest.raises(BadInput, match=r"cannot be restored|disk"):
        restore(saved[2], other.workspace.folder, force=True)
    assert tree(other.workspace.folder.parent) == before


def test_too_little_space_is_said_before_anything_is_unpacked(saved, tmp_path, monkeypatch):
    """What is needed and what is free stand in the sentence."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(1, 1, 1 << 20))
    with pytest.raises(BadInput, match=r"needs \d+ MB in .* where 1 MB are free"):
        restore(saved[2], tmp_path / "new")


def test_where_folders_cannot_be_exchanged_two_moves_do_it(saved, other, monkeypatch):
    """The result is the same; when the second move fails, the old workspace is back in its place."""
    monkeypatch.setattr(swap, "_exchanged", lambda *_: False)
    folder, before = other.workspace.folder, tree(other.workspace.folder.parent)
    real = Path.rename

    def fails(self: Path, target: Path) -> Path:
        if target == folder and ".before-restore-" in self.name and not self.name.endswith(".old"):
            raise OSError(errno.EIO, "Input/output error")
        return real(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", fails)
        with pytest.raises(BadInput, match="Input/output"):
            restore(saved[2], folder, force=True)
    assert tree(folder.parent) == before
    done = restore(saved[2], folder, force=True)
    assert rows(done.kept / "modellab.db")["project"][0][1] == "mine"
    assert open_catalog(folder).projects.find("default")


def test_a_mount_is_filled_but_never_moved(saved, other, tmp_path, monkeypatch):
    """The volume of a container is filled from inside, the database last; a full one is refused, with a way out."""
    monkeypatch.setattr(os.path, "ismount", lambda path: True)
    open_catalog(tmp_path / "volume")
    (tmp_path / "volume/modellab.db-journal").write_bytes(b"of the empty database")
    number = (tmp_path / "volume").stat().st_ino
    assert restore(saved[2], tmp_path / "volume").kept is None
    assert (tmp_path / "volume").stat().st_ino == number
    after = open_catalog(tmp_path / "volume")
    assert set(after.blobs.digests()) == set(saved[0].blobs.digests())
    assert not [path for path in (tmp_path / "volume").iterdir() if path.name.startswith((".", "modellab.db-"))]
    with pytest.raises(BadInput, match="mount"):
        restore(saved[2], other.workspace.folder, force=True)


def test_a_place_that_fills_meanwhile_is_not_overwritten(saved, tmp_path, monkeypatch):
    """Somebody who makes a workspace in the empty place while the backup is unpacked keeps it."""

    def on_step(what: str, done: int, total: int) -> None:
        if what == "checking the database":
            open_catalog(tmp_path / "new").projects.ensure("first")

    with pytest.raises(Conflict, match="meanwhile"):
        restore(saved[2], tmp_path / "new", on_step=on_step)
    assert open_catalog(tmp_path / "new").projects.find("first")


def test_a_backup_of_an_older_version_is_migrated_before_it_takes_the_place(tmp_path):
    """The workspace of the first version is backed up as it is, and comes back with the tables of this program."""
    folder = tmp_path / "old"
    shutil.unpack_archive(Path(__file__).with_name("workspace_v1.tar.xz"), folder, filter="data")
    database = next(folder.rglob("modellab.db"))
    old = rows(database)
    made = back_up(Workspace(database.parent), tmp_path / "v1.tar.gz")
    assert made.manifest.revision == "0001"
    done = restore(made.file, tmp_path / "new")
    after = open_catalog(done.folder)
    assert len(after.runs.all()) == len(old["run"])
    assert rows(after.workspace.database)["score"] == old["score"]
