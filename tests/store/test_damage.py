from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Float, Integer
from sqlmodel import AutoString
from store.making import worker
from store.old import old_workspace

from modellab_core.errors import Conflict, ModelLabError, NotFound
from modellab_core.lab import Lab
from modellab_core.store.catalog_logged import Param
from modellab_core.store.columns import Moment, PlainJson, Row

NOT_UTF8, NOT_JSON = "CAST(X'fffe41' AS TEXT)", "'{\"half'"
VALUES = {
    Moment: ("'noon'", "'2026-01-01T00:00:00'", NOT_UTF8),
    PlainJson: (NOT_JSON, "'7'", NOT_UTF8),
    Integer: ("'many'", "1.5"),
    Float: ("'much'",),
    AutoString: (NOT_UTF8, "X'00'"),
}
SHAPED = {
    ("run", "state"): ("'asleep'",),
    ("run", "kind"): ("'dreamt'",),
    ("run", "files"): ("'{\"model/x\": 7}'", "'[\"a\"]'", '\'{"model/x": "../../etc"}\''),
    ("run", "headline"): ("'{\"metric\": 7}'", '\'{"metric": "f1", "value": "high"}\''),
    ("run", "notes"): ("'[7]'",),
    ("dataset_version", "reading"): ("'{}'",),
    ("dataset_version", "sha256"): ("'nothing'",),
}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """A workspace with rows in every table; each test puts back what it breaks."""
    opened = Lab.open(old_workspace(tmp_path_factory.mktemp("damage") / "old"))
    opened.catalog.logged.say(opened.all_runs()[0].id, [Param("depth", "6")], [])
    return opened


@contextmanager
def broken(lab: Lab, table: str, column: str, value: str, row: int = 0) -> Iterator[str]:
    """The SQL expression `value` in one column of one row, whatever the constraints say; gives the key of the row."""
    path = lab.catalog.workspace.database
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.text_factory = bytes
        connection.execute("PRAGMA foreign_keys=OFF")
        connection.execute("PRAGMA ignore_check_constraints=ON")
        key = Row.metadata.tables[table].primary_key.columns.keys()[0]
        rows = f"SELECT rowid, {key}, {column}, typeof({column}) FROM {table} ORDER BY rowid LIMIT 1 OFFSET ?"
        rowid, name, held, kind = connection.execute(rows, (row,)).fetchone()
        connection.execute(f"UPDATE {table} SET {column} = {value} WHERE rowid = ?", (rowid,))
        try:
            yield str(name.decode() if isinstance(name, bytes) else name)
        finally:
            back = "CAST(? AS TEXT)" if kind == b"text" else "?"
            connection.execute(f"UPDATE {table} SET {column} = {back} WHERE rowid = ?", (held, rowid))


def damages() -> Iterator[tuple[str, str, str]]:
    """Every column but keys with each kind of value that it cannot hold."""
    for table in Row.metadata.sorted_tables:
        for column in table.columns:
            if column.primary_key or column.foreign_keys:
                continue
            given = next((VALUES[kind] for kind in VALUES if isinstance(column.type, kind)), ())
            for value in (*given, *SHAPED.get((table.name, column.name), ())):
                yield table.name, column.name, value


def listing(lab: Lab) -> dict[str, list[str]]:
    """The ids of everything that the lists of a workspace show, each list read as a page reads it."""
    projects = [*lab.projects(), *lab.projects(archived=True)]
    datasets = [one for each in projects for one in lab.datasets(each.project.id)]
    return {
        "projects": sorted(one.project.id for one in projects),
        "datasets": sorted(one.dataset.id for one in datasets),
        "versions": sorted(version.id for one in datasets for version in one.versions),
        "runs": sorted(run.id for run in lab.all_runs()),
        "batches": sorted(batch.id for batch in lab.batches()),
        "in projects": sorted(run.id for one in projects for run in lab.all_runs(one.project.id)),
        "in batches": sorted(run.id for batch in lab.batches() for run in lab.batch_runs(batch)),
    }


@pytest.mark.parametrize("every", [15, pytest.param(1, marks=pytest.mark.slow)])
def test_one_value_that_cannot_be_read_hides_nothing_else_and_is_named(lab: Lab, every: int) -> None:
    """Whatever column of whatever row is damaged: all lists show all rows, and the checks name the row and column."""
    whole = listing(lab)
    assert lab.catalog.evidence.damaged_rows() == []
    for table, column, value in list(damages())[::every]:
        with broken(lab, table, column, value) as key:
            assert listing(lab) == whole, (table, column, value)
            (told,) = lab.catalog.evidence.damaged_rows() or [f"nothing for {table}.{column} = {value}"]
            assert {key, column} <= set(re.findall(r"[\w-]+", told)), (told, table, column, value)
    assert lab.catalog.evidence.damaged_rows() == []


@pytest.mark.parametrize(
    ("table", "column", "old", "new"),
    [
        ("run", "recipe", '"seed":42', '"seed":43'),
        ("dataset_version", "reading", '"encoding":"utf-8"', '"encoding":"utf-9"'),
    ],
)
def test_a_recipe_or_reading_that_was_changed_is_found_before_it_is_used(
    lab: Lab, table: str, column: str, old: str, new: str
) -> None:
    """A value that is still well formed is held against the hash that was stored with it."""
    with broken(lab, table, column, f"replace({column}, '{old}', '{new}')", row=1) as key:
        found = lab.run(key) if table == "run" else lab.version(key)
        assert f"its {column} cannot be read" in str(found.damage)
        (told,) = lab.catalog.evidence.damaged_rows()
        assert key in told


@pytest.mark.parametrize("column", ["recipe", "files", "state", "created_at", "name"])
def test_a_damaged_run_says_so_and_is_never_used(lab: Lab, column: str) -> None:
    """It is shown as damaged with a sentence; its report, pack and another try are refused; the others work."""
    others = {run.id: run.state for run in lab.all_runs()}
    with broken(lab, "run", column, NOT_UTF8, row=2) as key:
        run = lab.run(key)
        assert (run.state, run.live) == ("damaged", False)
        assert f"The run {key} is damaged: its {column} cannot be read." in str(run.error)
        for verb in (lab.report, lab.predictions, lab.model, lab.pack, lab.cancel, lab.retry):
            with pytest.raises(ModelLabError):
                verb(key)
        del others[key]
        assert {run.id: run.state for run in lab.all_runs() if run.id != key} == others
        for other in [run for run in lab.all_runs() if run.state == "succeeded"]:
            assert lab.report(other).overall
            assert lab.looks(other) >= 1


def test_comparing_whole_runs_goes_on_beside_a_damaged_one(lab: Lab) -> None:
    """Another run of the same test rows whose row or predictions are damaged is left out, and charged as a look."""
    batch = next(batch for batch in lab.batches() if all(run.state == "succeeded" for run in lab.batch_runs(batch)))
    dummy, linear, boosted = lab.batch_runs(batch)
    place = [run.id for run in sorted(lab.all_runs(), key=lambda run: run.id)].index(dummy.id)
    assert place >= 0
    with broken(lab, "run", "files", NOT_JSON, row=_place(lab, dummy.id)):
        assert lab.compare([linear.id, boosted.id]).pairs
        with pytest.raises(NotFound, match=f"The run {dummy.id} "):
            lab.compare([linear.id, dummy.id])
    path = lab.blobs.path(dummy.files["predictions.parquet"])
    content = path.read_bytes()
    path.chmod(0o600)
    path.write_bytes(content[:-9] + b"?" + content[-8:])
    try:
        assert lab.compare([linear.id, boosted.id], margin=0.013).pairs
    finally:
        path.write_bytes(content)


def _place(lab: Lab, run_id: str) -> int:
    with closing(sqlite3.connect(lab.catalog.workspace.database)) as connection:
        return [row[0] for row in connection.execute("SELECT id FROM run ORDER BY rowid")].index(run_id)


@pytest.mark.parametrize(
    ("table", "column"),
    [("run", "version_id"), ("run", "batch_id"), ("run", "parent_id"), ("batch", "version_id"), ("run", "project_id")],
)
def test_a_row_that_points_at_nothing_hides_nothing_else(lab: Lab, table: str, column: str) -> None:
    """A version, batch or project that is gone without its rows: the lists stay, and the deep status says it."""
    whole = listing(lab)
    with broken(lab, table, column, "'000000000000'"):
        now = listing(lab)
        assert {name: now[name] for name in ("projects", "datasets", "versions", "runs", "batches")} == {
            name: whole[name] for name in ("projects", "datasets", "versions", "runs", "batches")
        }
        assert any("points at" in problem for problem in lab.status(deep=True)["problems"])


def test_a_damaged_row_can_be_deleted_and_cannot_start(lab: Lab, tmp_path: Path) -> None:
    """A waiting run whose recipe is damaged is not started for ever: it fails with the sentence, and can go."""
    other = Lab.open(old_workspace(tmp_path / "another"))
    waiting = next(run for run in other.all_runs() if run.state == "queued")
    with broken(other, "run", "recipe", NOT_JSON, row=_place(other, waiting.id)):
        assert other.catalog.queue.claim(1, worker()) is None
        with closing(sqlite3.connect(other.catalog.workspace.database)) as connection:
            (state, error) = connection.execute("SELECT state, error FROM run WHERE id = ?", (waiting.id,)).fetchone()
        assert (state, "its recipe cannot be read" in error) == ("failed", True)
        with pytest.raises(Conflict, match="is damaged"):
            other.retry(waiting.id)
        other.delete_run(waiting.id)
        assert waiting.id not in [run.id for run in other.all_runs()]


def test_bytes_that_a_damaged_row_names_are_not_cleaned(lab: Lab) -> None:
    """What still can be read in a damaged row counts: its blobs are kept until it is repaired or deleted."""
    whole = lab.catalog.evidence.blobs_referenced()
    with broken(lab, "run", "files", "files || '}'", row=2):
        assert lab.catalog.evidence.blobs_referenced() == whole
