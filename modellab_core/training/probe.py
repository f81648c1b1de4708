"""A hundred rows that are stored with a model, and what it said of them: a reloaded model must say the same.

The rows are none of the table's: each column is drawn by itself from the training rows, so that a pack without data
gives away no row. They are raw cells, so what is tried is the whole way from a table to a prediction.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Sequence
from importlib import metadata
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_info, threadpool_limits

from modellab_core.data.parquet import from_parquet, parquet_metadata, to_parquet
from modellab_core.errors import BadInput
from modellab_core.training.values import Floats

FILE = "model.probe.parquet"
ROWS = 100
TOLERANCE = 1e-6  # of the largest prediction; bits may differ between versions and machines, predictions may not
_LIBRARIES = ("numpy", "pandas", "scikit-learn", "xgboost")

Predict = Callable[[pd.DataFrame], Any]
"""What a model says of the rows of a frame: an array of n or of n lines, numbers only."""


def probe_of(predict: Predict, rows: pd.DataFrame) -> bytes:
    """The probe of a model as Parquet: ROWS rows whose cells are drawn from `rows`, then what it predicts for them.

    The metadata say with which versions and on what machine; the same model and rows give the same bytes there.
    """
    drawn = _drawn(rows)
    stored = from_parquet(to_parquet(drawn))  # what a reader of the file will see
    told = _predicted(predict, stored)
    outputs = {f"said {place}": told[:, place] for place in range(told.shape[1])}
    whole = pd.concat([drawn, pd.DataFrame(outputs)], axis=1)
    return to_parquet(whole, {"made_with": json.dumps(surroundings(), sort_keys=True)})


def check_probe(predict: Predict, columns: Sequence[str], content: bytes) -> None:
    """BadInput when a model does not predict for the stored rows of its `columns` what it predicted when it was stored.

    The bits must be the same with the same versions on the same kind of machine; elsewhere up to TOLERANCE.
    """
    frame, width = from_parquet(content), len(columns)
    if list(frame.columns[:width]) != list(columns) or len(frame) != ROWS:
        raise BadInput("The model cannot be used: its stored rows are not those of its columns.")
    told = np.ascontiguousarray(frame.iloc[:, width:].to_numpy(dtype=np.float64))
    found = _predicted(predict, frame.iloc[:, :width])
    if found.shape == told.shape and found.tobytes() == told.tobytes():
        return
    then, here = json.loads(parquet_metadata(content)["made_with"]), surroundings()
    if found.shape == told.shape and then != here and _near(told, found):
        return
    others = [name for name in here if then.get(name) != here[name]]
    different = ", ".join(f"{name} {then.get(name)} then and {here[name]} here" for name in others)
    raise BadInput(
        f"The model cannot be used: it does not predict for its {ROWS} stored rows what it did when it was stored "
        f"({different or 'with the same versions'}). Train it again, or install those versions."
    )


def surroundings() -> dict[str, str]:
    """On what the last bits of a prediction may depend: versions, machine, and the kernels of the linear algebra."""
    kernels = {str(one.get("architecture")) for one in threadpool_info() if one.get("user_api") == "blas"}
    versions = {name: metadata.version(name) for name in _LIBRARIES}
    return versions | {"machine": platform.machine(), "kernels": " ".join(sorted(kernels))}


def _drawn(rows: pd.DataFrame) -> pd.DataFrame:
    chance = np.random.default_rng(ROWS)
    columns = {
        place: rows.iloc[chance.integers(0, len(rows), ROWS), place].reset_index(drop=True)
        for place in range(rows.shape[1])
    }
    frame = pd.DataFrame(columns, index=pd.RangeIndex(ROWS))
    frame.columns = rows.columns
    return frame


def _predicted(predict: Predict, frame: pd.DataFrame) -> Floats:
    """What is predicted, one line a row, added up by one thread."""
    with threadpool_limits(limits=1, user_api="blas"):
        found = np.asarray(predict(frame), dtype=np.float64)
    return np.ascontiguousarray(found.reshape(len(frame), -1))


def _near(told: Floats, found: Floats) -> bool:
    scale = max(float(np.abs(told).max(initial=0.0)), np.finfo(float).tiny)
    return bool(np.all(np.abs(found - told) <= TOLERANCE * scale))
