"""The quantities of a report as functions of plain arrays, for whoever checks a number from outside.

`y_true`, `y_pred` and `y_proba` are what `evaluate` takes: labels or numbers, (n,); probabilities (n, k) in the order
of `classes`, or for two classes (n,) with that of `positive`. Undefined is NaN. Intervals from counts and from
resampled values stand in `intervals/formulas.py`, `intervals/resampled.py` and `intervals/tails.py`, thresholds in
`decisions/decisions.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.special import bdtr, ndtr

from modellab_core.data.task import Task
from modellab_core.errors import BadInput
from modellab_core.harness.arguments import given, predictions_of, with_rows
from modellab_core.harness.curves import Ranking, ranking
from modellab_core.harness.engine.calibration_draws import CalibrationRows
from modellab_core.harness.engine.cells import ECE_BINS, cells_of, confidence, ece_bin
from modellab_core.harness.engine.drawing import computable, one_thread, value_of
from modellab_core.harness.engine.resampling import resampling_for
from modellab_core.harness.intervals import formulas
from modellab_core.harness.metrics import METRICS, Metric
from modellab_core.harness.metrics.calibration import calibration_curve, came_true, l2_of
from modellab_core.harness.predictions import Floats, Ints, Predictions
from modellab_core.harness.scores import Plan, Score
from modellab_core.harness.scoring import scores

ELEMENTS = 1 << 20  # counts that are held at a time


def metric_value(name: str, y_true: Any, y_pred: Any = None, y_proba: Any = None, **more: Any) -> float:
    """The metric `name` (a key of METRICS); `more` may name `weight`, `positive` and `classes`."""
    metric = METRICS[name]
    return value_of(metric, _predictions(metric, y_true, y_pred, y_proba, **more))


def metric_score(
    name: str, y_true: Any, y_pred: Any = None, y_proba: Any = None, *, plan: Plan | None = None, **more: Any
) -> Score:
    """The metric with the interval that a report would show; `more` may also name `groups`."""
    metric = METRICS[name]
    predictions = _predictions(metric, y_true, y_pred, y_proba, **more)
    return scores(predictions, [metric], resampling_for(predictions, plan or Plan()))[0]


def bootstrap_values(
    name: str, y_true: Any, y_pred: Any = None, y_proba: Any = None, *, indices: Any, **more: Any
) -> Floats:
    """The metric in resamples that are given: `indices` (B, m) are positions of rows, (B,) values.

    A resample may have any number m of rows; NaN where the metric is undefined in it.
    """
    metric = METRICS[name]
    return _drawn(metric, _predictions(metric, y_true, y_pred, y_proba, **more), indices)


def paired_bootstrap_values(
    name: str, y_true: Any, first: Mapping[str, Any], second: Mapping[str, Any], *, indices: Any, **more: Any
) -> Floats:
    """How much better `first` is than `second` in the same resamples, (B,): positive where it is better.

    Each is a mapping with `y_pred`, `y_proba` or both; for a metric where lower is better the difference is turned.
    """
    metric = METRICS[name]
    values = [bootstrap_values(name, y_true, **said, indices=indices, **more) for said in (first, second)]
    return np.asarray(metric.better(values[0]) - metric.better(values[1]))


def percentile_interval(values: Any, level: float = 0.95) -> tuple[float, float]:
    """The plain percentile interval of resampled values, by linear interpolation; NaN values are left out."""
    return formulas.percentile(np.asarray(values, dtype=np.float64), level)


def expanded_percentile_interval(values: Any, n: float, level: float = 0.95) -> tuple[float, float]:
    """The percentile interval with tails Φ(−√(n/(n−1))·t) for `n` rows or groups (Hesterberg 2015)."""
    return formulas.expanded_percentile(np.asarray(values, dtype=np.float64), n, level)


def mcnemar(first_only: int, second_only: int, method: str = "mid_p") -> float:
    """Two-sided p-value of equal accuracy, from the rows that exactly one of two models gets right; 1 without any.

    `method` is "mid_p" or "exact" (binomial; Fagerland, Lydersen & Laake 2013), or "score" (no continuity correction).
    """
    rows, fewer = first_only + second_only, min(first_only, second_only)
    if method not in ("mid_p", "exact", "score"):
        raise BadInput(f"There is no method {method!r}: choose from mid_p, exact, score.")
    if rows == 0:
        return 1.0
    if method == "score":
        return float(2 * ndtr(-abs(first_only - second_only) / rows**0.5))
    up_to = float(bdtr(fewer, rows, 0.5))
    below = float(bdtr(fewer - 1, rows, 0.5)) if fewer else 0.0
    return min(1.0, 2 * up_to) if method == "exact" else up_to + below


def discordant(y_true: Any, first: Any, second: Any) -> tuple[int, int]:
    """Rows that only the `first` predicted labels, and only the `second`, get right."""
    truth = np.asarray(y_true)
    hit, other = np.asarray(first) == truth, np.asarray(second) == truth
    return int((hit & ~other).sum()), int((other & ~hit).sum())


def roc_auc(y_true: Any, score: Any, weight: Any = None) -> float:
    """ROC AUC of any scores; `y_true` (n,) holds 0 and 1 or truth values."""
    return value_of(METRICS["roc_auc"], _scored(y_true, score, weight))


def average_precision(y_true: Any, score: Any, weight: Any = None) -> float:
    """Average precision of any scores, not interpolated; `y_true` (n,) holds 0 and 1 or truth values."""
    return value_of(METRICS["average_precision"], _scored(y_true, score, weight))


def roc_points(y_true: Any, score: Any, weight: Any = None) -> tuple[Floats, Floats, Floats]:
    """False and true positive rate at every distinct score, with the falling thresholds, from the origin (∞)."""
    ranked = _ranked(y_true, score, weight)
    with np.errstate(invalid="ignore", divide="ignore"):
        rates = [np.append(0.0, side) / side[-1] for side in (ranked.alarms, ranked.hits)]
    return rates[0], rates[1], np.append(np.inf, ranked.threshold)


def pr_points(y_true: Any, score: Any, weight: Any = None) -> tuple[Floats, Floats, Floats]:
    """Precision and recall when all rows at or above each distinct score count as positive; thresholds fall."""
    ranked = _ranked(y_true, score, weight)
    with np.errstate(invalid="ignore", divide="ignore"):
        return ranked.hits / (ranked.hits + ranked.alarms), ranked.hits / ranked.hits[-1], ranked.threshold


def confusion_matrix(y_true: Any, y_pred: Any, *, classes: Sequence[Any] | None = None, weight: Any = None) -> Floats:
    """Rows (or weight) by true and predicted class, (k, k), in the order of `classes`, sorted unless given."""
    shared = given(y_true, y_pred, task="classification", classes=classes)
    some = with_rows(predictions_of(shared, y_pred), weight, None)
    order = [some.classes.index(label) for label in shared.columns]
    k, codes = len(some.classes), some.y_true.astype(np.int64) * len(some.classes) + some.y_pred.astype(np.int64)
    found = np.bincount(codes, some.weight, minlength=k * k).reshape(k, k).astype(np.float64)
    return np.asarray(found[np.ix_(order, order)])


def calibration_bins(
    y_true: Any, y_proba: Any, *, bins: int = ECE_BINS, level: float = 0.95, **more: Any
) -> list[dict[str, Any]]:
    """The equal-width bins that hold rows: `from`, `to` (closed on the right), `n`, `predicted`, `observed`, and the
    Clopper–Pearson ends `low`, `high`."""
    found = calibration_curve(_predictions(METRICS["ece"], y_true, None, y_proba, **more), bins, level)
    return list(found["bins"])


def ece(y_true: Any, y_proba: Any, *, bins: int = ECE_BINS, **more: Any) -> float:
    """Expected calibration error over any number of equal-width bins, as the metric `ece` has it with 15."""
    some = _predictions(METRICS["ece"], y_true, None, y_proba, **more)
    weight = np.ones(len(some)) if some.weight is None else some.weight
    gaps = np.bincount(ece_bin(confidence(some), bins), weight * (came_true(some) - confidence(some)))
    return float(np.abs(gaps).sum() / weight.sum())


def calibration_numbers(y_true: Any, y_proba: Any, **more: Any) -> dict[str, float]:
    """`calibration_slope`, `calibration_intercept` (at slope 1, binary only) and the debiased `calibration_l2`."""
    some = _predictions(METRICS["ece"], y_true, None, y_proba, **more)
    values = CalibrationRows.of(some, came_true(some)).values()
    return values | {"calibration_l2": l2_of(values["calibration_l2"])}


def _predictions(
    metric: Metric,
    y_true: Any,
    y_pred: Any = None,
    y_proba: Any = None,
    *,
    weight: Any = None,
    groups: Any = None,
    positive: Any = None,
    classes: Sequence[Any] | None = None,
) -> Predictions:
    """What the arrays say, for a metric that tells the task. BadInput as for `evaluate`."""
    task = metric.tasks[0].value if len(metric.tasks) == 1 else "classification"
    shared = given(y_true, y_pred, y_proba, None, None, task, classes, positive)
    return with_rows(predictions_of(shared, y_pred, y_proba), weight, groups)


def _drawn(metric: Metric, predictions: Predictions, indices: Any) -> Floats:
    drawn, n = np.atleast_2d(np.asarray(indices)), len(predictions)
    if drawn.dtype.kind not in "iu" or (drawn.size and not (drawn.min() >= 0 and drawn.max() < n)):
        raise BadInput(f"indices must be whole numbers from 0 to {n - 1}, one line a resample.")
    found = np.full(len(drawn), np.nan)
    if not computable(metric, predictions):
        return found
    cells, step = cells_of(predictions), max(1, ELEMENTS // max(n, 1))
    with one_thread():
        for first in range(0, len(drawn), step):
            found[first : first + step] = metric.kernel(cells.tally(_counts(drawn[first : first + step], n)))
    return found


def _counts(drawn: Ints, n: int) -> Ints:
    """How often each of n rows is drawn, (B, n)."""
    places = drawn + n * np.arange(len(drawn))[:, None]
    return np.bincount(places.ravel(), minlength=n * len(drawn)).reshape(len(drawn), n)


def _scored(y_true: Any, score: Any, weight: Any) -> Predictions:
    """Two classes with any score in the place of the probability of the second, which only rankings look at."""
    truth, said = np.asarray(y_true).astype(bool).astype(np.int64), np.asarray(score, dtype=np.float64)
    if truth.ndim != 1 or truth.shape != said.shape or not len(truth) or not np.isfinite(said).all():
        raise BadInput(f"There are {truth.shape} labels and {said.shape} scores: give a finite score for each row.")
    both = np.column_stack([-said, said])
    some = Predictions(Task.BINARY, np.arange(len(truth)), truth, truth, both, ("0", "1"), "1")
    return with_rows(some, weight, None)


def _ranked(y_true: Any, score: Any, weight: Any) -> Ranking:
    return ranking(_scored(y_true, score, weight), 1)
