"""Cells that are numbers: which notations are read, which are not, and their values.

Read: 12, -3.5, .5, 1e-3, and, where a column leaves no doubt, 3,5 or 1.234,56 or 1,234.56 or 1 234,5 or 1'234.5.
Not read, and so text: leading zeros, whole numbers beyond int64, hexadecimal, 1_000, inf, long runs of digits after +.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from modellab_core.data.texts import first_bytes, spans

EXACT = 1 << 53
_DIGITS = b"0123456789"


@dataclass(frozen=True)
class Notation:
    """How a column writes its numbers: the mark before decimals, the mark between thousands ("" for none), and whether
    whole numbers may be padded with zeros or be rounded (only where a person said that they are numbers).
    """

    decimal: str = "."
    thousands: str = ""
    padded: bool = False

    def pattern(self) -> str:
        """A regular expression of all cells in this notation; in the syntax that RE2 and Python share."""
        mark = re.escape(self.decimal)
        start = "[0-9]+" if self.padded else "0|[1-9][0-9]*"
        grouped = f"|[1-9][0-9]{{0,2}}(?:{re.escape(self.thousands)}[0-9]{{3}})+" if self.thousands else ""
        whole = f"(?:{start}{grouped})"
        exponent = "(?:[eE][-+]?[0-9]+)?"
        signed = f"-?(?:{whole}(?:{mark}[0-9]*)?|{mark}[0-9]+){exponent}"
        after_plus = "[0-9]+" if self.padded else "0|[1-9][0-9]{0,5}"  # more digits are a telephone number
        plus = rf"\+(?:(?:{after_plus}{grouped})(?:{mark}[0-9]*)?|{mark}[0-9]+){exponent}"
        return f"^(?:{signed}|{plus})$"


PLAIN = Notation()
_SPACES = (" ", "\u00a0", "\u202f", "\u2009")
_APOSTROPHES = ("'", "\u2019")
COMMA_DECIMAL = tuple(Notation(",", mark) for mark in ("", ".", *_SPACES, *_APOSTROPHES))
COMMA_THOUSANDS = (Notation(".", ","),)
SPACED = tuple(Notation(".", mark) for mark in (*_SPACES, *_APOSTROPHES))


def numbers(column: pa.ChunkedArray, notation: Notation, tokens: Collection[str]) -> pa.ChunkedArray | None:
    """The column as int64 or float64; cells that are one of `tokens` are missing. None if one cell is no number.

    A column of both kinds is float64, unless a whole number in it would be rounded: then it is None.
    """
    chunks = []
    for chunk in column.chunks:
        plain = notation.decimal == "." and not notation.thousands
        values = _plainly(chunk, notation.padded) if plain else None
        values = _carefully(chunk, notation, tokens) if values is None else values
        if values is None:
            return None
        chunks.append(values)
    return _as_one(chunks, notation.padded)


def _as_one(chunks: list[pa.Array], rounding: bool) -> pa.ChunkedArray | None:
    kind = pa.float64() if any(pa.types.is_floating(chunk.type) for chunk in chunks) else pa.int64()
    try:
        return pa.chunked_array([chunk.cast(kind, safe=not rounding) for chunk in chunks], type=kind)
    except pa.ArrowInvalid:  # a whole number beyond 2^53 beside decimals
        return None


def _plainly(chunk: pa.StringArray, padded: bool) -> pa.Array | None:
    """The values of a chunk of plain numbers, fast; None where it needs a closer look."""
    offsets, data = spans(chunk)
    own = data[offsets[0] : offsets[-1]].tobytes()
    marks = set(own.translate(None, _DIGITS)) if len(chunk) else set()
    if not marks <= set(b"-+.eE") or (first_bytes(offsets, data) == ord("+")).any():
        return None
    if not padded and _leading_zeros(offsets, data):
        return None
    try:
        values = chunk.cast(pa.int64() if marks <= set(b"-") else pa.float64())
    except pa.ArrowInvalid:
        return None
    return values if pa.types.is_integer(values.type) or _faithful(chunk, values, padded) else None


def _leading_zeros(offsets: np.ndarray, data: np.ndarray) -> bool:
    first = first_bytes(offsets, data)
    if not ((first == ord("0")) | (first == ord("-"))).any():
        return False
    second = first_bytes(offsets, data, 1)
    if ((first == ord("0")) & (second - np.uint8(ord("0")) < 10)).any():  # below "0" it wraps around
        return True
    zero = (first == ord("-")) & (second == ord("0"))
    return bool(zero.any() and (zero & (first_bytes(offsets, data, 2) - np.uint8(ord("0")) < 10)).any())


def _faithful(texts: pa.StringArray, values: pa.FloatArray, rounding: bool) -> bool:
    """Whether no value is infinite and, but for `rounding`, no whole number among the texts lost digits."""
    if pc.any(pc.is_inf(values)).as_py():
        return False
    offsets, data = spans(texts)
    points = int(np.count_nonzero(data[offsets[0] : offsets[-1]] == ord(".")))
    if rounding or points == len(texts) - texts.null_count or int(np.diff(offsets).max(initial=0)) <= 15:
        return True  # a number has one point at most, so here each is a fraction
    whole = texts.filter(pc.match_substring_regex(texts, "^[-+]?[0-9]{16,}$"))
    return all(abs(int(text)) <= EXACT for text in whole.drop_null().to_pylist())


def _carefully(chunk: pa.StringArray, notation: Notation, tokens: Collection[str]) -> pa.Array | None:
    """The values of a chunk that has white space, tokens or marks in it."""
    texts = pc.utf8_trim_whitespace(chunk)
    fits = pc.match_substring_regex(texts, notation.pattern())
    strange = pc.unique(texts.filter(pc.invert(fits))).drop_null()
    if len(strange) > len(tokens) or not set(strange.to_pylist()) <= set(tokens):
        return None
    plain = pc.if_else(fits, texts, pa.scalar(None, pa.string()))
    for mark, meaning in ((notation.thousands, ""), (notation.decimal, "."), ("+", "")):
        if mark and mark != meaning:
            plain = pc.replace_substring(plain, mark, meaning)
    fractions = pc.any(pc.match_substring_regex(plain, "[.eE]")).as_py()
    try:
        return plain.cast(pa.int64()) if not fractions else _floats(plain, notation.padded)
    except pa.ArrowInvalid:  # beyond int64
        return _floats(plain, True) if notation.padded else None


def _floats(texts: pa.StringArray, rounding: bool) -> pa.Array | None:
    values = texts.cast(pa.float64())
    return values if _faithful(texts, values, rounding) else None


def fits_all(notation: Notation, cells: Sequence[str], tokens: Collection[str]) -> bool:
    """Whether all of `cells` (a sample, without white space around) are numbers in this notation, or tokens."""
    pattern = re.compile(notation.pattern())
    return all(pattern.match(cell) or cell in tokens for cell in cells)
