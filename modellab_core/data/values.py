"""A column as plain values, whatever holds it: Arrow, pandas, numpy or a list."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from modellab_core.data.table import ColumnType

_TYPES = {"text": pa.string(), "boolean": pa.bool_(), "date": pa.timestamp("us")}


def as_column(values: Any, kind: ColumnType) -> pa.ChunkedArray:
    """`values` as Arrow in the type of a Table: number → int64 or float64, text → string, date → microseconds.

    NaN and NaT of pandas and numpy are missing. ArrowInvalid when the values do not fit `kind`.
    """
    column = values
    if not isinstance(values, pa.ChunkedArray):
        held = values if isinstance(values, pa.Array) else pa.array(values, from_pandas=True)
        column = held if isinstance(held, pa.ChunkedArray) else pa.chunked_array([held])
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    wanted = _TYPES.get(kind) or _number_type(column.type)
    return column if column.type == wanted else column.cast(wanted, safe=kind != "date")


def _number_type(kind: pa.DataType) -> pa.DataType:
    whole = pa.types.is_integer(kind) or pa.types.is_boolean(kind)
    return pa.int64() if whole and kind != pa.uint64() else pa.float64()


def filled_numbers(column: pa.ChunkedArray) -> npt.NDArray[Any]:
    """What is there in a column of numbers or dates (as microseconds since 1970), int64 or float64, without NaN."""
    numbers: npt.NDArray[Any]
    if pa.types.is_floating(column.type):
        numbers = column.to_numpy()  # missing ones become NaN
        gaps = np.isnan(numbers)
        return numbers[~gaps] if gaps.any() else numbers
    ticks = column.cast(pa.int64()) if pa.types.is_timestamp(column.type) else column
    numbers = (ticks.drop_null() if ticks.null_count else ticks).to_numpy()
    return numbers
