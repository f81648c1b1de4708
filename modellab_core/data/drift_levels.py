"""The values of texts and booleans in two samples, and how often each is there in either."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from modellab_core.data.drift_tests import Counts, tally
from modellab_core.data.spelling import plain
from modellab_core.data.text_hashes import Hashes, text_hashes

FIRST_ROWS = 20_000
MANY_ROWS = 100_000


@dataclass(frozen=True)
class Levels:
    """Counts of each value in the older and in the newer sample; `name` gives the value at a place as text."""

    older: Counts
    newer: Counts
    name: Callable[[int], str]

    def fresh(self, most: int) -> dict[str, int]:
        """The most frequent values that the older sample lacks."""
        places = np.flatnonzero(self.older == 0)
        ranked = places[np.argsort(-self.newer[places], kind="stable")[:most]]
        return {self.name(place): int(self.newer[place]) for place in ranked.tolist()}


def levels_of(older: pa.ChunkedArray, newer: pa.ChunkedArray, spelled: Mapping[str, str]) -> Levels:
    """The levels of two columns without missing values, named as `spelled` has them.

    Where most of many texts differ, they are counted by numbers of 64 bits that stand for them, in less memory; no
    statistic of so many rows depends on whether two texts of a billion billions were counted as one.
    """
    if len(older) + len(newer) > MANY_ROWS and pa.types.is_string(older.type) and _differ(older) and _differ(newer):
        return _by_hashes(older, newer)
    (levels, times), (levels_newer, times_newer) = (_counted(side) for side in (older, newer))
    place = pc.fill_null(pc.index_in(levels_newer, value_set=levels), -1).to_numpy()
    known = place >= 0
    names = pa.concat_arrays([levels, levels_newer.filter(pa.array(~known))])
    one = np.r_[times, np.zeros(len(names) - len(levels), np.int64)]
    other = np.zeros(len(names), np.int64)
    other[place[known]] = times_newer[known]
    other[len(levels) :] = times_newer[~known]

    def name(place: int) -> str:
        text = plain(names[place].as_py())
        return spelled.get(text, text)

    return Levels(one, other, name)


def _differ(column: pa.ChunkedArray) -> bool:
    """Whether most of the first values are different ones."""
    first = column.slice(0, FIRST_ROWS)
    return len(pc.unique(first)) * 2 > len(first)


def _counted(column: pa.ChunkedArray) -> tuple[pa.Array, Counts]:
    counted = pc.value_counts(column)
    return counted.field("values"), counted.field("counts").to_numpy()


def _by_hashes(older: pa.ChunkedArray, newer: pa.ChunkedArray) -> Levels:
    sides = [(column, text_hashes(column)) for column in (older, newer)]
    both = tally(*(np.sort(hashes) for _, hashes in sides))

    def name(place: int) -> str:
        column, hashes = sides[0 if both.older[place] else 1]
        return str(column[_first(hashes, both.values[place])].as_py())

    return Levels(both.older, both.newer, name)


def _first(hashes: Hashes, number: np.uint64) -> int:
    return int(np.argmax(hashes == number))
