"""What several tests share: the command, called in this process or one of its own, and a trained workspace."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from command import ROOT, Command, Done, run_command


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """(workspace, stdout) of `modellab train iris.csv --target species --json`; treat it as read-only."""
    home = tmp_path_factory.mktemp("trained") / "workspace"
    done = run_command("train", ROOT / "examples/data/iris.csv", "--target", "species", "--json", home=home)
    assert done.returncode == 0, done.stderr
    return home, done.stdout


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
