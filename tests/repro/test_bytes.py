"""Promises about the bytes, the time and the memory of a pack, and about every file of a real one."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from repro import handmade, real

from modellab_core.lab import Lab
from modellab_core.repro.archive import Stop
from modellab_core.repro.runner import check
from modellab_core.repro.verify import verify
from modellab_core.repro.zipping import measured, zipped

ROOT = Path(__file__).resolve().parents[2]
OTHER_PYTHONS = [Path(name) for name in os.environ.get("MODELLAB_PYTHONS", "").split(os.pathsep) if name]
"""Pythons of other minor versions that hold ModelLab, where there are some."""

WRITE = """
import sys
from pathlib import Path
from modellab_core.lab import Lab
Lab.open(Path(sys.argv[1])).write_pack(sys.argv[2], Path(sys.argv[3]))
"""
MEMORY = """
import resource, sys, time
from pathlib import Path
from modellab_core.lab import Lab
lab = Lab.open(Path(sys.argv[1]))
run = lab.run(sys.argv[2])
before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
lab.write_pack(run, Path(sys.argv[3]))
print(time.perf_counter() - began, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
"""


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pack of a dummy run."""
    folder = tmp_path_factory.mktemp("bytes")
    return real.batch(folder, models=("dummy",))[0].write(folder / "pack.zip")


@pytest.fixture(scope="module")
def stored(sent: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """(workspace, run) of a workspace that keeps that run."""
    folder = tmp_path_factory.mktemp("stored") / "workspace"
    return folder, Lab.open(folder).import_pack(sent).id


@pytest.mark.slow
@pytest.mark.parametrize("python", [Path(sys.executable), *OTHER_PYTHONS], ids=lambda path: path.parts[2])
def test_any_process_in_any_folder_writes_the_same_pack(stored: tuple[Path, str], tmp_path: Path, python: Path) -> None:
    """Two processes, in two folders, also of another minor version of Python, write the same bytes of one run."""
    packs = []
    for name in ("here", "elsewhere"):
        (tmp_path / name).mkdir()
        target = tmp_path / name / f"{name}.zip"
        variables = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": str(len(packs)), "TZ": f"UTC-{len(packs)}"}
        subprocess.run([python, "-c", WRITE, *map(str, stored), target], cwd=tmp_path / name, env=variables, check=True)
        packs.append(target.read_bytes())
    whole = tmp_path / "own.zip"
    Lab.open(stored[0]).write_pack(stored[1], whole)
    assert packs == [whole.read_bytes()] * 2


@pytest.mark.slow
def test_each_file_of_a_real_pack_is_guarded(sent: Path) -> None:
    """Whichever file of a real pack is changed, removed, or joined by another, the end is 2 and the file is named."""
    members = handmade.read(sent)
    for name in members:
        if name == "manifest-sha256.txt":
            continue
        for change, said in (({name: members[name] + b"\n"}, "altered"), ({name: None}, "missing")):
            files = {key: value for key, value in (members | change).items() if value is not None}
            stop = refused(files, sent.with_name("one.zip"))
            assert stop.code == 2
            assert stop.problems[0].startswith(f"{name} ")
            assert said in stop.problems[0]
    for name in ("code/modellab_core/evil.py", "sitecustomize.py", "data/data.parquet", "artifacts/model/more"):
        assert refused(members | {name: b""}, sent.with_name("one.zip")).problems == (f"{name} was added",)


def refused(members: dict[str, bytes], target: Path) -> Stop:
    """The Stop with which these files, zipped as they are, are refused."""
    target.write_bytes(b"".join(zipped([measured(name, content) for name, content in sorted(members.items())])))
    with pytest.raises(Stop) as caught:
        check(target)
    return caught.value


@pytest.mark.slow
def test_expected_numbers_that_were_changed_are_found(sent: Path, tmp_path: Path) -> None:
    """Another expected number with a manifest that fits ends with 1; data that contradict their description with 2."""
    (tmp_path / "pack.zip").write_bytes(sent.read_bytes())

    def number(files: dict[str, bytes]) -> None:
        told = json.loads(files["expected/metrics.json"])
        told["metrics"][0]["value"] += 1e-6
        files["expected/metrics.json"] = handmade.as_json(told)

    def split(files: dict[str, bytes]) -> None:
        lines = files["data/split.csv"].decode().splitlines()
        place = next(at for at, line in enumerate(lines) if ",train," in line)
        lines[place] = lines[place].split(",")[0] + ",test,-1"
        files["data/split.csv"] = ("\n".join(lines) + "\n").encode()

    def column(files: dict[str, bytes]) -> None:
        info, config = json.loads(files["dataset_info.json"]), json.loads(files["run_config.json"])
        files["data/data.csv"] = files["data/data.csv"].replace(b"yes", b"no", 1)
        sha = hashlib.sha256(files["data/data.csv"]).hexdigest()
        config["recipe"]["sha256"] = sha
        changed = {"sha256": sha, "size": len(files["data/data.csv"])}
        files |= {"dataset_info.json": handmade.as_json(info | changed), "run_config.json": handmade.as_json(config)}

    for change, code in ((number, 1), (split, 1), (column, 2)):
        verdict = verify(handmade.rezipped(tmp_path / "pack.zip", change, manifest=True), here=True)
        assert verdict.code == code, (change.__name__, verdict.text())


@pytest.mark.slow
def test_the_pack_of_a_large_run_is_quick_and_small_in_memory(tmp_path: Path) -> None:
    """The pack of a run on 100,000 rows is made in 5 seconds and 200 MB above what the program holds."""
    real.frame("binary", 100_000).to_csv(tmp_path / "large.csv", index=False)
    run = real.batch_of(tmp_path / "large.csv", "target", tmp_path, models=("dummy",))[0]
    began = time.perf_counter()
    sent = run.write(tmp_path / "pack.zip")
    made = time.perf_counter() - began
    workspace = tmp_path / "workspace"
    ident = Lab.open(workspace).import_pack(sent).id
    command = [sys.executable, "-c", MEMORY, str(workspace), ident, str(tmp_path / "again.zip")]
    told = subprocess.run(
        command, capture_output=True, text=True, check=True, env=os.environ | {"PYTHONPATH": str(ROOT)}
    )
    seconds, grown = map(float, told.stdout.split())
    assert made < 5, made
    assert seconds < 5, seconds
    assert grown < 200, grown
