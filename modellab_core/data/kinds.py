"""What kind of file bytes are, by their content: tables of text are read, all else is refused by its name."""

from __future__ import annotations

import re

from modellab_core.data.documents import document
from modellab_core.errors import BadInput

HEAD = 65_536

_UNPACK = "unpack it and give the table inside"
_EXPORT = "export it as CSV or Parquet"
_TABLE = "give a table"
_EXCEL = "an Excel workbook", "save the sheet as CSV"
_PICTURE = "a picture", _TABLE
_RECORDING = "a sound or a film", _TABLE
_PROGRAM = "a program", _TABLE
_ARROW = "an Arrow or Feather file", _EXPORT
_R = "an R data file", _EXPORT
_PICKLE = "a Python pickle", _EXPORT
_SAS = b"\x00" * 12 + bytes.fromhex("c2ea8160b31411cfbd92080009c7318c181f1011")

# Each mark has bytes that no table of text begins with, or is long enough not to be the name of a column.
_MARKS: tuple[tuple[bytes, str, str], ...] = (
    (b"\x1f\x8b", "a gzip archive", _UNPACK),
    (b"\x1f\x9d", "a compressed file (.Z)", _UNPACK),
    (b"\xfd7zXZ\x00", "an xz archive", _UNPACK),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive", _UNPACK),
    (b"\x04\x22\x4d\x18", "an LZ4 archive", _UNPACK),
    (b"LZIP\x01", "an lzip archive", _UNPACK),
    (b"\xff\x06\x00\x00sNaPpY", "a Snappy archive", _UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", _UNPACK),
    (b"Rar!\x1a\x07", "an RAR archive", _UNPACK),
    (b"MSCF\x00", "a cabinet archive", _UNPACK),
    (b"!<arch>\n", "an archive", _UNPACK),
    (b"\xed\xab\xee\xdb", "a package of programs", _TABLE),
    (b"%PDF-", "a PDF document", _EXPORT),
    (b"%!PS-Adobe", "a PostScript document", _EXPORT),
    (b"SQLite format 3\x00", "an SQLite database", _EXPORT),
    (b"\x00\x01\x00\x00Standard ", "an Access database", _EXPORT),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook or Office document", "save the sheet as CSV"),
    (b"\x09\x08\x10\x00\x00\x06\x05\x00", *_EXCEL),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file", _EXPORT),
    (b"CDF\x01", "a NetCDF file", _EXPORT),
    (b"CDF\x02", "a NetCDF file", _EXPORT),
    (b"CDF\x05", "a NetCDF file", _EXPORT),
    (b"\x93NUMPY", "a NumPy file", _EXPORT),
    (b"ARROW1\x00\x00", *_ARROW),
    (b"\xff\xff\xff\xff", "an Arrow stream", _EXPORT),
    (b"Obj\x01", "an Avro file", _EXPORT),
    (b"$FL2@(#)", "an SPSS file", _EXPORT),
    (b"$FL3@(#)", "an SPSS file", _EXPORT),
    (b"<stata_dta>", "a Stata file", _EXPORT),
    (_SAS, "a SAS file", _EXPORT),
    (b"HEADER RECORD*******", "a SAS transport file", _EXPORT),
    (b"MATLAB 5.0 MAT-file", "a MATLAB file", _EXPORT),
    (b"MATLAB 7.3 MAT-file", "a MATLAB file", _EXPORT),
    (b"X\n\x00\x00\x00", *_R),
    (b"\x89PNG\r\n\x1a\n", *_PICTURE),
    (b"\xff\xd8\xff", *_PICTURE),
    (b"GIF87a", *_PICTURE),
    (b"GIF89a", *_PICTURE),
    (b"II*\x00", *_PICTURE),
    (b"MM\x00*", *_PICTURE),
    (b"\x00\x00\x01\x00", *_PICTURE),
    (b"8BPS\x00", *_PICTURE),
    (b"ID3\x03", *_RECORDING),
    (b"ID3\x04", *_RECORDING),
    (b"OggS\x00", *_RECORDING),
    (b"fLaC\x00", *_RECORDING),
    (b"\x1a\x45\xdf\xa3", *_RECORDING),
    (b"\x7fELF", *_PROGRAM),
    (b"\x00asm", *_PROGRAM),
    (b"\xca\xfe\xba\xbe", *_PROGRAM),
    (b"\xcf\xfa\xed\xfe", *_PROGRAM),
    (b"\xce\xfa\xed\xfe", *_PROGRAM),
    (b"GGUF", "the weights of a model", _TABLE),
)

_PATTERNS: tuple[tuple[re.Pattern[bytes], str, str], ...] = (
    (re.compile(rb"BZh[1-9](1AY&SY|\x17rE8P)"), "a bzip2 archive", _UNPACK),
    (re.compile(rb"RD[XAB][23]\n[XAB]\n"), *_R),
    (re.compile(rb"A\n[23]\n\d+\n\d+\n"), *_R),
    (re.compile(rb"[\x69-\x76][\x01\x02]\x01\x00"), "a Stata file", _EXPORT),
    (re.compile(rb".{8}DUCK.{0,8}\x00", re.DOTALL), "a DuckDB database", _EXPORT),
    (re.compile(rb"RIFF.{4}(WEBP)", re.DOTALL), *_PICTURE),
    (re.compile(rb"RIFF.{4}(WAVE|AVI )", re.DOTALL), *_RECORDING),
    (re.compile(rb"\x00\x00.{2}ftyp", re.DOTALL), *_RECORDING),
    (re.compile(rb"BM.{4}\x00{4}", re.DOTALL), *_PICTURE),
    (re.compile(rb"MZ.{0,62}?\x00", re.DOTALL), *_PROGRAM),
    (re.compile(rb".{2}\r\n\x00{4}", re.DOTALL), *_PROGRAM),
    (re.compile(rb"\x80[\x02-\x05]"), *_PICKLE),
    (re.compile(rb".{40,440}SPSS PORT FILE", re.DOTALL), "an SPSS file", _EXPORT),
)
_DBASE_KINDS = b"\x02\x03\x04\x05\x30\x31\x32\x43\x63\x83\x8b\xcb\xf5\xfb"
_CUT_OFF = re.compile(rb"PAR1([\x00-\x08\x0b\x0c\x0e-\x1f\x80-\xff]|\Z)|PAR1.*\x00", re.DOTALL)

# The protocols of pickle that are text: they end with a point, and begin with what makes an object, or are one value.
_TEXT_PICKLE = re.compile(
    rb"c[A-Za-z_][\w.]*\n[\w.]+\n(p\d+\n|q.|[()])|\((lp|dp|tp)?\d*\n|\([IFVSLNUKXc(]|[\]}](q.|\.)", re.DOTALL
)
_ONE_VALUE = re.compile(rb"[IFLVS][^\n]*\n(p\d+\n)?\.\Z")

_IN_ZIP: tuple[tuple[bytes, str, str], ...] = (
    (b"xl/", *_EXCEL),
    (b"opendocument.spreadsheet", "an OpenDocument spreadsheet", "save the sheet as CSV"),
    (b"opendocument", "an OpenDocument file", _EXPORT),
    (b"word/", "a Word document", _EXPORT),
    (b"ppt/", "a PowerPoint presentation", _EXPORT),
    (b".npy", "a NumPy archive", _EXPORT),
    (b"Index/Document.iwa", "a Numbers sheet", "save the sheet as CSV"),
)


def is_parquet(head: bytes, tail: bytes) -> bool:
    """Whether the file calls itself Parquet at both ends. BadInput when it does at one end alone, or is encrypted."""
    if head.startswith(b"PARE"):
        raise BadInput("This is an encrypted Parquet file: save it without encryption.")
    if head.startswith(b"PAR1") and tail.endswith(b"PAR1") and len(head) > 4:
        return True
    if _CUT_OFF.match(head):
        raise BadInput("This Parquet file is cut off: its end is missing, so copy it again.")
    if tail.endswith(b"PAR1") and b"\x00" in tail[-8:-4]:
        raise BadInput("This Parquet file is damaged: its beginning is missing, so copy it again.")
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
    return _marked(head) or _sealed(head, tail) or document(head, tail)


def _marked(head: bytes) -> tuple[str, str] | None:
    found = next(((name, way_out) for mark, name, way_out in _MARKS if head.startswith(mark)), None)
    return found or next(((name, way_out) for look, name, way_out in _PATTERNS if look.match(head)), None)


def _sealed(head: bytes, tail: bytes) -> tuple[str, str] | None:
    """Kinds that can be told by what stands at their end, or in their middle."""
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        inside = head + tail
        return next(((name, way) for mark, name, way in _IN_ZIP if mark in inside), ("a ZIP archive", _UNPACK))
    if head[257:262] == b"ustar":
        return "a tar archive", _UNPACK
    if head.startswith(b"ORC") and (tail[-4:-1] == b"ORC" or b"\x00" in head):
        return "an ORC file", _EXPORT
    if head.startswith(b"FEA1") and tail.endswith(b"FEA1"):
        return _ARROW
    if tail.endswith(b".") and (_TEXT_PICKLE.match(head) or _ONE_VALUE.match(head)):
        return _PICKLE
    return ("a dBASE table", _EXPORT) if _is_dbase(head) else None


def _is_dbase(head: bytes) -> bool:
    """Whether the file begins with a header of dBASE: its kind, a date, and its length, at which a CR ends it."""
    ends = int.from_bytes(head[8:10], "little")
    dated = len(head) > 32 and 1 <= head[2] <= 12 and 1 <= head[3] <= 31
    return dated and head[0] in _DBASE_KINDS and ends > 32 and b"\r" in head[ends - 2 : ends] and b"\x00" in head[:32]
