"""What the figures are drawn from: small JSON-able frames that keep their size whatever the number of rows.

A ROC curve of a million rows has hundreds of thousands of corners; drawn it has at most `LIMIT` points, at equal steps
along the curve, and the area under it moves by less than 1e-4. Ranking curves weigh rows by `Predictions.weight`, as
the metrics do; histograms and scatters count rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from modellab_core.harness.predictions import Floats, Ints, Predictions
from modellab_core.harness.scatter import regression_frames

LIMIT = 600  # points of a curve, shared by the classes, but no fewer than `FEWEST` for each
FEWEST = 200
TRIES = 8  # step lengths tried, of which the one that keeps the area best is taken
DIGITS = 6
STEP = 40  # bins of confidence per unit, so each is 0.025 wide


def curves(predictions: Predictions) -> dict[str, Any]:
    """Every frame that these predictions allow, by the name under which `Report.curves` keeps it.

    Classification: `confusion`, and where probabilities are known `roc`, `pr` and `confidence_histogram`. Regression:
    `residuals`, `predicted_vs_actual` and `error_distribution`. A frame that cannot be made is absent.
    """
    if not len(predictions):
        return {}
    if not predictions.task.is_classification:
        return regression_frames(predictions)
    frames: dict[str, Any] = {"confusion": confusion_frame(predictions)}
    if predictions.proba is not None:
        ranked = [ranking(predictions, code) for code in ranked_classes(predictions)]
        limit = max(FEWEST, LIMIT // len(ranked))
        frames["roc"] = {"curves": [roc_curve(one, predictions.classes[one.code], limit) for one in ranked]}
        frames["pr"] = {"curves": [pr_curve(one, predictions.classes[one.code], limit) for one in ranked]}
        frames["confidence_histogram"] = confidence_frame(predictions)
    return frames


def confusion_frame(predictions: Predictions) -> dict[str, Any]:
    """`counts[i][j]` = rows of class i predicted as class j; the sum of their weights where rows are weighted."""
    k = len(predictions.classes)
    cell = np.asarray(predictions.y_true, np.int64) * k + np.asarray(predictions.y_pred, np.int64)
    counts = np.bincount(cell, weights=predictions.weight, minlength=k * k).reshape(k, k)
    weighted = predictions.weight is not None
    return {
        "labels": list(predictions.classes),
        "counts": rounded(counts.astype(np.float64)).tolist() if weighted else counts.astype(np.int64).tolist(),
        "unit": "weight" if weighted else "rows",
    }


def confidence_frame(predictions: Predictions) -> dict[str, Any]:
    """Rows per bin of the highest probability, right and wrong apart; `edges` in [0, 1], bins 0.025 wide."""
    proba = predictions.proba
    assert proba is not None
    first = STEP // proba.shape[1]
    confidence = np.nan_to_num(proba.max(axis=1))
    # bins are closed on the left but for rounding: 0.7 written as 0.6999999999 belongs to 0.7
    place = np.clip((confidence * STEP + 1e-9).astype(np.int64) - first, 0, STEP - first - 1)
    right = predictions.y_true == predictions.y_pred
    return {
        "edges": [edge / STEP for edge in range(first, STEP + 1)],
        "right": np.bincount(place[right], minlength=STEP - first).tolist(),
        "wrong": np.bincount(place[~right], minlength=STEP - first).tolist(),
    }


@dataclass(frozen=True, eq=False)
class Ranking:
    """Rows sorted by falling score of one class, ties merged, as cumulative sums.

    `threshold` falls; `hits` and `alarms` are the weight of rows of the class, and of the others, at or above it. All
    (m,), m = distinct scores. `rows` is the number of rows of the class and of the others; `plain` says that every row
    counts 1 and rows are independent, so that a rate is a binomial proportion.
    """

    code: int
    threshold: Floats
    hits: Floats
    alarms: Floats
    rows: tuple[int, int]
    plain: bool


def ranked_classes(predictions: Predictions) -> list[int]:
    """The classes that get a curve: the positive one, or each one against the rest."""
    return [predictions.positive_code] if predictions.score is not None else list(range(len(predictions.classes)))


def ranking(predictions: Predictions, code: int) -> Ranking:
    """The rows ranked by the probability of the class `code`."""
    assert predictions.proba is not None
    score, positive, weight = predictions.proba[:, code], predictions.y_true == code, predictions.weight
    # only sums of weights depend on the order within a tie, and there the order must not depend on the machine
    order = np.argsort(-score, kind="stable" if weight is not None else None)
    sorted_score, is_hit = score[order], positive[order]
    ends = np.flatnonzero(np.append(sorted_score[1:] != sorted_score[:-1], True))
    if weight is None:
        hits = np.cumsum(is_hit, dtype=np.int64)[ends].astype(np.float64)
        alarms = (ends + 1.0) - hits
    else:
        heavy = weight[order]
        hits, alarms = np.cumsum(heavy * is_hit)[ends], np.cumsum(heavy * ~is_hit)[ends]
    rows = int(positive.sum())
    plain = weight is None and predictions.groups is None
    return Ranking(code, sorted_score[ends], hits, alarms, (rows, len(positive) - rows), plain)


def roc_curve(ranked: Ranking, label: str, limit: int = LIMIT) -> dict[str, Any]:
    """False against true positive rate of one class; `auc` of all points, None when a side has no rows.

    `threshold[i]` is the lowest score that counts as the class at point i, None at the origin; where the curve was
    thinned a point lies between two corners, and the threshold is that of the one before.
    """
    head = {"cls": label, "positives": ranked.rows[0], "negatives": ranked.rows[1], "plain": ranked.plain}
    if not (ranked.hits[-1] > 0 and ranked.alarms[-1] > 0):
        return head | {"auc": None, "fpr": [], "tpr": [], "threshold": []}
    alarms, hits = np.append(0.0, ranked.alarms), np.append(0.0, ranked.hits)
    turns = corners(alarms, hits)
    fpr, tpr = alarms[turns] / alarms[-1], hits[turns] / hits[-1]
    places = min(
        (thinned(fpr, tpr, limit - less) for less in range(TRIES if len(fpr) > limit else 1)),
        key=lambda tried: abs(_area(between(fpr, tried), between(tpr, tried)) - _area(fpr, tpr)),
    )
    threshold = np.append(np.nan, ranked.threshold)[turns][places.astype(np.int64)]
    return head | {
        "auc": round(_area(fpr, tpr), 12),
        "fpr": rounded(between(fpr, places)).tolist(),
        "tpr": rounded(between(tpr, places)).tolist(),
        "threshold": [None if np.isnan(value) else value for value in rounded(threshold).tolist()],
    }


def _area(x: Floats, y: Floats) -> float:
    return float(np.trapezoid(y, x))


def pr_curve(ranked: Ranking, label: str, limit: int = LIMIT) -> dict[str, Any]:
    """Recall against precision of one class as steps: `precision[i]` holds from `recall[i-1]` to `recall[i]`.

    The area under the steps is the average precision `ap`, also when thinned: a step then stands for the mean precision
    over its stretch of recall. `prevalence` is the precision of calling everything positive. None and empty when a side
    has no rows.
    """
    head = {"cls": label, "positives": ranked.rows[0], "negatives": ranked.rows[1]}
    if not (ranked.hits[-1] > 0 and ranked.alarms[-1] > 0):
        return head | {"ap": None, "prevalence": None, "recall": [], "precision": [], "threshold": []}
    gain = np.diff(ranked.hits, prepend=0.0)
    steps = np.flatnonzero(gain > 0)
    recall = ranked.hits[steps] / ranked.hits[-1]
    precision = ranked.hits[steps] / (ranked.hits[steps] + ranked.alarms[steps])
    area = np.cumsum(np.diff(recall, prepend=0.0) * precision)
    kept = np.unique(thinned(recall, precision, limit - 1).astype(np.int64))  # a drawing begins with one more point
    width = np.diff(recall[kept], prepend=0.0)
    return head | {
        "ap": round(float(area[-1]), 12),
        "prevalence": round(float(ranked.hits[-1] / (ranked.hits[-1] + ranked.alarms[-1])), 12),
        "recall": rounded(recall[kept]).tolist(),
        "precision": rounded(np.diff(area[kept], prepend=0.0) / width).tolist(),
        "threshold": rounded(ranked.threshold[steps[kept]]).tolist(),
    }


def corners(x: Floats, y: Floats) -> Ints:
    """Positions where the path (x, y) turns, its ends included: leaving out the others changes nothing."""
    right, up = np.diff(x), np.diff(y)
    turns = right[:-1] * up[1:] != right[1:] * up[:-1]
    return np.flatnonzero(np.concatenate(([True], turns, [True])))


def thinned(x: Floats, y: Floats, limit: int) -> Floats:
    """Places along the path through (x, y), as positions with fractions: all corners, or `limit` at equal steps.

    Equal steps cut as many corners from above as from below, so the area stays; choosing among the corners of a
    staircase would favour one side.
    """
    corner = np.arange(len(x), dtype=np.float64)
    if len(x) <= limit:
        return corner
    path = np.append(0.0, np.cumsum(np.hypot(np.diff(x), np.diff(y))))
    return np.interp(np.linspace(0.0, path[-1], limit), path, corner)


def between(values: Floats, places: Floats) -> Floats:
    """`values` read at positions with fractions."""
    return np.interp(places, np.arange(len(values)), values)


def rounded(values: Floats) -> Floats:
    """Values cut to what a drawing can show: six decimals, and no negative zero."""
    return np.round(values, DIGITS) + 0.0
