"""JSON that is the same bytes for the same content, and places inside it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from enum import Enum
from typing import Any

import numpy as np


def plain(value: Any) -> Any:
    """`value` as JSON values: numpy scalars and arrays, tuples and enums become Python's, NaN and infinity None."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, np.ndarray):
        return [plain(item) for item in value.tolist()]
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value.value if isinstance(value, Enum) else value


def canonical(value: Any) -> bytes:
    """`value` as JSON with sorted keys, floats by `repr`, null for what is undefined, UTF-8 and a final newline."""
    text = json.dumps(plain(value), sort_keys=True, ensure_ascii=False, allow_nan=False)
    # a name read from a damaged file may hold half a surrogate pair, which has no UTF-8 form but a JSON escape
    return (text + "\n").encode("utf-8", errors="backslashreplace")


def pointer(*parts: str | int) -> str:
    """The JSON pointer (RFC 6901) to a place inside a document."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def resolve(document: Any, path: str) -> Any:
    """What stands at a JSON pointer. KeyError, IndexError or TypeError when there is no such place."""
    place = document
    for part in path.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        place = place[int(key)] if isinstance(place, list) else place[key]
    return place
