"""A workspace of the first version, as a file, is migrated: nothing is lost, whatever happens meanwhile."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from store.old import old_facts, old_workspace

from modellab_core.lab import Lab
from modellab_core.store import engine, migrate
from modellab_core.store.catalog import open_catalog
from modellab_core.store.engine import connect
from modellab_core.store.migrations import HEAD
from modellab_core.store.workspace import Workspace

ROOT = Path(migrate.__file__).parents[2]
OPEN = (
    "import sys; from pathlib import Path; from modellab_core.store.catalog import open_catalog;"
    "print(sum(open_catalog(Path(sys.argv[1])).evidence.counts().values()))"
)
POINTS = 20


def rows(database: Path) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table as SQLite holds it."""
    with closing(sqlite3.connect(database)) as connection:
        connection.row_factory = sqlite3.Row
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: [dict(row) for row in connection.execute(f"SELECT * FROM {name}")] for name in names}


def dump(database: Path) -> list[list[str]]:
    """The database as SQL, sorted: constraints and indexes are made in no certain order."""
    with closing(sqlite3.connect(database)) as connection:
        return sorted(sorted(line.strip(" \t,") for line in text.splitlines()) for text in connection.iterdump())


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workspace as the first version left it; not to be changed."""
    return old_workspace(tmp_path_factory.mktemp("first") / "old")


@pytest.fixture
def copy(old: Path, tmp_path: Path) -> Path:
    """A copy of it without its files, which is enough for the database."""
    (tmp_path / "w").mkdir()
    shutil.copy(old / "modellab.db", tmp_path / "w" / "modellab.db")
    return tmp_path / "w"


def test_the_old_workspace_holds_something_of_everything(old: Path) -> None:
    """A row in every table of the first version, two datasets with two versions, and runs in every state."""
    held = rows(old / "modellab.db")
    assert all(held.values())
    versions = [row["dataset_id"] for row in held["dataset_version"]]
    assert sum(versions.count(dataset) == 2 for dataset in set(versions)) == 2
    states = {row["state"] for row in held["run"]}
    assert states == {"queued", "running", "succeeded", "failed", "cancelled", "interrupted"}
    assert {row["kind"] for row in held["run"]} == {"template", "imported"}
    assert any(row["archived_at"] for row in held["project"])


def test_migrating_a_workspace_of_the_first_version_keeps_everything(old: Path, tmp_path: Path) -> None:
    """All rows and bytes are as they were, and every run's report, predictions, model and pack can be used."""
    facts, before = old_facts(old), rows(old / "modellab.db")
    shutil.copytree(old, tmp_path / "w")
    catalog = open_catalog(tmp_path / "w")
    now = rows(catalog.workspace.database)
    assert now.pop("alembic_version") == [{"version_num": HEAD}]
    assert before["alembic_version"] == [{"version_num": "0001"}]
    assert now.pop("param") == []
    for name, held in now.items():
        assert [{key: row[key] for key in was} for row, was in zip(held, before[name], strict=True)] == before[name]
    assert {digest: len(catalog.blobs.read(digest)) for digest in catalog.blobs.digests()} == facts["blobs"]
    (backup,) = catalog.workspace.backups.iterdir()
    assert dump(backup) == dump(old / "modellab.db")
    assert_usable(Lab.open(tmp_path / "w"), facts)


def assert_usable(lab: Lab, facts: dict[str, Any]) -> None:
    """Every run that succeeded answers as it did, and the workspace is whole."""
    status = lab.status(deep=True)
    assert (status["damaged"], status["problems"]) == ([], [])
    assert sorted(lab.catalog.evidence.blobs_referenced()) == facts["referenced"]
    assert {run.id for run in lab.all_runs() if run.state == "succeeded"} == set(facts["runs"])
    for run, told in facts["runs"].items():
        report, predictions = lab.report(run), lab.predictions(run)
        assert [str(line) for line in report.takeaway] == told["takeaway"]
        assert next(score.value for score in report.overall if score.metric == "accuracy") == told["accuracy"]
        assert len(report.scores) == told["scores"]
        assert predictions.row.tolist() == told["rows"]
        if "pack" in told:
            assert sorted(name for name, _ in lab.pack_members(run)) == told["pack"]
            assert b"".join(lab.pack(run))[:2] == b"PK"
            assert_same_predictions(lab, run, predictions)


def assert_same_predictions(lab: Lab, run: str, stored: Any) -> None:
    """The model of the run, loaded, says of its test rows what it said then, to the bit."""
    features = lab.table(lab.run(run).version_id or "").frame.iloc[stored.row]
    again = lab.model(run).predict_proba(features)
    assert np.array_equal(np.asarray(again), np.asarray(stored.proba))


def test_runs_that_were_waiting_or_running_go_on_as_runs_do(old: Path, tmp_path: Path) -> None:
    """What ran when the old program ended is interrupted, what waited waits, and both can be deleted."""
    shutil.copytree(old, tmp_path / "w")
    lab = Lab.open(tmp_path / "w")
    states = sorted(run.state for run in lab.all_runs() if run.state != "succeeded")
    assert states == ["cancelled", "cancelled", "failed", "interrupted", "interrupted", "queued"]
    assert [batch.checks for batch in lab.batches()] == [[]] * 3


def test_of_two_programs_that_open_it_at_once_one_migrates_and_the_other_waits(copy: Path) -> None:
    """Both find all rows, and only one backup was needed."""
    command = [sys.executable, "-c", OPEN, str(copy)]
    started = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)]
    answers = [each.communicate() for each in started]
    assert [each.returncode for each in started] == [0, 0], answers
    assert answers[0][0] == answers[1][0]
    assert len(list((copy / "backups").iterdir())) == 1


def statements(database: Path) -> int:
    """How many SQL statements a whole migration of a database runs."""
    count = 0

    def counting(_: str) -> None:
        nonlocal count
        count += 1

    with traced(counting):
        migrate.bring_up_to_date(Workspace(database.parent))
    return count


class traced:
    """While it lasts, every statement of every connection of the store is told before it runs."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self.tell, self.connect = tell, engine.connect

    def __enter__(self) -> None:
        def opened(path: Path) -> sqlite3.Connection:
            connection = self.connect(path)
            connection.set_trace_callback(self.tell)
            return connection

        engine.connect = migrate.connect = opened

    def __exit__(self, *_: object) -> None:
        engine.connect = migrate.connect = self.connect


def killed_at(point: int, folder: Path) -> None:
    """A child process migrates and kills itself before statement number `point`."""
    child = os.fork()
    if child == 0:
        left = point

        def kill(_: str) -> None:
            nonlocal left
            left -= 1
            if left <= 0:
                os.kill(os.getpid(), signal.SIGKILL)

        with traced(kill):
            migrate.bring_up_to_date(Workspace(folder))
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="processes are not forked there")
def test_a_migration_killed_at_any_of_20_points_left_the_old_or_the_new_database(copy: Path, tmp_path: Path) -> None:
    """Never one between; and the next start brings it to the end, with all rows, and leaves nothing unfinished."""
    Workspace(copy).create()
    old = dump(copy / "modellab.db")
    (tmp_path / "whole").mkdir()
    shutil.copy(copy / "modellab.db", tmp_path / "whole" / "modellab.db")
    Workspace(tmp_path / "whole").create()
    count = statements(tmp_path / "whole" / "modellab.db")
    new = dump(tmp_path / "whole" / "modellab.db")
    pristine = (copy / "modellab.db").read_bytes()
    for point in np.linspace(1, count, POINTS).round().astype(int):
        (copy / "modellab.db").write_bytes(pristine)
        killed_at(int(point), copy)
        assert dump(copy / "modellab.db") in (old, new)
        assert dump(open_catalog(copy).workspace.database) == new
        assert list((copy / "tmp").iterdir()) == []
    assert count > POINTS


def test_a_database_of_a_newer_program_is_refused_in_one_sentence_and_not_touched(copy: Path, modellab: Any) -> None:
    """The command says it and exits with 2; not one byte of the folder changes."""
    with closing(connect(copy / "modellab.db")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    before = (copy / "modellab.db").read_bytes()
    done = modellab("runs", "list", home=copy)
    assert done.returncode == 2
    assert done.stderr.strip().endswith("was written by a newer ModelLab (revision 9999): upgrade ModelLab.")
    assert len(done.stderr.strip().splitlines()) == 1
    assert (copy / "modellab.db").read_bytes() == before


def test_a_database_copied_by_hand_without_its_files_opens_and_names_what_is_missing(copy: Path) -> None:
    """Lists work; each blob that is not there is named with what needs it; a report says which file it lacks."""
    lab = Lab.open(copy)
    status = lab.status()
    assert len(status["damaged"]) == status["blobs"] > 0
    assert all(one["rows"] for one in status["damaged"])
    run = next(run for run in lab.all_runs() if run.state == "succeeded")
    with pytest.raises(Exception, match=f"eval_summary.json of the run {run.id}.* is missing"):
        lab.report(run)
