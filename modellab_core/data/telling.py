"""What a person should know about how a column of text was understood, each thing with its count."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from modellab_core.data.dates import FORMS, pattern
from modellab_core.data.forms import Converted
from modellab_core.data.numerals import PLAIN
from modellab_core.data.pieces import Cells, counts_of
from modellab_core.data.table import Note
from modellab_core.data.texts import first_cells

SAMPLE = 1000
_DOUBTS = {
    "ambiguous_comma": ("its commas could mark decimals or thousands", "number"),
    "ambiguous_point": ("its points could mark decimals or, beside columns with decimal commas, thousands", "number"),
    "ambiguous_date": ("its dates could have the day or the month first", "date"),
}
_REASONS: tuple[tuple[str, str, re.Pattern[str]], ...] = (
    ("leading_zeros", "leading zeros", re.compile(r"[-+]?0[0-9]+(\.[0-9]*)?")),
    ("beyond_int64", "whole numbers with too many digits", re.compile(r"[-+]?[0-9]{16,}")),
    ("long_after_plus", "many digits after +, as in telephone numbers", re.compile(r"\+[0-9]+")),
    ("infinite", "infinite values", re.compile(r"[-+]?(inf|infinity|[0-9.]+e\+?[0-9]{3,})", re.IGNORECASE)),
    ("hexadecimal", "hexadecimal numbers", re.compile(r"0x[0-9a-f]+", re.IGNORECASE)),
    ("mixed", "cells that are no numbers", re.compile(".*", re.DOTALL)),
)
STAYS_TEXT = frozenset({*_DOUBTS, *(code for code, _, _ in _REASONS), "mixed_dates"})
_NUMBER = re.compile(r"[-+]?[0-9][0-9.,_' ]*([eE][-+]?[0-9]+)?|0[xX][0-9a-fA-F]+", re.ASCII)
_DATE = re.compile(
    r"(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/. ](\d{1,2}|[A-Za-z]{3,9})[-/. ]\d{2,4})(?!\d).*", re.ASCII
)
_COMMON_TEXT = ("-",)


def told(name: str, texts: Cells, converted: Converted, tokens: Sequence[str], decided: bool) -> list[Note]:
    """Notes on the column. `decided` says that its type was not found out but given."""
    form = converted.form
    if form.type == "text":
        return [] if decided else _why_text(name, texts, converted, tokens)
    notes = []
    lost = converted.values.null_count - texts.null_count
    if lost:
        text = f"{'1 cell is' if lost == 1 else f'{lost:,} cells are'} read as missing: {_counted(texts, tokens)}."
        notes.append(Note("missing_tokens", f"Column {name!r}: {text}", name))
    if form.notation.decimal != PLAIN.decimal or form.notation.thousands:
        marks = f"{form.notation.decimal!r} marks decimals"
        marks += f" and {form.notation.thousands!r} thousands" if form.notation.thousands else ""
        notes.append(Note("number_marks", f"Column {name!r}: {marks}.", name))
    if form.type == "date":
        zones = ", with zones turned into UTC" if converted.zoned else ""
        notes.append(Note("dates", f"Column {name!r} is read as dates of the form {form.date}{zones}.", name))
    return notes


def as_option(name: str, kind: str) -> str:
    """The option that gives a column a type, as it is typed; for a name that cannot be typed, how it would be."""
    return "--type " + (shlex.quote(f"{name}={kind}") if name.isprintable() else f"NAME={kind}")


def _counted(texts: Cells, tokens: Collection[str]) -> str:
    """The tokens among the cells with their counts."""
    known = pa.array(list(tokens), pa.string())
    trimmed = (pc.utf8_trim_whitespace(chunk) for chunk in texts.chunks)
    counts = counts_of((chunk.filter(pc.is_in(chunk, value_set=known)) for chunk in trimmed), len(known)) or {}
    return ", ".join(f"{token!r} ({counts[token]:,})" for token in sorted(counts))


def _why_text(name: str, texts: Cells, converted: Converted, tokens: Sequence[str]) -> list[Note]:
    """Why a column that looks like numbers or dates stayed text, or which tokens stayed in it."""
    if converted.doubt:
        why, kind = _DOUBTS[converted.doubt]
        text = f"Column {name!r} stays text, as {why}; to decide it, say {as_option(name, kind)}."
        return [Note(converted.doubt, text, name)]
    sample = [cell for cell in first_cells(texts, SAMPLE) if cell not in tokens]
    if _most(sample, _DATE):
        return _date_like(name, texts, sample, tokens)
    if _most(sample, _NUMBER) and (notes := _number_like(name, texts, tokens)):
        return notes
    return _tokens_kept(name, texts, tokens)


def _most(sample: Sequence[str], look: re.Pattern[str]) -> bool:
    return bool(sample) and 2 * sum(look.fullmatch(cell) is not None for cell in sample) >= len(sample)


def _number_like(name: str, texts: Cells, tokens: Collection[str]) -> list[Note]:
    odd = _odd(texts, lambda cells: _unlike(cells, PLAIN.pattern(), tokens))
    if not odd.count:  # each is a number by itself, so some are too long or too large for the column
        odd = _odd(texts, lambda cells: pc.match_substring_regex(cells, "^[-+]?[0-9]{16,}$|[eE][+]?[0-9]{3,}$"))
    if not odd.count:
        return []
    code, phrase = next((code, phrase) for code, phrase, look in _REASONS if look.fullmatch(odd.first))
    way_out = "if they stand for missing values, say so with --missing."
    if code in {"leading_zeros", "beyond_int64", "long_after_plus"}:
        way_out = f"to read numbers nevertheless, say {as_option(name, 'number')}."
    text = f"Column {name!r} stays text because of {phrase}: {odd}; {way_out}"
    return [Note(code, text, name)]


def _date_like(name: str, texts: Cells, sample: Sequence[str], tokens: Collection[str]) -> list[Note]:
    """Cells that are not of the form of most; where all are, one is not in the calendar, or only some have a zone."""
    form = max(FORMS, key=lambda form: sum(re.match(pattern(form), cell) is not None for cell in sample))
    odd = _odd(texts, lambda cells: _unlike(cells, pattern(form), tokens))
    why = f"cells that are no dates of the form {form}: {odd}" if odd.count else "a date not in the calendar"
    zone = "[0-9](Z| ?UTC| ?GMT|[-+][0-9:]{2,5})$"
    if not odd.count and _odd(texts, lambda cells: pc.match_substring_regex(cells, zone)).count:
        why = "zones that only some of its dates have, or a date that is not in the calendar"
    text = f"Column {name!r} stays text because of {why}; if one stands for a missing value, say so with --missing."
    return [Note("mixed_dates", text, name)]


@dataclass(frozen=True)
class _Odd:
    """Cells of a column that are pointed out: how many of all, the first one, and its record."""

    count: int
    cells: int
    first: str = ""
    record: int = 0

    def __str__(self) -> str:
        return f"{self.count:,} of {self.cells:,} cells, such as {self.first[:40]!r} in record {self.record:,}"


def _odd(texts: Cells, which: Callable[[pa.Array], pa.Array]) -> _Odd:
    """The cells, without the white space around, for which `which` says yes."""
    count, seen, first, record = 0, 0, "", 0
    for chunk in texts.chunks:
        trimmed = pc.utf8_trim_whitespace(chunk)
        places = np.flatnonzero(pc.fill_null(which(trimmed), False).to_numpy(zero_copy_only=False))
        if len(places) and not count:
            first, record = trimmed[int(places[0])].as_py(), seen + int(places[0]) + 1
        count, seen = count + len(places), seen + len(chunk)
    return _Odd(count, seen, first, record)


def _unlike(trimmed: pa.Array, look: str, tokens: Collection[str]) -> pa.Array:
    """Which cells neither look so nor are tokens."""
    known = pc.is_in(trimmed, value_set=pa.array(list(tokens), pa.string()))
    return pc.invert(pc.or_(pc.match_substring_regex(trimmed, look), known))


def _tokens_kept(name: str, texts: Cells, tokens: Collection[str]) -> list[Note]:
    telling = [token for token in tokens if token not in _COMMON_TEXT]
    known = pa.array(telling, pa.string())
    if not any(pc.any(pc.is_in(chunk, value_set=known)).as_py() for chunk in texts.chunks):
        return []
    kept = _counted(texts, telling)
    text = f"Column {name!r} is text, so these cells stay in it: {kept}; to read one as missing, say so with --missing."
    return [Note("tokens_kept", text, name)]
