"""Reading in a process of its own: what comes back, what is left behind, and what happens when it dies."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from modellab_core.data.limits import COMMAND
from modellab_core.data.reading import Asked, read, read_again
from modellab_core.data.table import Note, Reading
from modellab_core.errors import BadInput, NotFound

CONTENT = (
    "id;when;price;ok;count;word\n1;13/01/2024;1,5;TRUE;5;ä\n2;01/02/2024;2.345,25;false;;\n3;?;NA;;7;NA\n".encode()
)


@pytest.fixture
def table_file(tmp_path: Path) -> Path:
    """A file with a column of every kind."""
    path = tmp_path / "odd name; $(touch x).csv"
    path.write_bytes(CONTENT)
    return path


def test_the_frame(table_file: Path, tmp_path: Path) -> None:
    """Each type comes as promised, gaps included, with an index of rows; the hash is that of the bytes."""
    table = read(table_file, scratch=tmp_path / "scratch")
    assert {name: str(kind) for name, kind in table.frame.dtypes.items()} == {
        "id": "int64", "when": "datetime64[us]", "price": "float64", "ok": "boolean", "count": "Int64", "word": "str",
    }  # fmt: skip
    assert table.frame.index.tolist() == [0, 1, 2]
    assert table.frame["price"].tolist()[:2] == [1.5, 2345.25]
    assert table.frame["word"].tolist()[0] == "ä"
    assert table.frame["word"].isna().tolist() == [False, True, False]
    assert (table.sha256, table.size) == (hashlib.sha256(CONTENT).hexdigest(), len(CONTENT))
    assert table.reading.dates == {"when": "DD/MM/YYYY"}
    assert table.reading.thousands == {"price": "."}
    assert {"delimiter", "dates", "number_marks", "missing_tokens", "tokens_kept"} == {
        note.code for note in table.notes
    }
    assert all(isinstance(note, Note) for note in table.notes)


def test_reading_again(table_file: Path, tmp_path: Path) -> None:
    """By the stored Reading, through JSON, the same bytes give an identical frame; other bytes are refused."""
    table = read(table_file, scratch=tmp_path / "scratch")
    stored = Reading.from_json(json.loads(json.dumps(table.reading.to_json(), sort_keys=True)))
    assert stored == table.reading
    again = read_again(table_file, stored, scratch=tmp_path / "scratch")
    pd.testing.assert_frame_equal(again.frame, table.frame)
    assert again.spellings == table.spellings
    table_file.write_bytes(CONTENT.replace(b"13/01/2024", b"whenever"))
    with pytest.raises(BadInput, match="'when'"):
        read_again(table_file, stored, scratch=tmp_path / "scratch")
    table_file.write_bytes(CONTENT.replace(b"price", b"prize"))
    with pytest.raises(BadInput, match="columns"):
        read_again(table_file, stored, scratch=tmp_path / "scratch")


def test_nothing_is_left(table_file: Path, tmp_path: Path) -> None:
    """Neither a file that was read nor one that was refused leaves a byte behind."""
    scratch = tmp_path / "scratch"
    read(table_file, Asked(types={"id": "text"}), scratch=scratch)
    (tmp_path / "bad.csv").write_bytes(b"a,b\n1\n")
    with pytest.raises(BadInput, match=r"^bad\.csv: Line 2 has 1 cell"):
        read(tmp_path / "bad.csv", scratch=scratch)
    assert list(scratch.iterdir()) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.csv", table_file.name, "scratch"]


def test_missing_and_empty_files(tmp_path: Path) -> None:
    """No file, a folder and an empty file each get their sentence."""
    for path in (tmp_path / "absent.csv", tmp_path):
        with pytest.raises(NotFound, match="no file"):
            read(path, scratch=tmp_path / "scratch")
    (tmp_path / "empty.csv").touch()
    with pytest.raises(BadInput, match="empty"):
        read(tmp_path / "empty.csv", scratch=tmp_path / "scratch")


@pytest.mark.skipif(sys.platform == "win32", reason="limits of a process are a matter of POSIX")
def test_death_of_the_process(tmp_path: Path) -> None:
    """A process that dies, here of its limit of memory, is a sentence and no crash."""
    path = tmp_path / "large.csv"
    path.write_bytes(b"a,b\n" + b"12345,abcdef\n" * 1_000_000)
    with pytest.raises(BadInput, match="could not be read safely"):
        read(path, scratch=tmp_path / "scratch", limits=replace(COMMAND, memory=20 << 20))
    assert list((tmp_path / "scratch").iterdir()) == []


def test_a_stranger_beside_the_file(table_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Code that lies in the folder of the file, or where the program was started, is not run."""
    for name in ("json.py", "pyarrow.py", "sitecustomize.py"):
        (tmp_path / name).write_text("import pathlib; pathlib.Path(__file__).with_suffix('.ran').touch()\n")
    monkeypatch.chdir(tmp_path)
    read(table_file, scratch=tmp_path / "scratch")
    assert not list(tmp_path.glob("*.ran"))


def test_the_reading_process_is_light() -> None:
    """The process that reads needs neither pandas nor anything of the web."""
    loaded = "import sys, modellab_core.data.reader; print(*sys.modules)"
    modules = set(
        subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True).stdout.split()
    )
    assert not modules & {"pandas", "streamlit", "sklearn", "xgboost", "sqlmodel"}
