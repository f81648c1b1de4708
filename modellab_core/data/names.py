"""Names of columns that people and programs can use."""

from __future__ import annotations

from collections.abc import Sequence

from modellab_core.data.limits import Limits
from modellab_core.data.table import Note
from modellab_core.errors import BadInput


def usable_names(written: Sequence[str], limits: Limits) -> tuple[list[str], list[Note]]:
    """The names as written, but a blank one becomes `column_<position>` and a double one `x_2`, the next free number.

    BadInput when there are too many columns or one name is too long.
    """
    if len(written) > limits.columns:
        raise BadInput(f"The table has {len(written):,} columns, and at most {limits.columns:,} can be read.")
    taken = set(written)
    names: list[str] = []
    notes: list[Note] = []
    for position, name in enumerate(written, 1):
        if len(name) > limits.name_characters:
            raise BadInput(
                f"The name of column {position} has {len(name):,} characters, and at most {limits.name_characters:,} "
                f"can be read: {name[:40]!r} …"
            )
        if not name.strip():
            chosen = _free(f"column_{position}", taken, 2) if f"column_{position}" in taken else f"column_{position}"
            notes.append(Note("blank_name", f"Column {position} has no name and is called {chosen!r}.", chosen))
        elif name in names:
            chosen = _free(name, taken, 2)
            text = f"The name {name!r} is used twice; its next column, number {position}, is called {chosen!r}."
            notes.append(Note("duplicate_name", text, chosen))
        else:
            chosen = name
        taken.add(chosen)
        names.append(chosen)
    return names, notes


def _free(name: str, taken: set[str], number: int) -> str:
    while f"{name}_{number}" in taken:
        number += 1
    return f"{name}_{number}"
