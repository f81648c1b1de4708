"""What kind of file bytes are, by their content: tables of text are read, all else is refused by its name."""

from __future__ import annotations

import re

from modellab_core.errors import BadInput

HEAD = 65_536

_SPREADSHEET = "an Excel workbook", "save the sheet as CSV"
_UNPACK = "unpack it and give the table inside"
_EXPORT = "export it as CSV or Parquet"
_PICTURE = "a picture", "give a table"

_MARKS: tuple[tuple[bytes, str, str], ...] = (
    (b"\x1f\x8b", "a gzip archive", _UNPACK),
    (b"BZh", "a bzip2 archive", _UNPACK),
    (b"\xfd7zXZ\x00", "an xz archive", _UNPACK),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive", _UNPACK),
    (b"\x04\x22\x4d\x18", "an LZ4 archive", _UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", _UNPACK),
    (b"Rar!\x1a\x07", "an RAR archive", _UNPACK),
    (b"%PDF-", "a PDF document", _EXPORT),
    (b"SQLite format 3\x00", "an SQLite database", _EXPORT),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", *_SPREADSHEET),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file", _EXPORT),
    (b"\x93NUMPY", "a NumPy file", _EXPORT),
    (b"ARROW1\x00\x00", "an Arrow or Feather file", _EXPORT),
    (b"\xff\xff\xff\xff", "an Arrow stream", _EXPORT),
    (b"FEA1", "a Feather file", _EXPORT),
    (b"ORC", "an ORC file", _EXPORT),
    (b"Obj\x01", "an Avro file", _EXPORT),
    (b"$FL2", "an SPSS file", _EXPORT),
    (b"$FL3", "an SPSS file", _EXPORT),
    (b"<stata_dta>", "a Stata file", _EXPORT),
    (b"MATLAB 5.0 MAT-file", "a MATLAB file", _EXPORT),
    (b"RDX2\n", "an R data file", _EXPORT),
    (b"RDX3\n", "an R data file", _EXPORT),
    (b"RDA3\n", "an R data file", _EXPORT),
    (b"X\n\x00\x00\x00", "an R data file", _EXPORT),
    (b"\x89PNG\r\n\x1a\n", *_PICTURE),
    (b"\xff\xd8\xff", *_PICTURE),
    (b"GIF87a", *_PICTURE),
    (b"GIF89a", *_PICTURE),
    (b"\x7fELF", "a program", "give a table"),
    (b"MZ\x90\x00", "a program", "give a table"),
    (b"{\\rtf", "an RTF document", _EXPORT),
    (b"version https://git-lfs.github.com/", "a Git LFS pointer", "fetch the file itself with git lfs pull"),
)

_PATTERNS: tuple[tuple[re.Pattern[bytes], str, str], ...] = (
    (re.compile(rb"\x80[\x02-\x05](\x95|[\]}(c\x8c\x4b\x58])", re.DOTALL), "a Python pickle", _EXPORT),
    (re.compile(rb"\((lp|dp|ip)?\d*\n|c[A-Za-z_][\w.]*\n\w+\n|[\]}]q\x00"), "a Python pickle", _EXPORT),
    (
        re.compile(rb"\s*(<!--.*?-->\s*)*<(!doctype\s+html|html|head|body|table)\b", re.IGNORECASE | re.DOTALL),
        "an HTML page",
        _EXPORT,
    ),
    (re.compile(rb"\s*<\?xml\b"), "an XML document", _EXPORT),
    (re.compile(rb"\s*(%[^\n]*\n\s*)*@relation\s", re.IGNORECASE), "an ARFF file", _EXPORT),
    (re.compile(rb'\s*\{\s*("([^"\\]|\\.)*"\s*:|\}\s*$)'), "a JSON document", _EXPORT),
)
_LIST = re.compile(rb'\s*\[\s*(\{|\[|\]|"|-?\d|true|false|null)')


def is_parquet(head: bytes, tail: bytes) -> bool:
    """Whether the file calls itself Parquet at both ends. BadInput when it does at one end alone, or is encrypted."""
    if head.startswith(b"PARE"):
        raise BadInput("This is an encrypted Parquet file: save it without encryption.")
    if head.startswith(b"PAR1") and tail.endswith(b"PAR1") and len(head) > 4:
        return True
    if head.startswith(b"PAR1"):
        raise BadInput("This Parquet file is cut off: its end is missing, so copy it again.")
    return False


def refuse_other_kinds(head: bytes, tail: bytes) -> None:
    """BadInput names the kind of a file that is no table of text. `head` and `tail` are its first and last bytes."""
    found = _kind(_without_mark(head), tail)
    if found:
        name, way_out = found
        raise BadInput(f"This is {name}, not a CSV or Parquet file: {way_out}.")


def _without_mark(head: bytes) -> bytes:
    return head.removeprefix(b"\xef\xbb\xbf")


def _kind(head: bytes, tail: bytes) -> tuple[str, str] | None:
    for mark, name, way_out in _MARKS:
        if head.startswith(mark):
            return name, way_out
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return _SPREADSHEET if b"xl/" in head + tail else ("a ZIP archive", _UNPACK)
    if head[257:262] == b"ustar":
        return "a tar archive", _UNPACK
    for pattern, name, way_out in _PATTERNS:
        if pattern.match(head):
            return name, way_out
    if _LIST.match(head) and tail.rstrip().endswith(b"]"):
        return "a JSON document", _EXPORT
    return None
