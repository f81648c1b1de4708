"""From a recipe, a table and a split to a fitted model and its predictions of the development rows.

Up to 50,000 rows the settings of a model (rounds, penalty) are chosen on out-of-fold predictions of the training rows,
then it is fitted again on all of them. Above, they are chosen on the first half of the `valid` part and the model is
fitted on `train` alone. With few rows they are fixed. The test rows are never touched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from modellab_core.data.split import Split, SplitRule
from modellab_core.data.table import Note, Table
from modellab_core.data.target import class_labels, column_of, sorted_classes, target_values
from modellab_core.errors import BadInput, choices
from modellab_core.progress import OnPhase, silent
from modellab_core.training.columns import Chosen, Left, choose_columns, names_in
from modellab_core.training.intake import Intake
from modellab_core.training.learner import LEARNERS, Learner, Learnt, Pairs, Predictor, Problem, Tell
from modellab_core.training.recipe import Recipe
from modellab_core.training.scales import LogScale
from modellab_core.training.templates import TEMPLATES, Template, check_params
from modellab_core.training.trained import TrainedModel, most_probable, spread
from modellab_core.training.values import Floats, Ints, as_numbers

FEWEST_TO_CHOOSE_ON = 25  # held rows of a `valid` part; with fewer the settings are fixed
FOLDS_SHARE = 0.8  # of the work of a run, as it is told


@dataclass(frozen=True, eq=False)
class Fitted:
    """A fitted model and how it came about.

    `development` has the columns of `predictions.parquet` and `fold`, one line per row that was predicted by a model
    that did not see it: out of fold, or the `valid` part; it has no line where neither exists. `rounds` is the number
    of boosting rounds, None for other models. `fold_models` are the models of the folds by the fold that they held out.
    """

    model: TrainedModel
    development: pd.DataFrame
    notes: tuple[Note, ...]
    rounds: int | None = None
    fold_models: Mapping[int, TrainedModel] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Work:
    """A problem whose rows are those of the table, with all that is needed to go back to the table's labels.

    `y` holds the targets of all rows: positions in `classes`, -1 where missing, or numbers. The problem's own `y` holds
    positions in `present`, the classes that the training rows hold.
    """

    problem: Problem
    learner_name: str
    y: Ints | Floats
    classes: tuple[str, ...]
    present: tuple[int, ...]
    notes: tuple[Note, ...]

    @property
    def learner(self) -> Learner:
        """The learner to use."""
        return LEARNERS[self.learner_name]


def fit(recipe: Recipe, table: Table, split: Split, on_phase: OnPhase = silent, threads: int = 1) -> Fitted:
    """Fit the model that `recipe` names. `threads` changes no bit. BadInput when the recipe does not fit the table.

    `on_phase` is called often with the phase `fitting` and may raise `Cancelled` at any time.
    """
    on_phase("fitting", 0, 100, "Preparing the columns")
    work = _prepare(recipe, table, split, threads)
    with threadpool_limits(limits=1, user_api="blas"):  # more threads would add up in another order
        final, held, predictors = _learn(work, split, on_phase)
    model = TrainedModel(
        task=recipe.task,
        target=recipe.target,
        template=recipe.template,
        model=recipe.model,
        learner=work.learner_name,
        intake=work.problem.intake,
        predictor=final.predictor,
        classes=work.classes,
        present=work.present,
        settings=final.settings,
    )
    development = _development(work, split, held)
    fold_models = {fold: replace(model, predictor=predictor) for fold, predictor in predictors.items()}
    return Fitted(model, development, (*work.notes, *final.notes), final.settings.get("rounds"), fold_models)


def _learn(
    work: Work, split: Split, on_phase: OnPhase
) -> tuple[Learnt, list[tuple[Ints, Floats]], dict[int, Predictor]]:
    """The final predictor, per fold (or for the `valid` part) the rows held out with their predictions, and the
    predictor of each fold."""
    learner, problem = work.learner, work.problem
    folds = [(rows, held) for fit_rows, held in split.folds() if len(rows := counting(problem.weight, fit_rows))]
    train, valid = counting(problem.weight, split.rows("train")), split.rows("valid")
    if folds:
        choice = learner.choose(problem, _known(work, folds), _teller(on_phase, 0.0, FOLDS_SHARE))
        final = learner.fit(problem, train, choice.settings, _teller(on_phase, FOLDS_SHARE, 1.0))
        pairs = list(zip(folds, choice.predictors, strict=True))
        found = [(held, predictor(problem.inputs.take(held))) for (_, held), predictor in pairs]
        return final, found, {int(split.fold[held[0]]): predictor for (_, held), predictor in pairs if len(held)}
    rounds_rows = valid[split.fold[valid] == 0]
    if len(rounds_rows) >= FEWEST_TO_CHOOSE_ON:
        choice = learner.choose(problem, _known(work, [(train, rounds_rows)]), _teller(on_phase, 0.0, 1.0))
        final = Learnt(choice.predictors[0], choice.settings, choice.notes)
    else:
        final = learner.fit(problem, train, None, _teller(on_phase, 0.0, 1.0))
    return final, [(valid, final.predictor(problem.inputs.take(valid)))] if len(valid) else [], {}


def _known(work: Work, pairs: Pairs) -> list[tuple[Ints, Ints]]:
    """The pairs without held rows of classes that no training row has."""
    if not work.problem.task.is_classification:
        return list(pairs)
    return [(fit_rows, held[work.problem.y[held] >= 0]) for fit_rows, held in pairs]


def _teller(on_phase: OnPhase, start: float, end: float) -> Tell:
    """Progress of a part of the fit as per cent of the whole."""
    return lambda share, message: on_phase("fitting", int(100 * (start + (end - start) * share)), 100, message)


@dataclass(frozen=True, eq=False)
class _Material:
    """What a recipe makes of a table and a split before anything is learnt; `train` are the rows that count."""

    params: dict[str, Any]
    classes: tuple[str, ...]
    y: Ints | Floats
    weight: Floats | None
    train: Ints
    chosen: Chosen


def check(recipe: Recipe, table: Table, split: Split) -> None:
    """BadInput when `fit` would refuse these three; nothing is learnt."""
    _material(recipe, table, split)


def _material(recipe: Recipe, table: Table, split: Split) -> _Material:
    template = TEMPLATES[recipe.template]
    params = check_params(template, recipe.params)
    _check_recipe(recipe, template, table, split)
    train, valid = split.rows("train"), split.rows("valid")
    classes = sorted_classes(class_labels(table, recipe.target)) if recipe.task.is_classification else ()
    y = target_values(table, recipe.target, recipe.task, classes or None)
    if not recipe.task.is_classification and not np.isfinite(y[np.concatenate([train, valid])]).all():
        raise BadInput(f"The target {recipe.target!r} holds infinite numbers: leave these rows out.")
    weight = weights_of(table, recipe.weight, train, valid)
    train = counting(weight, train)
    if params.get("log_target") == "always":
        LogScale.of(np.asarray(y[train], dtype=np.float64))  # refuses numbers below 0
    chosen = choose_columns(table.frame, train, _excluded(recipe, split.rule), names_in(params.get("keep", "")))
    return _Material(params, classes, y, weight, train, chosen)


def _prepare(recipe: Recipe, table: Table, split: Split, threads: int) -> Work:
    made = _material(recipe, table, split)
    inputs_frame = table.frame[list(made.chosen.names)]
    intake = Intake.learn(inputs_frame, made.train)
    present, codes, notes = _present(recipe, made.y, made.train, made.classes)
    problem = Problem(
        intake=intake,
        inputs=intake.encode(inputs_frame),
        y=codes,
        task=recipe.task,
        k=len(present),
        params=made.params,
        weight=made.weight,
        seed=recipe.seed,
        threads=threads,
    )
    learner = recipe.model if len(present) != 1 else "dummy"
    return Work(problem, learner, made.y, made.classes, present, (*made.chosen.notes, *notes))


def _check_recipe(recipe: Recipe, template: Template, table: Table, split: Split) -> None:
    """BadInput when template, model, task, target or columns of the recipe do not go together."""
    if recipe.task not in template.tasks:
        raise BadInput(f"The template {template.name!r} is not for the task {recipe.task.value!r}.")
    if recipe.model not in template.models:
        told = choices(recipe.model, template.models)
        raise BadInput(f"The template {template.name!r} has no model {recipe.model!r}: {told}")
    column_of(table, recipe.target)
    for name in recipe.drop:
        column_of(table, name, "dropped")
    if len(split.part) != len(table.frame):
        raise BadInput(f"The split is of {len(split.part):,} rows and the table has {len(table.frame):,}.")
    if not len(split.rows("train")):
        raise BadInput("The split leaves no row to train on: choose another --split or a smaller --test-size.")


def _excluded(recipe: Recipe, rule: SplitRule) -> dict[str, Left | None]:
    """The columns that are no inputs, whatever they hold."""
    told: dict[str, Left | None] = {}
    if rule.column is not None and rule.kind == "group":
        told[rule.column] = Left("left_out_split", "says which rows stay together, and test rows are of other groups")
    if rule.column is not None and rule.kind == "column":
        told[rule.column] = Left("left_out_split", "says which rows are for the test")
    silent_ones = [recipe.target, *recipe.drop, *([recipe.weight] if recipe.weight else [])]
    return told | dict.fromkeys(silent_ones)


def _present(
    recipe: Recipe, y: Ints | Floats, train: Ints, classes: Sequence[str]
) -> tuple[tuple[int, ...], Ints | Floats, tuple[Note, ...]]:
    """The classes that the training rows hold, the target in terms of these (-1: another), and notes on the others."""
    if not recipe.task.is_classification:
        return (), y, ()
    held = np.unique(y[train]).astype(np.int64)
    codes = np.full(len(classes) + 1, -1, dtype=np.int64)
    codes[held] = np.arange(len(held))
    absent = [name for place, name in enumerate(classes) if place not in held]
    text = "No training row has the class {!r}, so it is predicted with probability 0."
    notes = [Note("class_not_learnt", text.format(name), recipe.target) for name in absent]
    if len(held) == 1:
        only = f"All training rows have the class {classes[held[0]]!r}, so that is all a model can predict."
        notes.append(Note("one_class", only, recipe.target))
    return tuple(int(code) for code in held), codes[y.astype(np.int64)], tuple(notes)


def weights_of(table: Table, name: str | None, train: Ints, valid: Ints) -> Floats | None:
    """The weight of each row with mean 1 over the training rows. BadInput unless it is a number of at least 0."""
    if name is None:
        return None
    weight, _ = as_numbers(column_of(table, name, "weight"))
    rows = np.concatenate([train, valid])
    wrong = rows[~(weight[rows] >= 0)]
    if len(wrong):
        told = f"The weight column {name!r} holds {str(table.frame[name].iloc[wrong[0]])!r} in row {wrong[0]}"
        raise BadInput(f"{told}: give a number of at least 0 in every row.")
    mean = float(weight[train].mean())
    if mean == 0:
        raise BadInput(f"The weight column {name!r} is 0 in every training row: give at least one row a weight.")
    return np.nan_to_num(weight / mean)


def counting(weight: Floats | None, rows: Ints) -> Ints:
    """The rows with a weight above 0: nothing is learnt from the others."""
    return rows if weight is None else rows[weight[rows] > 0]


def _development(work: Work, split: Split, held: list[tuple[Ints, Floats]]) -> pd.DataFrame:
    """Truth and prediction of the held rows, sorted by row."""
    k = len(work.classes)
    rows = np.concatenate([np.empty(0, dtype=np.int64), *(rows for rows, _ in held)])
    order = np.argsort(rows)
    empty = np.empty((0, k)) if k else np.empty(0)
    found = np.concatenate([empty, *(spread(values, work.present, k) for _, values in held)])[order]
    rows = rows[order]
    columns: dict[str, Any] = {"row": rows}
    if k:
        labels = np.array(work.classes, dtype=object)
        columns |= {"y_true": labels[work.y[rows].astype(np.int64)], "y_pred": labels[most_probable(found)]}
        columns |= {f"proba_{place}": found[:, place] for place in range(k)}
    else:
        columns |= {"y_true": work.y[rows], "y_pred": found}
    return pd.DataFrame(columns | {"fold": split.fold[rows]})
