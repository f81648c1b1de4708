"""Promises about the pack of a run that a program logged itself."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from repro import handmade

from modellab_core.lab import Lab
from modellab_core.repro.logged import plain
from modellab_core.repro.verify import verify

VALIDATORS = os.environ.get("MODELLAB_VALIDATORS", "")


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Lab, str, Path]:
    """(workspace, run, pack) of a run that logged some of everything but a report."""
    folder = tmp_path_factory.mktemp("logged")
    lab = Lab.open(folder / "workspace")
    (folder / "train.py").write_text("print('a program')\n")
    with lab.start_run("mine", "by hand", seed=7, params={"depth": 6}) as run:
        run.log_metrics(auc=0.9)
        run.log_metrics(auc=0.91)
        run.log_artifact(b"some bytes", "../odd näme.bin")
        run.log_script(folder / "train.py")
    return lab, str(run.id), lab.write_pack(str(run.id), folder / "pack.zip")


def test_it_holds_what_was_captured(packed: tuple[Lab, str, Path]) -> None:
    """Parameters, every value of every metric, files, program, environment: all is there under names that are safe."""
    members = handmade.read(packed[2])
    config = json.loads(members["run_config.json"])
    assert (config["params"], config["metrics"]) == ({"depth": 6}, {"auc": 0.91})
    assert [point["value"] for point in json.loads(members["artifacts/series.json"])] == [0.9, 0.91]
    assert [members[place] for place in config["artifacts"].values()] == [b"some bytes"]
    assert members["code/script/train.py"] == b"print('a program')\n"
    assert json.loads(members["environment.json"])["python"]["minor"] == f"{sys.version_info[0]}.{sys.version_info[1]}"


def test_its_crate_tells_what_is_known_of_the_run(packed: tuple[Lab, str, Path]) -> None:
    """Every file with its hash; an action with the program, its moments, parameters and numbers; no data set."""
    members = handmade.read(packed[2])
    told = {entity["@id"]: entity for entity in json.loads(members["ro-crate-metadata.json"])["@graph"]}
    files = set(members) - {"ro-crate-metadata.json", "manifest-sha256.txt"}
    assert {part["@id"] for part in told["./"]["hasPart"]} == files
    assert all(told[name]["sha256"] == hashlib.sha256(members[name]).hexdigest() for name in files)
    action = told["#run"]
    assert action["instrument"] == {"@id": "code/script/train.py"}
    assert action["startTime"] < action["endTime"]
    values = [told[one["@id"]] for kind in ("object", "result") for one in action[kind] if one["@id"] not in files]
    assert [(one["name"], one["value"]) for one in values] == [("depth", 6), ("auc", 0.91)]
    assert len(told["./"]["conformsTo"]) == 1
    assert "croissant.json" not in members


@pytest.mark.slow
@pytest.mark.skipif(not VALIDATORS, reason="MODELLAB_VALIDATORS names no Python with the validators")
def test_an_outside_validator_accepts_its_crate(packed: tuple[Lab, str, Path], tmp_path: Path) -> None:
    """Offline, roc-validator passes the profile of runs, also for a run that failed and kept no program."""
    lab, _, pack = packed
    with contextlib.suppress(ZeroDivisionError), lab.start_run("mine", "broken", params={"a": [1, {"b": None}]}) as run:
        run.log_metrics(loss=float("nan"))
        print(1 / 0)
    other = lab.write_pack(str(run.id), tmp_path / "failed.zip")
    command = [VALIDATORS, Path(__file__).with_name("validators.py"), pack, other]
    done = subprocess.run(command, capture_output=True, text=True, env={"PATH": "/usr/bin:/bin"})
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_says_honestly_what_cannot_be_run_again(packed: tuple[Lab, str, Path]) -> None:
    """The statement names what was and was not captured, and does not promise a training."""
    text = handmade.read(packed[2])["reproduce.md"].decode()
    assert "cannot train it again" in text
    assert "What cannot be run again, and why" in text
    report = next(line for line in text.splitlines() if line.startswith("| report"))
    assert "`no`" in report


def test_running_it_checks_the_files_and_reproduces_nothing(packed: tuple[Lab, str, Path], tmp_path: Path) -> None:
    """`python PACK.zip` ends with 4 and says why, with 2 when a file was altered; `extract` writes the files."""
    pack = packed[2]

    def run(path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "-I", path, *arguments], cwd=tmp_path, capture_output=True, text=True)

    told = run(pack, "--json")
    assert (told.returncode, json.loads(told.stdout)["state"]) == (4, "never")
    assert "cannot be trained again" in run(pack).stdout
    (tmp_path / "pack.zip").write_bytes(pack.read_bytes())
    altered = handmade.rezipped(
        tmp_path / "pack.zip", lambda files: files.update({"run_config.json": b"{}"}), manifest=False
    )
    assert run(altered).returncode == 2
    assert "run_config.json was altered" in run(altered).stdout
    assert run(pack, "extract", "folder").returncode == 0
    assert (tmp_path / "folder" / "code" / "script" / "train.py").is_file()


def test_the_program_checks_it_by_its_own_code(packed: tuple[Lab, str, Path], tmp_path: Path) -> None:
    """`modellab verify` finds it whole, runs nothing of it, and finds what was altered."""
    verdict = verify(packed[2], run=True)
    assert (verdict.code, verdict.state) == (4, "never")
    (tmp_path / "pack.zip").write_bytes(packed[2].read_bytes())
    altered = handmade.rezipped(
        tmp_path / "pack.zip", lambda files: files.update({"reproduce.md": b""}), manifest=False
    )
    assert verify(altered).code == 2


def test_two_packs_of_it_are_equal(packed: tuple[Lab, str, Path], tmp_path: Path) -> None:
    """Packing it again gives the same bytes, and it counts as no run that could be reproduced."""
    lab, run, pack = packed
    assert lab.write_pack(run, tmp_path / "again.zip").read_bytes() == pack.read_bytes()
    assert lab.reproduced_rate("mine").runs == 0


def test_names_that_a_pack_cannot_hold_stay_apart() -> None:
    """Names that differ only in letters that a pack cannot hold get different names there."""
    assert len({plain("a b.txt"), plain("a_b.txt"), plain("ä b.txt"), plain("../a b.txt")}) == 4
    assert plain("model-1.txt") == "model-1.txt"
