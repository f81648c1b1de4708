"""Promises about `python PACK.zip`, in a folder and an environment that hold no ModelLab."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import venv
from pathlib import Path

import pytest
from repro import handmade

from modellab_core.repro import runner
from modellab_core.repro.code import PACKAGE
from modellab_core.repro.verify import verify

Answer = subprocess.CompletedProcess[str]


@pytest.fixture(scope="session")
def plain_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python without any package."""
    folder = tmp_path_factory.mktemp("plain")
    venv.create(folder, with_pip=False)
    return folder / "bin" / "python"


@pytest.fixture
def run(plain_python: Path, tmp_path: Path):
    """Run a pack with arguments in an empty folder by a plain Python."""

    def call(pack: Path, *arguments: str) -> Answer:
        command = [str(plain_python), str(pack), *arguments]
        return subprocess.run(
            command, cwd=tmp_path, env={"PATH": "/usr/bin:/bin", "PIP_NO_INDEX": "1"}, capture_output=True, text=True
        )

    return call


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A whole pack."""
    return handmade.pack(tmp_path)


def test_a_run_that_gives_the_same_numbers_ends_with_0(run, pack: Path) -> None:
    """Every number is printed with its verdict, and nothing is left in the folder."""
    answer = run(pack, "--here")
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.splitlines()[1].split() == ["accuracy", "0.8", "0.8", "identical"]
    assert "REPRODUCED" in answer.stdout.splitlines()[-1]
    assert "3/4 Training again" in answer.stderr
    assert "fitting 1/2" in answer.stderr
    assert list(pack.parent.iterdir()) == [pack]


def test_json_is_all_that_stdout_holds(run, pack: Path) -> None:
    """With --json stdout is one JSON object, whatever the outcome."""
    told = json.loads(run(pack, "--here", "--json").stdout)
    assert (told["code"], told["state"], told["numbers"][0]["agreement"]) == (0, "reproduced", "identical")
    altered = handmade.rezipped(pack, lambda files: files.update({"reproduce.md": b""}), manifest=False)
    told = json.loads(run(altered, "--json").stdout)
    assert (told["code"], told["state"], told["problems"]) == (2, "failed", ["reproduce.md was altered"])


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("expected/metrics.json", None),
        ("data/split.csv", b"0,0.8000001"),
        ("reproduce.py", handmade.SCRIPT.replace('"value": value', '"value": value + 1e-6').encode()),
        ("reproduce.py", b"raise SystemExit('no')"),
        ("reproduce.py", b"print('no json')"),
    ],
)
def test_what_moves_a_number_ends_with_1(run, pack: Path, name: str, content: bytes | None) -> None:
    """A changed expected number, split or code whose manifest was rewritten ends with 1."""

    def change(files: dict[str, bytes]) -> None:
        files[name] = files[name].replace(b'"value": 0.8', b'"value": 0.81') if content is None else content

    answer = run(handmade.rezipped(pack, change, manifest=True), "--here")
    assert answer.returncode == 1, answer.stdout + answer.stderr
    assert "MISMATCH" in answer.stdout or "failed" in answer.stdout or "no readable result" in answer.stdout


def test_a_mismatch_says_how_the_environments_differ(run, pack: Path) -> None:
    """When a number moved, what differs between the machines is listed; when nothing does, that is said."""
    script = handmade.SCRIPT.replace(
        'environment.json").read_bytes())', 'environment.json").read_bytes()) | {"cpu": 2}'
    )
    files = handmade.contents({"data/split.csv": b"0,0.7"})
    told = run(handmade.pack(pack.parent, files, "same.zip"), "--here").stdout
    assert "The environments are the same" in told
    told = run(handmade.pack(pack.parent, files | {"reproduce.py": script.encode()}, "other.zip"), "--here").stdout
    assert "cpu: None -> 2" in told
    assert "on another platform" in told


def test_altered_files_end_with_2_before_anything_runs(run, pack: Path) -> None:
    """Nothing of a pack with a wrong checksum is trained or built."""
    answer = run(handmade.rezipped(pack, lambda files: files.update({"data/data.csv": b""}), manifest=False))
    assert answer.returncode == 2
    assert "data/data.csv was altered" in answer.stdout
    assert "2/4" not in answer.stderr


@pytest.mark.parametrize("place", [0.5, 1.0])
@pytest.mark.parametrize("name", [name for name in handmade.contents() if name.endswith(".py")])
def test_a_changed_byte_in_what_runs_is_named_by_the_pack_itself(run, pack: Path, name: str, place: float) -> None:
    """Also a file that the runner is made of is found altered, before it runs; of `__main__.py`, its text."""

    def change(files: dict[str, bytes]) -> None:
        at = int(place * (len(files[name]) - 1)) if files[name] else 0
        files[name] = files[name][:at] + bytes([(files[name] or b" ")[at] ^ 0x81]) + files[name][at + 1 :]

    answer = run(handmade.rezipped(pack, change, manifest=False), "--here")
    assert answer.returncode == 2, answer.stderr
    assert f"{name} was altered" in answer.stdout
    assert "2/4" not in answer.stderr


def test_other_versions_end_with_3(run, pack: Path) -> None:
    """--here with a Python that does not hold the recorded versions ends with 3 and names them."""
    files = handmade.contents({"environment.txt": b"# hashes: no\nnumpy==0.0.1\n"})
    answer = run(handmade.pack(pack.parent, files), "--here")
    assert answer.returncode == 3
    assert "numpy: 0.0.1 recorded, not installed here" in answer.stdout
    other = handmade.as_json({"schema": "modellab.environment/1", "python": {"minor": "3.2"}})
    answer = run(handmade.pack(pack.parent, handmade.contents({"environment.json": other})), "env")
    assert answer.returncode == 3
    assert "Python: 3.2 recorded" in answer.stdout


@pytest.mark.parametrize("arguments", [["nonsense"], ["--nonsense"], ["extract"], ["verify", "folder"], ["data", "x"]])
def test_wrong_usage_ends_with_4(run, pack: Path, arguments: list[str]) -> None:
    """A command line that makes no sense ends with 4."""
    assert run(pack, *arguments).returncode == 4


def test_data_that_are_not_in_the_pack_must_be_fetched(run, pack: Path) -> None:
    """Without data it is 5 with their SHA-256; with --data, or beside the pack, it trains; with other data it is 2."""
    files = handmade.contents({"data/data.csv": None})
    bare = handmade.pack(pack.parent, files, "bare.zip")
    answer = run(bare, "--here")
    assert answer.returncode == 5
    assert json.loads(files["dataset_info.json"])["sha256"] in answer.stdout
    assert run(bare, "data").returncode == 5
    assert verify(bare).code == 0
    wrong, right = pack.parent / "wrong.csv", pack.parent / "elsewhere.csv"
    wrong.write_bytes(b"x,y\n")
    right.write_bytes(handmade.DATA)
    assert run(bare, "--here", "--data", str(wrong)).returncode == 2
    assert run(bare, "--here", "--data", str(right)).returncode == 0
    right.rename(pack.parent / "table.csv")
    assert run(bare, "--here").returncode == 0
    assert run(bare, "data").returncode == 0


def test_an_extracted_pack_is_a_pack(run, pack: Path) -> None:
    """`extract` writes every file, the folder runs like the ZIP, and no existing file is touched."""
    folder = pack.parent / "folder"
    assert run(pack, "extract", str(folder)).returncode == 0
    assert {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} == set(
        handmade.read(pack)
    )
    assert run(folder, "--here").returncode == 0
    assert run(pack, "extract", str(folder)).returncode == 4
    (folder / "data" / "data.csv").write_bytes(b"")
    assert run(folder, "--here").returncode == 2


def test_the_training_sees_few_variables_and_a_fresh_folder(pack: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The training runs isolated, in a temporary folder that is gone afterwards, and sees only what it needs."""
    monkeypatch.setenv("A_SECRET", "x")
    seen: dict[str, object] = {}
    kept = runner.judged
    monkeypatch.setattr(runner, "judged", lambda facts, result: seen.update(result) or kept(facts, result))
    config = json.loads(handmade.contents()["run_config.json"])
    config["replay"] = {"OMP_NUM_THREADS": "1", "LD_PRELOAD": "evil.so", "OPENBLAS_CORETYPE": "x; y"}
    files = handmade.contents({"run_config.json": handmade.as_json(config)})
    assert runner.verify(handmade.pack(pack.parent, files), here=True).code == 0
    variables = seen["variables"]
    assert isinstance(variables, dict)
    assert variables["OMP_NUM_THREADS"] == "1"
    assert not {"A_SECRET", "LD_PRELOAD", "OPENBLAS_CORETYPE", "PYTHONPATH"} & set(variables)
    assert seen["flags"] == [1]
    assert not Path(str(seen["folder"])).exists()


def test_a_core_type_that_the_processor_cannot_run_is_given_up(pack: Path) -> None:
    """A training that ends by an illegal instruction under a replayed core type is tried once more without it."""
    crash = "import os, signal\nif 'OPENBLAS_CORETYPE' in os.environ: os.kill(os.getpid(), signal.SIGILL)\n"
    config = json.loads(handmade.contents()["run_config.json"]) | {"replay": {"OPENBLAS_CORETYPE": "SkylakeX"}}
    files = handmade.contents(
        {"run_config.json": handmade.as_json(config), "reproduce.py": (crash + handmade.SCRIPT).encode()}
    )
    lines: list[str] = []
    assert runner.verify(handmade.pack(pack.parent, files), here=True, say=lines.append).code == 0
    assert any("cannot run the recorded kind" in line for line in lines)


@pytest.mark.slow
def test_without_uv_an_environment_is_built_with_venv_and_pip(run, pack: Path) -> None:
    """`python PACK.zip --no-uv` builds an environment of its own and trains in it."""
    answer = run(pack, "--no-uv")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "venv and pip" in answer.stderr


def test_what_cannot_be_installed_ends_with_3(pack: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installer that fails ends with 3 and its last words."""
    failing = pack.parent / "uv"
    failing.write_text("#!/bin/sh\necho no such version >&2\nexit 1\n")
    failing.chmod(0o755)
    monkeypatch.setenv("PATH", str(pack.parent))
    verdict = verify(pack, run=True)
    assert (verdict.code, verdict.state, verdict.problems) == (3, "never", ("no such version",))


def test_verify_uses_the_codes_of_the_pack_and_runs_only_on_request(pack: Path, tmp_path: Path) -> None:
    """`verify` gives a Verdict for anything, and executes a pack's code only when asked."""
    witness = tmp_path / "witness"
    script = f"open({str(witness)!r}, 'w').close()\n{handmade.SCRIPT}"
    path = handmade.pack(tmp_path, handmade.contents({"reproduce.py": script.encode()}))
    verdict = verify(path)
    assert (verdict.code, verdict.state) == (0, "never")
    assert "reproduce.py" in verdict.problems
    assert not witness.exists()
    assert verify(path, here=True).state == "reproduced"
    assert witness.exists()
    assert verify(tmp_path / "none.zip").code == 4
    assert verify(handmade.rezipped(path, lambda files: files.clear(), manifest=False), here=True).code in (2, 4)


STDLIB_ONLY = ("entry", "archive", "building", "comparing", "facts", "runner")


@pytest.mark.parametrize("name", STDLIB_ONLY)
def test_the_runner_needs_the_standard_library_alone(name: str) -> None:
    """What `python PACK.zip` imports is the standard library and its own few files."""
    own = {f"modellab_core.repro.{each}" for each in STDLIB_ONLY} | {"modellab_core.repro"}
    for node in ast.walk(ast.parse((PACKAGE / "repro" / f"{name}.py").read_bytes())):
        modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        modules += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        assert all(module in own or module.split(".")[0] in sys.stdlib_module_names for module in modules), modules
