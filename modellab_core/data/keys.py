"""Columns by whose values rows are known again: each value once in either table, and none missing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from modellab_core.data.drift_words import quoted
from modellab_core.data.sameness import Pairs, are_same, matched, repeated_place, value_hashes
from modellab_core.data.side import Side
from modellab_core.errors import BadInput, choices

NAMES_OF_KEYS = re.compile(r"(^|[\W_])(id|key|uuid|guid|index|no|nr|number|code)$|[a-z]I[Dd]$|^(row|record)$", re.ASCII)
COMMON_SHARE = 0.5  # of the smaller table's keys must be in both, for a key that nobody named
DENSE = 2


def asked_key(older: Side, newer: Side, name: str) -> Pairs:
    """Rows with the same value of the column that a person named; BadInput says why it cannot be the key."""
    for side, which in ((older, "older"), (newer, "newer")):
        if name not in side.types:
            raise BadInput(f"The {which} table has no column {quoted(name)} to be the key: {choices(name, side.types)}")
    if older.types[name] != newer.types[name]:
        raise BadInput(
            f"{quoted(name)} cannot be the key, as its type is {older.types[name]} in the older table and "
            f"{newer.types[name]} in the newer one: name another column, or none."
        )
    for side, which in ((older, "older"), (newer, "newer")):
        _refuse_repeats(side, which, name)
    return _pairs(older, newer, (name, name))


def _refuse_repeats(side: Side, which: str, name: str) -> None:
    column = side.column(name)
    if column.null_count:
        gaps = f"{column.null_count:,} of its values are missing in the {which} table"
        raise BadInput(f"{quoted(name)} cannot be the key, as {gaps}: name a column without gaps, or none.")
    place = repeated_place(value_hashes(column))
    if place is not None:
        repeated = f"{quoted(side.written(name, column[place].as_py()))} is there more than once in the {which} table"
        raise BadInput(
            f"{quoted(name)} cannot be the key, as {repeated}: name a column whose values are all different, or none."
        )


def found_keys(older: Side, newer: Side, common: Sequence[tuple[str, str]]) -> Iterator[tuple[tuple[str, str], Pairs]]:
    """Columns that can be the key, with the rows that they hold for one: those called like a key first.

    Texts, whole numbers and dates can be, not measurements, which differ by chance.
    """
    for names in sorted(common, key=lambda pair: not is_called_key(pair[1])):
        if all(_is_unique(side, name) for side, name in zip((older, newer), names, strict=True)):
            pairs = _pairs(older, newer, names)
            if len(pairs) >= COMMON_SHARE * min(older.rows, newer.rows):
                yield names, pairs


def is_called_key(name: str) -> bool:
    """Whether people call a column so that names rows."""
    return NAMES_OF_KEYS.search(name.strip()) is not None or NAMES_OF_KEYS.search(name.strip().lower()) is not None


def _is_unique(side: Side, name: str) -> bool:
    if side.types[name] == "boolean" or not side.rows:
        return False
    column = side.column(name)
    if column.null_count or pa.types.is_floating(column.type):
        return False
    return repeated_place(value_hashes(column)) is None


def _pairs(older: Side, newer: Side, names: tuple[str, str]) -> Pairs:
    one, other = older.column(names[0]), newer.column(names[1])
    for seed in range(8):
        pairs = matched(value_hashes(one, seed), value_hashes(other, seed))
        if are_same(one, other, pairs):
            return pairs
    raise AssertionError("eight different numbers for values that differ were equal")


def numbers_rows(name: str, column: pa.ChunkedArray) -> bool:
    """Whether whole numbers do no more than name the rows: all different, with few left out or under such a name."""
    if not pa.types.is_integer(column.type) or column.null_count or len(column) < 2:
        return False
    ends = pc.min_max(column)
    if ends["max"].as_py() - ends["min"].as_py() >= DENSE * len(column) and not is_called_key(name):
        return False
    return repeated_place(value_hashes(column)) is None
