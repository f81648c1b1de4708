"""The one line from a recipe to a report: no SQL, no paths, no clock.

The worker calls it when a run is trained, and `reproduce.py` inside a pack calls it when a stranger trains it again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from modellab_core.data.parquet import from_parquet, parquet_metadata, to_parquet
from modellab_core.data.split import Split
from modellab_core.data.table import Note, Table
from modellab_core.data.target import class_labels, sorted_classes, target_values
from modellab_core.data.task import Task
from modellab_core.errors import BadInput
from modellab_core.harness.case import Development, TrainRows
from modellab_core.harness.predictions import Ints, Predictions
from modellab_core.harness.report import Report, evaluate_predictions
from modellab_core.harness.scores import Plan
from modellab_core.progress import OnPhase, silent
from modellab_core.training.fit import Fitted, fit
from modellab_core.training.persistence import dump
from modellab_core.training.recipe import Recipe
from modellab_core.training.refit import refitter
from modellab_core.training.trained import TrainedModel


@dataclass(frozen=True, eq=False)
class Outcome:
    """What came of a recipe: the model, its predictions of the test rows, the report, and every file by name."""

    model: TrainedModel
    predictions: Predictions
    development: pd.DataFrame
    report: Report
    files: Mapping[str, bytes]
    notes: tuple[Note, ...]


def plan_of(recipe: Recipe, split: Split) -> Plan:
    """What to compute for a run of `recipe`; the seed is the recipe's."""
    return Plan(headline=recipe.metric, seed=recipe.seed, time_ordered=split.time_ordered)


def perform(
    recipe: Recipe,
    table: Table,
    split: Split,
    plan: Plan,
    on_phase: OnPhase = silent,
    baselines: Mapping[str, Predictions] | None = None,
    threads: int = 1,
    pngs: bool = True,
) -> Outcome:
    """Fit, predict the test rows, evaluate; `baselines` are the simpler models of the batch by name, simple first."""
    fitted = fit(recipe, table, split, on_phase, threads)
    on_phase("predicting", 0, 1, "")
    predictions = predictions_of(fitted.model, recipe, table, split)
    report = evaluate_predictions(
        predictions,
        plan,
        model=fitted.model,
        baselines=baselines or {},
        name=recipe.model,
        target=recipe.target,
        train=train_rows_of(fitted.model, recipe, table, split),
        development=development_of(fitted, predictions, recipe, table, split),
        refit=refitter(recipe, table, split, fitted),
        on_phase=on_phase,
    )
    on_phase("files", 0, 1, "")
    training = table.frame.iloc[split.rows("train")]
    files = {
        "split.csv": split.to_csv(),
        "predictions.parquet": predictions_to_parquet(predictions),
        "development.parquet": to_parquet(fitted.development, _metadata(predictions)),
        **{f"model/{name}": content for name, content in dump(fitted.model, training).items()},
        **{f"eval/{name}": content for name, content in report.files(pngs=pngs)},
    }
    return Outcome(fitted.model, predictions, fitted.development, report, files, fitted.notes)


def predictions_of(model: TrainedModel, recipe: Recipe, table: Table, split: Split) -> Predictions:
    """The predictions of `model` on the test rows. BadInput when the split left none."""
    rows = split.rows("test")
    if not len(rows):
        raise BadInput(f"The split {recipe.split!r} leaves no test rows: choose another split or a larger --test-size.")
    features = table.frame.iloc[rows][list(model.features)]
    weight = None if recipe.weight is None else table.frame[recipe.weight].to_numpy(np.float64)[rows]
    groups = _groups_of(table, split, rows)
    if recipe.task is Task.REGRESSION:
        truth = target_values(table, recipe.target, recipe.task)[rows]
        given = Predictions(recipe.task, rows, truth, np.asarray(model.predict(features), dtype=np.float64))
    else:
        classes = sorted_classes(class_labels(table, recipe.target))
        truth = target_values(table, recipe.target, recipe.task, classes)[rows]
        proba = np.asarray(model.predict_proba(features), dtype=np.float64)
        given = Predictions(recipe.task, rows, truth, proba.argmax(axis=1), proba, classes, recipe.positive)
    return replace(given, weight=weight, groups=groups, X=features)


def train_rows_of(model: TrainedModel, recipe: Recipe, table: Table, split: Split) -> TrainRows:
    """The training rows as the model takes them, with their truth; the index of the features is the row."""
    rows = split.rows("train")
    X = table.frame.iloc[rows][list(model.features)].set_axis(rows)
    truth = target_values(table, recipe.target, recipe.task, model.classes or None)[rows]
    return TrainRows(X, truth, model.classes_ if model.classes else None)


def development_of(fitted: Fitted, test: Predictions, recipe: Recipe, table: Table, split: Split) -> Development | None:
    """The predictions that served the choices of the model, with their features; None where there are none."""
    frame, model = fitted.development, fitted.model
    if not len(frame):
        return None
    rows, fold = frame["row"].to_numpy(np.int64), frame["fold"].to_numpy(np.int64)
    X = table.frame.iloc[rows][list(model.features)].set_axis(rows)
    truth = target_values(table, recipe.target, recipe.task, model.classes or None)[rows]
    weight = None if recipe.weight is None else table.frame[recipe.weight].to_numpy(np.float64)[rows]
    given = Predictions(recipe.task, rows, truth, truth, classes=test.classes, positive=test.positive, X=X)
    given = replace(given, weight=weight, groups=_groups_of(table, split, rows))
    if not fitted.fold_models:
        return Development(_with_said(given, frame), "valid", fold)
    across = None
    if recipe.task is Task.REGRESSION and test.X is not None:
        across = np.full((max(fitted.fold_models) + 1, len(test)), np.nan)
        for place, one in fitted.fold_models.items():
            across[place] = one.predict(test.X)
    return Development(_with_said(given, frame), "out_of_fold", fold, across, fitted.fold_models)


def _with_said(given: Predictions, frame: pd.DataFrame) -> Predictions:
    """`given` with the predictions of a development frame."""
    if given.task is Task.REGRESSION:
        return replace(given, y_pred=frame["y_pred"].to_numpy(np.float64))
    proba = frame[[f"proba_{place}" for place in range(len(given.classes))]].to_numpy(np.float64)
    return replace(given, y_pred=proba.argmax(axis=1).astype(np.int64), proba=proba)


def _groups_of(table: Table, split: Split, rows: Ints) -> Ints | None:
    """What rows belong together: the groups of a split by group; of a split by time the dates, in their order."""
    if split.time_ordered and split.rule.column is not None:
        return np.asarray(pd.factorize(table.frame[split.rule.column].iloc[rows], sort=True)[0], dtype=np.int64)
    return None if split.groups is None else split.groups[rows]


def _metadata(predictions: Predictions) -> dict[str, str]:
    return {
        "task": predictions.task.value,
        "classes": json.dumps(list(predictions.classes), ensure_ascii=False),
        "positive": json.dumps(predictions.positive, ensure_ascii=False),
    }


def predictions_to_parquet(predictions: Predictions) -> bytes:
    """`row, y_true, y_pred, proba_0 …` with class labels as text; `weight` and `group` follow where they are used."""
    columns: dict[str, object] = {"row": predictions.row, "y_true": predictions.y_true, "y_pred": predictions.y_pred}
    if predictions.task.is_classification:
        names = np.asarray(predictions.classes, dtype=object)
        columns |= {side: names[np.asarray(columns[side], dtype=np.int64)] for side in ("y_true", "y_pred")}
    if predictions.proba is not None:
        columns |= {f"proba_{k}": predictions.proba[:, k] for k in range(predictions.proba.shape[1])}
    if predictions.weight is not None:
        columns["weight"] = predictions.weight
    if predictions.groups is not None:
        columns["group"] = predictions.groups
    return to_parquet(pd.DataFrame(columns), _metadata(predictions))


def predictions_from_parquet(content: bytes) -> Predictions:
    """The Predictions that `predictions_to_parquet` wrote, without features."""
    frame, metadata = from_parquet(content), parquet_metadata(content)
    task, classes = Task(metadata["task"]), tuple(json.loads(metadata["classes"]))
    sides = {side: frame[side].to_numpy() for side in ("y_true", "y_pred")}
    if task.is_classification:
        code = {label: position for position, label in enumerate(classes)}
        sides = {side: np.array([code[label] for label in values], dtype=np.int64) for side, values in sides.items()}
    proba = [name for name in frame.columns if name.startswith("proba_")]
    return Predictions(
        task,
        frame["row"].to_numpy(np.int64),
        sides["y_true"],
        sides["y_pred"],
        proba=frame[proba].to_numpy(np.float64) if proba else None,
        classes=classes,
        positive=json.loads(metadata["positive"]),
        weight=frame["weight"].to_numpy(np.float64) if "weight" in frame else None,
        groups=frame["group"].to_numpy(np.int64) if "group" in frame else None,
    )
