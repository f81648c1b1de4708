"""Names of columns that people and programs can use."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from modellab_core.data.limits import Limits
from modellab_core.data.table import Note
from modellab_core.errors import BadInput

SHOWN = 5
_UNSEEN = ("Cc", "Cf", "Zs", "Zl", "Zp")
_BLANKS = "\u115f\u1160\u2800\u3164\uffa0"  # letters and symbols without ink
_MISLEADING = re.compile(r"""<[A-Za-z/!?]|\.\.[\\/]|["`]|^\s|\s$|^[=@]|[\U0001F000-\U0001FAFF\u2600-\u27BF]""")


def usable_names(written: Sequence[str], limits: Limits) -> tuple[list[str], list[Note]]:
    """The names as written, but a blank one becomes `column_<position>` and a double one `x_2`, the next free number.

    A name is blank when nothing of it can be seen. Names that mislead people are kept, with a note. BadInput when there
    are too many columns or one name is too long.
    """
    if len(written) > limits.columns:
        raise BadInput(f"The table has {len(written):,} columns, and at most {limits.columns:,} can be read.")
    taken, given = set(written), set[str]()
    nexts: dict[str, int] = {}
    names: list[str] = []
    notes: list[Note] = []
    for position, name in enumerate(written, 1):
        _refuse_long(name, position, limits)
        if is_blank(name):
            chosen = f"column_{position}"
            chosen = _free(chosen, taken, nexts) if chosen in taken else chosen
            notes.append(Note("blank_name", f"Column {position} has no name and is called {chosen!r}.", chosen))
        elif name in given:
            chosen = _free(name, taken, nexts)
            text = f"The name {name!r} is used twice; its next column, number {position}, is called {chosen!r}."
            notes.append(Note("duplicate_name", text, chosen))
        else:
            chosen = name
        taken.add(chosen)
        given.add(chosen)
        names.append(chosen)
    return names, [*notes, *_misleading(names), *_alike(names)]


def _refuse_long(name: str, position: int, limits: Limits) -> None:
    if len(name) > limits.name_characters:
        raise BadInput(
            f"The name of column {position} has {len(name):,} characters, and at most {limits.name_characters:,} "
            f"can be read: {name[:40]!r} …"
        )


def _free(name: str, taken: set[str], nexts: dict[str, int]) -> str:
    """The name with the next free number; `nexts` holds the numbers already tried."""
    number = nexts.get(name, 2)
    while f"{name}_{number}" in taken:
        number += 1
    nexts[name] = number + 1
    return f"{name}_{number}"


def is_blank(name: str) -> bool:
    """Whether nothing of the name can be seen."""
    return all(letter in _BLANKS or unicodedata.category(letter) in _UNSEEN for letter in name)


def _misleading(names: Sequence[str]) -> list[Note]:
    """One note about names with marks of programs, emoji, or letters that cannot be seen."""
    odd = [name for name in names if _MISLEADING.search(name) or _has_unseen(name)]
    if not odd:
        return []
    text = f"{_names(odd)} as written, and shown as plain text: look for quotes, blanks or marks that do not belong."
    return [Note("odd_names", text)]


def _has_unseen(name: str) -> bool:
    return not name.isprintable() and any(unicodedata.category(letter) in ("Cc", "Cf", "Co", "Cn") for letter in name)


def _names(odd: Sequence[str]) -> str:
    shown = ", ".join(repr(name[:60]) for name in odd[:SHOWN])
    more = f" and {len(odd) - SHOWN:,} more" if len(odd) > SHOWN else ""
    return f"The name {shown} is kept" if len(odd) == 1 else f"The names {shown}{more} are kept"


def _alike(names: Sequence[str]) -> list[Note]:
    """One note about names that look the same but for case, blanks, or the form of their letters."""
    looks: dict[str, list[str]] = {}
    for name in names:
        looks.setdefault(_look(name), []).append(name)
    same = [group for group in looks.values() if len(group) > 1]
    if not same:
        return []
    shown = "; ".join(", ".join(map(repr, group[:SHOWN])) for group in same[:SHOWN])
    return [Note("similar_names", f"These names are easily mixed up, and each is a column of its own: {shown}.")]


def _look(name: str) -> str:
    if name.isascii() and name.isprintable():
        return " ".join(name.casefold().split())
    seen = (
        letter for letter in unicodedata.normalize("NFKC", name) if unicodedata.category(letter) not in ("Cc", "Cf")
    )
    return " ".join("".join(seen).casefold().split())
