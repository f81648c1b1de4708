"""Promises about what other tools read in a pack: the crate of the run and the description of its data."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from repro import handmade, real

from modellab_core.repro.crate import PROFILES

VALIDATORS = os.environ.get("MODELLAB_VALIDATORS", "")
CRATE, CROISSANT = "ro-crate-metadata.json", "croissant.json"


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[real.Run]:
    """A run of each task, the cheapest model."""
    folder = tmp_path_factory.mktemp("documents")
    return [real.batch(folder, task, models=("dummy",))[0] for task in ("binary", "regression")]


def graph(members: dict[str, bytes]) -> dict[str, dict[str, Any]]:
    """The entities of a pack's crate by their id."""
    return {entity["@id"]: entity for entity in json.loads(members[CRATE])["@graph"]}


def test_the_crate_names_every_file_with_its_hash(runs: list[real.Run], tmp_path: Path) -> None:
    """Each file but the crate and the manifest is an entity of the crate, with its SHA-256 and size."""
    members = handmade.read(runs[0].write(tmp_path / "pack.zip"))
    found = graph(members)
    files = {name for name, entity in found.items() if "File" in entity["@type"]}
    assert files == set(members) - {CRATE, "manifest-sha256.txt"}
    for name in files:
        assert found[name]["sha256"] == hashlib.sha256(members[name]).hexdigest()
        assert found[name]["contentSize"] == str(len(members[name]))
    assert {part["@id"] for part in found["./"]["hasPart"]} == files


def test_the_crate_tells_the_run_as_an_action(runs: list[real.Run], tmp_path: Path) -> None:
    """The run is an action with its moments, its parameters as values, the data as object and the numbers as result."""
    found = graph(handmade.read(runs[0].write(tmp_path / "pack.zip")))
    action = found["#run"]
    assert (action["startTime"], action["endTime"]) == real.WHEN
    assert {"data/data.csv", "run_config.json", "#value-seed"} <= {item["@id"] for item in action["object"]}
    assert found["#value-seed"]["value"] == runs[0].source.recipe.seed
    assert "expected/metrics.json" in {item["@id"] for item in action["result"]}
    assert [item["@id"] for item in found["./"]["conformsTo"]] == list(PROFILES)


def test_a_crate_names_nothing_that_was_left_out(runs: list[real.Run], tmp_path: Path) -> None:
    """Without data and model, no entity and no reference of the crate speaks of them; the rest stays."""
    whole = graph(handmade.read(runs[0].write(tmp_path / "pack.zip")))
    members = handmade.read(runs[0].write(tmp_path / "bare.zip", data=False, model=False))
    gone = {name for name in whole if name.startswith(("data/data.", "artifacts/model/model."))}
    assert len(gone) > 1
    assert set(graph(members)) == set(whole) - gone
    assert not [name for name in gone if f'"{name}"' in members[CRATE].decode()]


def test_columns_are_described_by_what_every_reader_takes_alike(runs: list[real.Run], tmp_path: Path) -> None:
    """Plain numbers are numbers, text is text; the file is named with the hash that the manifest has."""
    members = handmade.read(runs[1].write(tmp_path / "pack.zip"))
    told = json.loads(members[CROISSANT])
    fields = {field["name"]: field["dataType"] for field in told["recordSet"][0]["field"]}
    assert fields == {"a number": "sc:Float", "b": "sc:Text", "target": "sc:Float"}
    file = told["distribution"][0]
    assert file["sha256"] == hashlib.sha256(members[file["contentUrl"]]).hexdigest()


def test_a_file_that_readers_take_differently_is_one_record(tmp_path: Path) -> None:
    """Of a file with semicolons or without a header no columns are described, because they would be read wrongly."""
    run = real.batch(tmp_path, models=("dummy",), delimiter=";")[0]
    record_set = json.loads(dict(run.contents)[CROISSANT])["recordSet"][0]  # type: ignore[arg-type]
    assert record_set["@id"] == "file"
    assert record_set["field"][0]["source"]["extract"] == {"fileProperty": "content"}


@pytest.mark.slow
@pytest.mark.skipif(not VALIDATORS, reason="MODELLAB_VALIDATORS names no Python with the validators")
def test_outside_validators_accept_the_documents(runs: list[real.Run], tmp_path: Path) -> None:
    """Offline, roc-validator passes three profiles and mlcroissant validates and loads; also without data and model."""
    bare = runs[0].write(tmp_path / "bare.zip", data=False, model=False)
    odd = real.batch(tmp_path, models=("dummy",), delimiter=";")[0].write(tmp_path / "semicolons.zip")
    for arguments in ([bare], ["--croissant", odd, *(run.write(tmp_path / f"{run.data.stem}.zip") for run in runs)]):
        command = [VALIDATORS, Path(__file__).with_name("validators.py"), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, env={"PATH": "/usr/bin:/bin"})
        assert done.returncode == 0, done.stdout + done.stderr
