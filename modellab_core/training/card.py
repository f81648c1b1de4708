"""The card of a stored model: JSON that carries the SHA-256 of the model's other files and of itself."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from modellab_core.errors import BadInput

CARD = "model.json"


def sealed(card: Mapping[str, Any]) -> bytes:
    """The card as JSON with its own SHA-256."""
    return (canonical({**card, "sha256": digest(card)}) + "\n").encode(errors="surrogatepass")


def opened(files: Mapping[str, bytes], schema: str) -> dict[str, Any]:
    """The card among `files`, without its own sum. BadInput when it is missing, damaged or of another schema."""
    if CARD not in files:
        raise BadInput(f"The model cannot be opened: its file {CARD!r} is missing.")
    try:
        card = json.loads(files[CARD].decode())
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise BadInput(f"The model cannot be opened: {CARD} is damaged or no model of ModelLab.") from error
    if not isinstance(card, dict) or card.get("schema") != schema:
        raise BadInput(f"The model cannot be opened: {CARD} does not follow the schema {schema!r}.")
    card.pop("sha256", None)
    if sealed(card) != files[CARD]:  # byte by byte: 0.1…67 and 0.1…66 can be one number
        raise BadInput(f"The model cannot be opened: {CARD} is damaged, its SHA-256 is not the one recorded.")
    return card


def check_sum(files: Mapping[str, bytes], name: str, recorded: object) -> bytes:
    """The file `name`. BadInput when it is missing or its SHA-256 is not the one recorded."""
    if name not in files:
        raise BadInput(f"The model cannot be opened: its file {name!r} is missing.")
    if sha256(files[name]) != recorded:
        raise BadInput(
            f"The model cannot be opened: its file {name!r} is damaged, its SHA-256 is not the one recorded."
        )
    return files[name]


def sha256(content: bytes) -> str:
    """SHA-256 in lower-case hex."""
    return hashlib.sha256(content).hexdigest()


def canonical(card: Mapping[str, Any]) -> str:
    """The one way to write `card` as JSON."""
    return json.dumps(card, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def digest(card: Mapping[str, Any]) -> str:
    """SHA-256 of the card as it is written."""
    return sha256(canonical(card).encode(errors="surrogatepass"))
