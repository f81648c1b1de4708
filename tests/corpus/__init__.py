"""Odd files with what has to come out of each: bytes → names, types, cells and note codes, or words of a refusal."""

from __future__ import annotations

from corpus import asked, ends, kinds, letters, lines, names, numbers, parquets
from corpus.case import Case

__all__ = ["CASES", "Case"]

_ROOMS = (lines, letters, names, numbers, ends, kinds, parquets, asked)


def _tables() -> dict[str, dict[str, Case]]:
    """Each table of cases in the modules, under the name of its module and its own."""
    held = {}
    for module in _ROOMS:
        for name, value in vars(module).items():
            if name.isupper() and name[0] != "_" and isinstance(value, dict) and Case in map(type, value.values()):
                held[f"{module.__name__.removeprefix('corpus.')}, {name.lower()}"] = value
    return held


CASES: dict[str, Case] = {
    f"{table}: {name}": case for table, cases in _tables().items() for name, case in cases.items()
}
