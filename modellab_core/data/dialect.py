"""Which delimiter a text uses."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter

import numpy as np
import pyarrow as pa

from modellab_core.data.limits import cells_up_to
from modellab_core.errors import BadInput

CANDIDATES = (",", ";", "\t", "|")
SAMPLE = 1 << 18
SAMPLE_ROWS = 1000
NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", " ": "space", "\x1f": "unit separator"}
_SPOKEN = {"\\t": "\t", **{name: mark for mark, name in NAMES.items()}}
_BLOCK = 1 << 20  # so that what is computed of a block stays in the cache
_DECLARED = re.compile(r'"?sep=(.)"?(?:\r\n|\n|\r)', re.IGNORECASE)
_TYPED = re.compile(
    r"\s*([-+]?[\d.,' ]*\d%?|[-+]?\d*[.,]?\d+[eE][-+]?\d+|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([T ][\d:.]+\S*)?|)\s*",
    re.ASCII,
)


def declared_delimiter(body: pa.Buffer) -> tuple[str | None, int]:
    """The delimiter that a first line `sep=;` declares, as Excel writes it, and its bytes without those of its end, so
    that lines keep their numbers.

    None for one that the next line does not hold. BadInput when it cannot be a delimiter.
    """
    found = _DECLARED.match(body[:24].to_pybytes().decode("utf-8", "ignore"))
    if not found:
        return None, 0
    mark, size = found[1], len(found[0].rstrip("\r\n").encode())
    try:
        known_delimiter(mark)
    except BadInput as error:
        raise BadInput(
            f"The first line declares the delimiter {mark!r}, which cannot be one: say --delimiter."
        ) from error
    told = body[size : size + SAMPLE].to_pybytes().lstrip(b"\r\n")
    first = re.split(rb"[\r\n]", told, maxsplit=1)[0]
    return (mark if mark.encode() in first else None), size


def known_delimiter(asked: str) -> str:
    """The delimiter that a person asked for: one character, or its name. BadInput for anything else."""
    mark = _SPOKEN.get(asked, asked)
    if len(mark) != 1 or not mark.isascii() or mark.isalnum() or mark in '"\r\n\x00.-+_':
        raise BadInput(f"{asked!r} cannot be a delimiter: say one character, such as , ; | or tab.")
    return mark


def find_delimiter(body: pa.Buffer) -> str:
    """The delimiter by which the rows of the text agree best, among comma, semicolon, tab and bar.

    A delimiter is as good as the share of rows that have the usual number of cells, times the share of cells that look
    like something, more so with more columns (after van den Burg, Nazábal & Sutton, Data Mining and Knowledge Discovery
    33, 2019). A text in which none of them makes columns gets one that does not occur in it.
    """
    sample = body[:SAMPLE].to_pybytes().decode("utf-8", "ignore")
    whole = body.size <= SAMPLE
    rated = {mark: _rating(_sample_rows(sample, mark, whole), mark) for mark in CANDIDATES}
    best = max(CANDIDATES, key=lambda mark: rated[mark])  # the first of equals
    return best if rated[best] > 0 else absent_delimiter(body)


def absent_delimiter(body: pa.Buffer) -> str:
    """A delimiter that does not occur in the text, for a table of one column."""
    text = memoryview(body)
    present = set(np.flatnonzero(np.bincount(np.frombuffer(text[:_BLOCK], dtype=np.uint8), minlength=256)).tolist())
    for start in range(_BLOCK, body.size, _BLOCK):
        block = np.frombuffer(text[start : start + _BLOCK], dtype=np.uint8)
        present |= set(np.flatnonzero(np.bincount(block, minlength=256)).tolist())
    return next((mark for mark in CANDIDATES if ord(mark) not in present), "\x1f")


def _sample_rows(sample: str, mark: str, whole: bool) -> list[list[str]]:
    rows: list[list[str]] = []
    try:
        with cells_up_to(SAMPLE + 1):  # a quote that is never closed takes in the rest of the sample
            for row in csv.reader(io.StringIO(sample, newline=""), delimiter=mark):
                if row and (len(row) > 1 or row[0].strip()):
                    rows.append(row)
                if len(rows) > SAMPLE_ROWS:
                    break
    except csv.Error:
        return []
    return rows if whole or len(rows) < 2 else rows[:-1]


def _rating(rows: list[list[str]], mark: str) -> float:
    if not rows:
        return 0.0
    widths = Counter(len(row) for row in rows)
    width = max(widths, key=lambda w: (widths[w] * (w - 1) / w, w))
    agreeing = widths[width] / len(rows)
    if width == 1 or (len(rows[0]) == 1 and widths[width] < 0.9 * (len(rows) - 1)):  # one word over text with marks
        return 0.0
    cells = [cell for row in rows if len(row) == width for cell in row]
    others = [other for other in CANDIDATES if other != mark]
    typed = sum(_plausible(cell, others) for cell in cells) / len(cells)
    return agreeing**2 * max(typed, 0.01) * (width - 1) / width


def _plausible(cell: str, others: list[str]) -> float:
    """1 for a cell that looks like a value or a word, less for one in which another delimiter seems to be at work."""
    if _TYPED.fullmatch(cell):
        return 1.0
    if not any(other in cell for other in others):
        return 1.0
    return 0.5 if ", " in cell or "; " in cell else 0.0
