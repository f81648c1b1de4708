"""Cells that are dates: the forms that are read, and their values in microseconds.

A form is written as in `YYYY-MM-DD`; each may be followed by a time of day and a zone. Day first or month first is
decided only when at least one cell of the column rules out the other.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Ints = npt.NDArray[np.int64]

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FULL = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november")
_WORD = "|".join((*_FULL, "december", "sept", *_MONTHS))
_PARTS = {
    "YYYY": "(?P<year>[0-9]{4})",
    "MM": "(?P<month>[0-9]{1,2})",
    "DD": "(?P<day>[0-9]{1,2})",
    "Mon": f"(?P<month>(?i:{_WORD}))\\.?",
}
_TIME = (
    r"(?:(?:T|t| +|, )(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})"
    r"(?::(?P<second>[0-9]{2})(?:[.,](?P<part>[0-9]{1,6})0*)?)?"
    r"(?: ?(?P<half>[AaPp])\.?[Mm]\.?)?(?: ?(?P<zone>Z|UTC|GMT|[-+][0-9]{2}(?::?[0-9]{2})?))?)?"
)
_GROUPS = ("year", "month", "day", "hour", "minute", "second", "part", "half", "zone")

_FIRST, _LAST = -62_135_596_800_000_000, 253_402_300_799_999_999  # microseconds of the years 1 to 9999

ISO = "YYYY-MM-DD"
PLAIN_FORMS = (ISO, "YYYY/MM/DD", "YYYY.MM.DD")
TWO_WAYS = tuple((f"DD{mark}MM{mark}YYYY", f"MM{mark}DD{mark}YYYY") for mark in "/.-")
WORD_FORMS = ("DD Mon YYYY", "DD-Mon-YYYY", "Mon DD YYYY", "Mon DD, YYYY", "DD. Mon YYYY", "DD/Mon/YYYY")
FORMS = (*PLAIN_FORMS, *(form for pair in TWO_WAYS for form in pair), *WORD_FORMS)


@dataclass(frozen=True)
class Dates:
    """`values` are timestamps without a zone; `zoned` says that the cells had zones, and the values are UTC."""

    values: pa.ChunkedArray
    zoned: bool = False


def pattern(form: str) -> str:
    """A regular expression of all cells in this form; in the syntax that RE2 and Python share."""
    pieces = re.split("(YYYY|MM|DD|Mon)", form)
    return "^" + "".join(_PARTS.get(piece, re.escape(piece)) for piece in pieces) + _TIME + "$"


def forms(cells: Sequence[str], tokens: Collection[str]) -> list[str]:
    """The forms in which all of `cells` (a sample, without white space around) look like dates or are tokens."""
    known = set(tokens)
    looking = [cell for cell in cells if cell not in known]
    return [form for form in FORMS if looking and all(re.match(pattern(form), cell) for cell in looking)]


def dates(column: pa.ChunkedArray, form: str, tokens: Collection[str]) -> Dates | None:
    """The column as timestamps; cells that are one of `tokens` are missing. None if one cell is no date of this form,
    or if some cells have a zone and others have none.
    """
    if form == ISO and (quick := _iso(column)) is not None:
        return Dates(quick)
    encoded = column.dictionary_encode().unify_dictionaries()
    distinct = pc.utf8_trim_whitespace(encoded.chunk(0).dictionary)
    away = pc.is_in(distinct, value_set=pa.array(list(tokens), pa.string()))
    found = _moments(distinct.filter(pc.invert(away)), form)
    if found is None:
        return None
    moments, zoned = found
    placed = np.zeros(len(distinct), dtype=np.int64)
    placed[~away.to_numpy(zero_copy_only=False)] = moments
    known = pa.array(placed, mask=away.to_numpy(zero_copy_only=False)).cast(pa.timestamp("us"))
    return Dates(pa.chunked_array([known.take(chunk.indices) for chunk in encoded.chunks]), zoned)


def _iso(column: pa.ChunkedArray) -> pa.ChunkedArray | None:
    try:
        moments = column.cast(pa.timestamp("us"))
    except pa.ArrowInvalid:
        return None
    return moments if in_calendar(moments) else None


def in_calendar(moments: pa.ChunkedArray) -> bool:
    """Whether all timestamps in microseconds are in the years 1 to 9999, which are all that Python knows."""
    ends = pc.min_max(moments.cast(pa.int64())).as_py()
    return ends["min"] is None or (ends["min"] >= _FIRST and ends["max"] <= _LAST)


def _moments(cells: pa.StringArray, form: str) -> tuple[Ints, bool] | None:
    """Microseconds since 1970 of distinct cells, and whether they have zones; None if one is no date."""
    fields = pc.extract_regex(cells, pattern(form))
    if fields.null_count:
        return None
    text = {name: fields.field(name) for name in _GROUPS}
    month = _month(text["month"]) if "Mon" in form else _whole(text["month"])
    days = _days(_whole(text["year"]), month, _whole(text["day"]))
    clock = _clock(text)
    shifts = _shifts(text["zone"])
    if days is None or clock is None or shifts is None:
        return None
    zoned = pc.not_equal(text["zone"], "").to_numpy(zero_copy_only=False)
    if zoned.any() and not zoned.all():
        return None
    return days * 86_400_000_000 + clock - shifts, bool(zoned.any())


def _whole(texts: pa.StringArray) -> Ints:
    numbers: Ints = pc.if_else(pc.equal(texts, ""), "0", texts).cast(pa.int64()).to_numpy(zero_copy_only=False)
    return numbers


def _month(words: pa.StringArray) -> Ints:
    short = pc.utf8_slice_codeunits(pc.utf8_lower(words), 0, 3)
    months: Ints = pc.index_in(short, value_set=pa.array(_MONTHS)).to_numpy(zero_copy_only=False).astype(np.int64) + 1
    return months


def _days(year: Ints, month: Ints, day: Ints) -> Ints | None:
    """Days since 1970, or None when one date is not in the calendar."""
    if not (((year >= 1) & (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)).all()):
        return None
    months = ((year - 1970) * 12 + month - 1).astype("datetime64[M]")
    days = months.astype("datetime64[D]") + (day - 1)
    return days.astype(np.int64) if (days.astype("datetime64[M]") == months).all() else None


def _clock(text: dict[str, pa.StringArray]) -> Ints | None:
    """Microseconds since midnight, or None when one time is not on the clock."""
    hour, minute, second = (_whole(text[name]) for name in ("hour", "minute", "second"))
    half = pc.utf8_lower(text["half"])
    halved = pc.not_equal(half, "").to_numpy(zero_copy_only=False)
    if (
        ((hour[halved] < 1) | (hour[halved] > 12)).any()
        or (hour > 23).any()
        or (minute > 59).any()
        or (second > 59).any()
    ):
        return None
    afternoon = pc.equal(half, "p").to_numpy(zero_copy_only=False)
    hour = np.where(halved, hour % 12 + 12 * afternoon, hour)
    part = _whole(pc.utf8_rpad(text["part"], 6, "0"))
    return ((hour * 60 + minute) * 60 + second) * 1_000_000 + part


def _shifts(zones: pa.StringArray) -> Ints | None:
    """Microseconds by which each zone is ahead of UTC."""
    fields = pc.extract_regex(zones, r"^(?P<sign>[-+]?)(?P<hours>[0-9]{0,2}):?(?P<minutes>[0-9]{0,2})(?:Z|UTC|GMT)?$")
    hours, minutes = _whole(fields.field("hours")), _whole(fields.field("minutes"))
    if (hours > 23).any() or (minutes > 59).any():
        return None
    ahead = np.where(pc.equal(fields.field("sign"), "-").to_numpy(zero_copy_only=False), -1, 1)
    shifts: Ints = ahead * (hours * 60 + minutes) * 60_000_000
    return shifts
