"""Parquet files: types that are read, types that are refused, and files that are damaged or made to do harm."""

# ruff: noqa: E501 - one case a line is easier to look through

from __future__ import annotations

import datetime
import io
from datetime import datetime as D
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from corpus.case import Case, read, refused

OK = pa.array([1, 2])


def parquet(columns: dict[str, Any] | pa.Table, **options: Any) -> bytes:
    """The columns as the bytes of a Parquet file."""
    held = io.BytesIO()
    pq.write_table(columns if isinstance(columns, pa.Table) else pa.table(columns), held, **options)
    return held.getvalue()


def holds(array: pa.Array, values: list[Any], *codes: str, **options: Any) -> Case:
    """A file with `array` in column v: its values as they are read, and the notes."""
    return read(parquet({"ok": OK, "v": array}, **options), {"ok": [1, 2], "v": values}, *codes)


def refuses(array: pa.Array, *words: str, **options: Any) -> Case:
    """A file that is refused because of `array` in column v."""
    return refused(parquet({"ok": OK, "v": array}, **options), "'v'", *words)


def of(values: list[Any], kind: pa.DataType) -> pa.Array:
    """An Arrow array."""
    return pa.array(values, kind)


def of_pandas(frame: pd.DataFrame) -> bytes:
    """What pandas writes."""
    held = io.BytesIO()
    frame.to_parquet(held)
    return held.getvalue()


NOT_UTF8 = pa.StringArray.from_buffers(2, pa.py_buffer(np.array([0, 1, 2], np.int32)), pa.py_buffer(b"\xffx"))
TYPES: dict[str, Case] = {
    "int8": holds(of([-128, 127], pa.int8()), [-128, 127]),
    "uint64 that fits": holds(of([1, 2], pa.uint64()), [1, 2]),
    "uint64 that does not": holds(of([1, 2**64 - 1], pa.uint64()), ["1", "18446744073709551615"], "beyond_int64"),
    "exact beside nothing": holds(of([9007199254740993, None], pa.int64()), [9007199254740993, None]),
    "float16": holds(pa.array(np.array([1.5, 65504], np.float16)), [1.5, 65504.0]),
    "float32": holds(of([0.1, None], pa.float32()), [0.10000000149011612, None]),
    "infinite": holds(of([float("inf"), 1], pa.float64()), [float("inf"), 1.0], "infinite"),
    "decimal": holds(of([Decimal("1.25"), None], pa.decimal128(10, 2)), [1.25, None], "decimals"),
    "decimal of 32 bits": holds(of([Decimal("1.25"), None], pa.decimal32(5, 2)), [1.25, None], "decimals"),
    "whole decimal": holds(of([Decimal(5), None], pa.decimal128(10, 0)), [5, None]),
    "whole decimal beyond int64": holds(of([Decimal("9223372036854775808"), None], pa.decimal128(38, 0)), ["9223372036854775808", None], "beyond_int64"),
    "truth": holds(of([True, None], pa.bool_()), [True, None]),
    "date": holds(of([datetime.date(2024, 1, 1), None], pa.date32()), [D(2024, 1, 1), None]),
    "date in milliseconds": holds(of([datetime.date(2024, 1, 1), None], pa.date64()), [D(2024, 1, 1), None]),
    "first and last date": holds(of([datetime.date(1, 1, 1), datetime.date(9999, 12, 31)], pa.date32()), [D(1, 1, 1), D(9999, 12, 31)]),
    "seconds": holds(of([0, None], pa.timestamp("s")), [D(1970, 1, 1), None]),
    "nanoseconds": holds(of([1_000, 2_000], pa.timestamp("ns")), [D(1970, 1, 1, microsecond=1), D(1970, 1, 1, microsecond=2)]),
    "parts of microseconds": holds(of([1_001, None], pa.timestamp("ns")), [D(1970, 1, 1, microsecond=1), None], "dates"),
    "zone": holds(of([0, None], pa.timestamp("us", "Europe/Berlin")), [D(1970, 1, 1), None], "dates"),
    "int96": holds(of([0, 10**9], pa.timestamp("ns")), [D(1970, 1, 1), D(1970, 1, 1, 0, 0, 1)], use_deprecated_int96_timestamps=True),
    "time of day": holds(of([datetime.time(1, 2, 3), None], pa.time64("us")), ["01:02:03.000000", None], "clock"),
    "nothing": holds(pa.nulls(2), [None, None], "all_missing"),
    "text": holds(of(["ä", None], pa.string()), ["ä", None]),
    "large text": holds(of(["ä", None], pa.large_string()), ["ä", None]),
    "view of text": holds(of(["ä", None], pa.string_view()), ["ä", None]),
    "text that looks like numbers": holds(of(["007", "NA"], pa.string()), ["007", "NA"]),
    "blank text": holds(of(["  ", "x"], pa.string()), [None, "x"], "blank_cells"),
    "dictionary of text": holds(pa.array(["x", "y"]).dictionary_encode(), ["x", "y"]),
    "dictionary of numbers": holds(pa.array([5, 6]).dictionary_encode(), [5, 6]),
    "dictionary with doubles": holds(pa.DictionaryArray.from_arrays(pa.array([0, 1]), pa.array(["x", "x"])), ["x", "x"]),
    "text as JSON": holds(of(['{"a":1}', None], pa.json_()), ['{"a":1}', None]),
    "text in prefixes": holds(of(["xa", "xb"], pa.string()), ["xa", "xb"], use_dictionary=False, column_encoding={"v": "DELTA_BYTE_ARRAY"}),
    "text in lengths": holds(of(["xa", "xb"], pa.string()), ["xa", "xb"], use_dictionary=False, column_encoding={"v": "DELTA_LENGTH_BYTE_ARRAY"}),
    "numbers in differences": holds(of([5, 6], pa.int64()), [5, 6], use_dictionary=False, column_encoding={"v": "DELTA_BINARY_PACKED"}),
    "a row group a row": holds(of(["x", "y"], pa.string()), ["x", "y"], row_group_size=1),
    "newer pages": holds(of(["x", "y"], pa.string()), ["x", "y"], data_page_version="2.0"),
    **{f"packed by {codec}": holds(of([1.5, None], pa.float64()), [1.5, None], compression=codec) for codec in ("gzip", "brotli", "zstd", "lz4", "none")},
}  # fmt: skip

UNSUITABLE: dict[str, Case] = {
    "list": refuses(of([[1], [2]], pa.list_(pa.int64())), "nested"),
    "list of a fixed size": refuses(of([[1, 2], [3, 4]], pa.list_(pa.int64(), 2)), "nested"),
    "record": refuses(pa.array([{"x": 1}, {"x": 2}]), "nested"),
    "map": refuses(of([[("a", 1)], []], pa.map_(pa.string(), pa.int64())), "nested"),
    "tensor": refuses(pa.ExtensionArray.from_storage(pa.fixed_shape_tensor(pa.int32(), [2]), of([[1, 2], [3, 4]], pa.list_(pa.int32(), 2))), "nested"),
    "bytes": refuses(of([b"x", None], pa.binary()), "binary"),
    "bytes of a fixed size": refuses(of([b"xy", None], pa.binary(2)), "binary"),
    "dictionary of bytes": refuses(pa.array([b"x", b"y"]).dictionary_encode(), "binary"),
    "id of 16 bytes": refuses(of([b"x" * 16, None], pa.uuid()), "binary"),
    "duration": refuses(of([1, 2], pa.duration("us")), "duration"),
    "after the year 9999": refuses(of([2932897, 0], pa.date32()), "years 1 to 9999"),
    "before the year 1": refuses(of([-719163, 0], pa.date32()), "years 1 to 9999"),
    "far microseconds": refuses(of([2**63 - 1, 0], pa.timestamp("us")), "years 1 to 9999"),
    "far milliseconds": refuses(of([2**62, 0], pa.timestamp("ms")), "years 1 to 9999"),
    "text that is no UTF-8": refuses(NOT_UTF8, "UTF-8"),
    "long text": refuses(of(["x" * 100_001, "y"], pa.string()), "100,001"),
    "long large text": refuses(of(["y", "ä" * 100_001], pa.large_string()), "100,001"),
    "long text in prefixes": refuses(of(["x" * 100_001, "y"], pa.string()), "100,001", use_dictionary=False, column_encoding={"v": "DELTA_BYTE_ARRAY"}),
    "no column": refused(parquet({}), "no columns"),
    "no row": refused(parquet({"a": pa.array([], pa.int64())}), "no rows"),
    "5,001 columns": refused(parquet({f"c{place}": OK for place in range(5001)}), "5,001"),
    "long name": refused(parquet({"x" * 1001: OK}), "column 1", "1,001"),
    "times between, of pandas": refused(of_pandas(pd.DataFrame({"a": pd.to_timedelta([1, 2], "s")})), "'a'", "duration"),
}  # fmt: skip

NAMED: dict[str, Case] = {
    "double": read(parquet(pa.Table.from_arrays([pa.array(["x"]), pa.array(["y"])], names=["a", "a"])), {"a": ["x"], "a_2": ["y"]}, "duplicate_name"),
    "blank": read(parquet(pa.Table.from_arrays([OK, OK], names=["", "\u200b"])), {"column_1": [1, 2], "column_2": [1, 2]}, "blank_name"),
    "points": read(parquet({"a.b": OK, "a": pa.array(["x", "y"])}), {"a.b": [1, 2], "a": ["x", "y"]}),
    "a path and markup": read(parquet({"../x": OK, "<script>": OK}), {"../x": [1, 2], "<script>": [1, 2]}, "odd_names"),
    "index of pandas": read(of_pandas(pd.DataFrame({"a": [1, 2]}, index=pd.Index(["p", "q"], name="key"))), {"a": [1, 2], "key": ["p", "q"]}),
    "categories of pandas": read(of_pandas(pd.DataFrame({"a": pd.Categorical(["x", None])})), {"a": ["x", None]}),
    "names of two levels": read(of_pandas(pd.DataFrame({("a", "b"): [1]})), {"('a', 'b')": [1]}),
}  # fmt: skip

WHOLE = parquet({"a": pa.array(range(100)), "t": pa.array([f"v{n}" for n in range(100)])})
DAMAGED: dict[str, Case] = {
    "cut off": refused(WHOLE[:-5], "cut off"),
    "without its beginning": refused(WHOLE[5:], "beginning"),
    "with something after": refused(WHOLE + b"\n", "cut off"),
    "with something before": refused(b"\xef\xbb\xbf" + WHOLE, "Parquet"),
    "two marks": refused(b"PAR1PAR1", "damaged"),
    "a mark": refused(b"PAR1", "cut off"),
    "a footer longer than the file": refused(WHOLE[:-8] + b"\xff\xff\xff\x7fPAR1", "damaged"),
    "no footer": refused(WHOLE[:-8] + b"\x00\x00\x00\x00PAR1", "damaged"),
    "a broken footer": refused(WHOLE[:-400] + bytes(200) + WHOLE[-200:], "damaged"),
    "pages of zeros": refused(WHOLE[:4] + bytes(400) + WHOLE[404:], "damaged"),
}  # fmt: skip
