"""`modellab train`, `modellab demo` and `modellab predict`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from modellab_core.cli.door import (
    Delimiter,
    Encoding,
    InProject,
    Json,
    Missing,
    NoHeader,
    Types,
    answer,
    asked,
    columns,
    lab,
    pair,
)

if TYPE_CHECKING:
    from modellab_core.lab import Lab
    from modellab_core.store.tables import Batch, Run

MOST_NOTES = 20


def register(app: typer.Typer) -> None:
    """Add the commands of this file to `app`."""
    app.command()(train)
    app.command()(demo)
    app.command()(predict)


def train(
    data: Annotated[str, typer.Argument(metavar="FILE-or-DATASET", help="A file, else a dataset by id or exact name.")],
    target: Annotated[str, typer.Option("--target", help="The column to predict.")],
    project: InProject = "default",
    template: Annotated[str | None, typer.Option("--template", help="A recipe for training; default: by task.")] = None,
    task: Annotated[
        str | None, typer.Option("--task", help="classification or regression; guessed if not given.")
    ] = None,
    split: Annotated[str, typer.Option("--split", help="random, time:COL, group:COL or column:COL.")] = "random",
    test_size: Annotated[float, typer.Option("--test-size", help="Share of the rows that test.")] = 0.2,
    seed: Annotated[int, typer.Option("--seed", help="Fixes every draw.")] = 42,
    param: Annotated[
        list[str] | None, typer.Option("--param", help="NAME=VALUE of the template; may be repeated.")
    ] = None,
    positive: Annotated[str | None, typer.Option("--positive", help="The positive class.")] = None,
    drop: Annotated[list[str] | None, typer.Option("--drop", help="A column to leave out; may be repeated.")] = None,
    weight: Annotated[str | None, typer.Option("--weight", help="Column of importance weights.")] = None,
    metric: Annotated[str | None, typer.Option("--metric", help="The metric that ranks; default: by task.")] = None,
    delimiter: Delimiter = None,
    encoding: Encoding = None,
    no_header: NoHeader = False,
    missing: Missing = None,
    type_: Types = None,
    as_json: Json = False,
) -> None:
    """Train dummy, linear and XGBoost on the same split and compare them."""
    opened = lab()
    how = asked(delimiter, encoding, no_header, missing, type_)
    batch = opened.train_from(
        data,
        target,
        project=project,
        asked=how,
        template=template,
        task=task,
        split=split,
        test_size=test_size,
        seed=seed,
        params=dict(pair("--param", item) for item in param or []),
        positive=positive,
        drop=tuple(drop or ()),
        weight=weight,
        metric=metric,
    )
    runs = opened.follow(batch)
    told = outcome(opened, batch, runs)
    answer(as_json, told, report_of(opened, runs, told, batch))
    if any(run.state != "succeeded" for run in runs):
        raise typer.Exit(1)


def demo(as_json: Json = False) -> None:
    """Make the example project: data, three runs with their reports, and a pack."""
    opened = lab()
    batch = opened.start_demo()
    runs = opened.follow(batch)
    told = outcome(opened, batch, runs)
    if all(run.state == "succeeded" for run in runs):
        told["pack"] = opened.write_pack(told["recommended"], Path(f"run-{told['recommended']}.zip"))
    lines = [*report_of(opened, runs, told, batch), f"Pack: {told.get('pack')}", "Look at it in the app: modellab ui"]
    answer(as_json, told, lines)
    if any(run.state != "succeeded" for run in runs):
        raise typer.Exit(1)


def predict(
    run: Annotated[str, typer.Argument(help="Id of a run.")],
    file: Annotated[Path, typer.Argument(help="A table with the columns that the run was trained on.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="The CSV file to write.")],
    as_json: Json = False,
) -> None:
    """Score a new table with a trained run."""
    frame, notes = lab().predict_file(run, file, out)
    told = {"run": run, "rows": len(frame), "columns": list(frame.columns), "out": out, "notes": notes}
    answer(as_json, told, [*(f"  {note.text}" for note in notes), f"Wrote {len(frame)} predictions to {out}."])


def outcome(opened: Lab, batch: Batch, runs: list[Run]) -> dict[str, Any]:
    """The answer of `train --json`: see contracts in docs/commands.md."""
    ids = {run.model: run.id for run in runs}
    verdict = opened.verdict(batch)
    told: dict[str, Any] = {
        "project": batch.project_id,
        "dataset_version": batch.version_id,
        "batch": batch.id,
        "runs": [_told(opened, run) for run in runs],
        "best": ids.get(verdict.best or "") if verdict else None,
        "recommended": ids.get(verdict.recommended or "") if verdict else None,
        "verdict": None,
    }
    if verdict:
        told["verdict"] = {
            "metric": verdict.metric,
            "top_set": [ids[name] for name in verdict.top_set],
            "comparisons": [
                {
                    "candidate": ids[one.candidate],
                    "baseline": ids[one.baseline],
                    "difference": one.difference,
                    "low": one.low,
                    "high": one.high,
                    "detectable": one.detectable,
                    "verdict": one.verdict,
                }
                for one in verdict.pairs
            ],
            "sentence": verdict.sentence,
        }
    return told


def _told(opened: Lab, run: Run) -> dict[str, Any]:
    scores = opened.headlines(run) if run.state == "succeeded" else {}
    metrics = {key: {"value": one.value, "low": one.low, "high": one.high} for key, one in scores.items()}
    told = {"id": run.id, "model": run.model, "status": run.state, "metrics": metrics}
    return told | ({"error": run.error} if run.error else {})


def report_of(opened: Lab, runs: list[Run], told: dict[str, Any], batch: Batch) -> list[str]:
    """What a person reads after a training."""
    rows = [_line(run, told["recommended"]) for run in runs]
    metric = next((run.headline["metric"] for run in runs if run.headline), "score")
    lines = [
        *_notes(opened, runs, batch),
        columns(rows, ("run", "model", "state", metric, "interval", "")),
    ]
    lines += [f"{run.model}: {run.error}" for run in runs if run.error]
    return [*lines, told["verdict"]["sentence"]] if told["verdict"] else lines


def _notes(opened: Lab, runs: list[Run], batch: Batch) -> list[str]:
    """What was found out about the file, the target and the columns, each said once."""
    file = opened.version(batch.version_id).notes if batch.version_id else []
    told = [file, batch.request["notes"], *(run.notes for run in runs)]
    texts = list(dict.fromkeys(note["text"] for notes in told for note in notes))
    rest = len(texts) - MOST_NOTES
    more = [f"{rest} more notes: modellab datasets show, modellab runs show"] if rest > 0 else []
    return texts[:MOST_NOTES] + more


def _line(run: Run, recommended: str | None) -> tuple[object, ...]:
    headline = run.headline or {}
    ends = [headline.get(end) for end in ("low", "high")]
    interval = "–" if None in ends else f"{ends[0]:.4g} to {ends[1]:.4g}"
    return run.id, run.model, run.state, headline.get("value"), interval, "recommended" if run.id == recommended else ""
