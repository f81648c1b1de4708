"""A recipe evaluated on every row, each predicted by a model that did not see it."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, clone, is_classifier, is_regressor

from modellab_core.data.table import Note
from modellab_core.errors import BadInput
from modellab_core.harness.arguments import Given, baseline_of, given, with_rows
from modellab_core.harness.canonical import plain
from modellab_core.harness.case import Refit
from modellab_core.harness.comparing.crossed import Folds, cross_verdict
from modellab_core.harness.comparing.folding import Pairs, folds_of
from modellab_core.harness.engine.drawing import value_of
from modellab_core.harness.labels import as_column
from modellab_core.harness.metrics import metric_for
from modellab_core.harness.predictions import Floats, Ints, Predictions, predict
from modellab_core.harness.report import Report, evaluate_predictions
from modellab_core.harness.scores import Plan
from modellab_core.harness.takeaway.sentences import takeaway
from modellab_core.harness.training_rows import refit_on

TAKEN = ("task", "classes", "positive", "weight", "groups", "baselines", "refit", "plan")
MARK = "Cross-validated."


def cross_evaluate(estimator: Any, X: Any, y: Any, cv: Any = 5, **same: Any) -> Report:
    """Evaluate a recipe by cross-validation: each row is predicted by a model that was fitted without it.

        report = cross_evaluate(make_pipeline(StandardScaler(), LogisticRegression()), X, y)
        report["roc_auc"].value; report.cross["lows"], report.cross["highs"]

    estimator  anything with `fit` and `predict`; it is cloned for each fold and stays as it is. Preprocessing that
               learns belongs inside it, as in a Pipeline. None with `refit`, a function (X, y) -> model.
    cv         folds as a number (stratified for classes, whole `groups` together, forward in time under
               `Plan(time_ordered=True)`), a splitter of scikit-learn, or pairs (training rows, test rows) by position.
    same       of `evaluate`: task, classes, positive, weight (for the evaluation only), groups, baselines, refit, plan.
               A baseline that has `fit` is fitted in the same folds.

    The scores are those of all rows with the prediction of their fold, and their intervals hold these fitted models
    fixed; each is marked as cross-validated. `report.cross` holds the headline in each fold and its mean with the
    interval for the recipe, by the variance (1/J + n_test/n_train)·s² of Nadeau & Bengio (2003), and the same for the
    paired differences to the baselines. Where a splitter repeats, the scores are those of the first prediction of a
    row, and all folds count in `report.cross`. BadInput where a fold would be tested on rows it has seen.
    """
    wrong = sorted(set(same) - set(TAKEN))
    if wrong:
        raise BadInput(f"cross_evaluate does not take {wrong[0]}: it fits and predicts by itself.")
    if X is None:
        raise BadInput("cross_evaluate needs X, the features that the models are fitted on.")
    plan = same.get("plan") or Plan()
    task = same.get("task") or _task_of(estimator)
    shared = given(y, X=X, task=task, classes=same.get("classes"), positive=same.get("positive"))
    everyone = Predictions(shared.task, np.arange(len(shared.truth)), shared.truth, shared.truth)
    everyone = with_rows(replace(everyone, X=shared.X), same.get("weight"), same.get("groups"))
    folds = folds_of(cv, everyone, plan)
    rows = np.unique(np.concatenate([test for _, test in folds]))
    recipes = _recipes(estimator, same, X)
    truth = as_column(y, "y").to_numpy()
    made = {name: _out_of_fold(refit, shared, everyone, truth, folds) for name, refit in recipes.items()}
    for name, what in (same.get("baselines") or {}).items():
        if name not in made:
            whole = with_rows(baseline_of(shared, name, what, X), same.get("weight"), same.get("groups"))
            made[name] = [whole.take(test) for _, test in folds]
    whole_of = {name: _assembled(parts, rows, shared.X) for name, parts in made.items()}
    order = [*(same.get("baselines") or {}), "model"]
    bare = evaluate_predictions(
        whole_of["model"],
        plan,
        baselines={name: whole_of[name] for name in order[:-1]},
        target=shared.target,
    )
    return _marked(bare, {name: made[name] for name in order}, folds, len(everyone) - len(rows))


def _task_of(estimator: Any) -> str | None:
    if isinstance(estimator, BaseEstimator):
        return "classification" if is_classifier(estimator) else "regression" if is_regressor(estimator) else None
    return None


def _recipes(estimator: Any, same: Mapping[str, Any], X: Any) -> dict[str, Refit]:
    """What is fitted in each fold, by name, as functions of frames."""
    fits = {name: what for name, what in (same.get("baselines") or {}).items() if hasattr(what, "fit")}
    if "model" in (same.get("baselines") or {}):
        raise BadInput("A baseline cannot be called 'model', which is the name of what is evaluated: rename it.")
    own = same.get("refit") or (_fitting(estimator) if hasattr(estimator, "fit") else estimator)
    if own is None:
        raise BadInput("There is nothing to fit: give an estimator, or refit=, a function (X, y) -> model.")
    every = {"model": own, **{name: _fitting(what) for name, what in fits.items()}}
    found = {name: refit_on(function, X) for name, function in every.items()}
    return {name: function for name, function in found.items() if function is not None}


def _fitting(estimator: Any) -> Any:
    """A function that fits a fresh copy of `estimator`."""

    def fitted(X: Any, y: Any) -> Any:
        fresh = clone(estimator) if hasattr(estimator, "get_params") else copy.deepcopy(estimator)
        return fresh.fit(X, y) or fresh

    return fitted


def _out_of_fold(refit: Refit, shared: Given, everyone: Predictions, truth: Any, folds: Pairs) -> list[Predictions]:
    """The predictions of each fold's test rows by the model that was fitted on its training rows."""
    assert everyone.X is not None
    parts = []
    for train, test in folds:
        model = refit(everyone.X.iloc[train], truth[train])
        said, proba = predict(model, everyone.X.iloc[test], shared.task, shared.classes, shared.positive)
        given_rows = everyone.take(test)
        parts.append(replace(given_rows, y_pred=said, proba=proba, classes=shared.classes, positive=shared.positive))
    return parts


def _assembled(parts: Sequence[Predictions], rows: Ints, X: Any) -> Predictions:
    """One prediction a row, the first one, sorted by row."""
    joined: dict[str, Any] = {
        name: None if getattr(parts[0], name) is None else np.concatenate([getattr(part, name) for part in parts])
        for name in ("row", "y_true", "y_pred", "proba", "weight", "groups")
    }
    _, first = np.unique(joined["row"], return_index=True)
    picked: dict[str, Any] = {name: None if values is None else values[first] for name, values in joined.items()}
    assert np.array_equal(picked["row"], rows)
    return replace(parts[0], **picked, X=X.iloc[rows])


def _marked(bare: Report, made: Mapping[str, Sequence[Predictions]], folds: Pairs, unseen: int) -> Report:
    """The report with the fold by fold headline, and every score marked."""
    metric = metric_for(bare.plan.headline, bare.task)
    values: dict[str, Floats] = {
        name: np.array([value_of(metric, part) for part in parts]) for name, parts in made.items()
    }
    n_folds, tested = len(folds), sum(len(test) for _, test in folds)
    repeats = tested // bare.n if tested % bare.n == 0 and n_folds % (tested // bare.n) == 0 else 1
    shape = Folds(
        bare.n,
        n_folds // repeats,
        repeats,
        tuple(len(train) for train, _ in folds),
        tuple(len(test) for _, test in folds),
    )
    cross = cross_verdict(values, metric, shape, bare.plan.level)
    notes = [Note("cross_validated", f"Each row was predicted by a model that did not see it, in {n_folds} folds.")]
    if unseen:
        notes.append(Note("never_predicted", f"{unseen:,} rows are in no fold's test part and are not evaluated."))
    marked = replace(
        bare,
        scores=tuple(replace(one, note=f"{MARK} {one.note}".strip()) for one in bare.scores),
        cross=plain(cross.to_json() | {"per_fold": values}),
        notes=(*bare.notes, *notes),
    )
    return replace(marked, takeaway=takeaway(marked.to_json(), "model"))
