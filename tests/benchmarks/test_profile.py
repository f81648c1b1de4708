"""Cost of a profile beside pandas: `pytest -m benchmark -n 0 -s tests/benchmarks/test_profile.py`.

pandas' side is `describe` and `nunique`. Both in one process on one thread, in turns, three rounds, of which the median
ratio of CPU time counts (P13).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from modellab_core.data.profile import profile_of_columns
from modellab_core.data.table import ColumnType

pytestmark = pytest.mark.benchmark

ROWS = 1_000_000
ROUNDS = 3
RNG = np.random.default_rng(0)


def numbers() -> dict[str, Any]:
    """Measurements with gaps, whole numbers, and prices with two decimals."""
    return {
        "measured": np.where(RNG.random(ROWS) < 0.05, np.nan, RNG.normal(size=ROWS)),
        "skewed": RNG.lognormal(size=ROWS),
        "whole": RNG.integers(0, 1000, ROWS),
        "counted": pd.array(np.where(RNG.random(ROWS) < 0.1, None, RNG.poisson(4, ROWS)), dtype="Int64"),
        "price": RNG.lognormal(3, 1, ROWS).round(2),
    }


def texts() -> dict[str, Any]:
    """Few levels, some thousand places, and a name of its own in each row."""
    places = np.array([f"place {number}" for number in range(5000)])
    return {
        "level": pd.array(RNG.choice(["a", "b", "c", None], ROWS), dtype="str"),
        "place": pd.array(RNG.choice(places, ROWS), dtype="str"),
        "name": pd.array([f"user-{number}@example.org" for number in RNG.permutation(ROWS)], dtype="str"),
    }


def mixed() -> dict[str, Any]:
    """A table as people have it: numbers, texts of few levels, dates and flags."""
    days = pd.Timestamp("2020-01-01") + pd.to_timedelta(RNG.integers(0, 1500, ROWS), unit="D")
    return {
        **numbers(),
        **{name: values for name, values in texts().items() if name != "name"},
        "day": days.astype("datetime64[us]"),
        "flag": RNG.random(ROWS) < 0.3,
    }


def kind_of(column: pd.Series) -> ColumnType:
    """The type that a Reading would name."""
    if pd.api.types.is_bool_dtype(column.dtype):
        return "boolean"
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return "date"
    return "number" if pd.api.types.is_numeric_dtype(column.dtype) else "text"


def cpu(work: Callable[[], object]) -> float:
    """Seconds of processor time."""
    began = time.process_time()
    work()
    return time.process_time() - began


@pytest.mark.parametrize("make", [numbers, texts, mixed], ids=lambda make: make.__name__)
def test_a_profile_costs_half_of_pandas(make: Callable[[], dict[str, Any]]) -> None:
    """At most 0.5 of the CPU time of `describe` and `nunique` of the same frame of a million rows."""
    pa.set_cpu_count(1)
    frame = pd.DataFrame(make())
    columns = [(name, kind_of(frame[name]), pa.chunked_array([pa.array(frame[name])]), {}) for name in frame]  # type: ignore[list-item]
    rounds = [
        (cpu(lambda: profile_of_columns(columns)), cpu(lambda: (frame.describe(include="all"), frame.nunique())))  # type: ignore[arg-type]
        for _ in range(ROUNDS)
    ]
    found = median(ours / theirs for ours, theirs in rounds)
    print(f"\n{make.__name__}: {found:.2f} of pandas; ", [f"{ours:.2f}/{theirs:.2f} s" for ours, theirs in rounds])
    for column in columns:
        print("   ", column[0], f"{cpu(lambda column=column: profile_of_columns([column])):.3f} s")  # type: ignore[misc]
    assert found <= 0.5
