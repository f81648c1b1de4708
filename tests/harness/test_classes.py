"""The table of the classes: each against the rest, as scikit-learn has it, with intervals by the common rules."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import sklearn.metrics as skm
from naive import made_up
from sklearn.exceptions import UndefinedMetricWarning

from modellab_core.harness.case import Case
from modellab_core.harness.engine.resampling import resampling_for
from modellab_core.harness.intervals.formulas import wilson
from modellab_core.harness.metrics import METRICS, headline_of
from modellab_core.harness.metrics.classes import against_rest, class_notes, class_scores
from modellab_core.harness.predictions import Predictions
from modellab_core.harness.report import evaluate_predictions
from modellab_core.harness.scores import Plan, Score
from modellab_core.harness.scoring import scores


def case_of(predictions: Predictions, **plan: object) -> Case:
    made = Plan(resamples=100, **plan)  # type: ignore[arg-type]
    return Case(predictions, made, METRICS[headline_of(predictions.task)], resampling_for(predictions, made))


def table(predictions: Predictions, **plan: object) -> dict[tuple[str | None, str], Score]:
    return {(score.cls, score.metric): score for score in class_scores(case_of(predictions, **plan))}


@pytest.mark.parametrize("task", ["binary", "multiclass"])
@pytest.mark.parametrize("weighted", [False, True])
def test_equals_scikit_learn(task: str, weighted: bool) -> None:
    """Precision, recall, F1, support and both rankings of every class are those of scikit-learn."""
    some = made_up(task, 150, 3, k=4, weighted=weighted)
    assert some.proba is not None
    found = table(some)
    theirs = skm.precision_recall_fscore_support(some.y_true, some.y_pred, sample_weight=some.weight)
    for code, label in enumerate(some.classes):
        for name, values in zip(("precision", "recall", "f1"), theirs, strict=False):
            assert found[label, name].value == pytest.approx(values[code], abs=1e-12)
        is_class, score = some.y_true == code, some.proba[:, code]
        auc = skm.roc_auc_score(is_class, score, sample_weight=some.weight)
        assert found[label, "roc_auc"].value == pytest.approx(auc, abs=1e-10)
        ap = skm.average_precision_score(is_class, score, sample_weight=some.weight)
        assert found[label, "average_precision"].value == pytest.approx(ap, abs=1e-10)
        other = skm.recall_score(~is_class, some.y_pred != code, sample_weight=some.weight)
        assert found[label, "specificity"].value == pytest.approx(other, abs=1e-12)
        assert {found[label, name].n for name in ("precision", "recall", "roc_auc")} == {int(is_class.sum())}


def test_undefined_where_scikit_learn_warns() -> None:
    """A class that is never predicted has no precision, and the note calls the class by its name."""
    some = made_up("multiclass", 90, 1)
    some = replace(some, y_pred=np.where(some.y_pred == 2, 0, some.y_pred), classes=("a", "b", "setosa"))
    found = table(some)
    with pytest.warns(UndefinedMetricWarning):
        skm.precision_score(some.y_true, some.y_pred, average=None)
    assert found["setosa", "precision"].value is None
    assert found["setosa", "precision"].note == "Undefined: no row was predicted 'setosa'."
    assert found["setosa", "recall"].value == 0
    assert found["setosa", "f1"].value == 0
    gone = replace(some, y_true=np.where(some.y_true == 2, 0, some.y_true))
    assert table(gone)["setosa", "recall"].note == "Undefined: no row is of class 'setosa'."
    assert table(gone)["setosa", "roc_auc"].value is None


def test_the_rules_are_the_common_ones() -> None:
    """The positive class of two has the intervals of the whole report, and few successes get Wilson's."""
    some = made_up("binary", 200, 5)
    found = table(some)
    plan = Plan(resamples=100)
    for score in scores(some, [METRICS[name] for name in ("precision", "recall", "f1", "roc_auc")],
                        resampling_for(some, plan)):  # fmt: skip
        assert replace(score, n=0) == replace(found["1", score.metric], n=0, cls=None)
    rare = made_up("multiclass", 300, 2, k=3)
    rows = np.flatnonzero(rare.y_true == 1)[8:]
    rare = rare.take(np.setdiff1d(np.arange(300), rows))
    hits = int(((rare.y_true == 1) & (rare.y_pred == 1)).sum())
    score = table(rare)["1", "recall"]
    assert (score.method, score.n) == ("wilson", 8)
    assert (score.low, score.high) == wilson(hits, 8)


def test_swapping_the_two_classes() -> None:
    """Recall of one of two classes is the specificity of the other, and both have the same ROC AUC."""
    found = table(made_up("binary", 120, 8))
    assert found["0", "recall"].value == found["1", "specificity"].value
    assert found["0", "roc_auc"].value == pytest.approx(found["1", "roc_auc"].value, abs=1e-12)


def test_at_most_twenty_classes() -> None:
    """Of more than twenty classes the twenty with the most rows have Scores, and a note says so."""
    rng = np.random.default_rng(0)
    some = made_up("multiclass", 600, 1, k=25)
    some = replace(some, proba=None, y_true=np.minimum(rng.integers(0, 30, 600), 24))
    found = class_scores(case_of(some))
    assert len({score.cls for score in found}) == 20
    assert "24" in {score.cls for score in found}
    assert {score.metric for score in found} == {"precision", "recall", "specificity", "f1"}
    (note,) = class_notes(case_of(some))
    assert note.text.startswith("Scores of single classes are given for the 20 of 25 classes")
    assert class_notes(case_of(made_up("multiclass", 60, 1))) == []


def test_only_what_the_plan_asks_for() -> None:
    """A plan that names metrics gets those of a class, or those of which it names an average."""
    some = made_up("multiclass", 60, 1)
    assert {name for _, name in table(some, metrics=("accuracy",))} == set()
    assert {name for _, name in table(some, metrics=("f1_macro", "accuracy"))} == {"f1"}
    assert class_scores(case_of(made_up("regression", 40, 1))) == []


def test_in_the_report() -> None:
    """A report holds the Scores of the classes beside the overall ones, which they do not replace."""
    report = evaluate_predictions(made_up("multiclass", 80, 4), Plan(resamples=50))
    assert {score.cls for score in report.scores} == {None, "0", "1", "2"}
    assert all(score.cls is None for score in report.overall)
    assert math.isfinite(report["f1_macro"].value or math.nan)


def test_against_the_rest_keeps_rows() -> None:
    """One class against the rest keeps weights, groups and rows, and its probabilities sum to 1."""
    some = made_up("multiclass", 50, 4, weighted=True, groups=9)
    two = against_rest(some, 1)
    assert two.proba is not None
    assert np.allclose(two.proba.sum(axis=1), 1)
    assert two.positive == "1"
    assert two.weight is some.weight
    assert two.groups is some.groups
