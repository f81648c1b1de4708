"""Tables with planted faults of which it is known where they are, and the tags that find them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import cross_val_predict

from modellab_core.data.task import Task
from modellab_core.harness.case import Case, Development, TrainRows
from modellab_core.harness.engine.resampling import resampling_for
from modellab_core.harness.failures.failures import Look, tagged
from modellab_core.harness.metrics import metric_for
from modellab_core.harness.predictions import Predictions
from modellab_core.harness.scores import Plan

FAULTS = {
    "likely label error": "flipped",
    "out of the training range": "outside",
    "contradictory duplicate": "contradicted",
}
COLUMNS = ("a", "b", "c", "d")


@dataclass(frozen=True, eq=False)
class Planted:
    """A case, the marks of its planted test rows by kind, and the ROC AUC of its model on the labels before flips."""

    case: Case
    marks: dict[str, Any]
    auc: float


def case_of(predictions: Predictions, **known: Any) -> Case:
    """The case of some predictions; `known` are further fields of Case, `plan` among them."""
    plan = known.pop("plan", Plan())
    metric = metric_for(plan.headline, predictions.task)
    return Case(predictions, plan, metric, resampling_for(predictions, plan), **known)


def planted(seed: int, separation: float, share: float = 0.02, *, n: int = 4000, boosted: bool = False) -> Planted:
    """Two normal classes `separation` apart, a fifth of the rows for the test.

    A `share` of all labels is flipped, of the test rows a share is moved out of the range in one feature, and of the
    test rows a share repeats a training row with the other label.
    """
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 2, n)
    X = pd.DataFrame(rng.normal(size=(n, len(COLUMNS))), columns=list(COLUMNS))
    X["a"] += separation * truth * 0.8
    X["b"] += separation * truth * 0.6
    flipped = rng.random(n) < share
    label = np.where(flipped, 1 - truth, truth)
    cut = n - n // 5
    outside, contradicted = rng.random(n) < share, rng.random(n) < share
    outside[:cut] = contradicted[:cut] = False
    contradicted &= ~outside
    column = rng.integers(0, len(COLUMNS), n)
    for at in np.flatnonzero(outside):
        X.iloc[at, column[at]] += 12 * rng.choice([-1, 1])
    clean = np.flatnonzero(~flipped[:cut])
    for at in np.flatnonzero(contradicted):
        twin = rng.choice(clean)
        X.iloc[at], label[at], truth[at], flipped[at] = X.iloc[twin], 1 - label[twin], truth[twin], True
    return _fitted(
        X, label, truth, cut, {"flipped": flipped, "outside": outside, "contradicted": contradicted}, boosted
    )


def _fitted(X: pd.DataFrame, label: Any, truth: Any, cut: int, marks: dict[str, Any], boosted: bool) -> Planted:
    recipe = HistGradientBoostingClassifier(max_iter=40) if boosted else LogisticRegression()
    folds = cross_val_predict(recipe, X[:cut], label[:cut], cv=5, method="predict_proba")
    model = recipe.fit(X[:cut], label[:cut])
    proba = model.predict_proba(X[cut:])
    test = _predictions(label[cut:], proba, X[cut:])
    held = Development(_predictions(label[:cut], folds, X[:cut]), "out_of_fold", np.zeros(cut, dtype=np.int64))
    train = TrainRows(X[:cut], label[:cut], np.array([0, 1]))
    case = case_of(test, model=model, train=train, development=held)
    return Planted(case, {kind: mark[cut:] for kind, mark in marks.items()}, roc_auc_score(truth[cut:], proba[:, 1]))


def _predictions(label: Any, proba: Any, X: pd.DataFrame) -> Predictions:
    rows = X.index.to_numpy(np.int64)
    return Predictions(Task.BINARY, rows, label, proba.argmax(axis=1), proba, ("0", "1"), "1", X=X)


def caught(one: Planted) -> dict[str, tuple[int, int, int]]:
    """Per fault (rows tagged, planted rows tagged, planted rows), looking at every test row."""
    rows = np.arange(len(one.case.predictions))
    found = tagged(Look(one.case, rows)).found
    counts = {}
    for tag, kind in FAULTS.items():
        mark = np.isin(rows, list(found.get(tag, ())))
        counts[tag] = int(mark.sum()), int((mark & one.marks[kind]).sum()), int(one.marks[kind].sum())
    return counts
