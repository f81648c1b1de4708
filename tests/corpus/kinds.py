"""Files of other kinds, by the name that the refusal has to give, and tables that look like them."""

# ruff: noqa: E501 - one case a line is easier to look through

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import pickle
import tarfile
import zipfile

import numpy as np
import pyarrow as pa
import pyarrow.feather
import pyarrow.orc

from corpus.case import Case, read, refused

CSV = b"a,b\n1,2\n3,4\n"


def zipped(*names: str, first: str = "") -> bytes:
    """A ZIP archive with members of these names; OpenDocument files say in their `first` member what they are."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        if first:
            archive.writestr("mimetype", first)
        for name in names:
            archive.writestr(name, CSV)
    return held.getvalue()


def tarred(kind: str = "w") -> bytes:
    """A tar archive with a CSV file in it."""
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode=kind) as archive:  # type: ignore[call-overload]
        member = tarfile.TarInfo("a.csv")
        member.size = len(CSV)
        archive.addfile(member, io.BytesIO(CSV))
    return held.getvalue()


def arrow(kind: str) -> bytes:
    """A table in one of Arrow's other formats."""
    held, table = io.BytesIO(), pa.table({"a": [1, 2], "t": ["x", "y"]})
    if kind == "stream":
        with pa.ipc.new_stream(held, table.schema) as writer:
            writer.write_table(table)
    elif kind == "orc":
        pa.orc.write_table(table, held)
    else:
        pyarrow.feather.write_feather(table, held, compression="uncompressed")
    return held.getvalue()


def numpy_file(several: bool) -> bytes:
    """An array of NumPy, or an archive of them."""
    held = io.BytesIO()
    np.savez(held, a=np.arange(3)) if several else np.save(held, np.arange(3))
    return held.getvalue()


def dbase() -> bytes:
    """A dBASE table of one column."""
    header = b"\x03\x7e\x0b\x17" + (1).to_bytes(4, "little") + (65).to_bytes(2, "little") + (3).to_bytes(2, "little")
    return (
        header
        + bytes(20)
        + b"A\x00".ljust(11, b"\x00")
        + b"N"
        + bytes(4)
        + b"\x02\x00"
        + bytes(14)
        + b"\r"
        + b" 12\x1a"
    )


class Thing:
    """An object of ours, for pickles of objects."""

    def __init__(self) -> None:
        self.a = 1


OBJECTS = {
    "dict": {"a": [1, 2], "b": "x"},
    "list": [1.5, "x", None],
    "tuple": (1, 2),
    "number": 5,
    "text": "x",
    "object": Thing(),
    "array": np.arange(3),
}
_PICKLES = {
    f"pickle {protocol} of {name}": refused(pickle.dumps(value, protocol), "pickle")
    for protocol in range(6)
    for name, value in OBJECTS.items()
    if not (protocol == 1 and name in {"number", "text", "tuple"})  # these begin with a byte of the value
}

KINDS: dict[str, Case] = {
    "gzip": refused(gzip.compress(CSV), "gzip"),
    "bzip2": refused(bz2.compress(CSV), "bzip2"),
    "bzip2 of nothing": refused(bz2.compress(b""), "bzip2"),
    "xz": refused(lzma.compress(CSV), "xz"),
    "Zstandard": refused(pa.compress(CSV, "zstd", asbytes=True), "Zstandard"),
    "LZ4": refused(b"\x04\x22\x4d\x18" + bytes(20), "LZ4"),
    "compress": refused(b"\x1f\x9d\x90a\xc4", "compressed"),
    "7-Zip": refused(b"7z\xbc\xaf\x27\x1c\x00\x04", "7-Zip"),
    "RAR": refused(b"Rar!\x1a\x07\x01\x00", "RAR"),
    "ZIP": refused(zipped("a.csv"), "ZIP", "unpack"),
    "ZIP of nothing": refused(zipped(), "ZIP"),
    "tar": refused(tarred(), "tar"),
    "tar in gzip": refused(tarred("w:gz"), "gzip"),
    "Excel": refused(zipped("[Content_Types].xml", "xl/workbook.xml"), "Excel", "save the sheet"),
    "binary Excel": refused(zipped("xl/workbook.bin"), "Excel"),
    "old Excel": refused(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), "Excel"),
    "oldest Excel": refused(b"\x09\x08\x10\x00\x00\x06\x05\x00" + bytes(50), "Excel"),
    "OpenDocument sheet": refused(zipped("content.xml", first="application/vnd.oasis.opendocument.spreadsheet"), "OpenDocument spreadsheet"),
    "OpenDocument text": refused(zipped("content.xml", first="application/vnd.oasis.opendocument.text"), "OpenDocument"),
    "Word": refused(zipped("[Content_Types].xml", "word/document.xml"), "Word"),
    "PowerPoint": refused(zipped("ppt/presentation.xml"), "PowerPoint"),
    "PDF": refused(b"%PDF-1.7\n%\xe2\xe3\n1 0 obj\n", "PDF"),
    "PostScript": refused(b"%!PS-Adobe-3.0\n1 2 3\n", "PostScript"),
    "RTF": refused(b"{\\rtf1\\ansi a,b}", "RTF"),
    "SQLite": refused(b"SQLite format 3\x00\x10\x00" + bytes(100), "SQLite"),
    "Access": refused(b"\x00\x01\x00\x00Standard Jet DB\x00", "Access"),
    "DuckDB": refused(bytes(8) + b"DUCK" + bytes(20), "DuckDB"),
    "dBASE": refused(dbase(), "dBASE"),
    "HDF5": refused(b"\x89HDF\r\n\x1a\n" + bytes(50), "HDF5"),
    "NetCDF": refused(b"CDF\x01" + bytes(50), "NetCDF"),
    "NumPy": refused(numpy_file(False), "NumPy"),
    "NumPy archive": refused(numpy_file(True), "NumPy"),
    "Arrow file": refused(arrow("feather"), "Arrow"),
    "Arrow stream": refused(arrow("stream"), "Arrow"),
    "Feather 1": refused(b"FEA1" + bytes(40) + b"FEA1", "Feather"),
    "ORC": refused(arrow("orc"), "ORC"),
    "Avro": refused(b"Obj\x01\x04\x14avro.codec", "Avro"),
    "SAS": refused(bytes(12) + bytes.fromhex("c2ea8160b31411cfbd92080009c7318c181f1011") + bytes(50), "SAS"),
    "SAS transport": refused(b"HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!", "SAS"),
    "Stata": refused(b"<stata_dta><header><release>118</release>", "Stata"),
    "old Stata": refused(b"\x72\x02\x01\x00\x05\x00" + bytes(50), "Stata"),
    "SPSS": refused(b"$FL2@(#) SPSS DATA FILE", "SPSS"),
    "MATLAB": refused(b"MATLAB 5.0 MAT-file, Platform: GLNXA64", "MATLAB"),
    "R": refused(b"RDX3\nX\n\x00\x00\x00\x03", "R data"),
    "R as text": refused(b"RDA3\nA\n3\n262657\n", "R data"),
    "R of one object": refused(b"X\n\x00\x00\x00\x03\x00", "R data"),
    "PNG": refused(b"\x89PNG\r\n\x1a\n" + bytes(50), "picture"),
    "JPEG": refused(b"\xff\xd8\xff\xe0" + bytes(50), "picture"),
    "GIF": refused(b"GIF89a\x01\x00", "picture"),
    "WebP": refused(b"RIFF\x24\x00\x00\x00WEBPVP8 ", "picture"),
    "TIFF": refused(b"II*\x00\x08\x00", "picture"),
    "bitmap": refused(b"BM\x46\x00\x00\x00\x00\x00\x00\x00\x36", "picture"),
    "sound": refused(b"RIFF\x24\x00\x00\x00WAVEfmt ", "sound"),
    "film": refused(b"\x00\x00\x00\x20ftypisom", "film"),
    "program of Linux": refused(b"\x7fELF\x02\x01" + bytes(50), "program"),
    "program of Windows": refused(b"MZ\x90\x00\x03" + bytes(50), "program"),
    "program of a Mac": refused(b"\xcf\xfa\xed\xfe\x07\x00", "program"),
    "class of Java": refused(b"\xca\xfe\xba\xbe\x00\x00\x00\x34", "program"),
    "half a Parquet file": refused(b"PAR1\x15\x04\x15" + bytes(90), "Parquet", "cut off"),
    "the end of a Parquet file": refused(b"\x15\x04\x15" + bytes(90) + b"\x40\x00\x00\x00PAR1", "Parquet", "beginning"),
    "broken Parquet": refused(b"PAR1" + bytes(90) + b"PAR1", "Parquet"),
    "encrypted Parquet": refused(b"PARE" + bytes(90) + b"PARE", "encrypted"),
    "unknown bytes": refused(bytes(range(256)) * 4, "--encoding"),
    "noise": refused(np.random.default_rng(0).integers(1, 256, 5000, dtype=np.uint8).tobytes(), "--encoding"),
    **_PICKLES,
}  # fmt: skip

DOCUMENTS: dict[str, Case] = {
    "HTML": refused("<!DOCTYPE html>\n<html><body><table><tr><td>1,2", "HTML"),
    "HTML after comments": refused("\n<!-- x -->\n<!-- y -->\n<HTML lang=en>", "HTML"),
    "HTML with a mark": refused("\ufeff<html>", "HTML"),
    "table of HTML": refused("<table>\n<tr><td>1</td></tr>\n</table>", "HTML"),
    "part of a page": refused("<div>\n<p>a,b</p>\n</div>\n", "XML"),
    "XML": refused('<?xml version="1.0"?><a/>', "XML"),
    "XML without a head": refused("<rows>\n <row a='1'/>\n</rows>\n", "XML"),
    "XML on one line": refused("<rows><row>1</row></rows>", "XML"),
    "drawing": refused('<svg xmlns="http://www.w3.org/2000/svg" width="5">\n<g/>\n</svg>', "XML"),
    "JSON": refused(json.dumps({"a": [1, 2], "b": "x"}), "JSON"),
    "JSON over lines": refused(json.dumps([{"a": 1}, {"a": 2}], indent=2), "JSON"),
    "JSON lists": refused(json.dumps([[1, 2], [3, 4]]), "JSON"),
    "JSON lines": refused('{"a": 1}\n{"a": 2}\n', "JSON"),
    "JSON lines of lists": refused('[1, "x"]\n[2, "y"]\n', "JSON"),
    "JSON with separators of records": refused('\x1e{"a": 1}\n\x1e{"a": 2}\n', "JSON"),
    "JSON cut off": refused('[{"a": 1}, {"a":', "JSON"),
    "JSON with comments": refused('{\n  // the name\n  "a": 1\n}\n', "JSON"),
    "notebook": refused(json.dumps({"cells": [], "nbformat": 4}), "JSON"),
    "YAML": refused("---\na: 1\nb: 2\n", "YAML"),
    "ARFF": refused("% iris\n% x\n\n@RELATION iris\n@ATTRIBUTE a REAL\n", "ARFF"),
    "SQL": refused("-- dump\n\n/* x */\nCREATE TABLE t (a int, b int);\nINSERT INTO t VALUES (1,2);\n", "SQL"),
    "SQL of SQLite": refused("PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\n", "SQL"),
    "script": refused("#!/bin/sh\necho 1,2\n", "script"),
    "pointer of Git": refused("version https://git-lfs.github.com/spec/v1\noid sha256:00\n", "Git LFS"),
    "calendar": refused("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n", "calendar"),
    "table of Markdown": refused("| a | b |\n|---|:--:|\n| 1 | 2 |\n", "drawn"),
    "table of Markdown without borders": refused("a | b\n--- | ---\n1 | 2\n", "drawn"),
    "table of a database": refused(" a | b \n---+---\n 1 | 2\n(1 row)\n", "drawn"),
    "table in a frame": refused("+---+---+\n| a | b |\n+---+---+\n| 1 | 2 |\n+---+---+\n", "drawn"),
}  # fmt: skip

LOOKALIKES: dict[str, Case] = {
    "a column of words": read("city\nParis\nLondon\n", {"city": ["Paris", "London"]}, "one_column"),
    "a column of classes, with a point": read("class\nyes\nno.", {"class": ["yes", "no."]}, "one_column"),
    "a column of brackets": read("(\nx\ny\n", {"(": ["x", "y"]}, "one_column"),
    "ORCID": read("ORCID,b\nx,1\n", {"ORCID": ["x"], "b": [1]}),
    "BZh": read("BZh,b\nx,1\n", {"BZh": ["x"], "b": [1]}),
    "PAR1": read("PAR1,b\nx,1\n", {"PAR1": ["x"], "b": [1]}),
    "PAR1 at the end": read("a,b\n1,PAR1", {"a": [1], "b": ["PAR1"]}),
    "FEA1": read("FEA1,b\nx,1\n", {"FEA1": ["x"], "b": [1]}),
    "RDX2": read("RDX2\nx\ny\n", {"RDX2": ["x", "y"]}, "one_column"),
    "MZ": read("MZ,BM\n1,2\n", {"MZ": [1], "BM": [2]}),
    "DUCK": read("a,b,c,d,DUCK\n1,2,3,4,5\n", {"a": [1], "b": [2], "c": [3], "d": [4], "DUCK": [5]}),
    "ftyp": read("a,b,ftyp\n1,2,3\n", {"a": [1], "b": [2], "ftyp": [3]}),
    "CDF": read("CDF,$FL2\n1,2\n", {"CDF": [1], "$FL2": [2]}),
    "brackets": read("[id],[name]\n1,x\n", {"[id]": [1], "[name]": ["x"]}),
    "braces": read("{a},b\n1,x\n", {"{a}": [1], "b": ["x"]}),
    "a tag in each cell": read("<b>x</b>\n<b>y</b>\n<b>z</b>\n", {"<b>x</b>": ["<b>y</b>", "<b>z</b>"]}, "one_column", "odd_names"),
    "dashes": read("-- a,b\n1,x\n", {"-- a": [1], "b": ["x"]}),
    "percent": read("%,b\n1,x\n", {"%": [1], "b": ["x"]}),
    "set": read("set,use case;x\n1,2\n", {"set": [1], "use case;x": [2]}),
    "bars": read("a|b\n-|x\n1|y\n2|z\n", {"a": [None, 1, 2], "b": list("xyz")}, "delimiter", "missing_tokens"),
    "JSON in a column": read('a,b\n1,"{""x"": [1, 2]}"\n', {"a": [1], "b": ['{"x": [1, 2]}']}),
}  # fmt: skip
