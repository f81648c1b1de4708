"""All columns of a text table: types decided or obeyed, values, and what a person should be told about them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from modellab_core.data.forms import SPOKEN_TRUTHS, Converted, Form, asked_form, convert, understand
from modellab_core.data.limits import Limits
from modellab_core.data.numerals import PLAIN, Notation
from modellab_core.data.request import Asked
from modellab_core.data.spelling import spellings
from modellab_core.data.table import ColumnType, Note, Reading
from modellab_core.data.texts import first_cells, longest, with_gaps
from modellab_core.errors import BadInput, choices

FIXED_TOKENS = ("?", "NA", "N/A", "n/a", "NaN", "null", "NULL", "None", "-")


@dataclass(frozen=True)
class Wanted:
    """How columns are to be read. `forms` are those that are known; with `asked` types the form is looked for; else
    both are found out. `tokens` are missing in columns of numbers and dates, `everywhere` in every column. Where a type
    was asked for and a comma could mark decimals or thousands, `comma_decimals` decides.
    """

    tokens: tuple[str, ...] = FIXED_TOKENS
    everywhere: tuple[str, ...] = ()
    asked: Mapping[str, ColumnType] = field(default_factory=dict)
    forms: Mapping[str, Form] = field(default_factory=dict)
    comma_decimals: bool = False

    @classmethod
    def again(cls, reading: Reading) -> Wanted:
        """As a stored Reading says: nothing is found out."""
        forms = {
            name: Form(
                kind,
                Notation(reading.decimal.get(name, "."), reading.thousands.get(name, ""), padded=True),
                reading.dates.get(name, ""),
            )
            for name, kind in reading.types.items()
        }
        return cls(reading.missing, reading.missing_everywhere, forms=forms)


@dataclass(frozen=True)
class Column:
    """A column that was read: its form, values, notes, and how the file spells its few values."""

    name: str
    form: Form
    values: pa.ChunkedArray
    notes: tuple[Note, ...] = ()
    spelled: Mapping[str, str] = field(default_factory=dict)


def wanted_of(request: Asked | Reading) -> Wanted:
    """How the columns are to be read."""
    if isinstance(request, Reading):
        return Wanted.again(request)
    if request.missing is None:
        return Wanted(asked=request.types)
    tokens = tuple(dict.fromkeys((*FIXED_TOKENS, *request.missing))) if request.missing else ()
    return Wanted(tokens, request.missing, request.types)


def refuse_strangers(wanted: Wanted, names: Sequence[str]) -> None:
    """BadInput when `wanted` speaks of columns that are not there."""
    for name in wanted.asked:
        if name not in names:
            raise BadInput(f"There is no column {name!r} to give a type: {choices(name, names)}")
    if wanted.forms and list(wanted.forms) != list(names):
        raise BadInput("The columns of this file are not those that were read before.")


def read_column(name: str, raw: pa.ChunkedArray, wanted: Wanted, limits: Limits) -> Column:
    """The column of text `raw` as `wanted`. BadInput when it does not fit a type that was asked for, or is too long."""
    _refuse_long(name, raw, limits)
    texts = with_gaps(raw, wanted.everywhere)
    converted = _converted(name, texts, wanted)
    notes = [*_told(name, texts, converted, wanted), *_blanks(name, converted)]
    spelled = spellings(texts, converted.form, wanted.tokens) if converted.form.type in {"number", "boolean"} else {}
    return Column(name, converted.form, converted.values, tuple(notes), spelled)


def _converted(name: str, texts: pa.ChunkedArray, wanted: Wanted) -> Converted:
    if name in wanted.forms:
        form = wanted.forms[name]
        found = convert(texts, form, wanted.tokens, SPOKEN_TRUTHS)
        if found is None:
            raise BadInput(f"Column {name!r} is not the column of {form.type}s that was read before.")
        return found
    if name in wanted.asked:
        found = asked_form(texts, wanted.asked[name], wanted.tokens, wanted.comma_decimals)
        if found is None:
            cell = _odd_cell(texts, wanted.asked[name], wanted.tokens)
            raise BadInput(
                f"Column {name!r} cannot be read as {wanted.asked[name]}: it has the cell {cell!r}. Choose another "
                f"--type, or say --missing {cell!r} if it stands for a missing value."
            )
        return found
    return understand(texts, wanted.tokens)


def _odd_cell(texts: pa.ChunkedArray, kind: ColumnType, tokens: Sequence[str]) -> str:
    """A cell that alone does not fit the type; where each would fit alone, the first."""
    cells = pc.unique(texts).drop_null().to_pylist()
    alone = (cell for cell in cells if asked_form(pa.chunked_array([[cell]]), kind, tokens, False) is None)
    return str(next(alone, cells[0]))


def _refuse_long(name: str, raw: pa.ChunkedArray, limits: Limits) -> None:
    if longest(raw) <= limits.cell_characters:
        return
    lengths = pc.utf8_length(raw)
    most = pc.max(lengths).as_py()
    if most > limits.cell_characters:
        record = pc.index(lengths, most).as_py() + 1
        raise BadInput(
            f"Record {record:,} has {most:,} characters in column {name!r}, and at most {limits.cell_characters:,} can "
            f"be read: shorten the cell."
        )


def _blanks(name: str, converted: Converted) -> list[Note]:
    if converted.values.null_count < len(converted.values):
        return []
    return [Note("all_missing", f"Column {name!r} has no values at all.", name)]


_MIXED = "mixed", "cells that are no numbers"
_DOUBTS = {
    "ambiguous_comma": ("its commas could mark decimals or thousands", "number"),
    "ambiguous_date": ("its dates could have the day or the month first", "date"),
}
_REASONS: tuple[tuple[str, str, re.Pattern[str]], ...] = (
    ("leading_zeros", "leading zeros", re.compile(r"[-+]?0[0-9]+(\.[0-9]*)?")),
    ("beyond_int64", "whole numbers with too many digits", re.compile(r"[-+]?[0-9]{16,}")),
    ("long_after_plus", "many digits after +, as in telephone numbers", re.compile(r"\+[0-9]+")),
    ("infinite", "infinite values", re.compile(r"[-+]?(inf|infinity|[0-9.]+e\+?[0-9]{3,})", re.IGNORECASE)),
)


def _told(name: str, texts: pa.ChunkedArray, converted: Converted, wanted: Wanted) -> list[Note]:
    form = converted.form
    if form.type == "text":
        return _why_text(name, texts, converted, wanted)
    notes = []
    lost = converted.values.null_count - texts.null_count
    if lost:
        tokens = _tokens_found(texts, wanted.tokens)
        text = f"Column {name!r}: {'1 cell is' if lost == 1 else f'{lost:,} cells are'} read as missing: {tokens}."
        notes.append(Note("missing_tokens", text, name))
    if form.notation.decimal != PLAIN.decimal or form.notation.thousands:
        marks = f"{form.notation.decimal!r} marks decimals"
        marks += f" and {form.notation.thousands!r} thousands" if form.notation.thousands else ""
        notes.append(Note("number_marks", f"Column {name!r}: {marks}.", name))
    if form.type == "date":
        zones = ", with zones turned into UTC" if converted.zoned else ""
        notes.append(Note("dates", f"Column {name!r} is read as dates of the form {form.date}{zones}.", name))
    return notes


def _tokens_found(texts: pa.ChunkedArray, tokens: Sequence[str]) -> str:
    trimmed = pc.utf8_trim_whitespace(texts)
    found = trimmed.filter(pc.is_in(trimmed, value_set=pa.array(tokens, pa.string())))
    counts = {item["values"]: item["counts"] for item in pc.value_counts(found).to_pylist()}
    return ", ".join(f"{token!r} ({counts[token]:,})" for token in sorted(counts))


def _why_text(name: str, texts: pa.ChunkedArray, converted: Converted, wanted: Wanted) -> list[Note]:
    """Why a column that looks like numbers or dates stayed text, and which tokens stayed in it."""
    if name in wanted.asked or name in wanted.forms:
        return []
    if converted.doubt:
        why, kind = _DOUBTS[converted.doubt]
        text = f"Column {name!r} stays text, as {why}; to decide it, say --type {name}={kind}."
        return [Note(converted.doubt, text, name)]
    sample = first_cells(texts, 1000)
    numeric = sum(_looks_like_number(cell) for cell in sample)
    notes = _number_like(name, texts, wanted) if sample and 2 * numeric >= len(sample) else []
    return notes or _tokens_kept(name, texts, wanted)


_NUMBER = re.compile(r"[-+]?[0-9][0-9.,_' ]*([eE][-+]?[0-9]+)?", re.ASCII)


def _looks_like_number(cell: str) -> bool:
    return _NUMBER.fullmatch(cell) is not None


def _number_like(name: str, texts: pa.ChunkedArray, wanted: Wanted) -> list[Note]:
    trimmed = pc.utf8_trim_whitespace(texts)
    fits = pc.match_substring_regex(trimmed, PLAIN.pattern())
    token = pc.is_in(trimmed, value_set=pa.array(wanted.tokens, pa.string()))
    odd = trimmed.filter(pc.invert(pc.or_(fits, token))).drop_null()
    if not len(odd):  # each is a number by itself, so some are too long or too large for the column
        odd = trimmed.filter(pc.match_substring_regex(trimmed, "^[-+]?[0-9]{16,}$|[eE][+]?[0-9]{3,}$")).drop_null()
    if not len(odd):
        return []
    first = odd[0].as_py()
    code, phrase = next(
        ((c, p) for c, p, look in _REASONS if look.fullmatch(first)), ("mixed", "cells that are no numbers")
    )
    record = pc.index(trimmed, first).as_py() + 1
    text = (
        f"Column {name!r} stays text because of {phrase}: {len(odd):,} of {len(trimmed):,} cells, such as "
        f"{first[:40]!r} in record {record:,}; "
    )
    nevertheless = f"to read numbers nevertheless, say --type {name}=number."
    way_out = "if they stand for missing values, say so with --missing." if code == "mixed" else nevertheless
    return [Note(code, text + way_out, name)]


_COMMON_TEXT = ("-",)


def _tokens_kept(name: str, texts: pa.ChunkedArray, wanted: Wanted) -> list[Note]:
    kept = _tokens_found(texts, [token for token in wanted.tokens if token not in _COMMON_TEXT])
    if not kept:
        return []
    text = f"Column {name!r} is text, so these cells stay in it: {kept}; to read one as missing, say so with --missing."
    return [Note("tokens_kept", text, name)]
