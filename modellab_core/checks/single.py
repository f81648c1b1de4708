"""How well one column alone predicts the target on rows that were held out.

The column is cut into bins of equal counts (a text into its values, missing is a bin of its own), each row is predicted
by the mean of the target in its bin over the other folds. That is a shallow tree without a search, so that it costs one
pass a column. A monotone relation is also scored without bins: by the AUC of the numbers themselves, or by Spearman's
correlation.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.stats import rankdata

from modellab_core.checks.ground import Ground
from modellab_core.checks.measure import Measured, measured, scored
from modellab_core.data.chance import random_keys
from modellab_core.data.task import Task
from modellab_core.harness.predictions import Floats, Ints

FOLDS = 5
MOST_BINS = 64
ROWS_A_BIN = 5
MOST_CELLS = 10_000_000
LEAST_ROWS = 20


def folds_of(ground: Ground, rows: Ints) -> Ints:
    """The fold of each of `rows`, drawn by the seed."""
    order = np.argsort(random_keys(ground.seed, "column folds", rows), kind="stable")
    fold = np.empty(len(rows), dtype=np.int64)
    fold[order] = np.arange(len(rows)) % FOLDS
    return fold


def bins_of(ground: Ground, name: str, rows: Ints) -> Ints:
    """The bin of each of `rows`: a value of a text, else one of at most 64 ranges of equal counts; missing is 0."""
    codes = ground.codes(name)[rows]
    if ground.kinds[name] == "text":
        return codes + 1
    values = ground.numbers(name)[rows]
    distinct = np.unique(values[np.isfinite(values)])
    most = min(MOST_BINS, max(2, len(rows) // ROWS_A_BIN))
    if len(distinct) > most:
        ends = np.quantile(values[np.isfinite(values)], np.linspace(0, 1, most + 1)[1:-1])
        distinct = np.unique(ends)
        return np.where(np.isfinite(values), np.searchsorted(distinct, values, side="right") + 1, 0)
    return np.where(np.isfinite(values), np.searchsorted(distinct, values) + 1, 0)


def column_score(ground: Ground, name: str, rows: Ints) -> Measured | None:
    """The score of one column alone on held-out rows: AUC, accuracy or R² of ranks; None if not scored."""
    if ground.truth is None or ground.task is None or len(rows) < LEAST_ROWS:
        return None
    return bin_score(ground, bins_of(ground, name, rows), rows, _monotone(ground, name, rows))


def bin_score(ground: Ground, bins: Ints, rows: Ints, monotone: Measured | None = None) -> Measured | None:
    """The score of predicting by the bin of each row; the better of it and `monotone`. None if it would cost much."""
    assert ground.truth is not None
    assert ground.task is not None
    truth, fold = ground.truth[rows], folds_of(ground, rows)
    wide = max(2, len(ground.classes)) if ground.is_classification else 1
    if (int(bins.max()) + 1) * FOLDS * wide > MOST_CELLS:
        return monotone
    if ground.task is Task.REGRESSION:
        own = rank_r2(ranks(truth), _means(bins, fold, ranks(truth)))
    else:
        shares = _shares(bins, fold, truth.astype(np.int64), wide)
        said = shares[:, positive_code(ground)] if ground.task is Task.BINARY else shares.argmax(axis=1)
        own = measured(scored(ground.task, _as_binary(ground, truth), said.astype(np.float64)))
    if monotone is not None and monotone.value > own.value:
        return monotone
    return own


def positive_code(ground: Ground) -> int:
    """The code of the positive class of two."""
    return ground.classes.index(ground.positive) if ground.positive in ground.classes else len(ground.classes) - 1


def _as_binary(ground: Ground, truth: Floats | Ints) -> Ints:
    """1 for the positive class of two; the codes themselves for more classes."""
    codes = truth.astype(np.int64)
    return (codes == positive_code(ground)).astype(np.int64) if ground.task is Task.BINARY else codes


def ranks(truth: Floats | Ints) -> Floats:
    """The ranks of a numeric target, centred and scaled to about -1 … 1, ties in the middle."""
    return np.asarray(2 * (rankdata(truth) - 0.5) / len(truth) - 1, dtype=np.float64)


def rank_r2(truth: Floats, predicted: Floats) -> Measured:
    """1 − squared error over squared deviation, with the interval of a ratio of means."""
    errors, spread = (truth - predicted) ** 2, (truth - truth.mean()) ** 2
    value = 1 - errors.sum() / spread.sum() if spread.sum() > 0 else math.nan
    residual = (errors - (1 - value) * spread) / max(float(spread.mean()), 1e-300)
    reach = 1.96 * float(residual.std()) / math.sqrt(len(truth))
    return Measured("rank_r2", float(value), float(value - reach), min(float(value + reach), 1.0), len(truth))


def _means(bins: Ints, fold: Ints, values: Floats) -> Floats:
    """Per row the mean of `values` in its bin over the other folds, drawn to the overall mean by one row."""
    cells = bins * FOLDS + fold
    size = (int(bins.max()) + 1) * FOLDS
    count = np.bincount(cells, minlength=size).reshape(-1, FOLDS)
    total = np.bincount(cells, weights=values, minlength=size).reshape(-1, FOLDS)
    others = (total.sum(axis=1, keepdims=True) - total, count.sum(axis=1, keepdims=True) - count)
    mean = (others[0] + values.mean()) / (others[1] + 1)
    return np.asarray(mean.ravel()[cells], dtype=np.float64)


def _shares(bins: Ints, fold: Ints, truth: Ints, wide: int) -> Floats:
    """Per row the share of each class in its bin over the other folds, (n, classes)."""
    height = int(bins.max()) + 1
    cells = (bins * FOLDS + fold) * wide + truth
    count = np.bincount(cells, minlength=height * FOLDS * wide).reshape(height, FOLDS, wide)
    others = count.sum(axis=1, keepdims=True) - count
    prior = np.bincount(truth, minlength=wide) / len(truth)
    share = (others + prior) / (others.sum(axis=2, keepdims=True) + 1)
    return np.asarray(share[bins, fold], dtype=np.float64)


def _monotone(ground: Ground, name: str, rows: Ints) -> Measured | None:
    """The score of the numbers themselves, up or down; rows without one are scored as the middle."""
    if ground.kinds[name] == "text" or ground.task is Task.MULTICLASS:
        return None
    assert ground.truth is not None
    values, truth = ground.numbers(name)[rows], ground.truth[rows]
    if not np.isfinite(values).any():
        return None
    values = np.where(np.isfinite(values), values, np.nanmedian(values))
    if ground.task is Task.BINARY:
        up = scored(Task.BINARY, _as_binary(ground, truth), values)
        return measured(up if up.value >= 0.5 else scored(Task.BINARY, _as_binary(ground, truth), -values))
    own, said = ranks(truth), ranks(values)
    if own.std() == 0 or said.std() == 0:
        return None
    slope = float(np.dot(own - own.mean(), said - said.mean()) / np.dot(said - said.mean(), said - said.mean()))
    return rank_r2(own, own.mean() + slope * (said - said.mean()))
