"""Files that are refused, and the sentence that says why, where, and what to do."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import pickle
import sqlite3
import tarfile
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from modellab_core.data.limits import COMMAND
from modellab_core.errors import BadInput

CSV = b"a,b\n1,2\n3,4\n"


def zipped(*names: str) -> bytes:
    """A ZIP archive with members of these names."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name in names:
            archive.writestr(name, CSV)
    return held.getvalue()


def tarred() -> bytes:
    """A tar archive with a CSV file in it."""
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as archive:
        member = tarfile.TarInfo("a.csv")
        member.size = len(CSV)
        archive.addfile(member, io.BytesIO(CSV))
    return held.getvalue()


def numpy_file() -> bytes:
    """A .npy file."""
    held = io.BytesIO()
    np.save(held, np.arange(3))
    return held.getvalue()


OTHER_KINDS: dict[str, tuple[bytes, str]] = {
    "gzip": (gzip.compress(CSV), "gzip"),
    "bzip2": (bz2.compress(CSV), "bzip2"),
    "xz": (lzma.compress(CSV), "xz"),
    "zip": (zipped("a.csv"), "ZIP"),
    "empty zip": (zipped(), "ZIP"),
    "xlsx": (zipped("[Content_Types].xml", "xl/workbook.xml"), "Excel"),
    "old Excel": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "Excel"),
    "tar": (tarred(), "tar"),
    "pdf": (b"%PDF-1.7\n%\xe2\xe3\n1 0 obj\n", "PDF"),
    "numpy": (numpy_file(), "NumPy"),
    "hdf5": (b"\x89HDF\r\n\x1a\n" + bytes(50), "HDF5"),
    "feather": (b"ARROW1\x00\x00" + bytes(50), "Arrow"),
    "orc": (b"ORC" + bytes(50), "ORC"),
    "avro": (b"Obj\x01" + bytes(50), "Avro"),
    "png": (b"\x89PNG\r\n\x1a\n" + bytes(50), "picture"),
    "jpeg": (b"\xff\xd8\xff\xe0" + bytes(50), "picture"),
    "elf": (b"\x7fELF" + bytes(50), "program"),
    "html": (b"<!DOCTYPE html>\n<html><body><table><tr><td>1,2", "HTML"),
    "html after a comment": (b"\n<!-- x -->\n<HTML lang=en>", "HTML"),
    "html with a mark": (b"\xef\xbb\xbf<html>", "HTML"),
    "xml": (b'<?xml version="1.0"?><a/>', "XML"),
    "json object": (json.dumps({"a": [1, 2], "b": "x"}).encode(), "JSON"),
    "json list": (json.dumps([{"a": 1}, {"a": 2}], indent=1).encode(), "JSON"),
    "json lists": (json.dumps([[1, 2], [3, 4]]).encode(), "JSON"),
    "json lines": (b'{"a": 1}\n{"a": 2}\n', "JSON"),
    "arff": (b"% iris\n@RELATION iris\n@ATTRIBUTE a REAL\n", "ARFF"),
    "git lfs": (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n", "Git LFS"),
    "rtf": (b"{\\rtf1\\ansi a,b}", "RTF"),
    **{f"pickle {n}": (pickle.dumps({"a": [1, 2], "b": "x"}, protocol=n), "pickle") for n in range(6)},
    **{f"pickled list {n}": (pickle.dumps([1.5, "x"], protocol=n), "pickle") for n in range(6)},
}

REFUSED: dict[str, tuple[bytes, dict[str, Any], tuple[str, ...]]] = {
    "nothing": (b"", {}, ("empty",)),
    "blank lines": (b"\n\r\n \n", {}, ("empty",)),
    "a mark alone": (b"\xef\xbb\xbf", {}, ("empty",)),
    "header alone": (b"a,b,c\n", {}, ("no rows", "--no-header")),
    "short row": (b"a,b,c\n1,2,3\n4,5\n6,7,8\n", {}, ("Line 3", "2 cells", "3")),
    "long row": (b"a,b\n1,2\n\n3,4\n5,6,7\n", {}, ("Line 5", "3 cells", "2")),
    "long row after a quoted newline": (b'a,b\n"x\ny",2\n3,4,5\n', {}, ("Line 4", "3 cells")),
    "title above the table": (b"My table\na,b\n1,2\n3,4\n", {}, ("Line 2", "2 cells")),
    "delimiter after rows but not the header": (b"a,b\n1,2,\n3,4,\n", {}, ("Line 2", "3 cells")),
    "unclosed quote": (b'a,b\n1,2\n3,"x\n4,5\n', {}, ("line 3", "never closed")),
    "unclosed quote among quotes": (b'a,b\n"1","2"\n"3,"4"\n', {}, ("ine 3",)),
    "text after a quote": (b'a,b\n1,"x"y\n', {}, ("Line 2", "closing quote")),
    "backslash before a quote": (b'a,b\n1,"say \\"hi\\""\n', {}, ("Line 2", "double the quotes")),
    "nul": (b"a,b\n1,\x00\n", {}, ("Line 2", "NUL")),
    "utf-16 without a mark": ("a,b\n1,2\n".encode("utf-16-le"), {}, ("NUL", "utf-16-le")),
    "neither utf-8 nor windows-1252": (b"a,b\n1,\x81\xe4\n", {}, ("Line 2", "byte 6", "--encoding")),
    "utf-16 cut in half": (b"\xff\xfea\x00,", {}, ("utf-16",)),
    "not in the encoding asked for": (b"a,b\n\xe4,2\n", {"encoding": "utf-8"}, ("Line 2", "utf-8")),
    "no such encoding": (CSV, {"encoding": "klingon"}, ("klingon",)),
    "no encoding of text": (CSV, {"encoding": "rot13"}, ("rot13",)),
    "no such delimiter": (CSV, {"delimiter": "::"}, ("'::'",)),
    "no such column": (CSV, {"types": {"c": "text"}}, ("'c'", "a, b")),
    "not of the type": (b"a,b\nx,1\n", {"types": {"a": "number"}}, ("'a'", "'x'", "number")),
    "not a date": (b"a,b\n2024-13-01,1\n", {"types": {"a": "date"}}, ("'a'", "'2024-13-01'")),
    "not a boolean": (b"a,b\nmaybe,1\n", {"types": {"a": "boolean"}}, ("'a'", "'maybe'")),
    "half a parquet file": (b"PAR1" + bytes(100), {}, ("cut off",)),
    "broken parquet file": (b"PAR1" + bytes(100) + b"PAR1", {}, ("damaged",)),
    "encrypted parquet file": (b"PARE" + bytes(100) + b"PARE", {}, ("encrypted",)),
}  # fmt: skip


@pytest.mark.parametrize("name", OTHER_KINDS)
def test_other_kind(parsed: Any, name: str) -> None:
    """A file of another kind is refused by the name of its kind, whatever it is called."""
    content, said = OTHER_KINDS[name]
    with pytest.raises(BadInput, match=said):
        parsed(content)


def test_database(parsed: Any, tmp_path: Path) -> None:
    """A SQLite database is refused by its name."""
    with sqlite3.connect(tmp_path / "a.db") as connection:
        connection.execute("CREATE TABLE t (a)")
    connection.close()
    with pytest.raises(BadInput, match="SQLite"):
        parsed((tmp_path / "a.db").read_bytes())


@pytest.mark.parametrize("name", REFUSED)
def test_refused(parsed: Any, name: str) -> None:
    """A file that cannot be read without changing what it says is refused with the place and the way out."""
    content, asked, parts = REFUSED[name]
    with pytest.raises(BadInput) as refused:
        parsed(content, **asked)
    sentence = str(refused.value)
    assert all(part in sentence for part in parts), sentence
    assert sentence.endswith((".", "…")) or "choose" in sentence


def test_limits(parsed: Any) -> None:
    """Cells, columns, lengths of cells and of names are limited, and the sentence tells the number."""
    small = replace(COMMAND, cells=6, columns=3, cell_characters=5, name_characters=4)
    assert parsed(b"a,b\n1,2\n", limits=small).table.num_rows == 1
    for content, said in (
        (b"a,b\n1,2\n3,4\n5,6\n", "8 cells"),
        (b'a,b\n"1",2\n3,4\n5,6\n', "8 cells"),
        (b"a,b,c,d\n1,2,3,4\n", "4 columns"),
        (b"a,b\nabcdef,1\n", "6 characters"),
        (b"abcde,b\n1,2\n", "5 characters"),
    ):
        with pytest.raises(BadInput, match=said):
            parsed(content, limits=small)
    assert parsed("a,b\n日本語の字,1\n".encode(), limits=small).table["a"][0].as_py() == "日本語の字"


def test_longest_cell_in_quotes(parsed: Any) -> None:
    """A cell of exactly as many characters as may be is read, across lines too; one more is refused."""
    longest = "x\n" * (COMMAND.cell_characters // 2)
    assert parsed(f'a,b\n"{longest}",1\n'.encode()).table["a"][0].as_py() == longest
    with pytest.raises(BadInput, match="100,001 characters"):
        parsed(f'a,b\n"{longest}y",1\n'.encode())


def test_column_named_like_a_tag(parsed: Any) -> None:
    """A name that looks like markup does not make a table a web page."""
    assert parsed(b"<script>alert(1)</script>,b\n1,2\n").table.column_names[0] == "<script>alert(1)</script>"
