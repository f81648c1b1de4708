"""Refused files leave no byte in a workspace, and files that are read keep their notes there."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

import pytest
from command import run_command
from corpus import CASES

from modellab_core.data.reading import Asked, read
from modellab_core.errors import BadInput
from modellab_core.lab import Lab

REFUSED = {name: case for name, case in CASES.items() if case.columns is None and not case.asked}
READ = {name: case for name, case in CASES.items() if case.columns is not None and len(case.content) < 5_000}
FEW = ("lines, widths: short row", "kinds, kinds: Excel", "parquets, unsuitable: list")


def held(home: Path) -> dict[str, str]:
    """Every file of the workspace with the hash of its bytes, and every folder."""
    return {
        str(path.relative_to(home)): hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        for path in sorted(home.rglob("*"))
    }


def check_refused(folder: Path, names: Iterable[str]) -> None:
    """The workspace is the same, byte by byte, after each of these files was refused."""
    lab = Lab.open(folder / "home")
    before = held(folder / "home")
    for place, name in enumerate(names):
        file = folder / f"{place}.csv"
        file.write_bytes(REFUSED[name].content)
        with pytest.raises(BadInput):
            lab.add_dataset(file)
        assert held(folder / "home") == before, name
        assert file.read_bytes() == REFUSED[name].content


def test_refused_files_leave_nothing(tmp_path: Path) -> None:
    """Neither a ragged file nor a file of another kind leaves a byte behind."""
    check_refused(tmp_path, FEW)


@pytest.mark.slow
def test_more_refused_files_leave_nothing(tmp_path: Path) -> None:
    """The same for a tenth of all refused files of the corpus."""
    check_refused(tmp_path, list(REFUSED)[::10])


@pytest.mark.slow
def test_notes_are_kept(tmp_path: Path) -> None:
    """The notes of a stored version are those that were told, and the stored table is the one that was read."""
    lab = Lab.open(tmp_path / "home")
    for place, name in enumerate(list(READ)[::60]):
        case = READ[name]
        file = tmp_path / f"{place}.csv"
        file.write_bytes(case.content)
        version = lab.add_dataset(file, asked=Asked(**case.asked))
        assert case.codes <= {note["code"] for note in version.notes}, name
        table = lab.table(version.id)
        assert list(table.frame.columns) == list(case.columns or {})
        assert len(table.frame) == version.rows == len(next(iter((case.columns or {}).values())))


@pytest.mark.slow
def test_the_command_refuses(tmp_path: Path) -> None:
    """The command says one line on stderr, nothing on stdout, and exits with 2."""
    file = tmp_path / "ragged.csv"
    file.write_bytes(b"a,b\n1,2\n3\n")
    done = run_command("datasets", "add", file, "--json", home=tmp_path / "home")
    assert (done.returncode, done.stdout) == (2, "")
    assert [line for line in done.stderr.splitlines() if "Line 3" in line] == done.stderr.splitlines()[-1:]


@pytest.mark.slow
def test_a_refusal_is_never_a_crash(tmp_path: Path) -> None:
    """The reading process ends as it should each time, though a refusal stops Arrow in the middle of its work."""
    file = tmp_path / "ragged.csv"
    file.write_bytes(b"a,b\n1\n")
    for _ in range(60):
        with pytest.raises(BadInput, match="Line 2"):
            read(file, scratch=tmp_path / "scratch")
