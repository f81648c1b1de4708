"""What a script logs, brought into the form in which it is stored."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from modellab_core.errors import BadInput
from modellab_core.store.lookup import clean_name

MOST_LETTERS = 10_000


def name_of(name: Any) -> str:
    """The name of a value, a file or a word. BadInput when it is blank, too long or has control characters."""
    return clean_name(str(name), "logged value")


def json_of(value: Any) -> str:
    """A parameter as JSON text: what JSON knows stays what it is, anything else becomes its text, cut when long."""
    text = json.dumps(_plain(value), ensure_ascii=False, sort_keys=True)
    if len(text) <= MOST_LETTERS:
        return text
    return json.dumps(f"{text[:MOST_LETTERS]} … ({len(text):,} characters)", ensure_ascii=False)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(item) for item in value]
    if hasattr(value, "item") and getattr(value, "ndim", None) == 0:
        value = value.item()  # a number of numpy
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    return str(value)


def metric_of(name: str, value: Any) -> float | None:
    """A metric as a number, None where it is not finite. BadInput when it is no number."""
    try:
        number = float(value)
    except (TypeError, ValueError) as error:
        raise BadInput(f"the metric {name!r} is {str(value)[:80]!r}, and a number is needed.") from error
    return number if math.isfinite(number) else None


def tags_of(tags: Mapping[str, Any] | Sequence[str]) -> dict[str, str]:
    """Tags by name, given as words or as values by name."""
    return words_of([], tags) if isinstance(tags, Mapping) else words_of(tags, {})


def words_of(words: Sequence[str], named: Mapping[str, Any]) -> dict[str, str]:
    """Tags by name, "" for a word without a value."""
    return {**{name_of(word): "" for word in words}, **{name_of(name): str(item) for name, item in named.items()}}
