"""From predictions, or from anything that predicts, to a Report. The harness never fits anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from modellab_core.data.table import Note
from modellab_core.data.task import Task
from modellab_core.errors import BadInput
from modellab_core.harness.arguments import OnArrays, baseline_of, given, predictions_of, training_features, with_rows
from modellab_core.harness.calibration import calibration
from modellab_core.harness.canonical import plain
from modellab_core.harness.comparison import judge
from modellab_core.harness.curves import curves
from modellab_core.harness.failures import failures
from modellab_core.harness.metric import Metric
from modellab_core.harness.metrics import metric_for, metrics_for
from modellab_core.harness.predictions import Predictions
from modellab_core.harness.resampling import Resampling, resampling_for
from modellab_core.harness.scores import Plan, Score
from modellab_core.harness.scoring import scores
from modellab_core.harness.slices import slices_of
from modellab_core.harness.stress_runs import run_stresses
from modellab_core.harness.summary import Report
from modellab_core.harness.takeaway import takeaway
from modellab_core.progress import OnPhase, silent

__all__ = ["Report", "evaluate", "evaluate_model", "evaluate_predictions"]

STEPS = 5
SLICE_METRICS = {
    Task.BINARY: ("accuracy", "precision", "recall", "f1", "roc_auc", "log_loss"),
    Task.MULTICLASS: ("accuracy", "f1_macro", "log_loss"),
    Task.REGRESSION: ("mae", "rmse", "mean_error"),
}


def evaluate(
    y_true: Any,
    y_pred: Any = None,
    *,
    y_proba: Any = None,
    X: Any = None,
    model: Any = None,
    task: Task | str | None = None,
    classes: Sequence[Any] | None = None,
    positive: Any = None,
    weight: Any = None,
    groups: Any = None,
    baselines: Mapping[str, Any] | None = None,
    train: Any = None,
    refit: Any = None,
    plan: Plan | None = None,
) -> Report:
    """Evaluate predictions of any model: every number with its interval, or the reason why it has none.

        report = evaluate(y_test, model.predict(X_test), y_proba=model.predict_proba(X_test), X=X_test, model=model)
        report["roc_auc"].low; report.frame(); report.save("out")

    Columns may be arrays, lists, Series or one-column frames, all with a value per row in the same order.

    y_true     the truth: labels (text, whole numbers, truth values) or numbers. Rows without a label are refused.
    y_pred     the predicted labels or numbers. Without it the most probable class of `y_proba` is taken, or `model` is
               called on `X`.
    y_proba    probabilities: (n, classes), or a frame whose columns are named after the classes, or for two classes
               (n,) with the probability of `positive`. Without it there are no metrics of probabilities.
    X          the features, a frame or a 2-D array: cut into slices, and corrupted by the stress tests.
    model      an estimator, any object with `predict`, or a function of X. It is called again on corrupted rows (at
               most `plan.model_rows` of them). Without it the stress tests are listed as not applicable.
    task       "binary", "multiclass", "regression" or "classification". Found out when not given: text, truth values
               and at most ten different whole numbers are classes.
    classes    all class labels, in the order of the columns of `y_proba`. Default: `model.classes_`, else the labels
               that occur, numbers by size and text by alphabet.
    positive   the positive class of two. Default: the one called 1, true, yes, y, t or positive, else the last.
    weight     importance weights ≥ 0.
    groups     what rows belong together (a person, a store): whole groups are resampled.
    baselines  other models on the same rows by name, simple ones first: each a column of predictions, probabilities,
               a pair (y_pred, y_proba), a model, or Predictions. They make the comparison.
    train      the training features, or a pair (X, y): noise is measured in their interquartile ranges.
    refit      a function (X, y) -> model for what has to train again; no part of this report does.
    plan       what to compute and how carefully; see Plan.

    BadInput says in one sentence what cannot be used and why.
    """
    del refit
    plan = plan or Plan()
    called = OnArrays.around(model, X)
    shared = given(y_true, y_pred, y_proba, X, model, task, classes, positive)
    own = with_rows(predictions_of(shared, y_pred, y_proba, model=called), weight, groups)
    others = {
        name: with_rows(baseline_of(shared, name, what, X), weight, groups) for name, what in (baselines or {}).items()
    }
    features = training_features(train, X)
    return evaluate_predictions(own, plan, model=called, baselines=others, target=shared.target, train=features)


def evaluate_model(model: Any, X: Any, y: Any, **same: Any) -> Report:
    """Evaluate a model on rows it was not trained on; `same` are the keyword arguments of `evaluate`.

    report = evaluate_model(model, X_test, y_test, train=X_train)
    """
    return evaluate(y, X=X, model=model, **same)


def evaluate_predictions(
    predictions: Predictions,
    plan: Plan | None = None,
    *,
    model: Any = None,
    baselines: Mapping[str, Predictions] | None = None,
    name: str = "model",
    target: str = "",
    train: pd.DataFrame | None = None,
    development: pd.DataFrame | None = None,
    on_phase: OnPhase = silent,
) -> Report:
    """The report of one set of predictions.

    `model` is called on `predictions.X` for the stress tests. `baselines` are other models on the same rows, simple
    ones first; with them the comparison is made in which this model is called `name`. `train` are the training
    features. `development`, the out-of-fold predictions, feeds claims that must be found on other rows; none is made
    here. BadInput when the plan names what there is not, or there are no rows.
    """
    del development
    if not len(predictions):
        raise BadInput("There are no rows to evaluate.")
    plan = _settled(predictions, plan or Plan())
    metric, others = metric_for(plan.headline, predictions.task), baselines or {}
    resampling = resampling_for(predictions, plan)
    on_phase("evaluating", 0, STEPS, "Metrics and intervals")
    overall = scores(predictions, _metrics(predictions.task, plan), resampling)
    on_phase("evaluating", 1, STEPS, "Slices")
    parts, about, notes = _sliced(predictions, plan, resampling)
    on_phase("evaluating", 2, STEPS, "Comparison")
    verdict = judge({**others, name: predictions}, metric.name, plan).to_json() if others else None

    def told(done: int, total: int, message: str) -> None:
        on_phase("evaluating", 3, STEPS, f"Stress test {done + 1} of {total}: {message}")

    dummy = others.get("dummy")
    stressed, more = run_stresses(predictions, plan, metric, model=model, dummy=dummy, train=train, told=told)
    on_phase("evaluating", 4, STEPS, "Failures and curves")
    bare = Report(
        task=predictions.task,
        target=target,
        classes=predictions.classes,
        positive=predictions.positive if predictions.task is Task.BINARY else None,
        n=len(predictions),
        plan=plan,
        scores=(*overall, *parts, *stressed.scores),
        curves=plain(curves(predictions)),
        calibration=plain(calibration(predictions, resampling)),
        failures=plain(failures(predictions, plan.failures)),
        comparison=plain(verdict),
        takeaway=[],
        slices=about,
        stress=plain(stressed.curves),
        notes=(*notes, *more),
        predictions=predictions,
    )
    return replace(bare, takeaway=takeaway(bare.to_json(), name))


def _settled(predictions: Predictions, plan: Plan) -> Plan:
    """The plan with its headline named: without probabilities a classifier that has no other is ranked by accuracy."""
    for field, lowest in (("resamples", 2), ("model_rows", 1), ("failures", 0), ("seed", 0)):
        if getattr(plan, field) < lowest:
            raise BadInput(
                f"The plan asks for {field}={getattr(plan, field)}: give a whole number of at least {lowest}."
            )
    if not 0 < plan.level < 1:
        raise BadInput(f"The plan asks for level={plan.level}: give a share between 0 and 1, such as 0.95.")
    headline = plan.headline
    if headline is None and predictions.task.is_classification and predictions.proba is None:
        headline = "accuracy"
    return replace(plan, headline=metric_for(headline, predictions.task).name)


def _metrics(task: Task, plan: Plan, default: Sequence[str] | None = None) -> list[Metric]:
    """The metrics that the plan asks for, else those of `default`, else all; the headline is always among them."""
    every = metrics_for(task)
    names = plan.metrics if plan.metrics is not None else default
    chosen = every if names is None else [metric_for(name, task) for name in names]
    headline = metric_for(plan.headline, task)
    return chosen if headline in chosen else [headline, *chosen]


def _sliced(
    predictions: Predictions, plan: Plan, resampling: Resampling
) -> tuple[list[Score], dict[str, dict[str, Any]], tuple[Note, ...]]:
    """The Scores of every slice, what each slice is, and notes on what was left out."""
    found, notes = slices_of(predictions, plan)
    if not found:
        return [], {}, notes
    metrics = _metrics(predictions.task, plan, SLICE_METRICS[predictions.task])
    lines = scores(predictions, metrics, resampling, {one.name: one.rows for one in found})
    return [line for line in lines if line.slice != "all"], {one.name: one.to_json() for one in found}, notes
