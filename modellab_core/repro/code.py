"""The exact source that made a run, so that a pack trains with it whatever the program has become since."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]

MODULES = ("__init__", "errors", "registry", "settings", "files", "temporary", "progress", "experiment")
ROOMS = ("data", "harness", "training")
FROM_HERE = ("__init__", "archive", "building", "comparing", "environment", "expected", "facts", "reproduce", "runner")
"""Of this room, what a pack runs."""

ENTRY = "repro/entry.py"
"""What becomes the `__main__.py` of a pack; all else that a pack runs keeps the name that it has here."""


@cache
def snapshot(package: Path = PACKAGE) -> dict[str, bytes]:
    """Source by name below the folder that holds the package, sorted: the floors that a run needs, no web and no SQL.

    It is read once a process: call it when work begins, and it is the source that does the work although the program
    may be upgraded meanwhile. OSError when a file cannot be read.
    """
    return {f"{package.name}/{name}": (package / name).read_bytes() for name in sorted(_names(package))}


def _names(package: Path) -> Iterator[str]:
    yield from (f"{module}.py" for module in MODULES)
    yield from (f"repro/{module}.py" for module in FROM_HERE)
    for room in ROOMS:
        for path in (package / room).rglob("*"):
            if path.is_file() and path.suffix != ".pyc":
                yield path.relative_to(package).as_posix()


def main_file(package: Path = PACKAGE) -> bytes:
    """The `__main__.py` of a pack. OSError when it cannot be read."""
    return (package / ENTRY).read_bytes()
