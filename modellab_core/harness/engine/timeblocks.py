"""How far the losses of rows in time depend on each other, and how long the blocks must be that keep this."""

from __future__ import annotations

import math

import numpy as np

from modellab_core.harness.predictions import Floats, Ints, Predictions


def loss_series(predictions: Predictions, codes: Ints | None = None) -> Floats:
    """Loss per row in time, or its mean per unit of `codes`: |error| of numbers, 0 or 1 of classes."""
    if predictions.task.is_classification:
        loss: Floats = (predictions.y_true != predictions.y_pred).astype(np.float64)
    else:
        loss = np.abs(np.asarray(predictions.y_pred, dtype=np.float64) - predictions.y_true)
    if codes is None:
        return loss
    means: Floats = np.bincount(codes, loss) / np.bincount(codes)
    return means


def autocorrelations(series: Floats, lags: int) -> Floats:
    """Autocorrelation at lags 0 … `lags`; zeros beyond lag 0 for a constant series."""
    centred = series - series.mean()
    covariances: Floats = np.array([centred[lag:] @ centred[: len(centred) - lag] for lag in range(lags + 1)]) / len(
        centred
    )
    if covariances[0] <= 0:
        covariances[0] = 1.0
        return covariances
    return np.asarray(covariances / covariances[0])


def block_length(series: Floats) -> int:
    """Length of the blocks: max(2⌈n^(1/3)⌉, Politis–White), at most a third of the series, at least 1."""
    n = len(series)
    longest = max(1, n // 3)
    return int(min(max(2 * math.ceil(n ** (1 / 3)), math.ceil(politis_white(series))), longest))


def politis_white(series: Floats) -> float:
    """Automatic block length of the circular bootstrap, in units of the series, at least 1.

    Politis & White, Econometric Reviews 23 (2004), with the correction of Patton, Politis & White (2009).
    """
    n = len(series)
    if n < 10 or float(np.ptp(series)) == 0:
        return 1.0
    wait = max(5, math.ceil(math.sqrt(math.log10(n))))
    longest = min(n - 1, math.ceil(math.sqrt(n)) + wait)
    rho = autocorrelations(series, longest)
    lags = _last_relevant_lag(rho, wait, 2 * math.sqrt(math.log10(n) / n), longest)
    k = np.arange(-lags, lags + 1)
    flat_top = np.minimum(1.0, 2 * (1 - np.abs(k) / lags))
    values = flat_top * rho[np.abs(k)]
    spread = 4 / 3 * values.sum() ** 2
    slope = (values * np.abs(k)).sum()
    if spread <= 0:
        return 1.0
    limit = math.ceil(min(3 * math.sqrt(n), n / 3))
    return float(min(max((2 * slope**2 / spread) ** (1 / 3) * n ** (1 / 3), 1.0), limit))


def _last_relevant_lag(rho: Floats, wait: int, band: float, longest: int) -> int:
    """Twice the lag after which `wait` autocorrelations in a row lie inside the band, at most `longest`."""
    small = np.abs(rho[1:]) < band
    for lag in range(len(small) - wait + 1):
        if small[lag : lag + wait].all():
            return min(2 * max(lag, 1), longest)
    return longest


def design_effect(series: Floats, block: int) -> float:
    """1 + 2Σρ_k over the lags inside a block, at least 1: by how much dependence inflates the variance of the mean."""
    lags = min(block, len(series) - 1)
    if lags < 1:
        return 1.0
    return float(max(1.0, 1 + 2 * autocorrelations(series, lags)[1:].sum()))
