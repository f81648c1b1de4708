"""A table of predictions from anywhere: its report, and its place beside the trained runs."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from modellab_core.data.reading import Asked, read
from modellab_core.data.table import Table
from modellab_core.data.target import choose_task, class_labels, column_of, sorted_classes
from modellab_core.data.task import Task
from modellab_core.errors import BadInput
from modellab_core.experiment import predictions_to_parquet
from modellab_core.harness.metrics import metric_for
from modellab_core.harness.report import Report, evaluate
from modellab_core.harness.scores import Plan
from modellab_core.lab.runs import headline_json, key_of_rows
from modellab_core.store.catalog_runs import NewRun, Result
from modellab_core.store.tables import Run

if TYPE_CHECKING:
    from modellab_core.lab import Lab


@dataclass(frozen=True)
class Columns:
    """Which columns of a table of predictions mean what; `proba` holds `LABEL=COL` or `COL`, the rest are features."""

    y_true: str
    y_pred: str | None = None
    proba: tuple[str, ...] = ()
    weight: str | None = None
    group: str | None = None


def evaluate_table(
    file: Path,
    columns: Columns,
    *,
    task: str | None = None,
    positive: str | None = None,
    metric: str | None = None,
    seed: int = 42,
) -> Report:
    """The report of the predictions in a CSV or Parquet file. BadInput names the column that cannot be used."""
    if not file.is_file():
        raise BadInput(f"There is no file {str(file)!r}: give the path of a CSV or Parquet file.")
    with TemporaryDirectory() as scratch:
        table = read(file, Asked(), scratch=Path(scratch))
    truth = _complete(table, columns.y_true, "--y-true")
    if columns.y_pred is None and not columns.proba:
        raise BadInput("Nothing to evaluate: name the column of the prediction with --y-pred, or give --proba.")
    kind, _ = choose_task(truth, columns.y_true, task)
    plan = Plan(seed=seed, headline=None if metric is None else metric_for(metric, kind).name)
    shared: dict[str, Any] = {
        "task": kind,
        "X": _features(table, columns),
        "weight": None if columns.weight is None else _numbers(table, columns.weight, "--weight"),
        "groups": None if columns.group is None else _complete(table, columns.group, "--group"),
        "plan": plan,
    }
    if kind is Task.REGRESSION:
        if columns.y_pred is None:
            raise BadInput("A regression needs the column of the prediction: name it with --y-pred.")
        numbers = pd.Series(_numbers(table, columns.y_true, "--y-true"), name=columns.y_true)
        return evaluate(numbers, _numbers(table, columns.y_pred, "--y-pred"), **shared)
    labels = class_labels(table, columns.y_true)
    predicted = None if columns.y_pred is None else _labels_like(table, columns.y_pred, labels)
    classes, proba = _probabilities(table, columns, labels, predicted)
    return evaluate(labels, predicted, y_proba=proba, classes=classes, positive=positive, **shared)


def _complete(table: Table, name: str, role: str) -> pd.Series:
    """The column `name`, without a gap."""
    values = column_of(table, name, role)
    if values.isna().any():
        first = int(np.flatnonzero(values.isna().to_numpy())[0])
        count = int(values.isna().sum())
        raise BadInput(f"The column {name!r} ({role}) has {count} blanks, the first in row {first}: take them out.")
    return values


def _numbers(table: Table, name: str, role: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    values = _complete(table, name, role)
    if table.reading.types.get(name) != "number":
        raise BadInput(f"The column {name!r} ({role}) holds {table.reading.types.get(name)}, and numbers are needed.")
    return np.asarray(values.to_numpy(dtype=np.float64))


def _features(table: Table, columns: Columns) -> pd.DataFrame | None:
    used = {columns.y_true, columns.y_pred, columns.weight, columns.group}
    used |= {_column_of_proba(item) for item in columns.proba}
    names = [name for name in table.frame.columns if name not in used]
    return table.frame[names] if names else None


def _column_of_proba(item: str) -> str:
    return item.rpartition("=")[2]


def _labels_like(table: Table, name: str, truth: pd.Series) -> pd.Series:
    """Predicted labels in the spelling of the truth: a prediction 1.0 means the class 1."""
    _complete(table, name, "--y-pred")
    labels, known = class_labels(table, name), set(truth)
    numbers = {_number(label): label for label in known}
    spelled = {label: numbers.get(_number(label), label) for label in set(labels) - known}
    return labels.map(lambda label: spelled.get(label, label))


def _number(label: str) -> float | str:
    try:
        return float(label)
    except ValueError:
        return label


def _probabilities(
    table: Table, columns: Columns, truth: pd.Series, predicted: pd.Series | None
) -> tuple[tuple[str, ...], Any]:
    """(classes, probabilities): of the positive class (n,), or of each class (n, k) in the order of the classes."""
    given = [item.rpartition("=") for item in columns.proba]
    named = {label: column for label, sign, column in given if sign}
    seen: Sequence[pd.Series] = [truth] if predicted is None else [truth, predicted]
    classes = sorted_classes(pd.concat([*seen, pd.Series(list(named), dtype="str")], ignore_index=True))
    if not given:
        return classes, None
    if not named and len(given) == 1:
        return classes, _numbers(table, given[0][2], "--proba")
    missing = [label for label in classes if label not in named]
    if missing and not (len(classes) == 2 and len(named) == 1):
        raise BadInput(
            f"--proba is missing for the class {missing[0]!r}: give LABEL=COL for each of {', '.join(classes)}."
        )
    if missing:
        known = _numbers(table, next(iter(named.values())), "--proba")
        pair = {next(iter(named)): known, missing[0]: 1 - known}
        return classes, np.column_stack([pair[label] for label in classes])
    return classes, np.column_stack([_numbers(table, named[label], "--proba") for label in classes])


def keep(lab: Lab, report: Report, file: Path, columns: Columns, project: str, *, seed: int) -> Run:
    """Keep a report as a run of kind imported, with its page and its place in Compare."""
    version = lab.add_dataset(file, project=project)
    predictions = report.predictions
    assert predictions is not None  # evaluate() always leaves them
    recipe = {
        "sha256": version.sha256,
        "target": columns.y_true,
        "task": report.task,
        "seed": seed,
        "split": "imported",
        "positive": report.positive,
        "metric": report.plan.headline,
        "columns": asdict(columns) | {"proba": list(columns.proba)},
    }
    content = {"predictions.parquet": predictions_to_parquet(predictions)}
    content |= {f"eval/{name}": data for name, data in report.files(pngs=True)}
    result = Result(
        scores=[score.to_json() for score in report.scores],
        files={name: lab.blobs.put(data) for name, data in content.items()},
        headline=headline_json(report),
        notes=[],
    )
    fingerprint = hashlib.sha256(content["predictions.parquet"]).hexdigest()
    new = NewRun(name=file.stem, model="imported", recipe=recipe, fingerprint=fingerprint)
    home = lab.catalog.datasets.get(version.dataset_id).project_id
    lab.catalog.evidence.look(key_of_rows(None, predictions), result.files["predictions.parquet"])  # never too few
    return lab.catalog.runs.add_finished(home, new, result, kind="imported", version_id=version.id)
