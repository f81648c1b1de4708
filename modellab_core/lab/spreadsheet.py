"""Tables as CSV for people, who open them in a spreadsheet: no cell and no name starts a formula there."""

from __future__ import annotations

import csv
import io

import pandas as pd

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def csv_bytes(frame: pd.DataFrame) -> bytes:
    """The frame as CSV in UTF-8, without its index: text and names that would start a formula get an apostrophe.

    Numbers keep their sign. Source: OWASP, CSV injection.
    """
    columns = {place: _plain(frame.iloc[:, place]) for place in range(frame.shape[1])}
    safe = pd.DataFrame(columns, index=frame.index)
    safe.columns = pd.Index([quoted(str(name)) for name in frame.columns], dtype=object)
    # the csv module leaves a carriage return bare beside this line end, and a reader would begin a new row there
    bare = any(_has_return(safe.iloc[:, place]) for place in range(safe.shape[1])) or _has_return(safe.columns)
    out = io.StringIO()
    safe.to_csv(out, index=False, quoting=csv.QUOTE_NONNUMERIC if bare else csv.QUOTE_MINIMAL, lineterminator="\n")
    return out.getvalue().encode(errors="backslashreplace")


def quoted(cell: object) -> object:
    """`cell`, with an apostrophe before text that a spreadsheet would take for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_STARTS) else cell


def _has_return(cells: pd.Series | pd.Index) -> bool:
    return cells.dtype == object and any(isinstance(cell, str) and "\r" in cell for cell in cells)


def _plain(column: pd.Series) -> pd.Series:
    """Numbers, dates and booleans as they are; everything that may hold text looked at cell by cell."""
    if pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_datetime64_any_dtype(column.dtype):
        return column
    return pd.Series([quoted(cell) for cell in column], index=column.index, dtype=object)
