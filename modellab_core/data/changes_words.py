"""Sentences about what became of a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from modellab_core.data.drift_words import quoted
from modellab_core.data.table_changes import TableChanges

SHOWN_NAMES = 8
SHOWN_CELLS = 3


def sentences_of(changes: TableChanges) -> Iterator[str]:
    """What changed, a sentence each, the most general first."""
    yield from _about_rows(changes)
    yield from _about_columns(changes)
    yield from (change.sentence for change in changes.types_changed)
    if changes.cells_changed:
        yield _about_cells(changes)
    yield from _about_drift(changes)


def rows(n: int) -> str:
    """`1 row`, `1,000 rows`."""
    return f"{n:,} row{'' if n == 1 else 's'}"


def named(names: Sequence[str]) -> str:
    """`'a', 'b' and 2 more`."""
    shown = ", ".join(quoted(name) for name in names[:SHOWN_NAMES])
    return f"{shown} and {len(names) - SHOWN_NAMES:,} more" if len(names) > SHOWN_NAMES else shown


def _about_rows(changes: TableChanges) -> Iterator[str]:
    if changes.is_same:
        yield f"Nothing changed: the same {rows(changes.rows_newer)} in the same order."
        return
    parts = [(changes.rows_added, "added"), (changes.rows_gone, "gone"), (changes.rows_changed or 0, "changed")]
    told = [f"{rows(count)} {'was' if count == 1 else 'were'} {what}" for count, what in parts if count]
    told = [text.replace(" was gone", " is gone").replace(" were gone", " are gone") for text in told]
    same = f"{rows(changes.rows_same)} {'is' if changes.rows_same == 1 else 'are'} the same"
    same = same if changes.rows_same else "no row is the same"
    yield f"{', '.join([*told, same])}{_known_by(changes)}."
    if changes.moved:
        yield "Rows that stayed are in another order, so a random split divides them differently."


def _known_by(changes: TableChanges) -> str:
    if changes.by == "key":
        found = ", whose values are unique in both" if changes.key_found else ""
        return f" (rows are known by {quoted(changes.key or '')}{found})"
    return " (changed rows are known by their place)" if changes.by == "place" and changes.rows_changed else ""


def _about_columns(changes: TableChanges) -> Iterator[str]:
    for names, what in ((changes.columns_added, "added"), (changes.columns_gone, "gone")):
        if names:
            yield f"Column{'s' if len(names) > 1 else ''} {what}: {named(names)}."
    for older, newer in changes.columns_renamed:
        yield f"Column {quoted(older)} is called {quoted(newer)}; its values are the same."
    if changes.columns_moved:
        yield "Columns are in another order."


def _about_cells(changes: TableChanges) -> str:
    counts = sorted(changes.cells_changed.items(), key=lambda pair: -pair[1])
    told = ", ".join(f"{quoted(name)} ({count:,})" for name, count in counts[:SHOWN_NAMES])
    more = f" and in {len(counts) - SHOWN_NAMES:,} more columns" if len(counts) > SHOWN_NAMES else ""
    first = changes.examples[:SHOWN_CELLS]
    where = f"{changes.key} " if changes.by == "key" else "row "
    cells = "; ".join(f"{where}{one.row}: {_value(one.older)} became {_value(one.newer)}" for one in first)
    return f"Cells changed in {told}{more}{f', such as {cells}' if cells else ''}."


def _value(text: str) -> str:
    return quoted(text) if text else "missing"


def _about_drift(changes: TableChanges) -> Iterator[str]:
    if changes.compared == "none":
        return
    what = "the older and the newer rows"
    if changes.compared == "added":
        what = f"the {rows(changes.rows_added)} that were added and the older table"
    if changes.drifted:
        yield f"Drift between {what}, the largest first:"
        yield from (one.sentence for one in changes.drifted)
    else:
        yield f"No column drifted between {what}."
    fresh = [one for one in changes.drift if one.fresh and "new_values" not in one.drifted_in]
    if fresh:
        told = "; ".join(f"{quoted(one.name)}: {_times(one.fresh)}" for one in fresh[:SHOWN_NAMES])
        yield f"Values that were not there before: {told}."


def _times(values: Sequence[tuple[str, int]]) -> str:
    return ", ".join(f"{quoted(value)} ({count:,})" for value, count in values)
