"""What several tests share: the command, called in this process or one of its own, and a trained workspace."""

from __future__ import annotations

import json
import shutil
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from command import ROOT, Command, Done, run_command

FOLDERS = {"benchmarks": "benchmark", "browser": "browser"}
"""The mark that every test of a folder carries."""


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """A folder that the marks leave out as a whole is not even imported, which would take seconds."""
    asked = config.option.markexpr
    mark = FOLDERS.get(collection_path.name)
    return True if mark and asked and (mark not in asked or f"not {mark}" in asked) else None


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> tuple[Path, str]:
    """(workspace, stdout) of `modellab train iris.csv --target species --json`; treat it as read-only.

    The processes of a test run share one: whoever asks first trains, the others wait for the answer.
    """
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "trained"
    answer = folder / "answer.json"
    try:
        folder.mkdir()
    except FileExistsError:
        while not answer.exists():
            time.sleep(0.2)
    else:
        told = run_command(
            *("train", ROOT / "examples/data/iris.csv", "--target", "species", "--json"), home=folder / "workspace"
        )
        (folder / "unfinished").write_text(json.dumps([told.returncode, told.stdout, told.stderr]))
        (folder / "unfinished").rename(answer)
    code, said, errors = json.loads(answer.read_text())
    assert code == 0, errors
    return folder / "workspace", said


@pytest.fixture
def finished(trained: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What that training said, with a copy of its workspace of which the app makes use."""
    shutil.copytree(trained[0], tmp_path / "workspace")
    monkeypatch.setenv("MODELLAB_HOME", str(tmp_path / "workspace"))
    told: dict[str, Any] = json.loads(trained[1])
    return told


@pytest.fixture
def modellab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """`modellab …` in this process, in a folder of the test's own; `home` names a workspace other than its own."""
    from modellab_core.cli import main

    monkeypatch.chdir(tmp_path)

    def call(*arguments: object, home: Path | None = None) -> Done:
        monkeypatch.setenv("MODELLAB_HOME", str(home or tmp_path / "workspace"))
        monkeypatch.setattr(sys, "argv", ["modellab", *map(str, arguments)])
        capsys.readouterr()
        try:
            main()
            code: object = 0
        except SystemExit as left:
            code = left.code
        said = capsys.readouterr()
        return Done(sys.argv, int(str(code or 0)), said.out, said.err)

    return call
