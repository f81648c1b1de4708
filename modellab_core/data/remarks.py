"""What else a person should know of a column of text: cells that they called missing, lost digits, signs beside its
numbers, and first cells that look like a second header. Columns are looked at chunk by chunk.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from modellab_core.data.dates import FORMS, pattern
from modellab_core.data.forms import Converted
from modellab_core.data.numerals import EXACT, PLAIN, Notation
from modellab_core.data.pieces import Cells
from modellab_core.data.table import Note
from modellab_core.data.texts import first_cells

SAMPLE = 200
MOST_HEADINGS = 3
_LONG = 18  # bytes of the shortest number that can have more digits than a float keeps
_KEPT = 17
_SIGNS = re.compile(
    r"[-+\u2212\u2013(]?\s*[$\u20ac\u00a3\u00a5\u20b9\u20bd]?\s*[-+\u2212\u2013]?\d[\d.,'\u2019 \u00a0\u202f\u2009]*"
    r"\s*(?:[%\u2030$\u20ac\u00a3\u00a5\u20b9\u20bd]|[A-Z]{3})?\s*\)?",
    re.ASCII,
)
_SIGN = re.compile(r"[$\u20ac\u00a3\u00a5\u20b9\u20bd%\u2030()\u2212\u2013\u00a0\u202f\u2009]|[A-Z]{3}")
_NO_WORD = re.compile(r"[-+]?(?:inf|infinity|nan|0x[0-9a-f]+)$", re.IGNORECASE)
_PLAIN = re.compile(PLAIN.pattern())


def asked_away(raw: Cells, tokens: Collection[str]) -> Counter[str]:
    """How many cells of the column are each of the `tokens` that a person called missing, white space left out."""
    found: Counter[str] = Counter()
    asked = pa.array([token for token in tokens if token.strip()], pa.string())
    for chunk in raw.chunks if len(asked) else ():
        trimmed = pc.utf8_trim_whitespace(chunk)
        for item in pc.value_counts(trimmed.filter(pc.is_in(trimmed, value_set=asked))).to_pylist():
            found[item["values"]] += item["counts"]
    return found


def told_away(name: str, found: Counter[str]) -> list[Note]:
    """A note on the cells that are missing because a person said so."""
    if not found:
        return []
    cells = "1 cell is" if found.total() == 1 else f"{found.total():,} cells are"
    each = ", ".join(f"{token!r} ({found[token]:,})" for token in sorted(found))
    return [Note("missing_tokens", f"Column {name!r}: {cells} read as missing, as you asked: {each}.", name)]


def unfound(tokens: Sequence[str], found: Collection[str]) -> list[Note]:
    """A note on tokens that a person called missing and that no column holds."""
    absent = [token for token in tokens if token.strip() and token not in found]
    if not absent:
        return []
    named = ", ".join(repr(token) for token in absent)
    return [Note("missing_absent", f"No cell is {named}, so nothing is read as missing for it.")]


def remarks(name: str, texts: Cells, converted: Converted) -> list[Note]:
    """Notes on digits that a float does not keep, and on text that is all numbers but for signs or headings."""
    if converted.form.type == "number" and pa.types.is_floating(converted.values.type):
        return _rounded(name, texts, converted)
    if converted.form.type != "text" or converted.doubt:
        return []
    sample = first_cells(texts, SAMPLE)
    return [*_headings(name, sample), *_signs(name, sample)]


def _rounded(name: str, texts: Cells, converted: Converted) -> list[Note]:
    zero = any(pc.any(pc.equal(chunk, 0.0)).as_py() for chunk in converted.values.chunks)
    count, example = 0, ""
    for chunk in texts.chunks:
        lost = _lossy(chunk, converted.form.notation, zero)
        count, example = count + len(lost), example or (lost[0].as_py().strip() if len(lost) else "")
    if not count:
        return []
    cells = "1 cell has" if count == 1 else f"{count:,} cells have"
    text = (
        f"Column {name!r}: {cells} more digits than a number keeps (about {_KEPT}), such as {example[:60]!r}; the rest "
        f"is rounded off."
    )
    return [Note("rounded", text, name)]


def _lossy(chunk: pa.Array, notation: Notation, zero: bool) -> pa.Array:
    """The cells of which a float keeps another number: with too many digits, or, where values are `zero`, too small."""
    long = chunk.filter(pc.greater_equal(pc.binary_length(chunk), _LONG))
    digits = pc.utf8_trim(long, " \t+-")
    if pc.any(pc.match_substring_regex(digits, "[eE]")).as_py():
        digits = pc.replace_substring_regex(digits, "[eE].*$", "")
    for mark in (notation.thousands, notation.decimal):
        digits = pc.replace_substring(digits, mark, "") if mark else digits
    many = pc.greater(pc.binary_length(pc.utf8_trim(digits, "0")), _KEPT)
    few = long.filter(pc.invert(many))
    few = few.filter(pc.match_substring_regex(few, r"[0-9]{16,}[.,]"))
    small = chunk.filter(pc.match_substring_regex(chunk, "[eE]-[0-9]{3}")) if zero else chunk.slice(0, 0)
    odd = [cell for cell in [*few.to_pylist(), *small.drop_null().to_pylist()] if _changes(cell, notation)]
    return pa.concat_arrays([long.filter(many), pa.array(odd, pa.string())])


def _changes(cell: str, notation: Notation) -> bool:
    """Whether a float that is large, or zero, is another number than the cell says."""
    plain = cell.strip().replace(notation.thousands, "") if notation.thousands else cell.strip()
    kept, said = float(plain.replace(notation.decimal, ".")), Decimal(plain.replace(notation.decimal, "."))
    return (kept == 0 or abs(kept) >= EXACT) and said != Decimal(kept)


def _headings(name: str, sample: Sequence[str]) -> list[Note]:
    """Whether only the first cells are no numbers, or no dates."""
    for look in (_PLAIN, *(re.compile(pattern(form)) for form in FORMS)):
        odd = [place for place, cell in enumerate(sample) if not look.match(cell)]
        if (
            odd
            and not any(_NO_WORD.match(cell) for cell in sample[:MOST_HEADINGS])
            and len(odd) <= MOST_HEADINGS
            and odd == list(range(len(odd)))
            and len(sample) >= 2 * len(odd) + 1
        ):
            lines = "cell is" if len(odd) == 1 else f"{len(odd)} cells are"
            text = (
                f"Column {name!r}: only its first {lines} not like the others ({sample[0][:40]!r}); if titles or units "
                f"stand there, take these lines away."
            )
            return [Note("headings", text, name)]
    return []


def _signs(name: str, sample: Sequence[str]) -> list[Note]:
    """Whether signs of money, percent, or minus keep most cells from being numbers."""
    signed = [cell for cell in sample if _SIGN.search(cell) and _SIGNS.fullmatch(cell) and cell[:2] not in ("0x", "0X")]
    plain = sum(_PLAIN.match(cell) is not None for cell in sample)
    if not signed or 2 * (len(signed) + plain) < len(sample):
        return []
    text = (
        f"Column {name!r} stays text because of signs beside its numbers, such as {signed[0][:40]!r}; to have numbers, "
        f"take the signs away in the file."
    )
    return [Note("signs", text, name)]
