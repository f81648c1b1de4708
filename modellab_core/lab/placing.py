"""Where the report of a script belongs: which rows of which data its predictions are about.

A script numbers its test rows as it likes. They are known again by their numbers (the index of `X`), or, where those
were lost, by equal truth beside equal features; then the run stands on the same split as the runs trained here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from modellab_core.errors import BadInput, ModelLabError
from modellab_core.harness.predictions import Ints, Predictions
from modellab_core.harness.report import Report
from modellab_core.store.tables import Run

if TYPE_CHECKING:
    from modellab_core.lab import Lab

DECIDES = ("sha256", "reading", "target", "task", "split", "test_size", "seed")
"""What of a recipe decides which rows are test rows."""


@dataclass(frozen=True, eq=False)
class Placed:
    """A report whose rows are numbers of records, its predictions sorted by them, and the run it stands beside."""

    report: Report
    predictions: Predictions | None
    beside: Run | None


def placed(lab: Lab, project_id: str, report: Report, rows: Sequence[int] | None = None) -> Placed:
    """The report with the numbers of its rows, and a trained run of the project on the same rows with the same truth.

    `rows` are the numbers of the records, one for each row of the report; without them the index of `X` is taken, if it
    holds different whole numbers. BadInput when they do not fit the report.
    """
    predictions = report.predictions
    if predictions is None:
        if rows is not None:
            raise BadInput("This report was read from a file and holds no predictions that rows could number.")
        return Placed(report, None, None)
    numbers = _given(rows, len(predictions)) if rows is not None else _index(predictions.X)
    numbered = predictions if numbers is None else _sorted(predictions, numbers)
    for run, other in _trained(lab, project_id, predictions):
        if np.array_equal(numbered.row, other.row) and _same_truth(numbered, other):
            return Placed(_renumbered(report, numbers), numbered, run)
        if rows is None and _same_truth(predictions, other) and _same_features(lab, run, predictions, other.row):
            return Placed(_renumbered(report, other.row), replace(predictions, row=other.row), run)
    return Placed(_renumbered(report, numbers), numbered, None)


def _given(rows: Sequence[int], n: int) -> Ints:
    numbers = np.asarray(rows)
    if numbers.shape != (n,) or numbers.dtype.kind not in "iu" or len(np.unique(numbers)) < n or (numbers < 0).any():
        raise BadInput(f"rows must be {n} different whole numbers from 0, the records of the test rows in their file.")
    return numbers.astype(np.int64)


def _index(X: pd.DataFrame | None) -> Ints | None:
    """The index of the features where it can be numbers of records."""
    if X is None or not pd.api.types.is_integer_dtype(X.index) or not X.index.is_unique or X.index.min() < 0:
        return None
    return np.asarray(X.index, dtype=np.int64)


def _sorted(predictions: Predictions, numbers: Ints) -> Predictions:
    order = np.argsort(numbers, kind="stable")
    return replace(predictions.take(order), row=numbers[order])


def _renumbered(report: Report, numbers: Ints | None) -> Report:
    """The report with the numbers of records where it names rows by their place."""
    if numbers is None:
        return report
    return replace(report, failures=[{**one, "row": int(numbers[one["row"]])} for one in report.failures])


def _trained(lab: Lab, project_id: str, like: Predictions) -> Iterator[tuple[Run, Predictions]]:
    """The trained runs of a project with as many test rows of the same task, one for each split."""
    seen = set()
    for run in lab.catalog.runs.all(project_id, kind="template", states=["succeeded"]):
        key = repr([run.recipe.get(name) for name in DECIDES])
        if key in seen or "predictions.parquet" not in run.files:
            continue
        seen.add(key)
        try:
            other = lab.predictions(run)
        except ModelLabError:  # a damaged one is nothing to stand beside
            continue
        if (other.task, other.classes, len(other)) == (like.task, like.classes, len(like)):
            yield run, other


def _same_truth(one: Predictions, other: Predictions) -> bool:
    return bool(np.array_equal(one.y_true, other.y_true))


def _same_features(lab: Lab, run: Run, predictions: Predictions, rows: Ints) -> bool:
    """Whether the features of a report are those of these records, column by column where the names are known."""
    if predictions.X is None or run.version_id is None:
        return False
    try:
        table = lab.table(run.version_id).frame
    except ModelLabError:
        return False
    shared = [name for name in predictions.X.columns if name in table.columns]
    return bool(shared) and all(_same_values(predictions.X[name], table[name].iloc[rows]) for name in shared)


def _same_values(one: Any, other: Any) -> bool:
    left, right = one.reset_index(drop=True), other.reset_index(drop=True)
    if not np.array_equal(left.isna(), right.isna()):
        return False
    try:
        return np.allclose(left.dropna().astype("float64"), right.dropna().astype("float64"), rtol=1e-9, atol=0)
    except (TypeError, ValueError):
        return bool(left.dropna().astype(str).tolist() == right.dropna().astype(str).tolist())
