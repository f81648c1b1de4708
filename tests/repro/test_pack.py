"""Promises about the pack of a run that was trained for real."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from repro import handmade, real

from modellab_core.harness.metrics import METRICS
from modellab_core.repro import expected, pack
from modellab_core.repro.code import snapshot
from modellab_core.repro.verify import verify

FIRST = ["reproduce.md", "run_config.json", "environment.txt", "dataset_info.json", "artifacts/eval/eval_summary.json"]
THEN = ["__main__.py", "reproduce.py", "code/modellab_core/experiment.py", "data/data.csv", "data/split.csv"]
SCRIPT = "modellab_core/repro/reproduce.py"
LAST = ["expected/metrics.json", "expected/predictions.parquet", "expected/baselines.parquet", "environment.json"]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[real.Run]:
    """Dummy, linear and XGBoost on a small table."""
    return real.batch(tmp_path_factory.mktemp("batch"))


@pytest.fixture(scope="module")
def path(runs: list[real.Run], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pack of the XGBoost run."""
    return runs[-1].write(tmp_path_factory.mktemp("pack") / "pack.zip")


def run_by_python(path: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`python -I PACK.zip` in an empty folder."""
    command = [sys.executable, "-I", str(path), *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


def test_the_pack_holds_what_it_promises(path: Path) -> None:
    """Every promised file is there, ours follow their schemas, and no file of the web or the store is."""
    members = handmade.read(path)
    assert {*FIRST, *THEN, *LAST, "manifest-sha256.txt", "artifacts/model/model.ubj"} <= set(members)
    assert not [name for name in members if any(room in name for room in ("/store/", "/lab/", "/ui/", "/cli/"))]
    schemas = {"expected/metrics.json": "expected_metrics.json"}
    for name in ("run_config.json", "dataset_info.json", "environment.json", "expected/metrics.json"):
        schema = json.loads(members[f"schemas/{schemas.get(name, name)}"])
        jsonschema.Draft202012Validator.check_schema(schema)
        jsonschema.validate(json.loads(members[name]), schema)


def test_every_number_and_paired_difference_is_expected(runs: list[real.Run], path: Path) -> None:
    """expected/metrics.json holds each overall Score and each difference of comparison.json, with a tolerance."""
    members = handmade.read(path)
    entries = {entry["id"]: entry for entry in json.loads(members["expected/metrics.json"])["metrics"]}
    for score in runs[-1].outcome.report.scores:
        if score.slice == "all" and score.stress == "none" and score.cls is None:
            entry = entries.pop(score.metric)
            assert (entry["value"], entry["low"], entry["high"], entry["n"]) == (
                score.value,
                score.low,
                score.high,
                score.n,
            )
            assert entry["direction"] == METRICS[score.metric].direction
            assert entry["tolerance"]["kind"] == (
                "flips" if METRICS[score.metric].needs == "prediction" else "relative"
            )
    pairs = json.loads(members["artifacts/eval/comparison.json"])["pairs"]
    assert pairs
    found = {(entry.get("candidate"), entry.get("baseline")): entry["value"] for entry in entries.values()}
    assert {(pair["candidate"], pair["baseline"]): pair["difference"] for pair in pairs}.items() <= found.items()


def test_two_packs_of_one_run_are_equal(runs: list[real.Run], path: Path, tmp_path: Path) -> None:
    """Packing again gives the same bytes, and the bytes do not know where or when it was done."""
    fresh = pack.bundle(runs[-1].source, runs[-1].data)
    again = tmp_path / "other.zip"
    again.write_bytes(b"".join(pack.write(fresh)))
    assert again.read_bytes() == path.read_bytes()
    members = handmade.read(path)
    assert not [name for name, content in members.items() if str(runs[-1].data.parent).encode() in content]


def test_data_and_model_can_be_left_out(runs: list[real.Run], path: Path, tmp_path: Path) -> None:
    """--no-data leaves out the data's bytes and --no-model the fitted model; all but the lists of files stays."""
    whole, bare = handmade.read(path), handmade.read(runs[-1].write(tmp_path / "bare.zip", data=False, model=False))
    models = {f"artifacts/model/model.{ending}" for ending in ("ubj", "json", "probe.parquet")}
    assert set(whole) - set(bare) == {"data/data.csv"} | models
    assert {name for name in bare if bare[name] != whole[name]} == {"manifest-sha256.txt", "ro-crate-metadata.json"}


def test_a_stranger_gets_the_same_numbers(path: Path, tmp_path: Path) -> None:
    """`python PACK.zip --here` trains again in an empty folder and finds every number identical."""
    answer = run_by_python(path, tmp_path, "--here", "--json")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    told = json.loads(answer.stdout)
    assert told["state"] == "reproduced"
    wanted = [entry["id"] for entry in json.loads(handmade.read(path)["expected/metrics.json"])["metrics"]]
    assert [line["name"] for line in told["numbers"]] == [*wanted, "predictions", "stored model's predictions"]
    assert not list(tmp_path.iterdir())


def changed_json(name: str, place: list[str], value: Any):
    """A change of one place of a JSON member."""

    def change(files: dict[str, bytes]) -> None:
        document = json.loads(files[name])
        part = document
        for key in place[:-1]:
            part = part[key]
        part[place[-1]] = value
        files[name] = json.dumps(document).encode()

    return change


def other_model(files: dict[str, bytes]) -> None:
    """The stored model with one byte changed."""
    files["artifacts/model/model.ubj"] = files["artifacts/model/model.ubj"][:-1] + b"\0"


def other_split(files: dict[str, bytes]) -> None:
    """Ten rows to train on are not used."""
    files["data/split.csv"] = re.sub(rb"(\d+),train,\d", rb"\1,unused,-1", files["data/split.csv"], count=10)


@pytest.mark.parametrize(
    "change",
    [
        changed_json("run_config.json", ["recipe", "params", "max_depth"], 1),
        pytest.param(other_model, marks=pytest.mark.slow),
        pytest.param(other_split, marks=pytest.mark.slow),
    ],
    ids=["parameter", "model", "split"],
)
def test_what_moves_a_number_is_found_although_the_manifest_fits(path: Path, tmp_path: Path, change: Any) -> None:
    """Another parameter, model or split with a manifest rewritten to match ends with 1."""
    (tmp_path / "pack.zip").write_bytes(path.read_bytes())
    altered = handmade.rezipped(tmp_path / "pack.zip", change, manifest=True)
    verdict = verify(altered, here=True)
    assert verdict.code == 1, verdict.text()
    assert any(line.agreement == "MISMATCH" for line in verdict.lines)


def test_simpler_models_come_back_as_they_were(runs: list[real.Run]) -> None:
    """The baselines of a pack are read back in their order, to the bit."""
    given = runs[-1].source.baselines
    back = expected.baselines_from_parquet(expected.baselines_to_parquet(given))
    assert list(back) == list(given) == ["dummy", "linear"]
    for name, predictions in given.items():
        for each in ("row", "y_true", "y_pred", "proba"):
            np.testing.assert_array_equal(getattr(back[name], each), getattr(predictions, each))
        assert (back[name].classes, back[name].positive) == (predictions.classes, predictions.positive)


def test_a_person_finds_steps_numbers_and_a_warning(path: Path) -> None:
    """reproduce.md tells the commands, every expected number, every exit code, and that code will run."""
    members = handmade.read(path)
    text = members["reproduce.md"].decode()
    assert "**This runs code" in text
    assert all(f"| {number}" in text for number in range(6))
    assert all(f"`{entry['id']}`" in text for entry in json.loads(members["expected/metrics.json"])["metrics"])
    card = members["artifacts/model/README.md"].decode()
    assert card.startswith("---\nlibrary_name: ")
    head = members["reproduce.py"].decode().partition("# ///\n")[0]
    assert head.startswith("# /// script\n# requires-python = ")
    assert f'"numpy=={np.__version__}"' in head


def test_verify_says_whose_code_it_is(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pack of this program is known as its own, and one whose code was changed is not, although all hashes fit."""
    ours = {name.removeprefix("code/"): content for name, content in handmade.read(path).items()}
    monkeypatch.setattr("modellab_core.repro.verify.snapshot", lambda: ours | {SCRIPT: snapshot()[SCRIPT]})
    assert "program's own" in verify(path).sentence
    assert not verify(path).problems
    (tmp_path / "pack.zip").write_bytes(path.read_bytes())
    name = "code/modellab_core/experiment.py"
    altered = handmade.rezipped(
        tmp_path / "pack.zip", lambda files: files.update({name: files[name] + b"\n"}), manifest=True
    )
    assert verify(altered).problems == (name,)


def test_a_pack_of_a_large_run_is_written_in_pieces(runs: list[real.Run], tmp_path: Path) -> None:
    """The data's bytes are never held whole: a pack is written piece by piece."""
    large = tmp_path / "large.csv"
    large.write_bytes(b"0123456789abcdef" * 500_000)
    contents = [*runs[0].contents[:-1], ("data/data.csv", large)]
    pieces = [len(piece) for piece in pack.write(contents)]
    assert max(pieces) <= 1 << 20
    target = tmp_path / "large.zip"
    target.write_bytes(b"".join(pack.write(contents)))
    assert zipfile.is_zipfile(target)


def test_a_training_that_refuses_says_so_in_one_sentence(path: Path, tmp_path: Path) -> None:
    """What the pack's code refuses ends with 1 and its sentence, without a traceback."""
    (tmp_path / "pack.zip").write_bytes(path.read_bytes())
    change = changed_json("run_config.json", ["recipe", "target"], "no such column")
    verdict = verify(handmade.rezipped(tmp_path / "pack.zip", change, manifest=True), here=True)
    assert verdict.code == 1
    assert len(verdict.problems) == 1
    assert "no such column" in verdict.problems[0]
