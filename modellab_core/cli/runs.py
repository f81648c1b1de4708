"""`modellab runs …`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from modellab_core.cli.door import Json, Yes, answer, columns, lab, plain, say, say_damage
from modellab_core.errors import BadInput

group = typer.Typer(help="Trained models.", no_args_is_help=True)
Run = Annotated[str, typer.Argument(help="Id of a run.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this file to `app`."""
    app.add_typer(group, name="runs")


@group.command("list")
def list_(
    project: Annotated[str | None, typer.Option("--project", help="Only those of this project.")] = None,
    as_json: Json = False,
) -> None:
    """List the runs, the newest first."""
    found = lab().all_runs(project)
    say_damage(found)
    rows = [(run.id, run.model, run.state, *_headline(run.headline), run.created_at, run.name) for run in found]
    answer(as_json, found, columns(rows, ("id", "model", "state", "metric", "value", "interval", "made", "name")))


def _headline(score: dict[str, Any] | None) -> tuple[str | None, float | None, str | None]:
    if not score:
        return None, None, None
    ends = score.get("low"), score.get("high")
    return score["metric"], score.get("value"), None if None in ends else f"{ends[0]:.4g} to {ends[1]:.4g}"


@group.command()
def show(run: Run, as_json: Json = False) -> None:
    """Show a run: its recipe, its state, its metrics with their intervals, and how often the split was looked at."""
    opened = lab()
    found = opened.run(run)
    scores = opened.headlines(found) if opened.has_report(found) else {}
    told = found.model_dump() | {
        "metrics": {key: {"value": one.value, "low": one.low, "high": one.high} for key, one in scores.items()},
        "looks": opened.looks(found),
        "verification": opened.verification(found),
    }
    if found.kind == "logged":
        said = opened.logged(found)
        told["logged"] = {name: getattr(said, name) for name in ("params", "metrics", "tags", "artifacts")}
    head = [f"{key}: {told[key]}" for key in ("id", "name", "model", "state", "message", "error", "looks") if told[key]]
    rows = [(key, one.value, one.low, one.high, one.method, one.note) for key, one in scores.items()]
    head += [f"{kind}: {plain(values)}" for kind, values in told.get("logged", {}).items() if values]
    answer(as_json, told, [*head, columns(rows, ("metric", "value", "low", "high", "interval", "note"))])


@group.command()
def script(run: Run, as_json: Json = False) -> None:
    """Print a Python script that does what the run did, and compares the numbers."""
    text = lab().script(run)
    answer(as_json, {"run": run, "script": text}, text)


@group.command()
def cancel(run: Run, as_json: Json = False) -> None:
    """Ask a run to stop; nothing of it is kept."""
    stopped = lab().cancel(run)
    answer(as_json, stopped, f"The run {stopped.id} was asked to stop.")


@group.command()
def retry(run: Run, as_json: Json = False) -> None:
    """Start a run that failed, was cancelled or was interrupted again, and follow it."""
    opened = lab()
    queued = opened.retry(run)
    done = opened.follow_run(queued.id)
    answer(as_json, done, f"The run {done.id} {done.state}.")
    if done.state != "succeeded":
        say(done.error or "")
        raise typer.Exit(1)


@group.command()
def delete(run: Run, yes: Yes = False, as_json: Json = False) -> None:
    """Delete a run with its report; the looks at its split stay counted."""
    opened = lab()
    found = opened.run(run)
    if not yes:
        raise BadInput(f"Deleting the run {found.id} deletes its report. Add --yes to do it; nothing was deleted.")
    opened.delete_run(found.id)
    answer(as_json, {"deleted": found.id}, f"Deleted the run {found.id}.")
