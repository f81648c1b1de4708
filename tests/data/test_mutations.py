"""Files changed at random: each is read or refused in one sentence, soon, whatever was done to it."""

from __future__ import annotations

import random
import time
from typing import Any

import pytest
from corpus import CASES

from modellab_core.errors import BadInput

MOST_SECONDS = 20
SMALL = 20_000
SEEDS = [case.content for case in CASES.values() if len(case.content) < SMALL]
TEXTS = (
    *(",", ";", "\t", "|", '"', '""', "\n", "\r\n", "\r", "\n\n", " ", "=1", "<", "\\", "'", "sep=;\n", "½", "日"),
    *("NA", "?", "-", "1,5", "1.234,5", "007", "9223372036854775808", "1e400", "1e-400", "true", "-0.0", "0x1F"),
    *("2024-01-05", "13/01/2024", "0000-01-01", "Z", "+05:30"),
)
ODD = (b"\xef\xbb\xbf", b"\x00", b"\xff\xfe", b"\xe4", b"\xc2\xa0", b"\xe2\x80\x8b", b"\xed\xa0\x80", b"\x1f", b"PAR1")
PIECES = [*(text.encode() for text in TEXTS), *ODD]


def changed(content: bytes, rng: random.Random) -> bytes:
    """The bytes with up to six changes: pieces put in, bytes replaced, parts cut out, doubled or cut off."""
    held = bytearray(content)
    for _ in range(rng.randint(1, 6)):
        place, other = rng.randrange(len(held) + 1), rng.randrange(len(held) + 1)
        how = rng.random()
        if how < 0.4:
            held[place:place] = rng.choice(PIECES)
        elif how < 0.6 and place < len(held):
            held[place] = rng.randrange(256)
        elif how < 0.75:
            del held[place : place + rng.randint(1, 10)]
        elif how < 0.8:
            del held[place:]
        elif how < 0.95:
            held[place:place] = held[other : other + rng.randint(1, 200)]
        else:
            held[place:place] = rng.choice(SEEDS)[:60]
    return bytes(held)


def check(parsed: Any, content: bytes) -> None:
    """The file is read, and read again to the same table, or refused by a sentence that fits on a page."""
    started = time.monotonic()
    said = ""
    try:
        parsed(content)
    except BadInput as error:
        said = str(error)
    assert time.monotonic() - started < MOST_SECONDS, content
    assert said.isprintable() or "\n" not in said, content
    assert len(said) < 2000, content


@pytest.mark.parametrize("seed", range(3))
def test_some_changes(parsed: Any, seed: int) -> None:
    """Eighty changed files are read or refused."""
    rng = random.Random(seed)
    for _ in range(80):
        check(parsed, changed(rng.choice(SEEDS), rng))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 104))
def test_many_changes(parsed: Any, seed: int) -> None:
    """A thousand changed files are read or refused, four times."""
    rng = random.Random(seed)
    for _ in range(1000):
        check(parsed, changed(rng.choice(SEEDS), rng))
