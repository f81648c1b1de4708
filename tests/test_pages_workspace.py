"""The Workspace half of the Projects page: where everything is, whether it is whole, backups, and cleaning."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from typing import Any

import pytest
from app_pages import at_page, press, settled, tables, whole, words

from modellab_core.lab import Lab


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with one table; treat it as read-only."""
    folder = tmp_path_factory.mktemp("shelf")
    (folder / "t.csv").write_text("a,b\n1,x\n2,y\n")
    Lab.open(folder / "workspace").add_dataset(folder / "t.csv", project="<b>one</b>", name="table")
    return folder / "workspace"


@pytest.fixture
def lab(shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """A copy of it that the pages use too."""
    shutil.copytree(shelf, tmp_path / "workspace")
    monkeypatch.setenv("MODELLAB_HOME", str(tmp_path / "workspace"))
    return Lab.open()


def room() -> Any:
    """The workspace on screen."""
    return settled(at_page("projects", "alone", shown="Workspace"))


def test_the_state_of_the_workspace_is_shown(lab: Lab) -> None:
    """Where it is, what it holds, how large it is, that every file is there, and how a backup is restored."""
    at = room()
    assert str(lab.folder) in words(at)
    numbers = {one.label: one.value for one in at.metric}
    assert (numbers["Projects"], numbers["Datasets"], numbers["Runs"]) == ("1", "1", "0")
    assert "Every file that is named is there." in words(at)
    assert "modellab restore" in at.code[0].value


def test_a_backup_is_made_by_a_click_and_listed(lab: Lab, tmp_path: Path) -> None:
    """One click writes a backup into the named folder; it is listed with its time and the command that restores it."""
    (tmp_path / "elsewhere").mkdir()
    at = room()
    at = settled(at.text_input(key="backup-folder").set_value(str(tmp_path / "elsewhere")).run())
    at = press(at, "backup-now")
    made = list((tmp_path / "elsewhere").iterdir())
    assert len(made) == 1
    assert list(next(frame for frame in tables(at) if "file" in frame)["file"]) == [str(made[0])]
    assert str(made[0]) in at.code[0].value
    at = settled(at.text_input(key="backup-folder").set_value("/no/such/folder").run())
    at = at.button(key="backup-now").click().run()
    assert not at.exception
    assert "/no/such/folder" in words(at)


def test_what_can_go_is_said_before_it_goes(lab: Lab) -> None:
    """The button says how many bytes it frees; afterwards there is nothing to clean."""
    version = lab.version("table")
    blob = lab.blobs.path(version.sha256)
    lab.delete_dataset("table")
    long_ago = time.time() - 3 * 86400
    os.utime(blob, (long_ago, long_ago))
    at = room()
    assert "1 unused blob" in words(at)
    at = press(at, "clean-now")
    assert not blob.exists()
    assert "went" in words(at)


def test_what_is_damaged_is_named_with_the_way_out(lab: Lab) -> None:
    """A changed file is found when every file is read, named with what needs it, and everything else is shown."""
    blob = lab.blobs.path(lab.version("table").sha256)
    blob.chmod(0o600)
    blob.write_bytes(b"something else")
    at = press(room(), "status-deep")
    assert "1 file is damaged" in words(at)
    assert "Restore a backup" in words(at)
    assert "table" in words(at)
    assert at.metric
    blob.unlink()
    assert "1 file is damaged" in words(whole(press(at, "status-deep")))


@pytest.mark.slow
def test_an_empty_workspace_has_its_state_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before there is any project the same place says where everything will be."""
    monkeypatch.setenv("MODELLAB_HOME", str(tmp_path / "workspace"))
    assert "There is nothing to clean" in words(room())
