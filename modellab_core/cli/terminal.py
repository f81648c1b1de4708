"""Text on its way to a terminal: what came from files and names cannot command it, or pretend to be something else."""

from __future__ import annotations

import json
import re
from typing import Any

from modellab_core.letters import is_plain, shown


def shown_lines(text: str) -> str:
    """The same for each line of `text`."""
    return "\n".join(map(shown, text.split("\n")))


def json_text(value: Any) -> str:
    """`value` as JSON where every letter that `shown` would change is written as `\\u….`, which means the same."""
    plain = json.dumps(value, ensure_ascii=False, indent=2)
    return re.sub(r"[^\x20-\x7e\n]", lambda found: found[0] if is_plain(found[0]) else _as_json(found[0]), plain)


def _as_json(letter: str) -> str:
    return json.dumps(letter)[1:-1]
