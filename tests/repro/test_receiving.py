"""Promises about a pack that somebody sent, kept as a run of a project."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from repro import handmade, real

from modellab_core.errors import BadInput
from modellab_core.lab import Lab
from modellab_core.repro.ticks import ticks


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pack of a small run."""
    folder = tmp_path_factory.mktemp("sent")
    return real.batch(folder, models=("dummy",))[0].write(folder / "pack.zip")


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    """An empty workspace."""
    return Lab.open(tmp_path / "workspace")


@pytest.mark.slow
def test_a_pack_becomes_a_run_with_all_that_it_holds(lab: Lab, pack: Path, tmp_path: Path) -> None:
    """The run has the report, predictions, table and model of the pack, and its pack is the one that came."""
    run = lab.import_pack(pack, "theirs")
    whole = handmade.read(pack)
    assert lab.headlines(run)["roc_auc"].value == json.loads(whole["artifacts/eval/metrics.json"])["roc_auc"]
    assert len(lab.predictions(run)) == 40
    assert lab.table(run.version_id).sha256 == json.loads(whole["dataset_info.json"])["sha256"]
    assert lab.model(run).features
    assert lab.write_pack(run, tmp_path / "again.zip").read_bytes() == pack.read_bytes()
    assert (lab.verification(run), lab.reproduced_rate("theirs").never) == (None, 1)


@pytest.mark.slow
def test_the_same_pack_again_is_the_same_run(lab: Lab, pack: Path) -> None:
    """Importing a pack twice makes one run."""
    assert lab.import_pack(pack, "theirs").id == lab.import_pack(pack, "theirs").id
    assert len(lab.runs("theirs")) == 1


def test_nothing_of_a_pack_is_run_when_it_is_imported(lab: Lab, pack: Path, tmp_path: Path) -> None:
    """Code that a pack brings is stored as bytes; it leaves no trace of having run."""
    (tmp_path / "pack.zip").write_bytes(pack.read_bytes())
    witness = tmp_path / "witness"
    trap = f"open({str(witness)!r}, 'w').close()\n".encode()
    names = ("reproduce.py", "__main__.py", "code/modellab_core/__init__.py")
    evil = handmade.rezipped(
        tmp_path / "pack.zip", lambda files: files.update(dict.fromkeys(names, trap)), manifest=True
    )
    assert lab.import_pack(evil).state == "succeeded"
    assert not witness.exists()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("data/data.csv", b"x,y\n1,2\n", "not those of the run"),
        ("artifacts/eval/eval_summary.json", b"{}", "has the schema None"),
        pytest.param("expected/predictions.parquet", b"PAR1", "Parquet file cannot be read", marks=pytest.mark.slow),
    ],
)
def test_a_pack_that_is_not_whole_is_refused_and_leaves_nothing(
    lab: Lab, pack: Path, tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    """What cannot be a run is refused in a sentence, and neither a run nor a table is stored."""
    (tmp_path / "pack.zip").write_bytes(pack.read_bytes())
    wrong = handmade.rezipped(tmp_path / "pack.zip", lambda files: files.update({name: content}), manifest=True)
    with pytest.raises(BadInput, match=said):
        lab.import_pack(wrong)
    assert not len(lab.runs())
    assert not lab.projects()


@pytest.mark.slow
def test_data_that_a_pack_leaves_out_are_asked_for(lab: Lab, pack: Path, tmp_path: Path) -> None:
    """Without its data a pack is imported only together with the file that has the recorded SHA-256."""
    (tmp_path / "pack.zip").write_bytes(pack.read_bytes())
    data = tmp_path / "fetched.csv"
    data.write_bytes(handmade.read(pack)["data/data.csv"])
    bare = handmade.rezipped(tmp_path / "pack.zip", lambda files: files.pop("data/data.csv"), manifest=True)
    with pytest.raises(BadInput, match="Fetch the file"):
        lab.import_pack(bare)
    assert lab.import_pack(bare, data=data).state == "succeeded"


def test_each_check_of_a_pack_is_a_tick(pack: Path, tmp_path: Path) -> None:
    """A whole pack passes every check that applies; one with a file that its crate does not describe fails that one."""
    found = {tick.name: tick.passed for tick in ticks(pack)}
    assert found == dict.fromkeys(
        ["Archive", "Checksums", "Our JSON files", "Data", "RO-Crate", "Croissant", "Code"], True
    )
    (tmp_path / "pack.zip").write_bytes(pack.read_bytes())
    name = "code/modellab_core/experiment.py"
    changed = handmade.rezipped(
        tmp_path / "pack.zip", lambda files: files.update({name: files[name] + b"\n"}), manifest=True
    )
    found = {tick.name: tick.passed for tick in ticks(changed)}
    assert (found["Checksums"], found["RO-Crate"], found["Code"]) == (True, False, None)
    altered = handmade.rezipped(tmp_path / "pack.zip", lambda files: files.update({name: b""}), manifest=False)
    assert [(tick.passed, f"{name} was altered" in tick.told) for tick in ticks(altered)] == [(False, True)]
