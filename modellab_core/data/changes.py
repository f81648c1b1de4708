"""From one version of a table to another: rows and columns added and gone, cells changed, and what drifted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from modellab_core.data.cells import Cells, Common, cells_of, likeness_by_chance
from modellab_core.data.changes_words import sentences_of
from modellab_core.data.drift import ColumnDrift, adjusted, drift
from modellab_core.data.drift_words import quoted
from modellab_core.data.keys import asked_key, found_keys, is_called_key, numbers_rows
from modellab_core.data.renames import Renamed, renamed
from modellab_core.data.sameness import Pairs, are_same, joined, matched, rest, value_hashes
from modellab_core.data.side import Side, side_of
from modellab_core.data.table import Table
from modellab_core.data.table_changes import By, TableChanges
from modellab_core.data.text_hashes import Hashes
from modellab_core.data.type_changes import type_change

FEW_GONE = 0.1  # of the rows added: so few may be gone while drift is looked for in the added ones
SIMILAR = 0.5  # of the cells that differ in rows that have nothing to do with one another


def changes(older: Side | Table, newer: Side | Table, key: str | None = None) -> TableChanges:
    """What became of `older` in `newer`; rows are known by the column `key` where one is given.

    Columns are read one at a time. BadInput when `key` is not in both tables with one type, or a value of it is missing
    or repeated.
    """
    one, other = (side_of(side) if isinstance(side, Table) else side for side in (older, newer))
    asked = asked_key(one, other, key) if key is not None else None
    names = renamed(one, other, *_strangers(one, other, ()))
    common = _common(one, other, names)
    pairs, moved = _by_content(one, other, common)
    more = renamed(one, other, *_strangers(one, other, names), pairs) if len(pairs) else ()
    if more:
        names = (*names, *more)
        common = _common(one, other, names)
        pairs, moved = _by_content(one, other, common)
    known = _Known("content", pairs, moved=moved)
    if asked is not None and key is not None:
        known = _by_key(one, other, common, (key, key), asked, found=False)
    elif common and len(pairs) < min(one.rows, other.rows):  # else each row of one table is in the other as it is
        known = next(_ways(one, other, common, known), known)
    told = _columns_told(one, other, names, _rows_told(one, other, known))
    told = _drifted(one, other, common, known, told)
    return replace(told, sentences=tuple(sentences_of(told)))


@dataclass(frozen=True)
class _Known:
    """Rows that are in both tables, how they are known, and which of their cells differ."""

    by: By
    pairs: Pairs
    cells: Cells | None = None
    key: tuple[str, str] | None = None
    found: bool = False
    moved: bool = False


def _strangers(older: Side, newer: Side, names: Renamed) -> tuple[list[str], list[str]]:
    """Columns of either that the other does not have under this name or another."""
    gone = [name for name in older.types if name not in newer.types and name not in dict(names)]
    renamed_to = {new for _, new in names}
    return gone, [name for name in newer.types if name not in older.types and name not in renamed_to]


def _common(older: Side, newer: Side, names: Renamed) -> Common:
    """Columns of both of one type, in the order of the older table."""
    called = dict(names)
    both = [(name, called.get(name, name)) for name in older.types if called.get(name, name) in newer.types]
    return [(old, new) for old, new in both if older.types[old] == newer.types[new]]


def _by_content(older: Side, newer: Side, common: Common) -> tuple[Pairs, bool]:
    """Pairs of rows that are equal in all common columns, and whether they are in another order."""
    if not common:
        return Pairs(np.zeros(0, np.int64), np.zeros(0, np.int64)), False
    for seed in range(8):  # one is enough, unless rows that differ have one number
        one, other = _rows(older, [old for old, _ in common], seed), _rows(newer, [new for _, new in common], seed)
        pairs = matched(one, other)
        if all(are_same(older.column(old), newer.column(new), pairs) for old, new in common):
            return pairs, _moved(pairs, one, other)
    raise AssertionError("eight different numbers for rows that differ were equal")


def _rows(side: Side, names: Sequence[str], seed: int) -> Hashes:
    """A number for each row."""
    found = np.zeros(side.rows, np.uint64)
    for name in names:
        found = joined(found, value_hashes(side.column(name), seed))
    return found


def _moved(pairs: Pairs, older: Hashes, newer: Hashes) -> bool:
    """Whether rows that stayed are in another order; where some are gone or new, by the rows that are there once."""
    if _rises(pairs):
        return False
    if len(pairs) == len(older) == len(newer):
        return True
    once = _once(older)[pairs.older] & _once(newer)[pairs.newer]
    return not _rises(Pairs(pairs.older[once], pairs.newer[once]))


def _rises(pairs: Pairs) -> bool:
    places = pairs.newer[np.argsort(pairs.older)]
    return bool((places[1:] > places[:-1]).all())


def _once(hashes: Hashes) -> np.ndarray:
    _, place, times = np.unique(hashes, return_inverse=True, return_counts=True)
    return np.asarray(times[place] == 1)


def _ways(older: Side, newer: Side, common: Common, content: _Known) -> Iterator[_Known]:
    """How rows that changed can be known again: by a key that is found, then by their place."""
    for names, pairs in found_keys(older, newer, common):
        known = _by_key(older, newer, common, names, pairs, found=True)
        others = [pair for pair in common if pair != names]
        if is_called_key(names[1]) or _is_plausible(older, newer, others, known):
            yield known
    by_place = _by_place(older, newer, common, content)
    if by_place is not None and _is_plausible(older, newer, common, by_place):
        yield by_place


def _by_key(older: Side, newer: Side, common: Common, names: tuple[str, str], pairs: Pairs, *, found: bool) -> _Known:
    cells = cells_of(older, newer, common, pairs, names)
    return _Known("key", pairs, cells, names, found, moved=not _rises(pairs))


def _by_place(older: Side, newer: Side, common: Common, content: _Known) -> _Known | None:
    """Rows that changed where they are, if all others stayed where they were."""
    reach = min(older.rows, newer.rows)
    left = rest(reach, content.pairs.older[content.pairs.older < reach])
    if content.moved or not len(left) or (content.pairs.older != content.pairs.newer).any():
        return None
    return _Known("place", Pairs(np.arange(reach), np.arange(reach)), cells_of(older, newer, common, Pairs(left, left)))


def _is_plausible(older: Side, newer: Side, common: Common, known: _Known) -> bool:
    """Whether rows taken for one differ in far fewer cells than rows that have nothing to do with one another."""
    if known.cells is None or not known.cells.changed:
        return True
    share = sum(known.cells.counts.values()) / (known.cells.changed * max(1, len(common)))
    return share <= SIMILAR * likeness_by_chance(older, newer, common)


def _rows_told(older: Side, newer: Side, known: _Known) -> TableChanges:
    changed = known.cells.changed if known.cells else 0
    stayed = len(known.pairs)
    return TableChanges(
        rows_older=older.rows,
        rows_newer=newer.rows,
        rows_same=stayed - changed,
        rows_added=newer.rows - stayed,
        rows_gone=older.rows - stayed,
        rows_changed=None if known.by == "content" and stayed < min(older.rows, newer.rows) else changed,
        by=known.by,
        key=known.key[1] if known.key else None,
        key_found=known.found,
        moved=known.moved,
        cells_changed=known.cells.counts if known.cells else {},
        examples=known.cells.examples if known.cells else (),
    )


def _columns_told(older: Side, newer: Side, names: Renamed, told: TableChanges) -> TableChanges:
    gone, added = _strangers(older, newer, names)
    called = dict(names)
    stayed = [called.get(name, name) for name in older.types if name not in gone]
    both = [name for name in older.types if name in newer.types]
    types = [type_change(older, newer, name) for name in both if older.types[name] != newer.types[name]]
    return replace(
        told,
        columns_added=tuple(added),
        columns_gone=tuple(gone),
        columns_renamed=names,
        columns_moved=stayed != [name for name in newer.types if name not in added],
        types_changed=tuple(types),
    )


def _drifted(older: Side, newer: Side, common: Common, known: _Known, told: TableChanges) -> TableChanges:
    """With the drift of each column that can have drifted."""
    compared = _compared(told, len(known.pairs))
    if compared == "none":
        return told
    rows = rest(newer.rows, known.pairs.newer) if compared == "added" else None
    in_place = not told.rows_added and not told.rows_gone and known.cells is not None
    columns = [
        _drift(older, newer, names, rows)
        for names in common
        if names != known.key and not (in_place and names[1] not in told.cells_changed)
    ]
    return replace(told, compared=compared, drift=tuple(adjusted(columns)))


def _compared(told: TableChanges, stayed: int) -> Literal["all", "added", "none"]:
    changed = told.rows_changed or 0
    if not (told.rows_added or told.rows_gone or changed):
        return "none"
    few = told.rows_gone <= FEW_GONE * told.rows_added and 2 * changed <= stayed
    return "added" if told.rows_added and stayed and few else "all"


def _drift(older: Side, newer: Side, names: tuple[str, str], rows: np.ndarray | None) -> ColumnDrift:
    one, other = older.column(names[0]), newer.column(names[1])
    if all(map(numbers_rows, names, (one, other))):
        reason = f"{quoted(names[1])} is not compared, as it numbers the rows."
        return ColumnDrift(names[1], newer.types[names[1]], (len(one), len(other)), (0, 0), reason=reason)
    if rows is not None:
        other = other.take(rows)
    return drift(one, other, newer.types[names[1]], names[1], newer.spellings.get(names[1]))
