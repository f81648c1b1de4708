"""Cleaning removes what nobody needs and nothing else, whatever happens meanwhile."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from store.keeping import age, lived_in, tree

from modellab_core.errors import Conflict
from modellab_core.lab import Lab
from modellab_core.store import clean as module
from modellab_core.store.clean import ABANDONED, CACHES, LOGS, UNFINISHED, UNUSED, clean, waste
from modellab_core.temporary import mark


@pytest.fixture
def catalog(tmp_path):
    return lived_in(tmp_path)[0]


def kinds(found) -> dict[str, list[str]]:
    """The names of what was found, by kind."""
    return {kind: [one.path.name for one in found if one.kind == kind] for kind in {one.kind for one in found}}


def dead(path: Path) -> Path:
    """A path whose name says that a process made it that has ended."""
    pid, _, machine = mark().split(".")
    return path.with_name(path.name.replace("MARK", f"{pid}.1.{machine}"))


def test_a_workspace_in_use_has_nothing_to_clean(catalog):
    """What rows name, logs of live runs and what is on its way stay, however old the rest is."""
    for run in catalog.runs.all():
        if run.live:
            age_of_log = catalog.workspace.log(run.id)
            age_of_log.write_text("working")
            age(age_of_log)
    for blob in catalog.blobs.digests():
        age(catalog.blobs.path(blob))
    catalog.blobs.put(b"stored before its row")
    (catalog.workspace.temporary / f".modellab-{mark()}-{'a' * 16}.tmp").write_bytes(b"half")
    (catalog.workspace.temporary / "upload-x").mkdir()
    before = tree(catalog.workspace.folder)
    assert waste(catalog.workspace) == clean(catalog.workspace) == []
    assert tree(catalog.workspace.folder) == before


def litter(catalog) -> dict[str, list[str]]:
    """One thing of every kind, and what `clean` should say of them."""
    unused = catalog.blobs.put(b"nobody names me")
    age(catalog.blobs.path(unused))
    folder, tmp = catalog.workspace.folder, catalog.workspace.temporary
    (folder / "cache").mkdir(exist_ok=True)
    for name in ("gone.parquet", "gone.parquet.sums"):
        (folder / "cache" / name).write_bytes(b"12345")
        age(folder / "cache" / name)
    (tmp / "drop-x").mkdir()
    (tmp / "drop-x" / "table.csv").write_text("a,b\n")
    age(tmp / "drop-x")
    left = dead(tmp / f".modellab-MARK-{'b' * 16}.tmp")
    left.write_bytes(b"half")
    (tmp / "0123456789ab.log").write_text("I have ended")
    age(tmp / "0123456789ab.log")
    cut = dead(folder.parent / f".modellab-MARK-{'c' * 16}.partial")
    cut.mkdir()
    (cut / "unfinished").write_bytes(b"half")
    return {
        UNUSED: [unused],
        CACHES: ["gone.parquet", "gone.parquet.sums"],
        UNFINISHED: [left.name, "drop-x"],
        LOGS: ["0123456789ab.log"],
        ABANDONED: [cut.name],
    }


def test_each_kind_is_found_told_and_removed(catalog, modellab):
    """`--dry-run` says what and how much and removes nothing; the second time nothing is left."""
    whole = tree(catalog.workspace.folder.parent)
    expected = litter(catalog)
    before = tree(catalog.workspace.folder.parent)
    told = Lab(catalog.workspace.folder, catalog).clean(dry_run=True)
    assert tree(catalog.workspace.folder.parent) == before
    assert {one["kind"]: one["count"] for one in told["kinds"]} == {
        kind: len(names) for kind, names in expected.items()
    }
    assert told["bytes"] == sum(one["bytes"] for one in told["kinds"]) == 15 + 10 + 4 + 4 + 12 + 4
    assert f"blobs/{expected[UNUSED][0][:2]}/{expected[UNUSED][0]}" in told["files"]
    assert kinds(clean(catalog.workspace)) == {kind: sorted(names) for kind, names in expected.items()}
    left = {name for name in tree(catalog.workspace.folder.parent) if name not in whole}
    assert left <= {"workspace/cache", f"workspace/blobs/{expected[UNUSED][0][:2]}"}
    assert json.loads(modellab("clean", "--json", home=catalog.workspace.folder).stdout)["count"] == 0


def test_the_latest_copy_of_a_table_stays(catalog):
    """Caches are kept for the latest version of each dataset, and for a day for any other."""
    version = catalog.datasets.versions(catalog.datasets.all()[0].dataset.id)[0]
    folder = catalog.workspace.folder / "cache"
    folder.mkdir(exist_ok=True)
    latest = folder / f"{version.sha256[:32]}-{version.reading_key[:32]}.parquet"
    for path in (latest, folder / "fresh.parquet", folder / "old.parquet"):
        path.write_bytes(b"x")
    age(latest), age(folder / "old.parquet")
    assert kinds(clean(catalog.workspace)) == {CACHES: ["old.parquet"]}
    assert sorted(folder.iterdir()) == sorted([latest, folder / "fresh.parquet"])


def test_what_was_deleted_goes_and_what_another_row_names_stays(catalog):
    """A row goes first, its bytes with the next clean, but for bytes that some other row names too."""
    run = next(run for run in catalog.runs.all() if run.state == "succeeded")
    mine, data = run.files["eval/metrics.json"], run.recipe["sha256"]
    catalog.runs.delete(run.id)
    for blob in (mine, data):
        age(catalog.blobs.path(blob))
    assert kinds(clean(catalog.workspace)) == {UNUSED: [mine]}
    assert catalog.blobs.has(data)
    assert not catalog.blobs.has(mine)


def test_a_blob_that_is_named_or_stored_again_meanwhile_stays(catalog, monkeypatch):
    """Between the look and the removal a row may come, or the same bytes be stored again: both are seen."""
    named, again = catalog.blobs.put(b"named"), catalog.blobs.put(b"again")
    for blob in (named, again):
        age(catalog.blobs.path(blob))
    found = waste(catalog.workspace)
    assert len(found) == 2
    monkeypatch.setattr(module, "waste", lambda *_: found)
    catalog.queue.keep_log(catalog.runs.all()[0].id, 1, named)
    catalog.blobs.put(b"again")
    assert clean(catalog.workspace) == []
    assert catalog.blobs.read(named) + catalog.blobs.read(again) == b"namedagain"
    assert not list(catalog.workspace.temporary.iterdir())


def test_strange_files_among_the_blobs_stay(catalog):
    """What is not named like a blob was put there by somebody else."""
    strange = catalog.workspace.blobs / "ab" / "notes.txt"
    strange.parent.mkdir(exist_ok=True)
    strange.write_text("mine")
    age(strange)
    assert clean(catalog.workspace, timedelta(0)) == []
    assert strange.read_text() == "mine"


def test_a_clean_waits_for_a_backup(catalog, monkeypatch):
    """Whoever holds the lock of the workspace is not disturbed, and `--dry-run` needs no lock."""
    monkeypatch.setattr(type(catalog.workspace).locked.__wrapped__, "__defaults__", (0.1,))
    litter(catalog)
    with catalog.workspace.locked():
        assert waste(catalog.workspace)
        with pytest.raises(Conflict, match="lock"):
            clean(catalog.workspace)
    assert clean(catalog.workspace)


def test_the_command_says_what_and_how_much(catalog, modellab):
    """A table of kinds with counts and sizes; the names with --dry-run."""
    expected = litter(catalog)
    home = catalog.workspace.folder
    dry = modellab("clean", "--dry-run", home=home)
    assert dry.returncode == 0
    assert "Can be removed" in dry.stdout
    assert expected[UNUSED][0] in dry.stdout
    done = modellab("clean", home=home)
    assert "Removed" in done.stdout
    assert "unused blobs" in done.stdout
    assert "Removed: 0 (0 B)." in modellab("clean", home=home).stdout
