"""Text that came from files and names, with no letter that commands, turns or hides what is read."""

from __future__ import annotations

import unicodedata

JOINERS = "\u200c\u200d"  # they hold together letters of some scripts, and emoji


def is_plain(letter: str) -> bool:
    """Whether a letter only stands for itself: no control character, escape, or mark that turns or hides others."""
    return letter.isprintable() or letter in JOINERS or unicodedata.category(letter) == "Zs"


def shown(text: object) -> str:
    """`text` on one line, its other letters written out: an escape is `\\x1b`, a mark that turns text `\\u202e`."""
    plain = str(text)
    if plain.isprintable():
        return plain
    return "".join(letter if is_plain(letter) else letter.encode("unicode_escape").decode() for letter in plain)
