"""`status` tells what there is, and finds every damage that `--deep` can see, with the rows that suffer."""

from __future__ import annotations

import json
import random
from contextlib import closing

import pytest
from store.keeping import age, lived_in

from modellab_core.lab import Lab
from modellab_core.store.backup import back_up
from modellab_core.store.engine import connect


@pytest.fixture
def catalog(tmp_path):
    return lived_in(tmp_path)[0]


def status(catalog, deep: bool = True):
    """What the Lab says."""
    return Lab(catalog.workspace.folder, catalog).status(deep)


def test_a_whole_workspace_is_told_in_numbers(catalog):
    """Versions, counts, sizes, free space, leftovers and backups; nothing is damaged."""
    file = back_up(catalog.workspace, catalog.workspace.backups).file
    age(catalog.blobs.path(catalog.blobs.put(b"unused")))
    told = status(catalog)
    assert told["counts"]["run"] == 4
    assert told["runs"] == {"succeeded": 1, "running": 2, "queued": 1}
    assert told["blobs"] == len(catalog.evidence.blobs_referenced())
    assert told["bytes"] == sum(catalog.blobs.size(blob) for blob in catalog.evidence.blobs_referenced())
    assert told["sizes"]["blobs"] == told["bytes"] + len(b"unused")
    assert told["sizes"]["database"] == catalog.workspace.database.stat().st_size
    assert told["free"] > 0
    assert [one["count"] for one in told["leftovers"] if one["kind"] == "unused blobs"] == [1]
    assert told["backups"] == [str(file)]
    assert (told["damaged"], told["problems"]) == ([], [])
    json.dumps(told)


def test_a_damaged_blob_is_named_with_its_rows(catalog, modellab):
    """Missing at once, changed with --deep; exit 1, and the dataset and the files of runs that suffer are named."""
    run = next(run for run in catalog.runs.all() if run.state == "succeeded")
    lost, changed = run.files["eval/metrics.json"], run.recipe["sha256"]
    catalog.blobs.path(lost).unlink()
    path = catalog.blobs.path(changed)
    content = bytearray(path.read_bytes())
    content[3] ^= 4
    path.chmod(0o600)
    path.write_bytes(content)
    assert [one["blob"] for one in status(catalog, deep=False)["damaged"]] == [lost]
    found = {one["blob"]: one for one in status(catalog)["damaged"]}
    assert found[lost]["rows"] == [f"run {run.id}, eval/metrics.json"]
    assert "missing" in found[lost]["problem"]
    assert "dataset t.csv, version 1" in found[changed]["rows"]
    assert f"run {run.id}, the data it was trained on" in found[changed]["rows"]
    assert "changed" in found[changed]["problem"]
    done = modellab("status", "--deep", home=catalog.workspace.folder)
    assert done.returncode == 1
    assert f"damaged file {changed[:12]}: its bytes have changed; named by dataset t.csv" in done.stdout


def test_one_flipped_bit_in_any_blob_is_found_and_healed_by_storing_it_again(catalog):
    """Whatever bit of whatever blob: exactly that blob is named; the same bytes stored again make it whole."""
    draw = random.Random(0)
    for blob in sorted(catalog.evidence.blobs_referenced()) * 5:
        path = catalog.blobs.path(blob)
        whole = path.read_bytes()
        changed, place = bytearray(whole), draw.randrange(8 * len(whole))
        changed[place // 8] ^= 1 << place % 8
        path.chmod(0o600)
        path.write_bytes(changed)
        assert [one["blob"] for one in status(catalog)["damaged"]] == [blob]
        assert catalog.blobs.put(whole) == blob
    assert status(catalog)["damaged"] == []


def test_a_damaged_database_is_told(catalog, modellab):
    """SQLite's own checks run with --deep, and rows that point at nothing count; the exit is 1."""
    with closing(connect(catalog.workspace.database)) as connection:
        connection.execute("PRAGMA foreign_keys=OFF")
        connection.execute("UPDATE batch SET project_id = 'gone'")
    assert status(catalog, deep=False)["problems"] == []
    assert status(catalog)["problems"] == ["a row of batch points at a project that is gone"] * 2
    content = bytearray(catalog.workspace.database.read_bytes())
    page = content.rindex(b"eval/metrics.json") // 4096 * 4096
    content[page : page + 8] = b"\x0d" + bytes(7)
    catalog.workspace.database.write_bytes(content)
    for whole in (bytes(content), b"SQLite format 2" + bytes(content[15:]), bytes(content[:5000])):
        catalog.workspace.database.write_bytes(whole)
        for options in (["--deep", "--json"], ["--deep"]):
            done = modellab("status", *options, home=catalog.workspace.folder)
            assert done.returncode == 1, done.stderr
        assert "Restore a backup." in done.stdout


def test_the_state_is_json_or_lines(catalog, modellab):
    """--json has every fact; the text has one line a fact and says whether files were read."""
    told = json.loads(modellab("status", "--json", home=catalog.workspace.folder).stdout)
    assert {"folder", "modellab", "counts", "runs", "blobs", "bytes", "deep", "damaged", "sizes", "free"} <= set(told)
    assert "no file was read" in modellab("status", home=catalog.workspace.folder).stdout
    assert "every file was read" in modellab("status", "--deep", home=catalog.workspace.folder).stdout
