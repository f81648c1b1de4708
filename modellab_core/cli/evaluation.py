"""`modellab evaluate`: a report from a table of predictions that came from anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from modellab_core.cli.door import Json, answer, columns, lab


def register(app: typer.Typer) -> None:
    """Add the commands of this file to `app`."""
    app.command()(evaluate)


def evaluate(
    predictions: Annotated[Path, typer.Argument(help="A CSV or Parquet file with one line a row.")],
    y_true: Annotated[str, typer.Option("--y-true", help="Column of the truth.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the report; made if it is not there.")],
    y_pred: Annotated[str | None, typer.Option("--y-pred", help="Column of the prediction.")] = None,
    proba: Annotated[
        list[str] | None,
        typer.Option("--proba", help="LABEL=COL, once a class; one COL alone is P(positive)."),
    ] = None,
    task: Annotated[
        str | None, typer.Option("--task", help="classification or regression; guessed if not given.")
    ] = None,
    positive: Annotated[str | None, typer.Option("--positive", help="The positive class.")] = None,
    weight: Annotated[str | None, typer.Option("--weight", help="Column of importance weights.")] = None,
    group: Annotated[str | None, typer.Option("--group", help="Column of groups that belong together.")] = None,
    metric: Annotated[str | None, typer.Option("--metric", help="The headline metric; default: by task.")] = None,
    seed: Annotated[int, typer.Option("--seed", help="Fixes every draw.")] = 42,
    project: Annotated[str | None, typer.Option("--project", help="Keep it as a run of this project too.")] = None,
    as_json: Json = False,
) -> None:
    """Evaluate predictions made by any model; all other columns are features for slices."""
    from modellab_core.lab.imported import Columns, evaluate_table, keep

    named = Columns(y_true, y_pred, tuple(proba or ()), weight, group)
    report = evaluate_table(predictions, named, task=task, positive=positive, metric=metric, seed=seed)
    report.save(out)
    metrics = {one.metric: {"value": one.value, "low": one.low, "high": one.high} for one in report.overall}
    told: dict[str, Any] = {"out": out, "task": report.task, "n": report.n, "metrics": metrics}
    told["takeaway"] = report.sentences
    if project is not None:
        told["run"] = keep(lab(), report, predictions, named, project, seed=seed).id
    rows = [(one.metric, one.value, one.low, one.high, one.note) for one in report.overall]
    table = columns(rows, ("metric", "value", "low", "high", "note"))
    answer(as_json, told, [*report.sentences, "", table, "", f"Wrote the report to {out}."])
