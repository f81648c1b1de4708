"""Slow, obvious twins of what the package computes fast, and made-up predictions to try them on."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable

import numpy as np
import sklearn.metrics as skm

from modellab_core.data.task import Task
from modellab_core.harness.engine.resampling import Resampling
from modellab_core.harness.predictions import Predictions


def made_up(
    task: str = "binary",
    n: int = 200,
    seed: int = 0,
    *,
    k: int = 3,
    skill: float = 1.0,
    decimals: int | None = None,
    weighted: bool = False,
    groups: int | None = None,
    prevalence: float = 0.5,
) -> Predictions:
    """Predictions of a calibrated model (`skill` 1); fewer `decimals` give ties, `groups` gives rows a group each."""
    rng = np.random.default_rng(seed)
    common = {
        "row": np.arange(n),
        "weight": rng.uniform(0.2, 3.0, n) if weighted else None,
        "groups": rng.integers(0, groups, n) if groups else None,
    }
    if task == "regression":
        truth = 12 + 2 * rng.normal(size=n)
        return Predictions(Task.REGRESSION, y_true=truth, y_pred=truth + rng.normal(size=n), **common)
    k = 2 if task == "binary" else k
    log_odds = rng.normal(size=(n, k)) * 1.5
    log_odds[:, -1] += math.log(prevalence / (1 - prevalence)) if k == 2 else 0.0
    chance = np.exp(log_odds)
    chance /= chance.sum(axis=1, keepdims=True)
    truth = (rng.random((n, 1)) > chance.cumsum(axis=1)).sum(axis=1).clip(0, k - 1)
    said = np.exp(skill * log_odds)
    said /= said.sum(axis=1, keepdims=True)
    if decimals is not None:
        said = rounded(said, decimals)
    classes = tuple(str(code) for code in range(k))
    return Predictions(
        Task(task), y_true=truth, y_pred=said.argmax(axis=1), proba=said, classes=classes,
        positive=classes[-1] if k == 2 else None, **common,
    )  # fmt: skip


def rounded(proba: np.ndarray, decimals: int) -> np.ndarray:
    """Probabilities on a coarse grid that still sum to 1."""
    coarse = np.round(proba, decimals) + 10.0**-decimals
    return coarse / coarse.sum(axis=1, keepdims=True)


def by_sklearn(name: str, predictions: Predictions) -> float:
    """The metric by scikit-learn; NaN where it warns that it is undefined, or raises."""
    truth, guess, weight = predictions.y_true, predictions.y_pred, predictions.weight
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", message="A single label was found")  # of the shape of a table, not of a value
        try:
            if predictions.task is Task.REGRESSION:
                return float(NUMBERS[name](truth, guess, sample_weight=weight))
            if predictions.task is Task.BINARY:
                positive = predictions.positive_code
                truth, guess = (truth == positive).astype(int), (guess == positive).astype(int)
            known = {**CLASSES, **(BINARY if predictions.task is Task.BINARY else SEVERAL)}
            return float(known[name](truth, guess, predictions.proba, predictions.score, weight))
        except (Warning, ValueError):
            return math.nan


def _smape(truth: np.ndarray, guess: np.ndarray, sample_weight: np.ndarray | None) -> float:
    return float(np.average(2 * np.abs(truth - guess) / (np.abs(truth) + np.abs(guess)), weights=sample_weight))


NUMBERS: dict[str, Callable[..., float]] = {
    "mae": skm.mean_absolute_error,
    "mse": skm.mean_squared_error,
    "rmse": skm.root_mean_squared_error,
    "r2": skm.r2_score,
    "median_absolute_error": skm.median_absolute_error,
    "explained_variance": skm.explained_variance_score,
    "mape": skm.mean_absolute_percentage_error,
    "smape": _smape,
    "max_error": lambda truth, guess, sample_weight: skm.max_error(truth, guess),
    "mean_error": lambda truth, guess, sample_weight: np.average(guess - truth, weights=sample_weight),
}


def ece(truth: np.ndarray, said: np.ndarray, weight: np.ndarray | None, bins: int = 15) -> float:
    """Expected calibration error by the book: a loop over equal-width bins closed on the right."""
    weight = np.ones(len(truth)) if weight is None else weight
    total = 0.0
    for number in range(bins):
        inside = (said > number / bins) & (said <= (number + 1) / bins) | ((said == 0) & (number == 0))
        if weight[inside].sum():
            gap = np.average(truth[inside], weights=weight[inside]) - np.average(said[inside], weights=weight[inside])
            total += weight[inside].sum() * abs(gap)
    return float(total / weight.sum())


CLASSES: dict[str, Callable[..., float]] = {
    "accuracy": lambda t, g, p, s, w: skm.accuracy_score(t, g, sample_weight=w),
    "balanced_accuracy": lambda t, g, p, s, w: skm.balanced_accuracy_score(t, g, sample_weight=w),
    "mcc": lambda t, g, p, s, w: skm.matthews_corrcoef(t, g, sample_weight=w),
    "cohen_kappa": lambda t, g, p, s, w: skm.cohen_kappa_score(t, g, sample_weight=w),
}
BINARY: dict[str, Callable[..., float]] = {
    "precision": lambda t, g, p, s, w: skm.precision_score(t, g, sample_weight=w),
    "recall": lambda t, g, p, s, w: skm.recall_score(t, g, sample_weight=w),
    "specificity": lambda t, g, p, s, w: skm.recall_score(1 - t, 1 - g, sample_weight=w),
    "f1": lambda t, g, p, s, w: skm.f1_score(t, g, sample_weight=w),
    "roc_auc": lambda t, g, p, s, w: skm.roc_auc_score(t, s, sample_weight=w),
    "average_precision": lambda t, g, p, s, w: skm.average_precision_score(t, s, sample_weight=w),
    "log_loss": lambda t, g, p, s, w: skm.log_loss(t, y_proba=s, sample_weight=w, labels=[0, 1]),
    "brier": lambda t, g, p, s, w: skm.brier_score_loss(t, s, sample_weight=w, labels=[0, 1]),
    "ece": lambda t, g, p, s, w: ece(t, s, w),
}


def _labels(proba: np.ndarray) -> np.ndarray:
    return np.arange(proba.shape[1])


def _specificity_macro(t: np.ndarray, g: np.ndarray, w: np.ndarray | None) -> float:
    shares = [skm.recall_score(t != k, g != k, sample_weight=w) for k in np.union1d(t, g)]
    return float(np.mean(shares))


def _one_hot(t: np.ndarray, p: np.ndarray) -> np.ndarray:
    return (t[:, None] == _labels(p)).astype(int)


SEVERAL: dict[str, Callable[..., float]] = {
    "precision_macro": lambda t, g, p, s, w: skm.precision_score(t, g, average="macro", sample_weight=w),
    "precision_weighted": lambda t, g, p, s, w: skm.precision_score(t, g, average="weighted", sample_weight=w),
    "recall_macro": lambda t, g, p, s, w: skm.recall_score(t, g, average="macro", sample_weight=w),
    "recall_weighted": lambda t, g, p, s, w: skm.accuracy_score(t, g, sample_weight=w),
    "specificity_macro": lambda t, g, p, s, w: _specificity_macro(t, g, w),
    "f1_macro": lambda t, g, p, s, w: skm.f1_score(t, g, average="macro", sample_weight=w),
    "f1_weighted": lambda t, g, p, s, w: skm.f1_score(t, g, average="weighted", sample_weight=w),
    "roc_auc_ovr_macro": lambda t, g, p, s, w: skm.roc_auc_score(_one_hot(t, p), p, average="macro", sample_weight=w),
    "roc_auc_ovr_weighted": lambda t, g, p, s, w: skm.roc_auc_score(
        _one_hot(t, p), p, average="weighted", sample_weight=w
    ),
    "average_precision_macro": lambda t, g, p, s, w: skm.average_precision_score(
        _one_hot(t, p), p, average="macro", sample_weight=w
    ),
    "top_2_accuracy": lambda t, g, p, s, w: skm.top_k_accuracy_score(t, p, k=2, labels=_labels(p), sample_weight=w),
    "log_loss": lambda t, g, p, s, w: skm.log_loss(t, y_proba=p, labels=_labels(p), sample_weight=w),
    "brier": lambda t, g, p, s, w: skm.brier_score_loss(t, p, labels=_labels(p), sample_weight=w),
    "ece": lambda t, g, p, s, w: ece((t == p.argmax(axis=1)).astype(float), p.max(axis=1), w),
}


def rows_drawn(resampling: Resampling, number: int) -> np.ndarray:
    """The rows of one resample, each as often as it was drawn."""
    return np.repeat(np.arange(resampling.n), resampling.counts(number, number + 1)[0])


def pairs_auc(score: np.ndarray, truth: np.ndarray) -> float:
    """ROC AUC by looking at every pair of a positive and a negative row."""
    gaps = score[truth == 1][:, None] - score[truth == 0][None, :]
    return float(((gaps > 0) + 0.5 * (gaps == 0)).mean())


def median_of_every_resample(values: np.ndarray) -> np.ndarray:
    """The medians of all nⁿ equally likely resamples of a handful of values, sorted."""
    n = len(values)
    places = np.indices((n,) * n).reshape(n, -1)
    return np.sort(np.median(values[places], axis=0))
