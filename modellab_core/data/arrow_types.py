"""Columns that have a type already: which are taken as what, and which are refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from modellab_core.data.dates import in_calendar
from modellab_core.data.table import ColumnType, Note
from modellab_core.data.texts import with_gaps
from modellab_core.errors import BadInput

Typed = tuple[pa.ChunkedArray, Counter[str]]  # values, and of how many cells there is something to tell


def is_text(kind: pa.DataType) -> bool:
    """Whether values of this type are text."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def kind_of(kind: pa.DataType) -> ColumnType:
    """What a column that `typed` gave is."""
    if pa.types.is_boolean(kind):
        return "boolean"
    if pa.types.is_timestamp(kind):
        return "date"
    return "text" if is_text(kind) else "number"


def refuse_unsuitable(schema: pa.Schema, names: Sequence[str]) -> None:
    """BadInput names a column that holds lists, records, bytes or durations."""
    for name, kind in zip(names, schema.types, strict=True):
        inner = _inner(kind)
        if not any(suits(inner) for suits, _ in _READERS):
            what = "nested values" if pa.types.is_nested(inner) else f"values of the type {inner}"
            raise BadInput(f"Column {name!r} holds {what}, which cannot be read: leave it out or save it as text.")


def typed(name: str, column: pa.ChunkedArray) -> Typed:
    """The column as int64, float64, text, timestamps in microseconds or booleans, and what changed on the way.

    It may be a part of a column; `notes_of` tells what the counts of all parts mean.
    """
    while pa.types.is_dictionary(column.type) or isinstance(column.type, pa.BaseExtensionType):
        column = _unwrapped(column)
    read = next(read for suits, read in _READERS if suits(column.type))
    return read(name, column)


def notes_of(name: str, kind: pa.DataType, told: Counter[str]) -> list[Note]:
    """What changed in a column that was stored as values of the type `kind`."""
    kind, blank = _inner(kind), told["blank_cells"]
    cells = "1 blank cell is" if blank == 1 else f"{blank:,} blank cells are"
    zone = kind.tz if pa.types.is_timestamp(kind) else None
    fractions = pa.types.is_decimal(kind) and kind.scale > 0
    sentences = (
        (blank, "blank_cells", f": {cells} read as missing."),
        (told["beyond_int64"], "beyond_int64", " stays text, as it has whole numbers with too many digits."),
        (fractions, "decimals", " holds decimals, which are read as floating point numbers."),
        (zone, "dates", f" has dates in the zone {zone}, turned into UTC."),
        (told["cut"], "dates", " has parts of microseconds, which are cut off."),
        (pa.types.is_time(kind), "clock", " holds times of day, which stay text."),
        (told["infinite"], "infinite", f" has {told['infinite']:,} infinite values."),
    )
    return [Note(code, f"Column {name!r}{text}", name) for holds, code, text in sentences if holds]


def _inner(kind: pa.DataType) -> pa.DataType:
    while pa.types.is_dictionary(kind) or isinstance(kind, pa.BaseExtensionType):
        kind = kind.value_type if pa.types.is_dictionary(kind) else kind.storage_type
    return kind


def _unwrapped(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_dictionary(column.type):
        return column.cast(column.type.value_type)
    return pa.chunked_array([chunk.storage for chunk in column.chunks], type=column.type.storage_type)


def refuse_broken(name: str, values: pa.Array) -> None:
    """BadInput when bytes that are no UTF-8 stand in a column of text, or a dictionary lacks what rows refer to."""
    try:
        values.validate(full=True)
    except (pa.ArrowInvalid, IndexError) as error:
        if "UTF8" in str(error).upper():
            raise BadInput(f"Column {name!r} holds text that is not UTF-8: save it again as UTF-8.") from error
        raise BadInput(f"This Parquet file is damaged: rows of column {name!r} refer to values it lacks.") from error


def _text(name: str, column: pa.ChunkedArray) -> Typed:  # noqa: ARG001 - one shape for all readers
    texts = column.cast(pa.string())
    filled = with_gaps(texts)
    return filled, Counter(blank_cells=filled.null_count - texts.null_count)


def _whole(name: str, column: pa.ChunkedArray) -> Typed:  # noqa: ARG001
    try:
        return column.cast(pa.int64()), Counter()
    except pa.ArrowInvalid:
        return column.cast(pa.string()), Counter(beyond_int64=len(column))


def _decimal(name: str, column: pa.ChunkedArray) -> Typed:
    if column.type.scale <= 0:
        return _whole(name, column)
    return column.cast(pa.float64()), Counter()


def _moment(name: str, column: pa.ChunkedArray) -> Typed:
    told: Counter[str] = Counter()
    zone = column.type.tz if pa.types.is_timestamp(column.type) else None
    fine = pa.timestamp("us", tz=zone)
    try:
        moments = column.cast(fine)
    except pa.ArrowInvalid as error:
        if not pa.types.is_timestamp(column.type) or column.type.unit != "ns":  # too far away for microseconds
            raise _far(name) from error
        moments = column.cast(fine, safe=False)
        told["cut"] = len(column)
    if not in_calendar(moments):
        raise _far(name)
    return moments.cast(pa.timestamp("us")), told


def _far(name: str) -> BadInput:
    return BadInput(
        f"Column {name!r} has dates outside the years 1 to 9999, which cannot be read: leave it out or save it as text."
    )


def _clock(name: str, column: pa.ChunkedArray) -> Typed:  # noqa: ARG001
    return column.cast(pa.string()), Counter()


def _same(name: str, column: pa.ChunkedArray) -> Typed:  # noqa: ARG001
    return column, Counter()


def _float(name: str, column: pa.ChunkedArray) -> Typed:  # noqa: ARG001
    values = column.cast(pa.float64())
    return values, Counter(infinite=pc.sum(pc.is_inf(values)).as_py() or 0)


def _nothing(name: str, column: pa.ChunkedArray) -> Typed:  # noqa: ARG001
    return pa.chunked_array([pa.nulls(len(column), pa.string())]), Counter()


_READERS: tuple[tuple[Callable[[pa.DataType], bool], Callable[[str, pa.ChunkedArray], Typed]], ...] = (
    (is_text, _text),
    (pa.types.is_boolean, _same),
    (pa.types.is_integer, _whole),
    (pa.types.is_floating, _float),
    (pa.types.is_decimal, _decimal),
    (pa.types.is_timestamp, _moment),
    (pa.types.is_date, _moment),
    (pa.types.is_time, _clock),
    (pa.types.is_null, _nothing),
)
