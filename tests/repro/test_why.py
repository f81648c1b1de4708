"""Promises about naming what made a re-run differ."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import pytest
from repro import handmade, real

from modellab_core.repro import building
from modellab_core.repro.code import snapshot
from modellab_core.repro.environment import capture
from modellab_core.repro.why import Why, why

CORE, OTHER_CORE = "Haswell", "Nehalem"
SCRIPT = handmade.SCRIPT.replace(
    'value = float((here / "data" / "split.csv").read_text().split(",")[-1])',
    """value = 0.8
value += 0.001 * (os.environ["OPENBLAS_CORETYPE"] != "Haswell")
value += 0.001 * (int(os.environ["OMP_NUM_THREADS"]) - 1)
value += 0.001 * (data != b"x,y\\n1,2\\n3,4\\n")
value += 0.001 * (sys.executable.endswith("older"))
value += float((here / "code" / "modellab_core" / "extra.txt").read_text())""",
)
assert "value = 0.8" in SCRIPT


def members(**changed: bytes) -> dict[str, bytes]:
    """A pack whose number depends on all five factors; the recorded number is that of the values given here."""
    config = json.loads(handmade.contents()["run_config.json"])
    config |= {"replay": {"OMP_NUM_THREADS": "1", "OPENBLAS_CORETYPE": CORE}, "threads": 1, "run": {"id": "one"}}
    own = {f"code/{name}": content for name, content in snapshot().items()}
    script = {"reproduce.py": SCRIPT.encode(), "code/modellab_core/extra.txt": b"0.0"}
    return handmade.contents(own | script | {"run_config.json": handmade.as_json(config)} | changed)


def config_with(**replay: str) -> dict[str, bytes]:
    """`run_config.json` with other variables to replay."""
    config = json.loads(members()["run_config.json"])
    return {"run_config.json": handmade.as_json(config | {"replay": config["replay"] | replay})}


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Why a changed pack differs from the whole one, on a machine of the recorded core type."""
    here = capture(1, [])
    here["blas"] = {"openblas 0.3": {"architecture": CORE, "num_threads": 1}}
    monkeypatch.setattr("modellab_core.repro.swaps.capture", lambda *_: here)
    whole = handmade.pack(tmp_path, members(), "whole.zip")

    def ask(changed: dict[str, bytes] | None = None, **options: Path) -> Why:
        return why(handmade.pack(tmp_path, members() | (changed or {})), other=whole, **options)

    return ask


def test_another_version_is_named(asked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a package of another version the package versions are the cause, and the package is named."""
    older = tmp_path / "older"
    older.symlink_to(sys.executable)
    monkeypatch.setattr(building, "build", lambda *_: str(older))
    found = asked({"environment.txt": b"# hashes: no\npytest==0.0.1\n"})
    assert found.culprits == ("package versions",)
    assert "pytest: 0.0.1 recorded" in found.sentence


@pytest.mark.slow
def test_versions_that_cannot_be_installed_are_what_is_left(asked, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the recorded versions cannot be had and no other swap helps, the versions are named as what is left."""

    def fails(*_: object) -> str:
        raise building.Stop(3, "The environment could not be built.")

    monkeypatch.setattr(building, "build", fails)
    changed = members()["expected/metrics.json"].replace(b"0.8", b"0.7")
    found = asked({"environment.txt": b"pytest==0.0.1\n", "expected/metrics.json": changed})
    assert found.culprits == ("package versions",)
    assert "what is left" in found.sentence


def test_another_core_type_is_named(asked) -> None:
    """A run that is replayed with another core type of OpenBLAS differs because of the core type."""
    found = asked(config_with(OPENBLAS_CORETYPE=OTHER_CORE))
    assert found.culprits == ("BLAS core type",)
    assert f"{OTHER_CORE} -> {CORE}" in found.text()


def test_another_thread_count_is_named(asked) -> None:
    """A run that is replayed with more threads differs because of the threads."""
    assert asked(config_with(OMP_NUM_THREADS="3")).culprits == ("threads",)


def test_a_changed_row_is_named(asked) -> None:
    """A changed row, with every hash rewritten to match, is found by the stored data, and its line is named."""
    data = b"x,y\n1,2\n3,5\n"
    sha = hashlib.sha256(data).hexdigest()
    whole = members()
    files = {name: json.loads(whole[name]) for name in ("dataset_info.json", "run_config.json")}
    files["dataset_info.json"] |= {"sha256": sha}
    files["run_config.json"]["recipe"]["sha256"] = sha
    found = asked({"data/data.csv": data} | {name: handmade.as_json(value) for name, value in files.items()})
    assert found.culprits == ("data",)
    assert "data/data.csv, line 3 differs" in found.sentence


def test_a_changed_line_of_code_is_named(asked) -> None:
    """A changed file of the code is the cause, and file and line are named."""
    found = asked({"code/modellab_core/extra.txt": b"0.5"})
    assert found.culprits == ("code",)
    assert "code/modellab_core/extra.txt, line 1 differs" in found.sentence


def test_a_factor_that_differs_and_moves_nothing_is_no_cause(asked) -> None:
    """A run that comes out as recorded has no cause to be named; a swap that would move it is told."""
    found = asked()
    assert found.verdict.code == 0
    effects = {one.name: one.effect for one in found.factors}
    assert effects["code"] == effects["data"] == effects["package versions"] == "same"
    assert effects["threads"] in ("moves", "same")


@pytest.mark.slow
def test_what_no_swap_explains_is_said(asked) -> None:
    """A changed expected number has none of the five causes, and nothing is blamed."""
    found = asked(
        {"expected/metrics.json": members()["expected/metrics.json"].replace(b'"value": 0.8', b'"value": 0.7')}
    )
    assert found.culprits == ()
    assert "no swap brings the recorded numbers back" in found.sentence


@pytest.mark.parametrize(
    ("name", "cause"), [("data/data.csv", "data"), ("code/modellab_core/extra.txt", "code"), ("reproduce.py", "code")]
)
def test_altered_files_are_causes_without_a_training(tmp_path: Path, name: str, cause: str) -> None:
    """A wrong checksum names its file, and what that file belongs to is the cause; nothing is trained."""
    path = handmade.pack(tmp_path, members())
    altered = handmade.rezipped(path, lambda files: files.update({name: files[name] + b" "}), manifest=False)
    found = why(altered)
    assert (found.verdict.code, found.culprits) == (2, (cause,))
    assert f"{name} was altered" in found.sentence


@pytest.mark.slow
def test_code_that_fails_is_named(asked) -> None:
    """When the training fails and works with the stored code, the code is the cause."""
    found = asked({"code/modellab_core/extra.txt": b"no number"})
    assert (found.verdict.code, found.culprits) == (1, ("code",))


def other_data(files: dict[str, bytes]) -> None:
    """The last row's number is another one, and every hash of the data is left out of the way of the training."""
    old = files["data/data.csv"]
    head, last = old.rstrip(b"\n").rsplit(b"\n", 1)
    files["data/data.csv"] = head + b"\n" + b"9.5," + last.split(b",", 1)[1] + b"\n"
    sha = hashlib.sha256(files["data/data.csv"]).hexdigest()
    info, config = json.loads(files["dataset_info.json"]), json.loads(files["run_config.json"])
    config["recipe"]["sha256"] = sha
    info |= {"sha256": sha, "size": len(files["data/data.csv"])}
    files |= {"dataset_info.json": handmade.as_json(info), "run_config.json": handmade.as_json(config)}


def other_code(files: dict[str, bytes]) -> None:
    """One line of the code trains with another penalty."""
    name, line = "code/modellab_core/experiment.py", b"    fitted = fit(recipe, table"
    changed = b"    recipe = replace(recipe, params={**recipe.params, 'linear_c': 0.01})\n" + line
    assert line in files[name]
    files[name] = files[name].replace(line, changed)


def other_core(files: dict[str, bytes]) -> None:
    """The run is replayed with the arithmetic of another processor."""
    config = json.loads(files["run_config.json"])
    config["replay"]["OPENBLAS_CORETYPE"] = "Nehalem"
    files["run_config.json"] = handmade.as_json(config)


def older_library(files: dict[str, bytes]) -> None:
    """The environment asks for a scikit-learn before the one that made the run."""
    lines = [line for line in files["environment.txt"].decode().splitlines() if "==" in line]
    pins = [line.partition(" ")[0] for line in lines]
    pins = ["scikit-learn==1.8.0" if pin.startswith("scikit-learn==") else pin for pin in pins]
    files["environment.txt"] = ("# hashes: no\n" + "\n".join(pins) + "\n").encode()


def minds_the_library(files: dict[str, bytes]) -> None:
    """The code of the run gives other numbers with a scikit-learn before 1.9, as libraries do now and then."""
    name, line = "code/modellab_core/experiment.py", b"    fitted = fit(recipe, table"
    old = b"    import sklearn\n    if sklearn.__version__ < '1.9':\n"
    old += b"        recipe = replace(recipe, params={**recipe.params, 'linear_c': 0.01})\n"
    files[name] = files[name].replace(line, old + line)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (other_data, "data"),
        (other_code, "code"),
        (other_core, "BLAS core type"),
        (older_library, "package versions"),
    ],
)
def test_real_causes_are_named(tmp_path: Path, change, cause: str) -> None:
    """For a linear model trained for real, each planted cause is named, and no other is."""
    run = real.batch(tmp_path, "regression", models=("dummy", "linear"))[1]
    whole = handmade.rezipped(run.write(tmp_path / "run.zip"), minds_the_library, manifest=True)
    whole = whole.rename(tmp_path / "whole.zip")
    (tmp_path / "pack.zip").write_bytes(whole.read_bytes())
    found = why(handmade.rezipped(tmp_path / "pack.zip", change, manifest=True), other=whole)
    assert found.culprits == (cause,), found.text()
