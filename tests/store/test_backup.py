"""A backup is whole or not there, holds what was acknowledged, and removes nothing that it did not make."""

from __future__ import annotations

import gzip
import json
import os
import tarfile
from pathlib import Path

import pytest
from store.keeping import lived_in, no_file_above, rows, tree
from store.making import catalog_in, result_in

from modellab_core.errors import BadInput, Conflict
from modellab_core.lab import Lab
from modellab_core.store import backup as module
from modellab_core.store.backup import back_up, backups_in, look, prune
from modellab_core.store.catalog_runs import NewRun
from modellab_core.store.restore import restore
from modellab_core.temporary import mark


@pytest.fixture
def catalog(tmp_path):
    return lived_in(tmp_path)[0]


def place(tmp_path: Path, name: str = "") -> Path:
    """A path in a folder for backups."""
    (tmp_path / "kept").mkdir(exist_ok=True)
    return tmp_path / "kept" / name


def test_every_run_report_and_pack_works_after_a_restore(trained, tmp_path):
    """A real workspace comes back with every row and byte: each run gives its report, predictions, model and pack."""
    before = Lab.open(trained[0])
    told = before.backup(tmp_path / "b.tar.gz")
    Lab.restore(told["file"], tmp_path / "elsewhere")
    after = Lab.open(tmp_path / "elsewhere")
    assert rows(after.catalog.workspace.database) == rows(before.catalog.workspace.database)
    assert set(after.blobs.digests()) == before.catalog.evidence.blobs_referenced()
    for run in before.all_runs():
        assert after.report(run).to_json() == before.report(run).to_json()
        assert (after.predictions(run).y_pred == before.predictions(run).y_pred).all()
        assert list(after.model(run).feature_names_in_) == list(before.model(run).feature_names_in_)
        assert b"".join(after.pack(run)) == b"".join(before.pack(run))
        assert len(after.table(run.version_id).frame) == 150
    status = after.status(deep=True)
    assert (status["damaged"], status["problems"]) == ([], [])


def test_a_backup_is_a_tar_that_others_can_read(catalog, tmp_path):
    """gzip and tar unpack it into a folder that is a workspace."""
    made = back_up(catalog.workspace, place(tmp_path, "b.tar.gz"))
    with gzip.open(made.file) as stream, tarfile.open(fileobj=stream) as archive:
        members = archive.getmembers()
        archive.extractall(tmp_path / "unpacked", filter="data")
    assert [member.name for member in members[:2]] == ["manifest.json", "modellab.db"]
    assert all(member.isreg() and member.mtime == 0 for member in members)
    assert rows(tmp_path / "unpacked/modellab.db") == rows(catalog.workspace.database)
    blobs = {member.name for member in members[2:]}
    assert blobs == {f"blobs/{blob[:2]}/{blob}" for blob in catalog.evidence.blobs_referenced()}


def test_the_same_workspace_gives_the_same_bytes(catalog, tmp_path, monkeypatch):
    """Two backups of one state differ in their time alone."""
    first, second = (back_up(catalog.workspace, place(tmp_path, name)) for name in ("a.tar.gz", "b.tar.gz"))
    one, other = (gzip.decompress(made.file.read_bytes()) for made in (first, second))
    assert one.replace(first.manifest.created_at.encode(), second.manifest.created_at.encode()) == other


def test_a_folder_gets_a_name_with_the_time_and_the_list_tells_it(catalog, tmp_path):
    """FILE may be a folder; the list has the latest first and passes over what is no backup."""
    made = [back_up(catalog.workspace, place(tmp_path)) for _ in range(3)]
    place(tmp_path, "notes.txt").write_text("mine")
    place(tmp_path, "empty.tar.gz").touch()
    assert backups_in(place(tmp_path)) == made[::-1]
    assert look(made[0].file).manifest.counts == catalog.evidence.counts()


@pytest.mark.parametrize("name", ["text.txt", "nowhere/b.tar.gz", "/dev/null", "fifo"])
def test_a_place_that_is_something_else_is_refused(catalog, tmp_path, name):
    """A file that is no backup, a device and a folder that is missing are left as they are, with a sentence."""
    place(tmp_path, "text.txt").write_text("mine")
    os.mkfifo(place(tmp_path, "fifo"))
    before = sorted(place(tmp_path).iterdir())
    with pytest.raises(BadInput, match=r"choose another name|make it first"):
        back_up(catalog.workspace, place(tmp_path, name))
    assert sorted(place(tmp_path).iterdir()) == before
    assert place(tmp_path, "text.txt").read_text() == "mine"


def test_inside_the_workspace_only_its_backups_are_a_place(catalog):
    """Among the blobs or beside the database a backup would be taken for waste."""
    for name in ("b.tar.gz", "blobs/b.tar.gz", "tmp/b.tar.gz"):
        with pytest.raises(BadInput, match="inside the workspace"):
            back_up(catalog.workspace, catalog.workspace.folder / name)
    assert back_up(catalog.workspace, catalog.workspace.backups).file.is_file()


def test_a_backup_of_the_same_name_is_replaced_when_the_new_one_is_whole(catalog, tmp_path, monkeypatch):
    """The old file stays until the new one was read back; a link is followed."""
    file = back_up(catalog.workspace, place(tmp_path, "b.tar.gz")).file
    old = file.read_bytes()
    (tmp_path / "link").symlink_to(file)
    with monkeypatch.context() as patch:
        patch.setattr(module, "_read_back", fail)
        with pytest.raises(BadInput, match="Nothing is left of it"):
            back_up(catalog.workspace, file)
    assert file.read_bytes() == old
    catalog.projects.ensure("another")
    assert back_up(catalog.workspace, tmp_path / "link").file == file
    assert look(file).manifest.counts["project"] == 2
    assert [path.name for path in place(tmp_path).iterdir()] == ["b.tar.gz"]


def fail(*_: object) -> None:
    raise OSError(5, "Input/output error")


def test_keep_removes_only_its_own_kind(catalog, tmp_path):
    """Other names, other workspaces, other files, links and broken backups stay; the latest N of the pattern stay."""
    (tmp_path / "other").mkdir()
    foreign = back_up(catalog_in(tmp_path / "other").workspace, place(tmp_path, "night-0.tar.gz")).file
    names = [f"night-{day}.tar.gz" for day in range(1, 6)]
    made = [back_up(catalog.workspace, place(tmp_path, name)) for name in names]
    stay = [foreign, back_up(catalog.workspace, place(tmp_path, "before-upgrade.tar.gz")).file]
    for name, content in {"night-90.tar.gz": b"text", "night-91.tar.gz": made[0].file.read_bytes()[:200]}.items():
        place(tmp_path, name).write_bytes(content)
        stay.append(place(tmp_path, name))
    place(tmp_path, "night-92.tar.gz").symlink_to(made[0].file)
    stay.append(place(tmp_path, "night-92.tar.gz"))
    assert prune(made[-1], 3) == [made[1].file, made[0].file]
    assert sorted(place(tmp_path).iterdir()) == sorted([*stay, *(one.file for one in made[2:])])
    assert prune(made[2], 1) == [made[4].file, made[3].file], "the one just made stays, whatever the clock says"


def test_damaged_blobs_are_left_out_and_said(catalog, tmp_path, modellab):
    """The rest is kept, exit 1 says it, and no older backup goes, since it may hold what is lost."""
    older = back_up(catalog.workspace, place(tmp_path, "b-1.tar.gz")).file
    lost, changed = sorted(catalog.evidence.blobs_referenced())
    catalog.blobs.path(lost).unlink()
    catalog.blobs.path(changed).chmod(0o600)
    catalog.blobs.path(changed).write_bytes(b"other")
    done = modellab("backup", place(tmp_path, "b-2.tar.gz"), "--keep", 1)
    assert done.returncode == 1
    assert "2 files were damaged already" in done.stderr
    assert older.is_file()
    assert look(place(tmp_path, "b-2.tar.gz")).manifest.lacking == [lost, changed]
    restore(place(tmp_path, "b-2.tar.gz"), tmp_path / "restored")
    assert rows(tmp_path / "restored/modellab.db")["project"] == rows(catalog.workspace.database)["project"]
    restore(older, tmp_path / "whole")


def test_a_damaged_database_is_not_backed_up(catalog, tmp_path):
    """The snapshot is checked, and a backup of what is broken does not take the place of a good one."""
    database = catalog.workspace.database
    content = bytearray(database.read_bytes())
    content[8192:12288] = b"\x07" * 4096
    database.write_bytes(content)
    with pytest.raises(BadInput, match="damaged"):
        back_up(catalog.workspace, place(tmp_path))
    assert not list(place(tmp_path).iterdir())


STEPS = ("copying the database", "checking the files", "packing", "reading back")


@pytest.mark.parametrize("at", STEPS)
def test_ctrl_c_leaves_nothing(catalog, tmp_path, at):
    """Whenever it is stopped, the folder is as it was, and the workspace can be locked again."""

    def stop(what: str, done: int, total: int) -> None:
        if what == at:
            raise KeyboardInterrupt

    before = tree(catalog.workspace.folder)
    with pytest.raises(KeyboardInterrupt):
        back_up(catalog.workspace, place(tmp_path), on_step=stop)
    assert not list(place(tmp_path).iterdir())
    assert tree(catalog.workspace.folder) == before
    back_up(catalog.workspace, place(tmp_path))


@pytest.mark.parametrize("size", [0, 5_000, 200_000])
def test_a_full_disk_leaves_nothing(catalog, tmp_path, size):
    """The sentence names the backup, no part of it stays, and the workspace is untouched."""
    catalog.blobs.put(b"")
    project, before = catalog.projects.find("default"), tree(catalog.workspace.folder)
    with no_file_above(size), pytest.raises(BadInput, match=r"The (backup|database) .*(cannot be written|full|disk)"):
        back_up(catalog.workspace, place(tmp_path, "b.tar.gz"))
    assert not list(place(tmp_path).iterdir())
    assert tree(catalog.workspace.folder) == before
    catalog.runs.add_finished(project.id, *finished(catalog))


def finished(catalog):
    """The arguments of a run that was done elsewhere."""
    return NewRun("mine", "mine", {}, "f" * 64), result_in(catalog)


def test_two_at_once_take_turns(catalog, tmp_path, monkeypatch):
    """While somebody holds the lock of the workspace a backup waits, and says so in the end."""
    monkeypatch.setattr(type(catalog.workspace).locked.__wrapped__, "__defaults__", (0.1,))
    with catalog.workspace.locked(), pytest.raises(Conflict, match="lock"):
        back_up(catalog.workspace, place(tmp_path))


def test_what_a_kill_left_goes_with_the_next_backup(catalog, tmp_path):
    """A folder of a process that has ended is collected; one of a process that lives stays."""
    mine = place(tmp_path, f".modellab-{mark()}-{'a' * 16}.partial")
    pid = mark().split(".")
    dead = place(tmp_path, f".modellab-{pid[0]}.1.{pid[2]}-{'b' * 16}.partial")
    for folder in (mine, dead):
        folder.mkdir()
        (folder / "unfinished").write_bytes(b"half")
    made = back_up(catalog.workspace, place(tmp_path))
    assert sorted(place(tmp_path).iterdir()) == sorted([mine, made.file])


def test_the_command_says_little(catalog, tmp_path, modellab):
    """For cron: one line on stdout, nothing on stderr, exit 0; --json has the same facts; --list the times."""
    place(tmp_path)
    done = modellab("backup", place(tmp_path), "--keep", 2)
    assert (done.returncode, done.stderr, done.stdout.count("\n")) == (0, "", 1)
    told = json.loads(modellab("backup", place(tmp_path), "--keep", 1, "--json").stdout)
    assert [Path(one).parent for one in told["removed"]] == [place(tmp_path)]
    listed = json.loads(modellab("backup", "--list", place(tmp_path), "--json").stdout)
    assert [(one["file"], one["at"]) for one in listed] == [(told["file"], told["at"])]
    assert told["at"][:10] in modellab("backup", "--list", place(tmp_path)).stdout
    assert modellab("backup", "--list", tmp_path / "nowhere").returncode == 2
    assert modellab("backup").returncode == 2
    assert modellab("backup", place(tmp_path), "--keep", 0).returncode == 2
