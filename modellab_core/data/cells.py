"""Which cells differ in rows that are taken for one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from modellab_core.data.sameness import Pairs, differences
from modellab_core.data.side import Side
from modellab_core.data.table_changes import CellChange

SHOWN = 10
CHANCE_ROWS = 1000

Common = Sequence[tuple[str, str]]  # name in the older and in the newer table


@dataclass(frozen=True)
class Cells:
    """How many rows changed, in how many cells by (newer) column, and the first of these cells in the order of rows."""

    changed: int
    counts: Mapping[str, int]
    examples: tuple[CellChange, ...]


def cells_of(older: Side, newer: Side, common: Common, pairs: Pairs, key: tuple[str, str] | None = None) -> Cells:
    """The cells of these pairs of rows that differ; rows are named by their `key`, else by number."""
    changed = np.zeros(len(pairs), dtype=bool)
    counts: dict[str, int] = {}
    first: list[tuple[int, int, str, str, str]] = []
    for place, (old, new) in enumerate(common):
        one, other = older.column(old), newer.column(new)
        differ = differences(one, other, pairs)
        if not differ.any():
            continue
        counts[new] = int(differ.sum())
        changed |= differ
        for at in np.flatnonzero(differ)[:SHOWN].tolist():
            values = _cell(older, old, one, pairs.older[at]), _cell(newer, new, other, pairs.newer[at])
            first.append((int(pairs.newer[at]), place, new, *values))
    first = sorted(first)[:SHOWN]
    keys = newer.column(key[1]) if key and first else None
    names = [str(row) if keys is None or key is None else _cell(newer, key[1], keys, row) for row, *_ in first]
    examples = tuple(CellChange(name, *cell[2:]) for name, cell in zip(names, first, strict=True))
    return Cells(int(changed.sum()), counts, examples)


def _cell(side: Side, name: str, column: Any, row: int) -> str:
    return side.written(name, column[int(row)].as_py())


def likeness_by_chance(older: Side, newer: Side, common: Common) -> float:
    """The share of cells that differ in rows that have nothing to do with one another: half a table apart."""
    if not common or not older.rows or not newer.rows:
        return 1.0
    rows = min(CHANCE_ROWS, newer.rows)
    there = np.linspace(0, newer.rows - 1, rows).astype(np.int64)
    pairs = Pairs((there + older.rows // 2 + 1) % older.rows, there)
    shares = [differences(older.column(old), newer.column(new), pairs).mean() for old, new in common]
    return float(np.mean(shares))
