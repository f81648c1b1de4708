from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from store.making import batch_in, catalog_in, version_in

from modellab_core.errors import BadInput, Conflict
from modellab_core.store import evidence_tables, migrate, tables
from modellab_core.store.catalog import open_catalog
from modellab_core.store.columns import Row
from modellab_core.store.engine import connect
from modellab_core.store.workspace import Workspace

SECOND = """
from alembic import op
import sqlalchemy as sa
revision = "9002"
down_revision = "{head}"
CHANGES = {changes}


def upgrade():
    with op.batch_alter_table("project") as batch:
        batch.add_column(sa.Column("colour", sa.String(), nullable=True))
    {more}
"""


@pytest.fixture
def workspace(tmp_path) -> Workspace:
    catalog = catalog_in(tmp_path)
    batch_in(catalog)
    return catalog.workspace


def scripts(folder: Path, changes: str = "()", more: str = "pass") -> Path:
    """A copy of the migrations with a second one that rebuilds the table `project`."""
    copied = folder / "migrations"
    shutil.copytree(migrate.SCRIPTS, copied, ignore=shutil.ignore_patterns("__pycache__"))
    (copied / "versions" / "m9002_second.py").write_text(SECOND.format(head=migrate.HEAD, changes=changes, more=more))
    return copied


def content(database: Path) -> list[str]:
    connection = sqlite3.connect(database)
    try:
        return list(connection.iterdump())
    finally:
        connection.close()


def test_there_is_one_head():
    """No two migrations follow the same one, and the last one is the head that the program knows."""
    assert ScriptDirectory(str(migrate.SCRIPTS)).get_heads() == [migrate.HEAD]


def test_a_program_that_finds_nothing_to_do_does_not_import_alembic(workspace):
    """Opening a workspace that is up to date costs no more than it must."""
    code = (
        "import sys; from pathlib import Path; from modellab_core.store.catalog import open_catalog;"
        "open_catalog(Path(sys.argv[1])); sys.exit('alembic' in sys.modules)"
    )
    root = Path(migrate.__file__).parents[2]
    assert subprocess.run([sys.executable, "-c", code, str(workspace.folder)], cwd=root, check=False).returncode == 0


def test_models_and_schema_do_not_drift(workspace, tmp_path):
    """What the migrations make is what the tables say: columns, indexes, constraints and their names."""
    engine = create_engine(f"sqlite:///{workspace.database}")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Row.metadata) == []
    fresh = tmp_path / "fresh.db"
    Row.metadata.create_all(create_engine(f"sqlite:///{fresh}"))
    assert schema(workspace.database) == schema(fresh)
    assert {table.__tablename__ for table in evidence_tables.TABLES} < set(Row.metadata.tables)
    assert tables.Run.__tablename__ in Row.metadata.tables


def schema(database: Path) -> dict[str, list[str]]:
    """Per table and index its parts in any order: lines of CREATE TABLE, without the table of Alembic.

    A rebuilt table has its name in quotes.
    """
    connection = sqlite3.connect(database)
    made = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    connection.close()
    return {
        name: sorted(line.strip().rstrip(",") for line in sql.replace(f'"{name}"', name).splitlines())
        for name, sql in made
        if name != migrate.VERSION_TABLE
    }


def test_every_constraint_has_a_name():
    """A migration can speak of every constraint."""
    unnamed = [
        (table.name, each) for table in Row.metadata.sorted_tables for each in table.constraints if not each.name
    ]
    assert unnamed == []


def test_an_upgrade_keeps_every_row_that_points_at_a_rebuilt_table(workspace, tmp_path):
    """Rebuilding `project` leaves its datasets, batches and runs, which would go by cascade with foreign keys on."""
    before = open_catalog(workspace.folder).evidence.counts()
    migrate.upgrade(workspace.database, migrate.HEAD, scripts(tmp_path))
    assert open_counts(workspace) == before
    assert "colour" in " ".join(content(workspace.database))


def open_counts(workspace: Workspace) -> dict[str, int]:
    connection = sqlite3.connect(workspace.database)
    names = [table.name for table in Row.metadata.sorted_tables]
    counts = {name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in names}
    connection.close()
    return counts


@pytest.mark.parametrize(
    ("changes", "more", "word"),
    [
        ("()", "raise OSError('power')", "power"),
        ("()", "op.execute(\"UPDATE run SET name = 'x'\")", "changed rows of run"),
        ("()", 'op.execute("DELETE FROM run")', "changed rows of run"),
        ("('project',)", 'op.execute("DELETE FROM project")', "orphans"),
    ],
)
def test_a_migration_that_goes_wrong_leaves_the_database_as_it_was(workspace, tmp_path, changes, more, word):
    """An error, an undeclared change or an orphan undoes the whole upgrade."""
    before = content(workspace.database)
    with pytest.raises((AssertionError, OSError), match=word):
        migrate.upgrade(workspace.database, migrate.HEAD, scripts(tmp_path, changes, more))
    assert content(workspace.database) == before
    assert len(open_catalog(workspace.folder).runs.all()) == 3


def test_a_declared_change_is_allowed(workspace, tmp_path):
    """A table named in CHANGES may change."""
    folder = scripts(tmp_path, "('run',)", "op.execute(\"UPDATE run SET name = 'x'\")")
    migrate.upgrade(workspace.database, migrate.HEAD, folder)
    assert "'x'" in " ".join(content(workspace.database))


def test_an_existing_database_is_backed_up_first(workspace, tmp_path, monkeypatch):
    """Before the first change a checked copy lies in `backups`."""
    before = content(workspace.database)
    monkeypatch.setattr(migrate, "SCRIPTS", scripts(tmp_path))
    monkeypatch.setattr(migrate, "HEAD", "9002")
    monkeypatch.setattr(migrate.upgrade, "__defaults__", (migrate.SCRIPTS,))
    migrate.bring_up_to_date(workspace)
    (backup,) = workspace.backups.iterdir()
    assert content(backup) == before
    assert migrate.revision(workspace.database) == "9002"
    assert list(workspace.temporary.iterdir()) == []


def test_a_newer_database_is_refused_in_one_sentence(workspace):
    """A program that does not know the revision changes nothing."""
    connection = connect(workspace.database)
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(BadInput, match=r"newer ModelLab \(revision 9999\): upgrade ModelLab\.$"):
        open_catalog(workspace.folder)


@pytest.mark.parametrize("kind", ["text", "other"])
def test_a_database_that_is_not_ours_is_refused_and_kept(tmp_path, kind):
    """A file that is no database, or that of another program, is left as it is."""
    workspace = Workspace(tmp_path)
    if kind == "text":
        workspace.database.write_text("hello " * 500)
    else:
        with sqlite3.connect(workspace.database) as connection:
            connection.execute("CREATE TABLE theirs (x)")
    before = workspace.database.read_bytes()
    with pytest.raises(BadInput, match=r"is not a (ModelLab|SQLite) database"):
        open_catalog(tmp_path)
    assert workspace.database.read_bytes() == before


def test_a_crash_before_the_first_tables_is_healed(tmp_path):
    """An empty database file is where the tables are made."""
    workspace = Workspace(tmp_path)
    workspace.database.touch()
    assert open_catalog(tmp_path).runs.all() == []
    assert list(workspace.backups.iterdir()) == []


def test_of_two_processes_that_open_a_new_workspace_one_makes_it(tmp_path):
    """Two programs at once: each finds all tables."""
    code = (
        "import sys; from pathlib import Path; from modellab_core.store.catalog import open_catalog;"
        "print(len(open_catalog(Path(sys.argv[1])).evidence.counts()))"
    )
    root = Path(migrate.__file__).parents[2]
    started = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "w")], cwd=root, stdout=subprocess.PIPE)
        for _ in range(2)
    ]
    assert [each.communicate()[0].strip() for each in started] == [str(len(Row.metadata.tables)).encode()] * 2


def test_the_lock_is_held_by_one_and_falls_with_its_holder(tmp_path):
    """A second one waits, gives up with a sentence, and gets it once the first is done."""
    workspace = Workspace(tmp_path)
    with workspace.locked():
        refused: list[Exception] = []
        other = threading.Thread(target=lambda: refused.append(_refusal(workspace)))
        other.start()
        other.join()
    assert "holds the lock" in str(refused[0])
    with workspace.locked(0.1):
        pass


def _refusal(workspace: Workspace) -> Exception:
    with pytest.raises(Conflict) as caught, workspace.locked(0.1):
        pass
    return caught.value


def test_a_moved_workspace_works_and_holds_no_path(tmp_path):
    """After a move to another path everything is found, and no row holds the old path."""
    catalog = open_catalog(tmp_path / "old place")
    version = version_in(catalog, catalog.projects.ensure("p"))
    shutil.move(tmp_path / "old place", tmp_path / "new é %41?#")
    moved = open_catalog(tmp_path / "new é %41?#")
    assert moved.blobs.read(moved.datasets.version(version.id).sha256) == b"a,b\n1,2\n"
    assert "old place" not in " ".join(content(moved.workspace.database))
    assert moved.projects.create("q").name == "q"
    assert not (tmp_path / "old place").exists()
