"""Time and memory of comparing two versions: `python tests/benchmarks/version_changes.py [ROWS]`, a million by default.

Twelve columns; the newer version has a twentieth of shifted rows more, or is that one shuffled with three cells edited,
or has one column in another unit. The figures are printed and the counts checked.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from modellab_core.data.changes import changes
from modellab_core.data.copies import GROUP_ROWS, Copy, write_copy
from modellab_core.data.side import Side
from modellab_core.data.table import ColumnType
from modellab_core.data.values import as_column

RNG = np.random.default_rng(0)


def made(rows: int) -> pa.Table:
    """A table as people have it, with a key and a name of each row."""
    numbers = {f"x{place}": RNG.normal(size=rows).round(3 + place) for place in range(5)}
    return pa.table(
        {
            "id": np.arange(rows) * 7919,
            "name": pa.array(np.arange(rows)).cast(pa.string()),
            **numbers,
            "count": RNG.integers(0, 500, rows),
            "day": (np.datetime64("2020-01-01") + RNG.integers(0, 900, rows)).astype("datetime64[us]"),
            "plan": np.array(["basic", "standard", "premium"])[RNG.integers(0, 3, rows)],
            "flag": RNG.random(rows) < 0.3,
            "gaps": pa.array(RNG.normal(size=rows), mask=RNG.random(rows) < 0.1),
        }
    )


def with_column(table: pa.Table, name: str, values: np.ndarray) -> pa.Table:
    """The table with other values in a column."""
    return table.set_column(table.column_names.index(name), name, pa.array(values))


def versions(older: pa.Table) -> Iterator[tuple[str, pa.Table]]:
    """What is done to a table, and the table after it."""
    rows = older.num_rows
    more = older.slice(0, rows // 20)
    more = with_column(more, "x1", more["x1"].to_numpy() + 1)
    more = with_column(more, "id", more["id"].to_numpy() + 2**50)
    appended = pa.concat_tables([older, more])
    yield "appended", appended
    shuffled = appended.take(pa.array(RNG.permutation(appended.num_rows)))
    cells = shuffled["x2"].to_numpy().copy()
    cells[[3, 77, rows // 2]] += 1
    yield "shuffled", with_column(shuffled, "x2", cells)
    yield "unit", with_column(older, "x3", older["x3"].to_numpy() * 1000)


def kind_of(kind: pa.DataType) -> ColumnType:
    """The type that a Reading would name."""
    if pa.types.is_boolean(kind):
        return "boolean"
    return "date" if pa.types.is_timestamp(kind) else "text" if pa.types.is_string(kind) else "number"


def kept(table: pa.Table, path: Path) -> Side:
    """The table written to a copy, read from it column by column."""
    groups = range(0, table.num_rows, GROUP_ROWS)
    pieces = ([column.slice(start, GROUP_ROWS) for column in table.columns] for start in groups)
    write_copy(path, table.schema, pieces, [], {})
    types = {field.name: kind_of(field.type) for field in table.schema}
    copy = Copy(path)
    return Side(types, copy.rows, lambda name: as_column(next(copy.columns([name])), types[name]))


def main(rows: int) -> None:
    """Compare, print, check."""
    with tempfile.TemporaryDirectory() as folder:
        table = made(rows)
        older = kept(table, Path(folder, "older.parquet"))
        newer = {what: kept(later, Path(folder, f"{what}.parquet")) for what, later in versions(table)}
        del table
        base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        for what, side in newer.items():
            began = time.process_time()
            found = changes(older, side)
            spent, peak = time.process_time() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(f"{what}: {spent:.1f} s of processor, peak {peak:,.0f} MB (making the tables: {base:,.0f} MB)")
            print("   ", "\n    ".join(found.sentences))
            added, changed = (0, rows) if what == "unit" else (rows // 20, 3 if what == "shuffled" else 0)
            assert (found.rows_added, found.rows_gone) == (added, 0)
            assert changed - 50 <= (found.rows_changed or 0) <= changed  # a few cells are 0 in any unit
            assert [one.name for one in found.drifted] == ["x3" if what == "unit" else "x1"]


if __name__ == "__main__":
    main(int(float(sys.argv[1])) if len(sys.argv) > 1 else 1_000_000)
