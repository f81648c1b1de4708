"""One odd file and what has to come out of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Case:
    """The bytes of a file, what a person asks for, and either the columns with the codes of all notes or, for a file
    that is refused, words that the sentence has to hold.
    """

    content: bytes
    columns: Mapping[str, list[Any]] | None = None
    codes: frozenset[str] = frozenset()
    words: tuple[str, ...] = ()
    asked: Mapping[str, Any] = field(default_factory=dict)


def _bytes(content: bytes | str) -> bytes:
    return content.encode() if isinstance(content, str) else content


def read(content: bytes | str, columns: Mapping[str, list[Any]], *codes: str, **asked: Any) -> Case:
    """A file that is read: its columns, and the codes of exactly the notes that are told."""
    return Case(_bytes(content), columns, frozenset(codes), asked=asked)


def refused(content: bytes | str, *words: str, **asked: Any) -> Case:
    """A file that is refused by a sentence that holds the `words`."""
    return Case(_bytes(content), words=words, asked=asked)


def column(cells: list[str], values: list[Any] | None = None, *codes: str, **asked: Any) -> Case:
    """A file with these cells in column `a`, in quotes, beside a column of letters; without `values` they stay text."""
    quoted = ['"' + cell.replace('"', '""') + '"' for cell in cells]
    content = "a,b\n" + "".join(f"{cell},x\n" for cell in quoted)
    return read(content, {"a": cells if values is None else values, "b": ["x"] * len(cells)}, *codes, **asked)
