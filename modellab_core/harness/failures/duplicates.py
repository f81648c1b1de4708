"""Rows that are the same: found by one number per row, the same number for the same values."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from modellab_core.harness.predictions import Floats, Ints

Keys = npt.NDArray[np.uint64]
MIX = np.uint64(0x9E3779B97F4A7C15)
SHIFT = np.uint64(29)


def duplicates(X: pd.DataFrame) -> Ints:
    """The position of the first row with the same values as each row, (n,); a missing value equals a missing value."""
    (keys,) = row_keys([X])
    group, _ = pd.factorize(keys)
    _, first = np.unique(group, return_index=True)
    return np.asarray(first[group], dtype=np.int64)


def row_keys(frames: Sequence[pd.DataFrame]) -> list[Keys]:
    """A 64-bit number per row of each frame, the same for the same values in the columns of the first frame.

    Numbers are compared by value whatever their type, all else as text. Two of n different rows share a number with a
    probability of about n²/2⁶⁵, under one in a million for five million rows. KeyError where a frame lacks a column.
    """
    keys = [np.zeros(len(frame), dtype=np.uint64) for frame in frames]
    for name in frames[0].columns:
        columns = [frame[name] for frame in frames]
        for place, hashed in enumerate(_hashed(columns)):
            mixed = (keys[place] ^ hashed) * MIX
            keys[place] = mixed ^ (mixed >> SHIFT)
    return keys


def _hashed(columns: Sequence[pd.Series]) -> list[Keys]:
    kinds = [column.dtype for column in columns]
    if all(pd.api.types.is_integer_dtype(kind) for kind in kinds) and not any(column.hasnans for column in columns):
        values = [column.to_numpy(dtype=np.int64) for column in columns]  # exact beyond 2⁵³
    elif all(pd.api.types.is_numeric_dtype(kind) for kind in kinds):
        values = [_as_number(column) for column in columns]
    else:
        values = shared_codes(columns)[0]
    return [np.asarray(pd.util.hash_array(one), dtype=np.uint64) for one in values]


def shared_codes(columns: Sequence[pd.Series]) -> tuple[list[Ints], list[str]]:
    """The values of several columns as text: (place of each value among the distinct ones, these); missing is −1."""
    texts = pd.concat([_as_text(column) for column in columns], ignore_index=True)
    codes, names = pd.factorize(texts)
    ends = np.cumsum([len(column) for column in columns])[:-1]
    return [part.astype(np.int64) for part in np.split(codes, ends)], [str(name) for name in names]


def _as_number(column: pd.Series) -> Floats:
    values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    return np.where(np.isnan(values), np.nan, values + 0.0)  # one NaN, one zero


def _as_text(column: pd.Series) -> pd.Series:
    if isinstance(column.dtype, pd.CategoricalDtype) or pd.api.types.is_object_dtype(column.dtype):
        return column.astype(object).map(str, na_action="ignore").astype("str")
    return column.astype("str")


def contradicted(keys: Keys, y: Ints | Floats, apart: float = 0.0) -> npt.NDArray[np.bool_]:
    """Whether another row with the same key has a different truth, (n,): one that differs by more than `apart`."""
    group = np.asarray(pd.factorize(keys)[0], dtype=np.int64)
    rows = np.flatnonzero(np.bincount(group)[group] > 1) if len(keys) else np.zeros(0, dtype=np.int64)
    _, own = np.unique(group[rows], return_inverse=True)
    low, high = np.full(len(rows), np.inf), np.full(len(rows), -np.inf)
    np.minimum.at(low, own, y[rows])
    np.maximum.at(high, own, y[rows])
    found = np.zeros(len(keys), dtype=bool)
    found[rows] = np.maximum(y[rows] - low[own], high[own] - y[rows]) > apart
    return found
