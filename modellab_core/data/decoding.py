"""From bytes to UTF-8: which encoding the bytes are in, never a replaced character."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from modellab_core.data.kinds import HEAD, refuse_other_kinds
from modellab_core.data.table import Note
from modellab_core.errors import BadInput

CHUNK = 4 << 20
UTF8_MARK = b"\xef\xbb\xbf"
WINDOWS = "windows-1252"
SinkOf = Callable[[], Any]  # of things to write bytes to, whose `getvalue()` is a Buffer of all
_UNSUITABLE = ("idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem", "utf-7")


@dataclass(frozen=True)
class Decoded:
    """`body` is the text as UTF-8 without a byte-order mark; `encoding` is what the bytes were in."""

    body: pa.Buffer
    encoding: str
    notes: tuple[Note, ...] = ()


def decode(raw: pa.Buffer, asked: str | None = None, sink_of: SinkOf = pa.BufferOutputStream) -> Decoded:
    """The text of `raw`: as `asked`, else by its mark, else as UTF-8, else as Windows-1252 with a note.

    BadInput with line and byte when the bytes are not text in that encoding, or when the text is another kind of file.
    Text that had to be decoded is written to what `sink_of` makes.
    """
    if asked is not None:
        return _in_encoding(raw, _known(asked), sink_of)
    head = raw[:4].to_pybytes()
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return _in_encoding(raw, "utf-32", sink_of, "utf-32 by its byte-order mark")
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _in_encoding(raw, "utf-16", sink_of, "utf-16 by its byte-order mark")
    fault = _utf8_fault(raw)
    if fault is None:
        return Decoded(_without_mark(raw), "utf-8")
    return _as_windows(raw, fault, sink_of)


def _known(asked: str) -> str:
    try:
        name = codecs.lookup(asked).name
        "".encode(name)  # refuses codecs that are no encodings of text
    except (LookupError, ValueError) as error:
        raise BadInput(
            f"There is no encoding {asked!r}: say utf-8, utf-16, windows-1252, latin-1 or another."
        ) from error
    if name.replace("-", "_") in {item.replace("-", "_") for item in _UNSUITABLE}:
        raise BadInput(f"{asked!r} is no encoding of tables: say utf-8, utf-16, windows-1252, latin-1 or another.")
    return WINDOWS if name == "cp1252" else name


def _without_mark(body: pa.Buffer) -> pa.Buffer:
    return body[len(UTF8_MARK) :] if body[:3].to_pybytes() == UTF8_MARK else body


def _utf8_fault(raw: pa.Buffer) -> int | None:
    """The place of the first byte that is not UTF-8, if any."""
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    pending = 0
    for start in range(0, max(1, raw.size), CHUNK):
        piece = raw[start : start + CHUNK].to_pybytes()
        last = start + CHUNK >= raw.size
        if not pending and piece.isascii():
            continue
        try:
            decoder.decode(piece, last)
        except UnicodeDecodeError as error:
            return start - pending + error.start
        pending = len(decoder.getstate()[0])
    return None


def _as_windows(raw: pa.Buffer, fault: int, sink_of: SinkOf) -> Decoded:
    try:
        decoded = _in_encoding(raw, WINDOWS, sink_of)
    except BadInput as error:
        raise BadInput(
            f"Line {line_of(raw, fault):,} (byte {fault:,}) is not UTF-8, and the file cannot be Windows-1252 either. "
            f"Say what it is with --encoding, or save it as UTF-8."
        ) from error
    text = (
        f"The bytes are not UTF-8 (line {line_of(raw, fault):,}), so they were read as Windows-1252; if letters look "
        f"wrong, say what they are with --encoding."
    )
    if not all(raw[start : min(start + CHUNK, fault)].to_pybytes().isascii() for start in range(0, fault, CHUNK)):
        text += " All letters before that line are UTF-8, so it may be a UTF-8 file with damaged places: look there."
    return Decoded(decoded.body, WINDOWS, (Note("encoding", text),))


def _in_encoding(raw: pa.Buffer, name: str, sink_of: SinkOf, told: str | None = None) -> Decoded:
    sink = sink_of()
    for piece in _pieces(raw, name):
        sink.write(piece)
    notes = (Note("encoding", f"The file is in {told}."),) if told else ()
    body = _without_mark(sink.getvalue())
    refuse_other_kinds(body[:HEAD].to_pybytes(), body[max(0, body.size - HEAD) :].to_pybytes())
    return Decoded(body, name, notes)


def _pieces(raw: pa.Buffer, name: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(name)("strict")
    for start in range(0, max(1, raw.size), CHUNK):
        piece = raw[start : start + CHUNK].to_pybytes()
        pending = len(decoder.getstate()[0])
        try:
            text = decoder.decode(piece, start + CHUNK >= raw.size)
        except UnicodeDecodeError as error:
            place = start - pending + error.start
            raise BadInput(
                f"Line {line_of(raw, place):,} (byte {place:,}) is no text in {name}: say what the file is in with "
                f"--encoding, or save it as UTF-8."
            ) from error
        except UnicodeError as error:  # of encodings that need a mark
            raise BadInput(f"The file does not begin with a byte-order mark: say {name}-le or {name}-be.") from error
        yield text.encode("utf-8")


def refuse_nul(body: pa.Buffer) -> None:
    """BadInput when the text holds NUL characters: it is then no text, or UTF-16 without a mark."""
    for start in range(0, body.size, CHUNK):
        place = body[start : start + CHUNK].to_pybytes().find(b"\x00")
        if place >= 0:
            raise BadInput(
                f"Line {line_of(body, start + place):,} holds a NUL character, so this is no text file{_wide(body)}."
            )


def _wide(body: pa.Buffer) -> str:
    """What else the file may be, by which of its first bytes are NUL."""
    head = body[:4096].to_pybytes()
    for name, nul, other in (("utf-16-le", head[1::2], head[::2]), ("utf-16-be", head[::2], head[1::2])):
        if 2 * nul.count(0) > len(nul) and not 2 * other.count(0) > len(other):
            return f", or it is UTF-16 without a byte-order mark: then say --encoding {name}"
    return ": look there for damage, or export the table as CSV or Parquet"


def line_of(raw: pa.Buffer, place: int) -> int:
    """The 1-based line of a byte; CR, LF and CRLF each end a line."""
    line, last = 1, b""
    for start in range(0, place, CHUNK):
        before: bytes = raw[start : min(start + CHUNK, place)].to_pybytes()
        line += before.count(b"\n") + before.count(b"\r") - (last + before).count(b"\r\n")
        last = before[-1:]
    return line
