"""Random order that is ours alone: defined here, so that no upgrade of a library can change a split."""

from __future__ import annotations

import hashlib

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Keys = npt.NDArray[np.uint64]

_STEP, _MIX_1, _MIX_2 = (np.uint64(n) for n in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))


def random_keys(seed: int, purpose: str, items: Ints) -> Keys:
    """One 64-bit key an item; sorting by it is a random order of the items.

    The key depends on `seed`, `purpose` and the item's number alone, so keys of other items never shift it. SplitMix64,
    Steele, Lea & Flood, OOPSLA 2014, started from a SHA-256 of seed and purpose.
    """
    start = int.from_bytes(hashlib.sha256(f"{seed}:{purpose}".encode()).digest()[:8], "big")
    with np.errstate(over="ignore"):
        z = np.uint64(start) + (items.astype(np.uint64) + np.uint64(1)) * _STEP
        z = (z ^ (z >> np.uint64(30))) * _MIX_1
        z = (z ^ (z >> np.uint64(27))) * _MIX_2
    mixed: Keys = z ^ (z >> np.uint64(31))
    return mixed


def shuffled(seed: int, purpose: str, items: Ints) -> Ints:
    """`items` in random order."""
    return items[np.argsort(random_keys(seed, purpose, items), kind="stable")]
