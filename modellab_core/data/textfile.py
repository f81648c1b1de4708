"""A text file as a table: bytes in, typed columns out, and everything that was found out on the way."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pyarrow as pa

from modellab_core.data.columns import Column, Wanted, read_column, refuse_strangers, told_of, undotted, wanted_of
from modellab_core.data.decoding import decode, refuse_nul
from modellab_core.data.delimited import Cut, cut
from modellab_core.data.dialect import NAMES
from modellab_core.data.forms import convert
from modellab_core.data.limits import Limits
from modellab_core.data.names import usable_names
from modellab_core.data.numerals import PLAIN
from modellab_core.data.pieces import Pieces, in_memory
from modellab_core.data.request import Asked
from modellab_core.data.room import Room
from modellab_core.data.table import Note, Reading
from modellab_core.data.texts import with_gaps
from modellab_core.errors import BadInput

YEARS = range(1900, 2101)
LONGEST_COUNT = 20  # characters


@dataclass(frozen=True)
class Parsed:
    """Typed columns by name, how they were read, what to tell, and how the few values of columns are spelled."""

    columns: Mapping[str, Pieces]
    rows: int
    reading: Reading
    notes: tuple[Note, ...] = ()
    spellings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def table(self) -> pa.Table:
        """All of it, in memory."""
        return pa.table({name: in_memory(column) for name, column in self.columns.items()})


def read_text(raw: pa.Buffer, request: Asked | Reading, limits: Limits, room: Room) -> Parsed:
    """The table in `raw`: by what a person asked and what is found out, or again by a Reading.

    BadInput when it is no table, has no rows, or does not fit what was asked for.
    """
    decoded = decode(raw, request.encoding, room.text)
    refuse_nul(decoded.body)
    parts = cut(decoded.body, request.delimiter, limits, room)
    wanted = replace(wanted_of(request), comma_decimals=parts.delimiter == ";")  # where commas are free for decimals
    header, naming, columns = _columns(parts, request.header, wanted, limits)
    told = [*decoded.notes, *_told(parts, header, request.delimiter), *naming, *told_of(columns, wanted)]
    reading = _reading(decoded.encoding, parts.delimiter, header, columns, wanted)
    values = {column.name: column.values for column in columns}
    return Parsed(values, parts.rows - header, reading, tuple(told), {c.name: c.spelled for c in columns if c.spelled})


def _columns(parts: Cut, header: bool | None, wanted: Wanted, limits: Limits) -> tuple[bool, list[Note], list[Column]]:
    """Whether the first record is a header, notes about names, and the columns without it."""
    first, second = _record(parts, 0), _record(parts, 1)
    names, notes = usable_names(first, limits)
    if header is False:
        return False, *_headless(parts, wanted, limits)
    if parts.rows < 2:
        raise BadInput("The file has a header and no rows (if its one line is data, say --no-header).")
    refuse_strangers(wanted, names)
    columns = _read([column.without(1) for column in parts.columns], names, wanted, limits)
    if header is None and not _counts_up(first, second) and _is_data(first, columns, wanted):
        return False, *_headless(parts, wanted, limits)
    return True, notes, columns


def _record(parts: Cut, place: int) -> list[str]:
    return [text for column in parts.columns for text in column.rows(place, place + 1).to_pylist()]


def _headless(parts: Cut, wanted: Wanted, limits: Limits) -> tuple[list[Note], list[Column]]:
    names = [f"column_{position}" for position in range(1, len(parts.columns) + 1)]
    refuse_strangers(wanted, names)
    return [], _read(parts.columns, names, wanted, limits)


def _read(cells: Sequence[Pieces], names: Sequence[str], wanted: Wanted, limits: Limits) -> list[Column]:
    columns = [read_column(name, texts, wanted, limits) for name, texts in zip(names, cells, strict=True)]
    if not any(column.form.notation.decimal == "," for column in columns):
        return columns
    return [undotted(column, texts, wanted) for column, texts in zip(columns, cells, strict=True)]


def _is_data(first: Sequence[str], columns: Sequence[Column], wanted: Wanted) -> bool:
    """Whether the first record fits the types of the rest, and some type is more than text."""
    fits = []
    for cell, column in zip(first, columns, strict=True):
        if column.form.type == "text" or not cell.strip() or cell.strip() in wanted.tokens:
            continue
        fits.append(convert(with_gaps(pa.chunked_array([[cell]])), column.form, wanted.tokens) is not None)
    return bool(fits) and all(fits)


def _counts_up(first: Sequence[str], second: Sequence[str]) -> bool:
    """Whether the first record numbers the columns (0, 1, 2 …) or names years, and the second does not."""
    return _is_count(first) and not _is_count(second)


def _is_count(cells: Sequence[str]) -> bool:
    numbers = [int(cell.strip()) for cell in cells if cell.strip().isdecimal() and len(cell) < LONGEST_COUNT]
    steps = all(after == before + 1 for before, after in itertools.pairwise(numbers))
    return len(numbers) >= 3 and steps and (numbers[0] == 0 or (numbers[0] in YEARS and numbers[-1] in YEARS))


def _told(parts: Cut, header: bool, asked: str | None) -> list[Note]:
    notes = []
    if parts.declared:
        notes.append(Note("declared", "The first line, which declares a delimiter, is no part of the table."))
    if len(parts.columns) == 1:
        text = "The table has one column; if it has more, say what is between them with --delimiter."
        if asked is not None:
            text = f"The delimiter {asked!r}, which was asked for, divides no line, so the table has one column."
        notes.append(Note("one_column", text))
    elif parts.delimiter != ",":
        name = NAMES.get(parts.delimiter, repr(parts.delimiter))
        notes.append(Note("delimiter", f"The delimiter is a {name}."))
    if parts.tightened:
        notes.append(Note("spaces", "Spaces after delimiters are left out, as some of them stand before a quote."))
    if not header:
        text = (
            f"The first line is read as data, not as names, so the columns are called column_1 to "
            f"column_{len(parts.columns)}."
        )
        notes.append(Note("no_header", text))
    if parts.blank_lines:
        lines = "1 blank line was" if parts.blank_lines == 1 else f"{parts.blank_lines:,} blank lines were"
        notes.append(Note("blank_lines", f"{lines} left out."))
    return notes


def _reading(encoding: str, delimiter: str, header: bool, columns: Sequence[Column], wanted: Wanted) -> Reading:
    forms = {column.name: column.form for column in columns}
    numbers = {name: form.notation for name, form in forms.items() if form.type == "number"}
    return Reading(
        "csv",
        {name: form.type for name, form in forms.items()},
        encoding,
        delimiter,
        header,
        wanted.tokens,
        {name: notation.decimal for name, notation in numbers.items() if notation.decimal != PLAIN.decimal},
        {name: notation.thousands for name, notation in numbers.items() if notation.thousands},
        {name: form.date for name, form in forms.items() if form.type == "date"},
        wanted.everywhere,
    )
