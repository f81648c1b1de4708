"""From predictions, or from anything that predicts, to a Report. The harness never fits anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from modellab_core.data.task import Task
from modellab_core.errors import BadInput
from modellab_core.harness.advice.advice import advice
from modellab_core.harness.advice.importance import importance
from modellab_core.harness.arguments import OnArrays, baseline_of, given, predictions_of, with_rows
from modellab_core.harness.canonical import plain
from modellab_core.harness.case import Case, Development, Refit, TrainRows
from modellab_core.harness.comparing.comparison import judge
from modellab_core.harness.curves import curves
from modellab_core.harness.decisions.conformal import conformal
from modellab_core.harness.decisions.thresholds import thresholds
from modellab_core.harness.engine.resampling import resampling_for
from modellab_core.harness.failures.failures import failures_of
from modellab_core.harness.metrics import chosen_metrics, metric_for
from modellab_core.harness.metrics.calibration import calibration
from modellab_core.harness.metrics.classes import class_notes, class_scores
from modellab_core.harness.predictions import Predictions
from modellab_core.harness.scores import Plan
from modellab_core.harness.scoring import scores
from modellab_core.harness.slices.slicing import sliced
from modellab_core.harness.stress.runs import run_stresses
from modellab_core.harness.summary import Report
from modellab_core.harness.takeaway.sentences import takeaway
from modellab_core.harness.training_rows import refit_on, train_rows
from modellab_core.progress import OnPhase, silent

__all__ = ["Report", "evaluate", "evaluate_model", "evaluate_predictions"]

STEPS = 7


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
    train      the training features, or a pair (X, y): ranges and repeated rows are looked up in them.
    refit      a function (X, y) -> model, needed for what has to be fitted again: advice, noise in training labels.
    plan       what to compute and how carefully; see Plan.

    BadInput says in one sentence what cannot be used and why.
    """
    plan = plan or Plan()
    called = OnArrays.around(model, X)
    shared = given(y_true, y_pred, y_proba, X, model, task, classes, positive)
    own = with_rows(predictions_of(shared, y_pred, y_proba, model=called), weight, groups)
    others = {
        name: with_rows(baseline_of(shared, name, what, X), weight, groups) for name, what in (baselines or {}).items()
    }
    return evaluate_predictions(
        own,
        plan,
        model=called,
        baselines=others,
        target=shared.target,
        train=train_rows(train, X, shared),
        refit=refit_on(refit, X),
    )


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
    train: TrainRows | None = None,
    development: Development | None = None,
    refit: Refit | None = None,
    on_phase: OnPhase = silent,
) -> Report:
    """The report of one set of predictions.

    `model` is called on `predictions.X` where rows are changed. `baselines` are other models on the same rows, simple
    ones first; with them the comparison is made in which this model is called `name`. `train`, `development` and
    `refit` are what Case says of them. BadInput when the plan names what there is not, or there are no rows.
    """
    if not len(predictions):
        raise BadInput("There are no rows to evaluate.")
    plan = _settled(predictions, plan or Plan())
    metric = metric_for(plan.headline, predictions.task)
    resampling = resampling_for(predictions, plan)
    case = Case(predictions, plan, metric, resampling, name, model, baselines or {}, train, development, refit)
    return _written(case, target, on_phase)


def _written(case: Case, target: str, on_phase: OnPhase) -> Report:
    """The report of a case, part by part."""
    predictions, plan = case.predictions, case.plan

    def at(step: int, message: str) -> Case:
        on_phase("evaluating", step, STEPS, message)

        def told(done: int, total: int, what: str) -> None:
            on_phase("evaluating", step, STEPS, f"{message} {done + 1} of {total}: {what}")

        return replace(case, told=told)

    at(0, "Metrics and intervals")
    overall = scores(predictions, chosen_metrics(predictions.task, plan), case.resampling)
    overall += class_scores(case)
    parts = sliced(at(1, "Slices"))
    at(2, "Comparison")
    verdict = judge({**case.baselines, case.name: predictions}, case.metric.name, plan) if case.baselines else None
    stressed, stress_notes = run_stresses(at(3, "Stress test"))
    used = importance(at(4, "Importance"))
    tried = advice(at(5, "Advice"))
    failing, failure_notes = failures_of(at(6, "Failures and curves"), parts.confirmed)
    bare = Report(
        task=predictions.task,
        target=target,
        classes=predictions.classes,
        positive=predictions.positive if predictions.task is Task.BINARY else None,
        n=len(predictions),
        plan=plan,
        scores=(*overall, *parts.scores, *stressed.scores),
        curves=plain(curves(predictions)),
        calibration=plain(calibration(predictions, case.resampling)),
        thresholds=plain(thresholds(case)),
        conformal=plain(conformal(case)),
        importance=plain(used),
        advice=plain(tried),
        failures=plain(failing),
        comparison=None if verdict is None else plain(verdict.to_json()),
        takeaway=[],
        slices=plain(parts.about),
        discovery=plain(parts.discovery),
        stress=plain(stressed.curves),
        notes=(*class_notes(case), *parts.notes, *stress_notes, *failure_notes),
        predictions=predictions,
    )
    return replace(bare, takeaway=takeaway(bare.to_json(), case.name))


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
