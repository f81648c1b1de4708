"""Precision, recall, specificity, F1, rankings and rows of each class against the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from modellab_core.data.table import Note
from modellab_core.data.task import Task
from modellab_core.harness.case import Case
from modellab_core.harness.metrics.metric import METRICS, Metric
from modellab_core.harness.predictions import Predictions
from modellab_core.harness.scores import Plan, Score
from modellab_core.harness.scoring import scores

MOST_CLASSES = 20
SHOWN = {
    "precision": ("precision_macro", "precision_weighted"),
    "recall": ("recall_macro", "recall_weighted", "balanced_accuracy"),
    "specificity": ("specificity_macro",),
    "f1": ("f1_macro", "f1_weighted"),
    "roc_auc": ("roc_auc_ovr_macro", "roc_auc_ovr_weighted"),
    "average_precision": ("average_precision_macro",),
}
"""The metrics of a class against the rest, and the averages over the classes that are made of each."""


def class_scores(case: Case) -> list[Score]:
    """The Scores of each class against the rest, `cls` names it and `n` counts its rows; none for regression.

    By the same rules as for two classes, where the class is the positive one. The two rankings are there when
    probabilities are known. With more than 20 classes only the 20 with the most rows. A plan that names metrics gets
    those of them, and those of which it names an average.
    """
    if not case.predictions.task.is_classification:
        return []
    metrics = class_metrics(case.plan, case.predictions)
    return [found for code in largest(case.predictions) for found in _of_class(case, code, metrics)] if metrics else []


def class_notes(case: Case) -> list[Note]:
    """What is to be said about the classes that have no Scores of their own."""
    k = len(case.predictions.classes)
    if not case.predictions.task.is_classification or k <= MOST_CLASSES:
        return []
    told = f"Scores of single classes are given for the {MOST_CLASSES} of {k} classes that have the most rows."
    return [Note("classes_left_out", told)]


def class_metrics(plan: Plan, predictions: Predictions) -> list[Metric]:
    """The metrics of single classes that the plan asks for and the predictions allow."""
    known = [METRICS[name] for name in SHOWN]
    if plan.metrics is not None:
        asked = {METRICS[name].name for name in plan.metrics}
        known = [metric for metric in known if asked & {metric.name, *SHOWN[metric.name]}]
    return [metric for metric in known if metric.needs != "proba" or predictions.proba is not None]


def largest(predictions: Predictions, most: int = MOST_CLASSES) -> list[int]:
    """Codes of the `most` classes that have the most rows, in the order of the classes."""
    rows = np.bincount(predictions.y_true.astype(np.int64), minlength=len(predictions.classes))
    return sorted(np.argsort(-rows, kind="stable")[:most].tolist())


def against_rest(predictions: Predictions, code: int) -> Predictions:
    """The predictions as those of two classes: the one with `code`, which is the positive one, and all others."""
    label = predictions.classes[code]
    proba = None if predictions.proba is None else predictions.proba[:, code]
    return replace(
        predictions,
        task=Task.BINARY,
        y_true=(predictions.y_true == code).astype(np.int64),
        y_pred=(predictions.y_pred == code).astype(np.int64),
        proba=None if proba is None else np.column_stack([1 - proba, proba]),
        classes=(f"not {label}", label),
        positive=label,
        X=None,
    )


def _of_class(case: Case, code: int, metrics: Sequence[Metric]) -> list[Score]:
    label, rows = case.predictions.classes[code], int((case.predictions.y_true == code).sum())
    found = scores(against_rest(case.predictions, code), metrics, case.resampling, cls=label)
    return [replace(score, n=rows, note=_about(score, label)) for score in found]


def _about(score: Score, label: str) -> str:
    """The note of a Score, in which the class goes by its name."""
    if score.value is not None:
        return score.note
    said = {"is positive": f"is of class {label!r}", "predicted positive": f"predicted {label!r}"}
    note = score.note
    for before, after in said.items():
        note = note.replace(before, after)
    return note
