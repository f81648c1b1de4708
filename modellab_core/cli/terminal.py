"""Text on its way to a terminal: what came from files and names cannot command it, or pretend to be something else."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any

JOINERS = "\u200c\u200d"  # they hold together letters of some scripts, and emoji


def shown(text: object) -> str:
    """`text` on one line: control characters, escapes, and marks that turn or hide text are written out (`\\x1b`)."""
    return "".join(letter if _is_plain(letter) else _named(letter) for letter in str(text))


def shown_lines(text: str) -> str:
    """The same for each line of `text`."""
    return "\n".join(map(shown, text.split("\n")))


def json_text(value: Any) -> str:
    """`value` as JSON where every letter that `shown` would change is written as `\\u….`, which means the same."""
    plain = json.dumps(value, ensure_ascii=False, indent=2)
    return re.sub(r"[^\x20-\x7e\n]", lambda found: found[0] if _is_plain(found[0]) else _as_json(found[0]), plain)


def _is_plain(letter: str) -> bool:
    return letter.isprintable() or letter in JOINERS or unicodedata.category(letter) == "Zs"


def _named(letter: str) -> str:
    return letter.encode("unicode_escape").decode()


def _as_json(letter: str) -> str:
    return json.dumps(letter)[1:-1]
