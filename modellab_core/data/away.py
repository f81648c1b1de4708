"""Tokens that a person called missing: for every column, or for one.

A token written COLUMN=TOKEN counts in that column alone. A whole number then means its value, however a file pads it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

_WHOLE = re.compile(r"[-+]?[0-9]+")
_PADS = ("", ".", ".0", ".00")


def tokens_of(name: str, given: Sequence[str], *, texts: bool = True) -> tuple[str, ...]:
    """The tokens that are missing in the column `name`: all that were given, and what was given to it alone.

    Of a column of `texts` these are all ways to write it; numbers are compared by value.
    """
    own = [token.removeprefix(f"{name}=") for token in given if token.startswith(f"{name}=")]
    return tuple(dict.fromkeys((*given, *(way for token in own for way in (_ways(token) if texts else (token,))))))


def _ways(token: str) -> tuple[str, ...]:
    return tuple(token + pad for pad in _PADS) if _WHOLE.fullmatch(token) else (token,)


def given_in(name: str, given: Sequence[str], held: Collection[str]) -> frozenset[str]:
    """Which tokens, as they were given, the column `name` holds, where `held` are those of `tokens_of` that it does."""
    own = {token for token in given if token.startswith(f"{name}=")}
    return frozenset(held) | {token for token in own if set(_ways(token.removeprefix(f"{name}="))) & set(held)}
