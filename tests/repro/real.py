"""A small run trained for real, and its pack."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from modellab_core.data.reading import read
from modellab_core.data.split import SplitRule, assign
from modellab_core.data.table import Table
from modellab_core.data.target import choose_task, class_labels, sorted_classes
from modellab_core.experiment import Outcome, perform
from modellab_core.harness.predictions import Predictions
from modellab_core.harness.scores import Plan
from modellab_core.repro import pack
from modellab_core.repro.zipping import Content
from modellab_core.training.recipe import Recipe
from modellab_core.training.templates import TEMPLATES, check_params

WHEN = ("2026-11-23T12:00:00+00:00", "2026-11-23T12:00:05+00:00")


@dataclass(frozen=True)
class Run:
    """A trained run with the file of its data."""

    source: pack.PackSource
    data: Path
    outcome: Outcome

    @cached_property
    def contents(self) -> list[tuple[str, Content]]:
        """Everything in the run's pack, made once, as the worker does when the run ends."""
        return pack.bundle(self.source, self.data)

    def write(self, path: Path, *, data: bool = True, model: bool = True) -> Path:
        """The run's pack, written to `path`."""
        path.write_bytes(b"".join(pack.write(self.contents, data=data, model=model)))
        return path


def frame(task: str, rows: int = 160) -> pd.DataFrame:
    """A table with a number, a category, gaps, and a target that depends on them."""
    rng = np.random.default_rng(7)
    made = pd.DataFrame({"a number": rng.normal(size=rows), "b": rng.choice(["x", "y", "zü"], rows)})
    score = made["a number"] + (made["b"] == "x") + rng.normal(size=rows)
    made.loc[rng.random(rows) < 0.1, "a number"] = np.nan
    labels = {"binary": ["no", "yes"], "multiclass": ["high", "low", "mid"]}.get(task)
    if labels:
        made["target"] = np.asarray(labels)[pd.qcut(score, len(labels), labels=False)]
    else:
        made["target"] = score.round(6)
    return made


def batch(
    folder: Path, task: str = "binary", models: tuple[str, ...] = ("dummy", "linear", "xgboost"), delimiter: str = ","
) -> list[Run]:
    """The runs of one batch on a small table, simple first, each with those before it as baselines."""
    path = folder / f"{task}.csv"
    frame(task).to_csv(path, index=False, sep=delimiter)
    return batch_of(path, "target", folder, models)


def batch_of(
    path: Path, target: str, scratch: Path, models: tuple[str, ...] = ("dummy", "linear", "xgboost")
) -> list[Run]:
    """The runs of one batch on the table in a file; what no pack compares (stress tests, pictures) is left out."""
    table = read(path, scratch=scratch)
    chosen, _ = choose_task(table.frame[target], target, None)
    split = assign(table, target, chosen, SplitRule.parse("random"), 0.25, 42)
    before: dict[str, Predictions] = {}
    runs = []
    for model in models:
        recipe = recipe_of(table, model, target)
        plan = Plan(headline=recipe.metric, seed=recipe.seed, resamples=200, stresses=())
        outcome = perform(recipe, table, split, plan, baselines=before, pngs=False)
        given = pack.PackSource(
            recipe, plan, table, outcome.files, dict(before), 1, path.name, 1, f"0000{model}", *WHEN
        )
        runs.append(Run(given, path, outcome))
        before[model] = outcome.predictions
    return runs


def recipe_of(table: Table, model: str, target: str = "target") -> Recipe:
    """The recipe of one model of the batch."""
    task, _ = choose_task(table.frame[target], target, None)
    template = "tabular_classification" if task.is_classification else "tabular_regression"
    metric = {"binary": "roc_auc", "multiclass": "accuracy", "regression": "mae"}[task.value]
    positive = sorted_classes(class_labels(table, target))[-1] if task.value == "binary" else None
    params = check_params(TEMPLATES[template], {})
    return Recipe(table.sha256, table.reading, target, task, template, model, metric, positive, params=params)
