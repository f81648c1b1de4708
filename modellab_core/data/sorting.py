"""The numbers of a column in rising order, however many: what does not fit in memory is put in order on the disk."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from modellab_core.data.pieces import Cells
from modellab_core.data.room import Room
from modellab_core.data.values import filled_numbers

HELD = 256 << 20
RUN = 64 << 20
_SAMPLE = 1 << 16
_MARKS = 1 << 10

Numbers = npt.NDArray[Any]


def ordered_numbers(column: Cells, room: Room) -> Numbers:
    """What is there in a column of numbers or dates (as microseconds since 1970), sorted; whole numbers in few bytes.

    Above some hundred megabytes it is a view of a file in `room`.
    """
    count, low, high = 0, None, None
    for values in _filled(column):
        if len(values):
            count, low, high = count + len(values), _least(low, values.min()), _most(high, values.max())
    kind = _narrowest(column.type, low, high)
    if count * kind.itemsize > HELD:
        return _on_the_disk(column, count, kind, room)
    ordered, done = np.empty(count, kind), 0
    for values in _filled(column):
        ordered[done : done + len(values)] = values
        done += len(values)
    ordered.sort()
    return ordered


def _filled(column: Cells) -> Iterator[Numbers]:
    for chunk in column.chunks:
        yield filled_numbers(pa.chunked_array([chunk]))


def _least(one: Any, other: Any) -> Any:
    return other if one is None else min(one, other)


def _most(one: Any, other: Any) -> Any:
    return other if one is None else max(one, other)


def _narrowest(kind: pa.DataType, low: Any, high: Any) -> np.dtype[Any]:
    """The smallest type of whole numbers that holds them; fractions and dates stay as they are."""
    if not pa.types.is_integer(kind):
        return np.dtype(np.float64 if pa.types.is_floating(kind) else np.int64)
    own = np.dtype(kind.to_pandas_dtype())
    narrow = (np.dtype(f"i{size}") for size in (1, 2, 4))
    fitting = (one for one in narrow if low is not None and np.iinfo(one).min <= low and high <= np.iinfo(one).max)
    return next(fitting, own)


def _on_the_disk(column: Cells, count: int, kind: np.dtype[Any], room: Room) -> Numbers:
    """Range after range of values is collected, sorted and written; ranges are cut by a sample of the values."""
    step = max(1, count // _SAMPLE)
    sample = np.sort(np.concatenate([values[::step] for values in _filled(column)]))
    marks = np.unique(sample[:: max(1, len(sample) // _MARKS)])
    sizes = np.zeros(2 * len(marks) + 1, np.int64)
    for values in _filled(column):
        sizes += np.bincount(_slots(values, marks), minlength=len(sizes))
    text = room.text()
    for first, last in _runs(sizes, RUN // kind.itemsize):
        for piece in _run(column, marks, sizes, first, last, kind):
            text.write(memoryview(piece.data).cast("B"))
    return np.frombuffer(text.getvalue(), dtype=kind)


def _slots(values: Numbers, marks: Numbers) -> npt.NDArray[np.int64]:
    """2 i for a value below mark i and above the one before, 2 i + 1 for mark i itself."""
    place = np.searchsorted(marks, values)
    slots: npt.NDArray[np.int64] = 2 * place + (marks[np.minimum(place, len(marks) - 1)] == values)
    return slots


def _runs(sizes: npt.NDArray[np.int64], most: int) -> Iterator[tuple[int, int]]:
    """First and last slot of stretches with at most so many values, if they have more than one slot."""
    first, held = 0, 0
    for slot, size in enumerate(sizes.tolist()):
        if slot > first and held + size > most:
            yield first, slot - 1
            first, held = slot, 0
        held += size
    yield first, len(sizes) - 1


def _run(
    column: Cells, marks: Numbers, sizes: npt.NDArray[np.int64], first: int, last: int, kind: np.dtype[Any]
) -> Iterator[Numbers]:
    """The values of some slots, sorted, in pieces."""
    if first == last and first % 2:  # one value, as often as it may be
        left = int(sizes[first])
        while left:
            piece = np.full(min(left, 1 << 20), marks[first // 2], kind)
            yield piece
            left -= len(piece)
        return
    total, done = int(sizes[first : last + 1].sum()), 0
    held = np.empty(total, kind)
    for values in _filled(column):
        inside = _between(values, marks, first, last)
        held[done : done + len(inside)] = inside
        done += len(inside)
    held.sort()
    yield held


def _between(values: Numbers, marks: Numbers, first: int, last: int) -> Numbers:
    inside = np.ones(len(values), dtype=bool)
    if first > 0:
        inside &= values >= marks[first // 2] if first % 2 else values > marks[first // 2 - 1]
    if last < 2 * len(marks):
        inside &= values <= marks[last // 2] if last % 2 else values < marks[last // 2]
    return values[inside]
