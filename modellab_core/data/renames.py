"""Columns that are in two tables under different names."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from modellab_core.data.sameness import Pairs, are_same, matched, value_hashes
from modellab_core.data.side import Side
from modellab_core.data.text_hashes import Hashes

MANY_VALUES = 20  # so many different ones are not the same in two columns by chance

Renamed = tuple[tuple[str, str], ...]
Sign = Callable[[Hashes, bool], bytes | None]


def renamed(older: Side, newer: Side, gone: Sequence[str], added: Sequence[str], pairs: Pairs | None = None) -> Renamed:
    """(older name, newer name) of columns that hold the same values, each of either at most once.

    The same: equal in the order of rows as far as both tables reach, or, with `pairs`, in each pair of rows; or, where
    both have equally many rows, equal in another order and of at least 20 different values. Columns without any value
    are never taken for one another.
    """
    found: list[tuple[str, str]] = []
    for sign in _signs(older, newer, pairs):
        left = [name for name in gone if name not in dict(found)]
        right = [name for name in added if name not in {new for _, new in found}]
        if not left or not right:
            break
        signs = {name: _sign(newer, name, sign, True) for name in right}
        for name in left:
            mine = _sign(older, name, sign, False)
            new = next((new for new in right if mine is not None and signs[new] == mine), None)
            if new is not None and _is_same(older, newer, (name, new), pairs):
                right.remove(new)
                found.append((name, new))
    return tuple(sorted(found, key=lambda pair: list(gone).index(pair[0])))


def _signs(older: Side, newer: Side, pairs: Pairs | None) -> Iterator[Sign]:
    """What is equal for columns that may be the same, the surest first."""
    if pairs is not None:
        yield lambda hashes, is_newer: _digest(hashes[pairs.newer if is_newer else pairs.older])
        return
    reach = min(older.rows, newer.rows)
    yield lambda hashes, _: _digest(hashes[:reach])
    if older.rows == newer.rows:
        yield lambda hashes, _: _digest(np.sort(hashes)) if len(np.unique(hashes)) >= MANY_VALUES else None


def _digest(hashes: Hashes) -> bytes:
    return hashlib.sha256(np.ascontiguousarray(hashes).tobytes()).digest()


def _sign(side: Side, name: str, sign: Sign, is_newer: bool) -> bytes | None:
    column = side.column(name)
    if column.null_count == len(column):
        return None
    found = sign(value_hashes(column), is_newer)
    return None if found is None else side.types[name].encode() + found


def _is_same(older: Side, newer: Side, names: tuple[str, str], pairs: Pairs | None) -> bool:
    """Whether values that have equal numbers are equal."""
    one, other = older.column(names[0]), newer.column(names[1])
    if pairs is None:
        pairs = matched(value_hashes(one), value_hashes(other))
    return are_same(one, other, pairs)
