"""Promises about what is recorded of a machine, and about the versions that a pack asks for."""

from __future__ import annotations

import ast
import json
from importlib.metadata import version
from pathlib import Path

import jsonschema
import numpy  # noqa: F401 - loads the BLAS that is recorded
import pytest
import scipy.linalg  # noqa: F401

from modellab_core.repro import building, dependencies, environment
from modellab_core.repro.code import PACKAGE, snapshot

LOCK_OF_CI = PACKAGE.parent / ".ci" / "lock.txt"


def test_only_allow_listed_variables_are_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable that is not on the list is never recorded, whatever its name looks like."""
    monkeypatch.setenv("DATABASE_URL", "postgres://me:secret@host")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    found = environment.capture(1, ["numpy"])
    assert found["variables"].keys() <= set(environment.VARIABLES)
    assert found["variables"]["OMP_NUM_THREADS"] == "1"
    assert "secret" not in json.dumps(found)


def test_what_moves_numbers_is_recorded() -> None:
    """Python, system, processor, BLAS with its core type, threads and versions are there, in the agreed form."""
    found = environment.capture(2, ["numpy", "no-such-distribution"])
    schema = json.loads((PACKAGE / "repro" / "schemas" / "environment.json").read_bytes())
    jsonschema.validate(found, schema)
    assert found["packages"] == {"no-such-distribution": None, "numpy": version("numpy")}
    assert any(facts["architecture"] for facts in found["blas"].values())
    assert found["threads"] == 2


def test_the_core_type_and_threads_are_replayed() -> None:
    """OpenBLAS is told the core type that it had found by itself, unless the user had said another."""
    found = environment.capture(1, []) | {
        "blas": {"openblas 0.3": {"architecture": "Zen", "threading_layer": "pthreads", "num_threads": 3}},
        "openmp": {"libgomp": 2},
        "variables": {"TZ": "UTC"},
    }
    told = {"OMP_NUM_THREADS": "2", "OPENBLAS_CORETYPE": "Zen", "OPENBLAS_NUM_THREADS": "3"}
    assert environment.replay(found) == told
    given = found | {"variables": {"OPENBLAS_CORETYPE": "Haswell"}}
    assert environment.replay(given) == told | {"OPENBLAS_CORETYPE": "Haswell"}
    assert all(building.REPLAYED.fullmatch(name) for name in environment.REPLAYED)


def test_the_snapshot_holds_no_web_and_no_sql() -> None:
    """The source of a pack is the floors below the store, each file as it is on disk."""
    found = snapshot()
    rooms = {name.split("/")[1] for name in found if name.count("/") > 1}
    assert rooms == {"data", "harness", "training", "repro"}
    assert {"modellab_core/experiment.py", "modellab_core/errors.py", "modellab_core/__init__.py"} <= set(found)
    assert not dependencies.imported(found) & {"streamlit", "sqlmodel", "alembic", "typer", "sqlalchemy"}
    assert all(content == (PACKAGE.parent / name).read_bytes() for name, content in found.items() if "/repro/" in name)
    assert snapshot() is found


def test_the_snapshot_holds_all_that_it_imports() -> None:
    """Every file of our own that a file of the snapshot imports is in the snapshot, in whatever room it lies."""
    found = snapshot()
    assert any(name.startswith("modellab_core/harness/engine/") for name in found)
    for name, content in found.items():
        if name == "modellab_core/__init__.py":
            continue  # it names what is public, and loads that when it is asked for
        for node in ast.walk(ast.parse(content)) if name.endswith(".py") else ():
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                modules.append(node.module)
            for place in (module.replace(".", "/") for module in modules if module.startswith("modellab_core.")):
                assert f"{place}.py" in found or f"{place}/__init__.py" in found, f"{name} imports {place}"


def test_only_what_the_code_imports_is_asked_for() -> None:
    """The versions are the closure of what the snapshot imports: no web, no SQL, no CUDA, no tests."""
    found = dependencies.pins(snapshot())
    assert {"numpy", "pandas", "pyarrow", "scikit-learn", "xgboost", "threadpoolctl"} <= set(found)
    assert {"joblib", "python-dateutil"} <= set(found)
    assert not {"streamlit", "sqlmodel", "alembic", "typer", "pytest", "modellab"} & set(found)
    assert not [name for name in found if name.startswith("nvidia")]
    assert all(version(name) == pinned for name, pinned in found.items())
    assert list(found) == sorted(found)


def test_lazy_and_conditional_imports_count() -> None:
    """An import inside a function is found like one at the top; relative ones and text files are not imports."""
    source = b"import numpy.linalg\nfrom . import x\ndef f():\n    from scipy.stats import norm\n"
    assert dependencies.imported({"a.py": source, "a.txt": b"import nothing"}) == {"numpy", "scipy"}


def test_hashes_are_given_for_all_or_none() -> None:
    """With a lock that has every version the file is hashed, else it says loudly that it is not and why."""
    lock = "a==1.0 \\\n    --hash=sha256:" + "1" * 64 + "\nB.c==2 \\\n    --hash=sha256:" + "2" * 64 + "\n"
    whole = dependencies.requirements({"a": "1.0", "b-c": "2"}, lock)
    assert "# hashes: yes" in whole
    assert f"b-c==2 \\\n    --hash=sha256:{'2' * 64}" in whole
    part = dependencies.requirements({"a": "1.0", "b-c": "3"}, lock)
    assert "# hashes: no" in part
    assert "WARNING" in part
    assert "b-c==3" in part
    assert "--hash" not in part
    assert building.pinned(whole) == {"a": "1.0", "b-c": "2"}


@pytest.mark.skipif(not LOCK_OF_CI.is_file(), reason="only a checkout has the lock of CI")
def test_the_shipped_lock_is_part_of_the_lock_of_ci() -> None:
    """The hashes that packs carry are those with which everything was tested."""
    ours = dependencies.locked_hashes(dependencies.LOCK.read_text("utf-8"))
    theirs = dependencies.locked_hashes(LOCK_OF_CI.read_text("utf-8"))
    assert ours
    assert all(theirs.get(pin) == hashes for pin, hashes in ours.items())


def test_requirements_that_are_more_than_versions_are_refused() -> None:
    """An environment.txt cannot name an index, a file or a place to fetch from."""
    for line in ("--index-url x", "-r other.txt", "a @ file:///x", "a>=1", "./a"):
        with pytest.raises(building.Stop, match="no version") as caught:
            building.pinned(f"numpy==1.0\n{line}\n")
        assert caught.value.code == 2


@pytest.mark.parametrize("uv", [True, False])
def test_the_environment_is_built_without_resolving(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, uv: bool) -> None:
    """uv or pip install exactly the listed wheels: no dependencies, no source builds, hashes where there are some."""
    calls: list[list[str]] = []
    requirements = tmp_path / "environment.txt"
    requirements.write_text(f"a==1.0 \\\n    --hash=sha256:{'1' * 64}\n")
    monkeypatch.setattr(building, "_done", lambda command: calls.append(list(command)))
    monkeypatch.setattr(building, "other_versions", lambda python, pins, minor: [])
    monkeypatch.setattr(building.shutil, "which", lambda name: f"/bin/{name}")
    building.build(tmp_path / "environment", requirements, "3.11", uv, lambda line: None)
    install = calls[-1]
    assert {"--no-deps", "--only-binary", "--require-hashes", "-r"} <= set(install)
    assert (calls[0][0] == "/bin/uv") == uv
