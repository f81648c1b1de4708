"""Recipes compared by repeated cross-validation: what one split says of fitted models, said of how they are made."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from modellab_core.data.split import Split, SplitRule, crossed
from modellab_core.data.table import Table
from modellab_core.errors import BadInput, Conflict
from modellab_core.experiment import predictions_of
from modellab_core.harness.comparing.crossed import CrossComparison, Folds, cross_verdict
from modellab_core.harness.engine.drawing import value_of
from modellab_core.harness.metrics import metric_for
from modellab_core.lab.judging import Judging, by_id, distinct_labels, simple_first
from modellab_core.lab.starting import Starting
from modellab_core.store.tables import Batch, Run
from modellab_core.training.fit import fit
from modellab_core.training.recipe import Recipe

MOST_ROWS = 5_000
MOST_FITS = 1_000
KEPT = "cross_validation.json"
SHARED = ("sha256", "reading", "target", "task", "split", "weight", "positive")

Told = Callable[[int, int], None]
"""`told(done, total)` is called before each fit and at the end; it may raise to stop."""


def _untold(done: int, total: int) -> None: ...


class Crossing(Judging, Starting):
    """Verbs that fit recipes again."""

    def cross_compare(
        self,
        batch: str | Batch,
        repeats: int = 2,
        folds: int = 5,
        metric: str | None = None,
        told: Told = _untold,
    ) -> CrossComparison:
        """The verdict over the recipes of a batch by repeated cross-validation, under the names of its models.

        Every row with a target is a test row once per repeat; groups stay whole, time goes forward. As in a training,
        the settings of a model are chosen inside the training rows of each fold. BadInput above 5,000 rows, where one
        split says it well enough; Conflict when fewer than two runs of the batch can be fitted again. The last answer
        is kept as the artifact `cross_validation.json` of the batch's first run.
        """
        runs = self._trained(batch)
        found = self._crossed(runs, {run.id: run.model for run in runs}, repeats, folds, metric, told)
        digest = self.blobs.put(json.dumps(found.to_json(), sort_keys=True).encode())
        self.catalog.logged.artifact(runs[0].id, KEPT, digest)
        return found

    def last_cross_compare(self, batch: str | Batch) -> CrossComparison | None:
        """The last answer of `cross_compare`; None without one, or where it is not of the batch's finished models."""
        runs = self._trained(batch)
        if not runs or KEPT not in self.logged(runs[0]).artifacts:
            return None
        found = CrossComparison.from_json(json.loads(self.artifact(runs[0], KEPT)))
        return found if set(found.names) == {run.model for run in runs} else None

    def _trained(self, batch: str | Batch) -> list[Run]:
        return [run for run in self.batch_runs(batch) if run.state == "succeeded"]

    def cross_compare_runs(
        self,
        refs: Sequence[str],
        repeats: int = 2,
        folds: int = 5,
        metric: str | None = None,
        told: Told = _untold,
    ) -> CrossComparison:
        """`cross_compare` of the recipes of some runs, by run id. Conflict when they are not of one question."""
        runs = sorted({run.id: run for run in (self.run(ref) for ref in refs)}.values(), key=simple_first)
        labels = distinct_labels(runs)
        found = self._crossed(runs, labels, repeats, folds, metric, told)
        return by_id(found, {label: run for run, label in labels.items()})

    def _crossed(
        self, runs: Sequence[Run], labels: dict[str, str], repeats: int, folds: int, metric: str | None, told: Told
    ) -> CrossComparison:
        recipes = {labels[run.id]: _recipe_of(run) for run in runs}
        if len(recipes) < 2:
            raise Conflict("Cross-validation compares two trained runs or more: there is nothing to compare.")
        first, *others = recipes.values()
        differing = [name for name in SHARED if any(getattr(one, name) != getattr(first, name) for one in others)]
        if differing:
            raise Conflict(f"These runs are no answers to one question: they differ in {', '.join(differing)}.")
        version = next((run.version_id for run in runs if run.version_id), None)
        if version is None:
            raise Conflict("The data of these runs was deleted, so nothing can be fitted again.")
        table = self.table(version)
        return crossed_recipes(recipes, table, repeats, folds, metric, self.settings.threads, told)


def _recipe_of(run: Run) -> Recipe:
    if run.kind != "template" or run.state != "succeeded":
        why = f"it is {run.state}" if run.kind == "template" else "its predictions came from outside"
        raise Conflict(f"The run {run.id} cannot be fitted again: {why}.")
    return Recipe.from_json(run.recipe)


def crossed_recipes(
    recipes: dict[str, Recipe],
    table: Table,
    repeats: int = 2,
    folds: int = 5,
    metric: str | None = None,
    threads: int = 1,
    told: Told = _untold,
) -> CrossComparison:
    """The verdict over recipes of one target, simple first, by name; `metric` None: the one chosen before training."""
    first = next(iter(recipes.values()))
    _refuse_large(int(table.frame[first.target].notna().sum()), repeats * folds * len(recipes))
    splits, repeats, notes = _splits(first, table, repeats, folds)
    chosen = metric_for(metric or first.metric, first.task)
    values = {name: np.empty(len(splits)) for name in recipes}
    steps = [(place, split, name) for place, split in enumerate(splits) for name in recipes]
    for done, (place, split, name) in enumerate(steps):
        told(done, len(steps))
        fitted = fit(recipes[name], table, split, threads=threads)
        predictions = predictions_of(fitted.model, recipes[name], table, split)
        values[name][place] = value_of(chosen, replace(predictions, X=None))
    told(len(steps), len(steps))
    tested = len(np.unique(np.concatenate([split.rows("test") for split in splits])))
    sizes = [(len(split.rows("train")), len(split.rows("test"))) for split in splits]
    shape = Folds(tested, len(splits) // repeats, repeats, *(tuple(side) for side in zip(*sizes, strict=True)))
    return cross_verdict(values, chosen, shape, notes=notes)


def _splits(recipe: Recipe, table: Table, repeats: int, folds: int) -> tuple[list[Split], int, tuple[str, ...]]:
    """The splits of all repeats, how many repeats there are, and what is to be said of them."""
    if repeats < 1 or folds < 2:
        raise BadInput(f"{repeats} × {folds} folds cannot be made: give at least 1 repeat and 2 folds.")
    rule = SplitRule.parse(recipe.split)
    notes: tuple[str, ...] = ()
    if rule.kind == "time" and repeats > 1:
        repeats, notes = 1, ("Folds forward in time are always the same, so they are not repeated.",)
    if rule.kind == "column":
        notes = (f"The parts that {rule.column!r} names are not kept: every row is tested once.",)
    splits = [
        split
        for repeat in range(repeats)
        for split in crossed(table, recipe.target, recipe.task, rule, recipe.seed, folds=folds, repeat=repeat)
    ]
    return splits, repeats, notes


def _refuse_large(rows: int, fits: int) -> None:
    if rows > MOST_ROWS:
        raise BadInput(
            f"Cross-validation here is for up to {MOST_ROWS:,} rows, and these are {rows:,}: with so many, the test "
            "rows of one split tell models apart well enough."
        )
    if fits > MOST_FITS:
        raise BadInput(f"{fits:,} fits are too many: give fewer repeats or folds.")
