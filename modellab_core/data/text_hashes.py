"""A number for each text, so that millions can be compared by sorting: equal texts have equal numbers.

Different texts have the same number in one of 10^19 pairs; where that would matter, the texts themselves are compared.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from modellab_core.data.texts import Bytes, spans

Hashes = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int64]

BLOCK_ROWS = 1 << 18
LONG = 512
_WORD = 8
_ODD = np.uint64(0x9E3779B97F4A7C15)
_STEPS = ((np.uint64(30), np.uint64(0xBF58476D1CE4E5B9)), (np.uint64(27), np.uint64(0x94D049BB133111EB)))
_LAST = np.uint64(31)


def mixed(words: Hashes) -> Hashes:
    """SplitMix64's last steps: each bit of a word goes into all 64, and no two words become one."""
    done = words + _ODD
    for shift, factor in _STEPS:
        done ^= done >> shift
        done *= factor
    done ^= done >> _LAST
    return done


def text_hashes(column: pa.ChunkedArray, seed: int = 0) -> Hashes:
    """One number a row; a missing value has that of an empty text."""
    found = np.empty(len(column), dtype=np.uint64)
    done = 0
    for offsets, data in _blocks(column):
        found[done : done + len(offsets) - 1] = _hashed(offsets, data, seed)
        done += len(offsets) - 1
    if column.null_count:
        found[column.is_null().to_numpy()] = _hashed(np.zeros(2, np.int64), np.zeros(_WORD, np.uint8), seed)
    return found


def are_equal(one: pa.ChunkedArray, places: Places, other: pa.ChunkedArray, places_there: Places) -> bool:
    """Whether the values of `one` at `places` are those of `other` at `places_there`, pair by pair; missing is equal to
    missing.
    """
    return not any(len(apart) for apart in unequal(one, places, other, places_there))


def unequal(one: pa.ChunkedArray, places: Places, other: pa.ChunkedArray, places_there: Places) -> Iterator[Places]:
    """The pairs, by number, whose values differ, block by block."""
    for start in range(0, len(places), BLOCK_ROWS):
        a = one.take(pa.array(places[start : start + BLOCK_ROWS]))
        b = other.take(pa.array(places_there[start : start + BLOCK_ROWS]))
        alike = pc.fill_null(pc.equal(a, b), False)
        if a.null_count and b.null_count:
            alike = pc.or_(alike, pc.and_(a.is_null(), b.is_null()))
        yield start + np.flatnonzero(~alike.to_numpy())


def _blocks(column: pa.ChunkedArray) -> Iterator[tuple[npt.NDArray[np.int64], Bytes]]:
    """Offsets of the texts of a block and its bytes, with eight more at the end."""
    for chunk in column.chunks:
        offsets, data = spans(chunk)
        for start in range(0, len(chunk), BLOCK_ROWS):
            held = offsets[start : min(start + BLOCK_ROWS, len(chunk)) + 1].astype(np.int64)
            yield held - held[0], np.r_[data[held[0] : held[-1]], np.zeros(_WORD, np.uint8)]


def _digests(data: Bytes, starts: Places, stops: Places) -> Hashes:
    """A number for each text, one after the other: for long texts faster than eight bytes of all at a time."""
    spans = zip(starts.tolist(), stops.tolist(), strict=True)
    digests = b"".join(hashlib.blake2b(data[start:stop].data, digest_size=_WORD).digest() for start, stop in spans)
    return np.frombuffer(digests, dtype="<u8")


def _hashed(offsets: npt.NDArray[np.int64], data: Bytes, seed: int) -> Hashes:
    """Eight bytes of all texts at a time, as long as there are texts that have them."""
    starts, lengths = offsets[:-1], np.diff(offsets)
    words = np.ndarray((len(data) - _WORD + 1,), dtype="<u8", buffer=data, strides=(1,))
    found = mixed(lengths.astype(np.uint64) + mixed(np.array([seed], np.uint64)))
    long = np.flatnonzero(lengths > LONG)
    found[long] = mixed(found[long] ^ _digests(data, starts[long], starts[long] + lengths[long]))
    active = np.flatnonzero((lengths > 0) & (lengths <= LONG))
    place = 0
    while len(active):
        left = lengths[active] - place
        word = words[starts[active] + place].astype(np.uint64)
        short = left < _WORD
        word[short] &= (np.uint64(1) << (left[short] * 8).astype(np.uint64)) - np.uint64(1)
        found[active] = mixed(found[active] ^ word)
        place += _WORD
        active = active[left > _WORD]
    return found
