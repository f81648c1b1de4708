"""Documents that are text and no tables: pages, trees of values, scripts, tables that are drawn with lines."""

from __future__ import annotations

import re

_EXPORT = "export it as CSV or Parquet"
_JSON = "a JSON document", _EXPORT
_XML = "an XML document", _EXPORT
_DRAWN = "a table drawn with lines", _EXPORT
_SQL = "an SQL script", "run it and export the table as CSV or Parquet"

# What a document begins with, after white space and comments. None of these can take long on any text.
_STARTS: tuple[tuple[re.Pattern[bytes], str, str], ...] = (
    (re.compile(rb"<(!doctype\s+html|html|head|body|table)\b", re.IGNORECASE), "an HTML page", _EXPORT),
    (re.compile(rb"<(\?xml\b|!DOCTYPE\s)"), *_XML),
    (re.compile(rb"<\?php\b"), "a script", "give a table"),
    (re.compile(rb"@relation\s", re.IGNORECASE), "an ARFF file", _EXPORT),
    (re.compile(rb'\{\s*("([^"\\]|\\.)*"\s*:|\}\s*\Z)'), *_JSON),
    (re.compile(rb'\[\s*\{\s*"([^"\\]|\\.)*"\s*:'), *_JSON),
    (re.compile(rb"%YAML|---[ \t]*\r?\n"), "a YAML document", _EXPORT),
    (re.compile(rb"\{\\rtf"), "an RTF document", _EXPORT),
    (re.compile(rb"#![ ]?/"), "a script", "give a table"),
    (re.compile(rb"BEGIN:(VCARD|VCALENDAR)\r?\n"), "an address book or calendar", _EXPORT),
    (re.compile(rb"version https://git-lfs\."), "a Git LFS pointer", "fetch the file itself with git lfs pull"),
    (re.compile(rb"(create\s+(table|database|schema)|insert\s+into|drop\s+table)\s", re.IGNORECASE), *_SQL),
    (re.compile(rb"(pragma\s+\w+\s*=|begin\s+transaction\s*;|set\s+\S+\s*=)", re.IGNORECASE), *_SQL),
)
_COMMENTS = ((b"<!--", b"-->"), (b"/*", b"*/"), (b"--", b"\n"), (b"%", b"\n"))
_LIST = re.compile(rb'\[\s*(\{|\[|\]|"|-?\d|true|false|null)')
_TREE = re.compile(rb"([{\[])[ \t]*(//[^\n]*|#[^\n]*)?\r?\n")
_TAG = re.compile(rb"<([A-Za-z][\w.:-]*)(\s[^<>]*)?>")
_RULE = re.compile(rb"[ \t]*[|+]?([ \t]*(:-+:?|-{2,}:?)[ \t]*[|+])+([ \t]*(:-+:?|-{2,}:?))?[ \t]*")
_FRAME = re.compile(rb"[ \t]*\+([-=]{2,}\+)+[ \t]*")


def document(head: bytes, tail: bytes) -> tuple[str, str] | None:
    """(what the text is, the way out) if it is no table; `head` and `tail` are its first and last bytes."""
    plain = head.lstrip(b" \t\r\n\x0b\x0c\x1e")
    bare, end = _uncommented(plain), tail.rstrip()
    for start, name, way_out in _STARTS:
        if start.match(plain) or start.match(bare):
            return name, way_out
    if _LIST.match(plain) and end.endswith(b"]"):
        return _JSON
    tree = _TREE.match(plain)
    if tree and end.endswith(b"}" if tree[1] == b"{" else b"]"):
        return _JSON
    if _is_markup(bare, end):
        return _XML
    return _DRAWN if _is_drawn(plain) else None


def _uncommented(text: bytes) -> bytes:
    """The text without white space and comments before it, whatever language they are of."""
    while True:
        text = text.lstrip()
        comment = next(((begins, ends) for begins, ends in _COMMENTS if text.startswith(begins)), None)
        if comment is None:
            return text
        place = text.find(comment[1], len(comment[0]))
        text = text[place + len(comment[1]) :].lstrip(b";") if place >= 0 else b""


def _is_markup(bare: bytes, end: bytes) -> bool:
    """Whether the text begins with a tag that is only closed at its end."""
    root = _TAG.match(bare)
    if not root or not end.endswith(b">"):
        return False
    closing = b"</" + root[1]
    line = bare.partition(b"\n")[0]
    return end[end.rfind(b"</") :].rstrip(b"> \t\r\n") == closing and (closing not in line or b"\n" not in bare.strip())


def _is_drawn(plain: bytes) -> bool:
    """Whether lines of dashes and bars divide the cells, as in Markdown and on the screens of databases."""
    lines = [line.rstrip(b"\r") for line in plain.split(b"\n", 2)]
    if len(lines) < 2:
        return False
    framed = _FRAME.fullmatch(lines[0]) and lines[1].lstrip().startswith(b"|")
    return bool(framed or (b"|" in lines[0] and _RULE.fullmatch(lines[1])))
