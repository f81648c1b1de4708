"""Data known by its content: the same values give the same hash, wherever they lie and whatever they are called."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pandas as pd

from modellab_core.data.table import Reading, Table


def reading_key(reading: Reading) -> str:
    """SHA-256 of how the bytes are read; equal Readings have equal keys."""
    text = json.dumps(reading.to_json(), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def column_hashes(table: Table) -> dict[str, str]:
    """Column → SHA-256 of its type and its values in order; missing values count, their bit patterns do not."""
    return {name: _hash(table.frame[name]) for name in table.frame.columns}


def _hash(column: pd.Series) -> str:
    missing = column.isna().to_numpy()
    kind, values = _plain_bytes(column, missing)
    digest = hashlib.sha256(f"{kind}:{len(column)}:".encode())
    digest.update(np.packbits(missing).tobytes())
    for piece in values:
        digest.update(piece)
    return digest.hexdigest()


def _plain_bytes(column: pd.Series, missing: np.ndarray) -> tuple[str, list[bytes]]:
    """What the column holds, and the bytes of its values, little-endian, those of missing ones zero."""
    if isinstance(column.dtype, pd.StringDtype) or column.dtype == object:
        texts = [text.encode("utf-8", "surrogatepass") for text in column[~missing].tolist()]
        lengths = np.array([len(text) for text in texts], dtype="<i8")
        return "text", [lengths.tobytes(), b"".join(texts)]
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        ticks = column.to_numpy().astype("datetime64[us]").astype("<i8")
        return "date", [np.where(missing, 0, ticks).astype("<i8").tobytes()]
    if pd.api.types.is_bool_dtype(column.dtype):
        return "boolean", [column.to_numpy(dtype="u1", na_value=0).tobytes()]
    if pd.api.types.is_integer_dtype(column.dtype):
        return "whole", [column.to_numpy(dtype="<i8", na_value=0).tobytes()]
    return "number", [np.where(missing, 0.0, column.to_numpy(dtype="<f8", na_value=np.nan)).astype("<f8").tobytes()]
