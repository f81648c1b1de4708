"""Tables, splits and recipes for the tests of the training room."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from modellab_core.data.split import Split, SplitRule, assign
from modellab_core.data.table import Reading, Table
from modellab_core.data.task import Task
from modellab_core.training.columns import kind_of
from modellab_core.training.fit import Fitted, fit
from modellab_core.training.recipe import Recipe

TARGET = "target"


def table_of(frame: pd.DataFrame) -> Table:
    """A table as if it had been read from a file."""
    return Table(frame, Reading("csv", {str(name): kind_of(frame[name]) for name in frame}), "0" * 64, 0)


def recipe_for(table: Table, task: Task, model: str, **changes: Any) -> Recipe:
    """A recipe for the column `target` by the template of the task, with little patience, so that tests are short."""
    template = "tabular_classification" if task.is_classification else "tabular_regression"
    fields: dict[str, Any] = {"template": template, "model": model, "metric": "mae"}
    if "template" not in changes:
        changes = changes | {"params": {"patience": 8} | dict(changes.get("params", {}))}
    return Recipe(table.sha256, table.reading, TARGET, task, **(fields | changes))


def split_of(table: Table, task: Task, rule: str = "random", test_size: float = 0.25, seed: int = 0) -> Split:
    """A split by the rule that the text says."""
    return assign(table, TARGET, task, SplitRule.parse(rule), test_size, seed)


def fitted(frame: pd.DataFrame, task: Task, model: str, split: Split | None = None, **changes: Any) -> Fitted:
    """The model of that name, fitted on the training rows of `frame`."""
    table = table_of(frame)
    return fit(recipe_for(table, task, model, **changes), table, split or split_of(table, task))


def mixed(n: int = 400, seed: int = 0, classes: int = 2) -> pd.DataFrame:
    """Numbers, integers, text, booleans and dates, a tenth missing, with a target that depends on several of them."""
    rng = np.random.default_rng(seed)
    x, count = rng.normal(size=n), rng.integers(0, 9, n)
    town = rng.choice(np.array(["Bern", "Oslo", "Rome"], dtype=object), n)
    flag = rng.random(n) < 0.4
    when = pd.Timestamp("2021-03-04") + pd.to_timedelta(rng.integers(0, 900, n), unit="D")
    z = 1.5 * x + (town == "Oslo") - flag + 0.2 * count
    cuts = np.quantile(z, np.linspace(0, 1, classes + 1)[1:-1])
    frame = pd.DataFrame({"x": x, "count": count, "town": pd.Series(town, dtype="str"), "flag": flag, "when": when})
    frame.loc[rng.random(n) < 0.1, "x"] = np.nan
    frame.loc[rng.random(n) < 0.1, "town"] = None
    frame[TARGET] = np.digitize(z + 0.5 * rng.normal(size=n), cuts)
    return frame


def priced(n: int = 400, seed: int = 0) -> pd.DataFrame:
    """The columns of `mixed` with a positive target that has a long tail."""
    frame = mixed(n, seed)
    rng = np.random.default_rng(seed + 1)
    frame[TARGET] = np.exp(frame["x"].fillna(0) + 0.3 * frame["flag"] + 0.3 * rng.normal(size=n)) * 1e5
    return frame


TASKS: Mapping[str, tuple[pd.DataFrame, Task]] = {
    "binary": (mixed(160), Task.BINARY),
    "multiclass": (mixed(160, classes=3, seed=3), Task.MULTICLASS),
    "regression": (priced(160), Task.REGRESSION),
}
