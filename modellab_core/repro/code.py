"""The exact source that made a run, so that a pack trains with it whatever the program has become since."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]

MODULES = ("__init__", "errors", "registry", "settings", "files", "progress", "experiment")
ROOMS = ("data", "harness", "training")
FROM_HERE = ("__init__", "archive", "building", "comparing", "environment", "expected", "facts", "reproduce", "runner")
"""Of this room, what a pack runs."""

MAIN = '''"""Check this pack and train its run again: `python PACK.zip --help` says how.

What it does is in code/modellab_core/repro, in the standard library alone: runner.py holds the commands, archive.py the
checks of the files, building.py the environment and the training, comparing.py the comparison.
"""

import sys
from pathlib import Path

PACK = Path(__file__).resolve().parent

if __name__ == "__main__":
    if sys.version_info < (3, 11):
        print("This needs Python 3.11 or newer.", file=sys.stderr)
        sys.exit(3)
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(PACK / "code"))
    from modellab_core.repro.runner import main

    sys.exit(main(PACK))
'''
"""The `__main__.py` of a pack: all else that a pack runs keeps the name that it has here."""


def snapshot(package: Path = PACKAGE) -> dict[str, bytes]:
    """Source by name below the folder that holds the package, sorted: the floors that a run needs, no web and no SQL.

    OSError when a file cannot be read.
    """
    return {f"{package.name}/{name}": (package / name).read_bytes() for name in sorted(_names(package))}


def _names(package: Path) -> Iterator[str]:
    yield from (f"{module}.py" for module in MODULES)
    yield from (f"repro/{module}.py" for module in FROM_HERE)
    for room in ROOMS:
        for path in (package / room).rglob("*"):
            if path.is_file() and path.suffix != ".pyc":
                yield path.relative_to(package).as_posix()
