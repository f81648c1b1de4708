"""Cells of any dtype read as numbers, flags, dates or texts, without ever failing.

Each reader gives the values and a mask of the cells that hold something it cannot read; these count as missing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

LARGEST = float(np.finfo(np.float32).max)  # XGBoost holds numbers as float32 and refuses infinity
ORIGIN = np.datetime64("2000-01-01", "us")
DAY = 86_400_000_000  # microseconds
LARGEST_WHOLE = 1e15  # larger ones are written as floats are

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]
Dates = npt.NDArray[np.datetime64]

_TRUE, _FALSE = ("true", "t", "yes", "y", "1", "1.0"), ("false", "f", "no", "n", "0", "0.0")
_FLAGS = dict.fromkeys(_TRUE, 1.0) | dict.fromkeys(_FALSE, 0.0)


def as_numbers(values: pd.Series) -> tuple[Floats, Mask]:
    """float64 with NaN for missing; infinite values count as missing, larger ones than float32 holds are cut to it."""
    blank = _blank(values)
    if pd.api.types.is_numeric_dtype(values.dtype) or pd.api.types.is_bool_dtype(values.dtype):
        found = values.to_numpy(dtype=np.float64, na_value=np.nan)
    elif pd.api.types.is_datetime64_any_dtype(values.dtype):
        found = np.full(len(values), np.nan)
    else:
        found = pd.to_numeric(as_texts(values).astype(object), errors="coerce").to_numpy(np.float64, na_value=np.nan)
    found = np.where(np.isfinite(found), np.clip(found, -LARGEST, LARGEST), np.nan)
    return found, np.isnan(found) & ~blank


def as_flags(values: pd.Series) -> tuple[Floats, Mask]:
    """1 for true, 0 for false, NaN for missing; words such as yes and no are understood."""
    blank = _blank(values)
    if pd.api.types.is_bool_dtype(values.dtype):
        found = values.to_numpy(dtype=np.float64, na_value=np.nan)
    else:
        found = (
            as_texts(values).astype(object).str.strip().str.lower().map(_FLAGS).to_numpy(np.float64, na_value=np.nan)
        )
    return found, np.isnan(found) & ~blank


def as_dates(values: pd.Series) -> tuple[Dates, Mask]:
    """datetime64[us] with NaT for missing; a time zone is turned into UTC; text must be ISO 8601."""
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        plain = values
    elif pd.api.types.is_numeric_dtype(values.dtype) or pd.api.types.is_bool_dtype(values.dtype):
        plain = pd.Series(pd.NaT, index=values.index, dtype="datetime64[us]")
    else:
        plain = pd.to_datetime(as_texts(values).astype(object), errors="coerce", format="ISO8601", utc=True)
    if getattr(plain.dtype, "tz", None) is not None:
        plain = plain.dt.tz_convert("UTC").dt.tz_localize(None)
    found = plain.to_numpy().astype("datetime64[us]")
    return found, np.isnat(found) & ~_blank(values)


def date_part(dates: Dates, part: str) -> Floats:
    """One part of each date as float64, NaN where there is none; `days` has the time as its fraction."""
    since = (dates - ORIGIN).astype(np.int64)
    days = since // DAY
    months = dates.astype("datetime64[M]").astype(np.int64)
    readers: dict[str, Callable[[], npt.NDArray[Any]]] = {
        "days": lambda: since / DAY,
        "year": lambda: months // 12 + 1970,
        "month": lambda: months % 12 + 1,
        "weekday": lambda: (days + 5) % 7,  # 2000-01-01 was a Saturday; Monday is 0
        "hour": lambda: since % DAY // (DAY // 24),
    }
    found = readers[part]()
    return np.where(np.isnat(dates), np.nan, found.astype(np.float64))


def as_texts(values: pd.Series) -> pd.Series:
    """Each cell as text, missing where it is; a whole number is written without a decimal point."""
    if isinstance(values.dtype, pd.StringDtype):
        return values
    cells = values.astype(object)
    return cells.where(values.isna(), cells.map(_spelled, na_action="ignore")).where(values.notna(), None)


def _spelled(cell: Any) -> str:
    if isinstance(cell, float | np.floating) and abs(float(cell)) < LARGEST_WHOLE and float(cell).is_integer():
        return str(int(cell))
    return cell if isinstance(cell, str) else str(cell)


def _blank(values: pd.Series) -> Mask:
    """Cells that are missing or hold white space only."""
    missing = values.isna().to_numpy()
    if values.dtype == object or isinstance(values.dtype, pd.StringDtype):
        return np.asarray(missing | (as_texts(values).astype(object).str.strip() == "").to_numpy())
    return np.asarray(missing)
