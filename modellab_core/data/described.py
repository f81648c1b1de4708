"""What is in each column of a file that is being read, however large: as `profile` has it, in little memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from modellab_core.data.pieces import Cells, Pieces, Sink, in_memory
from modellab_core.data.profile import TOP_VALUES, ColumnProfile, column_profile, of_ordered, written
from modellab_core.data.room import Room
from modellab_core.data.sorting import Numbers, ordered_numbers
from modellab_core.data.table import ColumnType
from modellab_core.data.text_hashes import text_hashes
from modellab_core.data.tops import Top, counted

MOST_ROWS = 4 << 20
MOST_BYTES = 64 << 20


def described(name: str, kind: ColumnType, column: Cells, spelled: Mapping[str, str], room: Room) -> ColumnProfile:
    """The profile of one column; `room` is where it may lay down what it sorts."""
    if kind in ("number", "date"):
        ordered = ordered_numbers(column, room)
        return of_ordered(ColumnProfile(name, kind, len(column), len(column) - len(ordered), 0), ordered, spelled)
    large = isinstance(column, Pieces) and (len(column) > MOST_ROWS or column.size > MOST_BYTES)
    if kind == "boolean" or not large:
        return column_profile(name, kind, pa.chunked_array([in_memory(column).combine_chunks()]), spelled)
    return _many_texts(ColumnProfile(name, kind, len(column), column.null_count, 0), column, spelled, room)


def _many_texts(empty: ColumnProfile, column: Cells, spelled: Mapping[str, str], room: Room) -> ColumnProfile:
    """Texts are counted by numbers of 64 bits that stand for them.

    Two of n different texts have the same number, and are then counted as one, with probability n² / 2^65: one in
    3,000 for a hundred million.
    """
    sink, ends = Sink(room), []
    for filled in _filled(column):
        sink.add([pa.array(text_hashes(pa.chunked_array([filled])))])
        if len(filled):
            lengths = pc.min_max(pc.utf8_length(filled))
            ends += [lengths["min"].as_py(), lengths["max"].as_py()]
    hashes = sink.column()
    if not ends or hashes is None:
        return empty
    ordered = ordered_numbers(hashes, room)
    distinct, top = counted(ordered, TOP_VALUES)
    told = _texts_of(top, column, hashes, ordered)
    return replace(empty, distinct=distinct, top=written(told, spelled), shortest=min(ends), longest=max(ends))


def _filled(column: Cells) -> Iterator[pa.StringArray]:
    for chunk in column.chunks:
        yield chunk.drop_null()


def _texts_of(top: Top, column: Cells, hashes: Pieces, ordered: Numbers) -> Top:
    """The most frequent texts with their counts; of those that are equally frequent, the first by code points."""
    if not top:
        return []
    least = top[-1][1] if len(top) == TOP_VALUES else 0
    sure = {int(number): count for number, count in top if count > least}
    wanted = TOP_VALUES - len(sure) if least else 0
    tied, texts, done = pa.array([], pa.string()), dict[int, str](), 0
    for filled in _filled(column):
        numbers = hashes.rows(done, done + len(filled)).to_numpy()
        done += len(filled)
        one, first = np.unique(numbers, return_index=True)
        for place in np.flatnonzero(np.isin(one, np.array(list(sure), np.uint64))):
            texts.setdefault(int(one[place]), filled[int(first[place])].as_py())
        if wanted:
            tied = _first_tied(tied, wanted, filled.take(pa.array(first)), one, ordered, least)
    known = sorted(((texts[number], count) for number, count in sure.items()), key=lambda pair: (-pair[1], pair[0]))
    return [*known, *((text, least) for text in tied.to_pylist())]


def _first_tied(
    tied: pa.StringArray, wanted: int, texts: pa.StringArray, numbers: Numbers, ordered: Numbers, least: int
) -> pa.StringArray:
    """The first `wanted` texts by code points that occur `least` times, of those known before and of `texts`."""
    if len(tied) == wanted:
        earlier = pc.less(texts, tied[-1]).to_numpy(zero_copy_only=False)
        texts, numbers = texts.filter(pa.array(earlier)), numbers[earlier]
    times = np.searchsorted(ordered, numbers, side="right") - np.searchsorted(ordered, numbers, side="left")
    both = pc.unique(pa.concat_arrays([tied, texts.filter(pa.array(times == least))]))
    return both.take(pc.array_sort_indices(both)[:wanted])
