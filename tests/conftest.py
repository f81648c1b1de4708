"""What several tests share: a workspace with one finished batch, made once a session."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
Command = Callable[..., "subprocess.CompletedProcess[str]"]


def run_command(*arguments: object, home: Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """`modellab …` as a person would run it, in the workspace `home`."""
    environment = os.environ | {"MODELLAB_HOME": str(home)}
    line = [sys.executable, "-m", "modellab_core.cli", *map(str, arguments)]
    return subprocess.run(line, capture_output=True, text=True, env=environment, cwd=cwd or home.parent, check=False)


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """(workspace, stdout) of `modellab train iris.csv --target species --json`; treat it as read-only."""
    home = tmp_path_factory.mktemp("trained") / "workspace"
    done = run_command("train", ROOT / "examples/data/iris.csv", "--target", "species", "--json", home=home)
    assert done.returncode == 0, done.stderr
    return home, done.stdout


@pytest.fixture
def modellab(tmp_path: Path) -> Command:
    """Run `modellab …` in an empty workspace of the test's own."""
    return lambda *arguments: run_command(*arguments, home=tmp_path / "workspace", cwd=tmp_path)
