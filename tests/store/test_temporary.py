from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from store.making import batch_in, catalog_in, wait_until, worker

from modellab_core import temporary
from modellab_core.files import publish
from modellab_core.jobs import log_text, recover
from modellab_core.store.catalog import open_catalog
from modellab_core.temporary import collect, is_left_over, mark, unfinished_name

ROOT = Path(temporary.__file__).parents[1]
SAY = "from modellab_core.temporary import *; print(unfinished_name(), flush=True); input()"


def every(path: Path) -> bool:
    return True


@pytest.fixture
def other():
    """(a process, an unfinished name with its mark)."""
    process = subprocess.Popen(
        [sys.executable, "-c", SAY], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    yield process, process.stdout.readline().strip()
    process.kill()
    process.wait()


def test_what_a_process_makes_is_left_over_once_it_has_ended(other, tmp_path):
    """A living process keeps its files; after its end, buried or not, they are collected, folders with all in them."""
    process, name = other
    (tmp_path / name).write_text("half")
    (tmp_path / f"reading-{name}").mkdir()
    (tmp_path / f"reading-{name}" / "part").write_text("half")
    assert is_left_over(name) is False
    assert collect(tmp_path, every) == []
    process.kill()
    wait_until(lambda: is_left_over(name) is True)
    process.wait()
    assert len(collect(tmp_path, every)) == 2
    assert list(tmp_path.iterdir()) == []


def test_a_number_that_belongs_to_another_process_does_not_keep_a_file(tmp_path):
    """The moment of its start tells a process from a later one of its number."""
    number, start, machine = mark().split(".")
    assert is_left_over(mark()) is False
    assert is_left_over(f"{number}.{int(start) + 1}.{machine}") is True
    assert is_left_over(f"{number}.{start}.{'0' * 8}") is None
    assert is_left_over("upload-abc") is None


def test_what_nobody_claims_goes_after_a_day(tmp_path):
    """A file of an unknown or a foreign process stays for a day."""
    for name in ("old", "new", f"p1.1.{'0' * 8}-old"):
        (tmp_path / name).write_text("x")
        if name != "new":
            os.utime(tmp_path / name, (time.time() - 90_000,) * 2)
    assert collect(tmp_path, every) == ["old", f"p1.1.{'0' * 8}-old"]
    assert [path.name for path in tmp_path.iterdir()] == ["new"]


def test_a_link_is_removed_and_never_followed(tmp_path):
    """What lies behind a link outside of the folder stays."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "kept").write_text("x")
    inside = tmp_path / "tmp"
    inside.mkdir()
    (inside / f"p1.1.{mark().rsplit('.', 1)[1]}").symlink_to(tmp_path / "outside")
    assert len(collect(inside, every)) == 1
    assert (tmp_path / "outside" / "kept").read_text() == "x"


def test_without_the_tables_of_linux_only_a_number_that_answers_nobody_has_ended(monkeypatch, tmp_path, other):
    """Elsewhere the number alone decides."""
    process, _ = other
    monkeypatch.setattr(temporary, "start_of", lambda pid: None)
    assert is_left_over(mark()) is False
    left = mark().replace(f"p{os.getpid()}.", f"p{process.pid}.")
    assert is_left_over(left) is False
    process.kill()
    process.wait()
    assert is_left_over(left) is True


def test_an_unfinished_file_in_a_folder_of_a_person_goes_with_the_next_one_that_is_written_there(other, tmp_path):
    """Only files with our own kind of name are touched, however old the others are."""
    process, name = other
    process.kill()
    process.wait()
    for kept in (".theirs.tmp", "p1.1.00000000", "table.csv"):
        (tmp_path / kept).write_text("x")
        os.utime(tmp_path / kept, (0, 0))
    (tmp_path / name).write_text("half")
    publish(tmp_path / "report.html", b"whole")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        ".theirs.tmp",
        "p1.1.00000000",
        "report.html",
        "table.csv",
    ]


def test_opening_a_workspace_collects_what_was_left_in_it(other, tmp_path):
    """The next program that opens it removes the unfinished files of a killed one, and nothing of a living one."""
    process, name = other
    catalog = catalog_in(tmp_path)
    room = catalog.workspace.temporary
    (room / name).write_text("half")
    mine = unfinished_name()
    (room / mine).write_text("half")
    process.kill()
    process.wait()
    open_catalog(catalog.workspace.folder)
    assert [path.name for path in room.iterdir()] == [mine]


def test_recovery_keeps_what_a_killed_worker_printed(tmp_path):
    """Where the starter was killed too, the log becomes part of the run, and no file stays; live runs keep theirs."""
    catalog = catalog_in(tmp_path)
    _, runs = batch_in(catalog)
    catalog.queue.claim(2, worker())
    log = catalog.workspace.log(runs[0].id)
    log.write_text("what it said\n")
    catalog.workspace.log("0" * 12).write_text("of a run that was deleted")
    assert recover(catalog) == []
    assert catalog.workspace.logs() == [log]
    catalog.queue.fail(runs[0].id, "lease", "No.")
    recover(catalog)
    assert catalog.workspace.logs() == []
    assert log_text(catalog, catalog.runs.get(runs[0].id)) == "what it said\n"
