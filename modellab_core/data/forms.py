"""What a column of text holds, decided from all of its cells, and its values."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc

from modellab_core.data.dates import FORMS, TWO_WAYS, dates, forms
from modellab_core.data.numerals import COMMA_DECIMAL, COMMA_THOUSANDS, PLAIN, SPACED, Notation, fits_all, numbers
from modellab_core.data.pieces import Cells, Pieces, Sink
from modellab_core.data.table import ColumnType
from modellab_core.data.texts import first_cells

SAMPLE = 200
TRUTHS = {"true": True, "false": False}
SPOKEN_TRUTHS = TRUTHS | {"yes": True, "no": False, "y": True, "n": False, "t": True, "f": False, "1": True, "0": False}


@dataclass(frozen=True)
class Form:
    """How the cells of a column become values: its type, the notation of numbers, the form of dates."""

    type: ColumnType
    notation: Notation = PLAIN
    date: str = ""


@dataclass(frozen=True)
class Converted:
    """A column by its form. `doubt` says why it stayed text although it looks like more; `zoned`: dates had zones."""

    form: Form
    values: Cells
    doubt: str = ""
    zoned: bool = False


TEXT = Form("text")


def understand(column: Cells, tokens: Collection[str]) -> Converted:
    """The column by the one form that all its cells fit; text when none does or more than one would."""
    sample = first_cells(column, SAMPLE)
    found: Converted | str | None = None
    if any(cell not in tokens for cell in sample):
        found = _as_number(column, sample, tokens) or _as_date(column, sample, tokens) or _as_boolean(column, sample)
    if isinstance(found, Converted):
        return found
    return Converted(TEXT, column, doubt=found or "")


def convert(column: Cells, form: Form, tokens: Collection[str], truths: dict[str, bool] = TRUTHS) -> Converted | None:
    """The column by a form that is known; None if one cell does not fit it."""
    if form.type == "text":
        return Converted(TEXT, column)
    if isinstance(column, Pieces):
        return _by_pieces(column, form, tokens, truths)
    if form.type == "number":
        values = numbers(column, form.notation, tokens)
        return None if values is None else Converted(form, values)
    if form.type == "date":
        read = dates(column, form.date, tokens)
        return None if read is None else Converted(form, read.values, zoned=read.zoned)
    truth = _truth(column, tokens, truths)
    return None if truth is None else Converted(form, truth)


def _by_pieces(column: Pieces, form: Form, tokens: Collection[str], truths: dict[str, bool]) -> Converted | None:
    """What `convert` gives of the whole: each piece fits, all dates or none have zones, no whole number is rounded."""
    sink, zones = Sink(column.room), set[bool]()
    for chunk in column.chunks:
        found = convert(pa.chunked_array([chunk]), form, tokens, truths)
        if found is None:
            return None
        if found.values.null_count < len(found.values):
            zones.add(found.zoned)
        sink.add(found.values.chunks)
    values = sink.column(form.notation.padded)
    return None if values is None or len(zones) > 1 else Converted(form, values, zoned=True in zones)


def _as_number(column: Cells, sample: Sequence[str], tokens: Collection[str]) -> Converted | str | None:
    plain = _first(column, (PLAIN,), sample, tokens)
    if plain:
        return plain
    by_decimal = _first(column, COMMA_DECIMAL, sample, tokens, with_decimals=True)
    by_thousands = _first(column, COMMA_THOUSANDS, sample, tokens)
    if by_decimal and by_thousands:
        return "ambiguous_comma"
    return by_decimal or by_thousands or _first(column, SPACED, sample, tokens, with_decimals=True)


def _first(
    column: Cells,
    candidates: Sequence[Notation],
    sample: Sequence[str],
    tokens: Collection[str],
    with_decimals: bool = False,
) -> Converted | None:
    """The column in the first notation that all its cells fit; with `with_decimals`, only if one cell has decimals."""
    for notation in candidates:
        found = fits_all(notation, sample, tokens) and convert(column, Form("number", notation), tokens)
        if found and (pa.types.is_floating(found.values.type) or not with_decimals):
            return found
    return None


def _as_date(column: Cells, sample: Sequence[str], tokens: Collection[str]) -> Converted | str | None:
    fitting = forms(sample, tokens)
    read = {form: found for form in fitting if (found := convert(column, Form("date", date=form), tokens))}
    for day_first, month_first in TWO_WAYS:
        if day_first in read and month_first in read:
            same = read[day_first].values.equals(read[month_first].values)  # 01/01, 02/02: no doubt about these
            return read[day_first] if same else "ambiguous_date"
    return next((read[form] for form in FORMS if form in read), None)


def _as_boolean(column: Cells, sample: Sequence[str]) -> Converted | None:
    if not all(cell.lower() in TRUTHS for cell in sample):
        return None
    return convert(column, Form("boolean"), ())


def _truth(column: pa.ChunkedArray, tokens: Collection[str], truths: dict[str, bool]) -> pa.ChunkedArray | None:
    trimmed = pc.utf8_trim_whitespace(column)
    words = set(pc.unique(trimmed).drop_null().to_pylist()) - set(tokens)
    if not {word.lower() for word in words} <= set(truths):
        return None
    said = {
        truth: pa.array([word for word in words if truths[word.lower()] is truth], pa.string())
        for truth in (True, False)
    }
    false, true = (pc.is_in(trimmed, value_set=said[truth]) for truth in (False, True))
    return pc.if_else(pc.or_(false, true), true, pa.scalar(None, pa.bool_()))


def asked_form(column: Cells, kind: ColumnType, tokens: Collection[str], comma_decimals: bool) -> Converted | None:
    """The column as the type that a person asked for, with marks and order as they fit; None if a cell does not fit.

    Where a comma could be either mark, `comma_decimals` decides; where day or month could be first, the day is.
    """
    if kind == "text":
        return Converted(TEXT, column)
    if kind == "boolean":
        return convert(column, Form("boolean"), tokens, SPOKEN_TRUTHS)
    if kind == "date":
        tries = [Form("date", date=form) for form in FORMS]
    else:
        commas = (*COMMA_DECIMAL, *COMMA_THOUSANDS) if comma_decimals else (*COMMA_THOUSANDS, *COMMA_DECIMAL)
        tries = [Form("number", replace(notation, padded=True)) for notation in (PLAIN, *commas, *SPACED)]
    return next((found for form in tries if (found := convert(column, form, tokens))), None)
