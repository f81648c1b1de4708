"""All columns of a text table: types decided or obeyed, values, and what a person should be told about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

import pyarrow as pa
import pyarrow.compute as pc

from modellab_core.data.away import given_in, tokens_of
from modellab_core.data.forms import SPOKEN_TRUTHS, TEXT, Converted, Form, asked_form, convert, understand
from modellab_core.data.limits import Limits
from modellab_core.data.numerals import Notation
from modellab_core.data.pieces import Cells, changed, longest
from modellab_core.data.remarks import asked_away, remarks, told_away, unfound
from modellab_core.data.request import Asked
from modellab_core.data.spelling import spellings
from modellab_core.data.table import ColumnType, Note, Reading
from modellab_core.data.telling import told
from modellab_core.data.texts import gaps
from modellab_core.errors import BadInput, choices

LONGEST_SHOWN = 60  # characters of a cell or name in a sentence
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
    """A column that was read: its form, values, notes, how the file spells its few values, and which of the tokens that
    a person called missing it holds.
    """

    name: str
    form: Form
    values: Cells
    notes: tuple[Note, ...] = ()
    spelled: Mapping[str, str] = field(default_factory=dict)
    away: frozenset[str] = frozenset()


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
            near = choices(name, (known[:LONGEST_SHOWN] for known in names))
            raise BadInput(f"There is no column {name[:LONGEST_SHOWN]!r} to give a type: {near}")
    if wanted.forms and list(wanted.forms) != list(names):
        raise BadInput("The columns of this file are not those that were read before.")


def read_column(name: str, raw: Cells, wanted: Wanted, limits: Limits) -> Column:
    """The column of text `raw` as `wanted`. BadInput when it does not fit a type that was asked for, or is too long."""
    _refuse_long(name, raw, limits)
    tokens = tokens_of(name, wanted.everywhere)
    texts = changed(raw, lambda chunk: gaps(chunk, tokens))
    converted = _converted(name, texts, wanted)
    decided = name in wanted.asked or name in wanted.forms
    away = asked_away(raw, tokens)
    notes = [*told_away(name, away), *told(name, texts, converted, wanted.tokens, decided)]
    notes += [*([] if decided else remarks(name, texts, converted)), *_blanks(name, converted)]
    spelled = spellings(texts, converted.form, wanted.tokens) if converted.form.type in {"number", "boolean"} else {}
    held = given_in(name, wanted.everywhere, away)
    return Column(name, converted.form, converted.values, tuple(notes), spelled, held)


def told_of(columns: Sequence[Column], wanted: Wanted) -> list[Note]:
    """All notes of the columns, and one on tokens that a person called missing and that none of them holds."""
    found = frozenset[str]().union(*(column.away for column in columns))
    return [*(note for column in columns for note in column.notes), *unfound(wanted.everywhere, found)]


def undotted(column: Column, raw: Cells, wanted: Wanted) -> Column:
    """The column as text, if each point in it could mark thousands; for files with decimal commas in other columns."""
    plain = column.form == Form("number") and pa.types.is_floating(column.values.type)
    if not plain or column.name in wanted.asked or column.name in wanted.forms:
        return column
    tokens = tokens_of(column.name, wanted.everywhere)
    texts = changed(raw, lambda chunk: gaps(chunk, tokens))
    others = r"\.(?:[0-9]{0,2}|[0-9]{4,})(?:[eE ].*)?$|[0-9]{4}\.|^\s*[-+]?0?\.|[eE]"
    if any(pc.any(pc.match_substring_regex(chunk, others)).as_py() for chunk in texts.chunks):
        return column
    converted = Converted(TEXT, texts, doubt="ambiguous_point")
    notes = [*told_away(column.name, asked_away(raw, tokens))]
    notes += told(column.name, texts, converted, wanted.tokens, False)
    return Column(column.name, TEXT, texts, tuple(notes), away=column.away)


def _converted(name: str, texts: Cells, wanted: Wanted) -> Converted:
    if name in wanted.forms:
        form = wanted.forms[name]
        found = convert(texts, form, wanted.tokens, SPOKEN_TRUTHS)
        if found is None:
            raise BadInput(f"Column {name!r} is not the column of {form.type}s that was read before.")
        return found
    if name in wanted.asked:
        found = asked_form(texts, wanted.asked[name], wanted.tokens, wanted.comma_decimals)
        if found is None:
            raise _unfit(name, wanted.asked[name], _odd_cell(texts, wanted.asked[name], wanted.tokens))
        return found
    return understand(texts, wanted.tokens)


def _unfit(name: str, kind: ColumnType, cell: str) -> BadInput:
    short = len(cell) <= LONGEST_SHOWN
    shown = repr(cell) if short else f"{cell[:LONGEST_SHOWN]!r} …"
    missing = f", or say --missing {cell!r} if it stands for a missing value" if short else ""
    return BadInput(
        f"Column {name!r} cannot be read as {kind}: it has the cell {shown}. Choose another --type{missing}."
    )


def _odd_cell(texts: Cells, kind: ColumnType, tokens: Sequence[str]) -> str:
    """A cell that alone does not fit the type; where each would fit alone, the first."""
    cells = (cell for chunk in texts.chunks for cell in pc.unique(chunk).drop_null().to_pylist())
    first = str(next(cells))
    alone = (
        cell for cell in chain((first,), cells) if asked_form(pa.chunked_array([[cell]]), kind, tokens, False) is None
    )
    return str(next(alone, first))


def _refuse_long(name: str, raw: Cells, limits: Limits) -> None:
    if longest(raw) <= limits.cell_characters:  # bytes, of which a character has one at least
        return
    most, record, seen = 0, 0, 0
    for chunk in raw.chunks:
        lengths = pc.fill_null(pc.utf8_length(chunk), 0).to_numpy(zero_copy_only=False)
        if lengths.max(initial=0) > most:
            most, record = int(lengths.max()), seen + int(lengths.argmax()) + 1
        seen += len(chunk)
    if most > limits.cell_characters:
        raise BadInput(
            f"Record {record:,} has {most:,} characters in column {name!r}, and at most {limits.cell_characters:,} can "
            f"be read: shorten the cell."
        )


def _blanks(name: str, converted: Converted) -> list[Note]:
    if converted.values.null_count < len(converted.values):
        return []
    return [Note("all_missing", f"Column {name!r} has no values at all.", name)]
