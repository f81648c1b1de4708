"""Truth, prediction and error of a regression as frames of bounded size."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from modellab_core.harness.predictions import Floats, Ints, Predictions

POINTS = 1000  # up to here every row is drawn
CELLS = 40  # cells per axis, above
TRIM = 50  # rows beyond each edge of the cells, which are drawn one by one
BANDS = 20
TRIMMED = 1000  # rows from which on the far ends of a histogram are cut
QUANTILES = (0.05, 0.5, 0.95)


def regression_frames(predictions: Predictions) -> dict[str, Any]:
    """`residuals`, `predicted_vs_actual` and `error_distribution`; rows that are not finite are left out and counted.

    A residual is actual − predicted, in the unit of the target.
    """
    actual, predicted = np.asarray(predictions.y_true, np.float64), np.asarray(predictions.y_pred, np.float64)
    kept = np.isfinite(actual) & np.isfinite(predicted)
    if not kept.any():
        return {}
    row, actual, predicted = predictions.row[kept], actual[kept], predicted[kept]
    error = actual - predicted
    left_out = int(len(kept) - kept.sum())
    return {
        "residuals": scatter(row, predicted, error, left_out) | {"trend": trend(predicted, error)},
        "predicted_vs_actual": scatter(row, actual, predicted, left_out),
        "error_distribution": histogram(error) | {"left_out": left_out},
    }


def scatter(row: Ints, x: Floats, y: Floats, left_out: int = 0) -> dict[str, Any]:
    """Every row as a point up to `POINTS` rows; above, counts in cells, and as points the few rows outside of them.

    `points` {row, x, y}; `cells` {x, y (centres), count, dx, dy}, empty lists up to `POINTS` rows; `n` rows in all.
    """
    if len(x) <= POINTS:
        return {"n": len(x), "left_out": left_out, "points": _points(row, x, y), "cells": _no_cells()}
    inside = _middle(x) & _middle(y)
    outside = np.flatnonzero(~inside)[:POINTS]  # at most 4 × TRIM, but for ties at an edge
    return {
        "n": len(x),
        "left_out": left_out,
        "points": _points(row[outside], x[outside], y[outside]),
        "cells": _cells(x[inside], y[inside]),
    }


def _points(row: Ints, x: Floats, y: Floats) -> dict[str, Any]:
    return {"row": row.tolist(), "x": trimmed(x), "y": trimmed(y)}


def _no_cells() -> dict[str, Any]:
    return {"x": [], "y": [], "count": [], "dx": 0.0, "dy": 0.0}


def _middle(values: Floats) -> npt.NDArray[np.bool_]:
    ends = np.partition(values, (TRIM, len(values) - 1 - TRIM))
    return np.asarray((values >= ends[TRIM]) & (values <= ends[len(values) - 1 - TRIM]))


def _cells(x: Floats, y: Floats) -> dict[str, Any]:
    if not len(x):
        return _no_cells()
    columns, left, dx = _places(x)
    lines, bottom, dy = _places(y)
    counts = np.bincount(columns * CELLS + lines, minlength=CELLS * CELLS)
    used = np.flatnonzero(counts)
    return {
        "x": trimmed(left + (used // CELLS + 0.5) * dx, dx * CELLS),
        "y": trimmed(bottom + (used % CELLS + 0.5) * dy, dy * CELLS),
        "count": counts[used].tolist(),
        "dx": dx,
        "dy": dy,
    }


def _places(values: Floats) -> tuple[Ints, float, float]:
    """Cell number of each value, the lower edge of the first cell, and the width of a cell (never 0)."""
    low, span = float(values.min()), float(np.ptp(values))
    if not span > 0:
        span = max(abs(low), 1.0) * 0.1
        low -= span / 2
    width = _short(span / CELLS)
    return np.clip(((values - low) / width).astype(np.int64), 0, CELLS - 1), low, width


def _short(value: float) -> float:
    """Six significant digits."""
    return float(f"{value:.6g}")


def trimmed(values: npt.NDArray[np.floating[Any]], span: float | None = None) -> list[float]:
    """Values rounded to a hundred-thousandth of their span, which no drawing can show: short in JSON."""
    if not len(values):
        return []
    width = float(np.ptp(values)) if span is None else span
    if not width > 0:
        return [_short(value) for value in values.tolist()]
    decimals = 5 - int(np.floor(np.log10(width)))
    return [float(value) for value in (np.round(values, decimals) + 0.0).tolist()]


def trend(x: Floats, y: Floats, bands: int = BANDS) -> dict[str, list[float]]:
    """Median and 10 to 90 % range of y in bands of x that hold equally many rows; empty under 10 rows a band.

    `x` is the median x of a band; bands that share one x (a constant prediction) are merged.
    """
    lines: list[tuple[float, ...]] = []
    order = np.argsort(x, kind="stable")
    for part in np.array_split(order, bands) if len(x) >= 10 * bands else []:
        middle = float(np.median(x[part]))
        if not lines or middle > lines[-1][0]:
            lines.append((middle, *np.quantile(y[part], (0.1, 0.5, 0.9)).tolist()))
    columns = np.array(lines).reshape(-1, 4).T
    return {name: trimmed(column) for name, column in zip(("x", "low", "median", "high"), columns, strict=True)}


def histogram(error: Floats) -> dict[str, Any]:
    """Rows per bin of the error, `below` and `above` the bins, and its quantiles.

    The bins lie between the 0.5 and 99.5 % points, with fewer than `TRIMMED` rows between the extremes; 10 to 60 of
    them, by Freedman and Diaconis. `quantiles` are the 5, 50 and 95 % points, `mean` the mean error.
    """
    tail = 0.005 if len(error) >= TRIMMED else 0.0
    low, lower, upper, high = np.quantile(error, (tail, 0.25, 0.75, 1 - tail)).tolist()
    if not high > low:
        margin = max(abs(low), 1.0) * 0.05
        low, high = low - margin, high + margin
    width = 2 * (upper - lower) / np.cbrt(len(error))
    bins = int(np.clip(np.ceil((high - low) / width), 10, 60)) if width > 0 else 30
    counts, edges = np.histogram(error, bins=bins, range=(low, high))
    return {
        "n": len(error),
        "edges": trimmed(edges),
        "counts": counts.tolist(),
        "below": int((error < low).sum()),
        "above": int((error > high).sum()),
        "quantiles": trimmed(np.quantile(error, QUANTILES), high - low),
        "mean": trimmed(np.array([error.mean()]), high - low)[0],
    }
