"""How large a table may be."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """What a file may hold before it is refused; `BROWSER` is for files sent by a browser.

    `memory` and `disk` (what is laid down there for a moment) are in bytes and `seconds` in CPU time of the process
    that reads the file.
    """

    cells: int = 500_000_000
    columns: int = 5_000
    cell_characters: int = 100_000
    name_characters: int = 1_000
    memory: int = 6 << 30
    disk: int = 32 << 30
    seconds: int = 900


COMMAND = Limits()
BROWSER = Limits(cells=50_000_000)


@contextmanager
def cells_up_to(characters: int) -> Iterator[None]:
    """Let Python's csv module, whose limit belongs to the whole process, take cells of so many characters here."""
    before = csv.field_size_limit(characters)
    try:
        yield
    finally:
        csv.field_size_limit(before)
