"""Which rows of two tables are the same, by content or by a key: found by numbers that stand for rows, then compared.

Values are the same if they are equal: 1 is 1.0, minus zero is zero, missing is missing; no whole number is rounded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from modellab_core.data.text_hashes import BLOCK_ROWS, Hashes, mixed, text_hashes

Places = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_MISSING, _WHOLE, _OTHER = (np.uint64(word) for word in (0xA5A5A5A5A5A5A5A5, 0, 0x5DEECE66D5DEECE7))


@dataclass(frozen=True)
class Pairs:
    """Row numbers of the older and of the newer table, pair by pair."""

    older: Places
    newer: Places

    def __len__(self) -> int:
        return len(self.older)


def value_hashes(column: pa.ChunkedArray, seed: int = 0) -> Hashes:
    """A number for each value; equal values have equal ones, in any table."""
    if pa.types.is_string(column.type):
        found = text_hashes(column, seed)
        if column.null_count:
            found[column.is_null().to_numpy()] = _MISSING
        return found
    salt = mixed(np.array([seed], np.uint64))
    found, done = np.empty(len(column), np.uint64), 0
    for chunk in column.chunks:
        for start in range(0, len(chunk), BLOCK_ROWS):
            words, marks = _words(chunk.slice(start, BLOCK_ROWS))
            found[done : done + len(words)] = mixed((words ^ marks) + salt)
            done += len(words)
    return found


def joined(rows: Hashes, values: Hashes) -> Hashes:
    """Numbers for rows with one more column; in the place of `rows`."""
    for start in range(0, len(rows), BLOCK_ROWS):
        block = slice(start, start + BLOCK_ROWS)
        rows[block] = mixed(rows[block] ^ mixed(values[block]))
    return rows


def matched(older: Hashes, newer: Hashes) -> Pairs:
    """As many pairs of equal numbers as there are: those at the same place first, then each in order."""
    shorter = min(len(older), len(newer))
    in_place = older[:shorter] == newer[:shorter]
    still = np.flatnonzero(in_place)
    left, right = (np.r_[np.flatnonzero(~in_place), np.arange(shorter, len(side))] for side in (older, newer))
    left, right = (places[np.argsort(side[places], kind="stable")] for places, side in ((left, older), (right, newer)))
    one, other = older[left], newer[right]
    rank = np.arange(len(other)) - np.searchsorted(other, other, side="left")
    partner = np.searchsorted(one, other, side="left") + rank
    found = np.flatnonzero(partner < len(one))
    found = found[one[partner[found]] == other[found]]
    return Pairs(np.r_[still, left[partner[found]]], np.r_[still, right[found]])


def differences(older: pa.ChunkedArray, newer: pa.ChunkedArray, pairs: Pairs) -> Mask:
    """For each pair of rows whether their values differ."""
    blocks = [~alike for alike in _alike(older, newer, pairs)]
    return np.concatenate(blocks) if blocks else np.zeros(0, bool)


def are_same(older: pa.ChunkedArray, newer: pa.ChunkedArray, pairs: Pairs) -> bool:
    """Whether no pair of rows differs."""
    return all(alike.all() for alike in _alike(older, newer, pairs))


def _alike(older: pa.ChunkedArray, newer: pa.ChunkedArray, pairs: Pairs) -> Iterator[Mask]:
    for start in range(0, len(pairs), BLOCK_ROWS):
        one = older.take(pa.array(pairs.older[start : start + BLOCK_ROWS]))
        other = newer.take(pa.array(pairs.newer[start : start + BLOCK_ROWS]))
        yield _equal(one, other)


def _equal(one: pa.ChunkedArray, other: pa.ChunkedArray) -> Mask:
    if pa.types.is_string(one.type):
        equal = pc.fill_null(pc.equal(one, other), False).to_numpy()
        gaps = one.is_null().to_numpy() & other.is_null().to_numpy()
        return np.asarray(equal | gaps, dtype=bool)
    (words, marks), (words_there, marks_there) = (_words(side.combine_chunks()) for side in (one, other))
    return np.asarray((words == words_there) & (marks == marks_there), dtype=bool)


def _words(chunk: pa.Array) -> tuple[Hashes, Hashes]:
    """Each value of numbers, dates and booleans as 64 bits, and what these bits are: a whole number, another one or
    nothing. Both together are equal exactly where values are.
    """
    if pa.types.is_floating(chunk.type):
        return _words_of_floats(chunk.to_numpy(zero_copy_only=False))
    whole = chunk.cast(pa.int64())
    words = pc.fill_null(whole, 0).to_numpy(zero_copy_only=False).view(np.uint64)
    gaps = chunk.is_null().to_numpy(zero_copy_only=False)
    return words, np.where(gaps, _MISSING, _WHOLE)


def _words_of_floats(values: npt.NDArray[np.float64]) -> tuple[Hashes, Hashes]:
    gaps = np.isnan(values)
    whole = (np.floor(values) == values) & (np.abs(values) < 2.0**63)
    words = np.where(whole, np.where(whole, values, 0).astype(np.int64).view(np.uint64), values.view(np.uint64))
    words[gaps] = 0
    return words, np.where(gaps, _MISSING, np.where(whole, _WHOLE, _OTHER))


def repeated_place(hashes: Hashes) -> int | None:
    """The place of a number that is there more than once; None if all differ."""
    first = hashes[:1000]
    for part in (first, hashes):
        order = np.argsort(part)
        again = np.flatnonzero(part[order][1:] == part[order][:-1])
        if len(again):
            return int(order[again[0]])
    return None


def rest(rows: int, places: Iterable[int] | Places) -> Places:
    """The rows that are not among `places`, in order."""
    left = np.ones(rows, dtype=bool)
    left[np.asarray(places, dtype=np.int64)] = False
    return np.flatnonzero(left)
