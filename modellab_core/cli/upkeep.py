"""`modellab status`, `backup`, `restore`, `clean` and `ui`."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from modellab_core.cli.door import Json, answer, columns, lab, say
from modellab_core.errors import BadInput
from modellab_core.settings import app_folder

if TYPE_CHECKING:
    from modellab_core.store.archive import OnStep


def register(app: typer.Typer) -> None:
    """Add the commands of this file to `app`."""
    for command in (ui, status, backup, restore, clean):
        app.command()(command)


def status(
    deep: Annotated[bool, typer.Option("--deep", help="Read every blob and check it, and the database.")] = False,
    as_json: Json = False,
) -> None:
    """Say what is in the workspace and whether it is whole; exit 1 when something is damaged."""
    try:
        with progress() as on_step:
            told = lab().status(deep=deep, on_step=on_step)
    except BadInput as error:
        answer_broken(as_json, error)
        raise typer.Exit(1) from error
    answer(as_json, told, status_lines(told))
    if told["damaged"] or told["problems"]:
        raise typer.Exit(1)


def answer_broken(as_json: bool, error: BadInput) -> None:
    """Tell of a workspace whose database is too damaged to be asked; any other error goes on its way."""
    from modellab_core.settings import workspace_folder
    from modellab_core.store.health import database_problems
    from modellab_core.store.workspace import Workspace

    workspace = Workspace(workspace_folder())
    problems = database_problems(workspace.database) if workspace.database.is_file() else []
    if not problems:
        raise error
    told = {"folder": str(workspace.folder), "problems": [str(error), *problems], "damaged": []}
    answer(as_json, told, [*(f"damaged database: {problem}" for problem in told["problems"]), "Restore a backup."])


def status_lines(told: dict[str, Any]) -> list[str]:
    """The state of a workspace for a person: one line a fact, damage last."""
    counted = ", ".join(f"{count} {name}" for name, count in told["counts"].items() if count)
    left = ", ".join(f"{one['count']} {one['kind']}" for one in told["leftovers"] if one["count"])
    lines = [
        f"folder: {told['folder']} ({megabytes(told['free'])} free)",
        f"versions: ModelLab {told['modellab']}, Python {told['python']}, SQLite {told['sqlite']}, "
        + ", ".join(f"{name} {version}" for name, version in told["libraries"].items()),
        f"rows: {counted or 'none'} (revision {told['revision']})",
        f"runs: {', '.join(f'{count} {state}' for state, count in told['runs'].items()) or 'none'}",
        f"files: {told['blobs']} ({megabytes(told['bytes'])})",
        f"sizes: {', '.join(f'{name} {megabytes(size)}' for name, size in told['sizes'].items())}",
        f"to clean: {left or 'nothing'}",
        f"backups here: {len(told['backups'])}",
    ]
    lines += [f"damaged database: {problem}" for problem in told["problems"]]
    for one in told["damaged"]:
        lines.append(f"damaged file {one['blob'][:12]}: {one['problem']}; named by {'; '.join(one['rows'])}")
    whole = "every file was read, and the database checked" if told["deep"] else "no file was read (--deep does)"
    return [*lines, f"whole: {whole}" if not (told["damaged"] or told["problems"]) else "Restore a backup."]


def backup(
    file: Annotated[
        Path | None,
        typer.Argument(help="The file to write, or a folder: then the name has the time.", show_default=False),
    ] = None,
    keep: Annotated[
        int | None,
        typer.Option("--keep", help="Remove all but the N latest of those whose names differ in digits alone.", min=1),
    ] = None,
    list_: Annotated[bool, typer.Option("--list", help="List the backups in the folder FILE instead.")] = False,
    as_json: Json = False,
) -> None:
    """Write the whole workspace to one file while everybody goes on working; exit 1 when something in it is damaged."""
    if list_:
        answer_list(as_json, file)
        return
    if file is None:
        raise BadInput("Which file shall hold the backup? Give a path, or a folder. --list lists those that are there.")
    with progress() as on_step:
        told = lab().backup(file, keep, on_step)
    gone = f", removed {len(told['removed'])} older" if told["removed"] else ""
    answer(as_json, told, f"Wrote {told['file']} ({megabytes(told['bytes'])}){gone}.")
    if told["inside_workspace"]:
        say("It lies in the workspace: keep a copy on another disk.")
    if told["lacking"]:
        say(
            f"{len(told['lacking'])} files were damaged already and are not in it, so no older backup was removed: see "
            "modellab status --deep"
        )
        raise typer.Exit(1)


def answer_list(as_json: bool, folder: Path | None) -> None:
    """Print the backups in a folder, those of the workspace by default."""
    from modellab_core.lab.upkeep import backup_json
    from modellab_core.store.backup import backups_in

    found = [backup_json(one) for one in backups_in(folder)] if folder else lab().backups()
    rows = [(one["at"][:19], one["file"], megabytes(one["bytes"]), sum(one["runs"].values())) for one in found]
    answer(as_json, found, columns(rows, ("made (UTC)", "file", "size", "runs")))


def restore(
    file: Annotated[Path, typer.Argument(help="A backup.")],
    force: Annotated[
        bool, typer.Option("--force", help="Also where a workspace is; it is kept under another name.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Make the workspace what a backup holds; everything is checked before anything is replaced."""
    from modellab_core.lab.upkeep import Upkeep

    with progress() as on_step:
        told = Upkeep.restore(file, force=force, on_step=on_step)
    lines = [f"Restored {told['folder']} as it was at {told['at'][:19]} UTC: {sum(told['runs'].values())} runs."]
    lines += [f"The workspace that was there is kept: {told['kept']}"] if told["kept"] else []
    lines += [
        f"Interrupted, as nobody works on it: run {run}; modellab runs retry {run}" for run in told["interrupted"]
    ]
    lines += [f"Damaged already when the backup was made: {len(told['lacking'])} files."] if told["lacking"] else []
    answer(as_json, told, lines)


def clean(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would go, and remove nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Remove what nobody needs: files that nothing names, old caches, what killed programs left."""
    told = lab().clean(dry_run)
    rows = [(one["kind"], one["count"], megabytes(one["bytes"])) for one in told["kinds"] if one["count"]]
    verb = "Can be removed" if dry_run else "Removed"
    summary = f"{verb}: {told['count']} ({megabytes(told['bytes'])})."
    names = [f"  {name}" for name in told["files"]] if dry_run else []
    answer(as_json, told, [*([columns(rows, ("kind", "count", "size"))] if rows else []), *names, summary])


def megabytes(size: float) -> str:
    """Bytes in the unit that is read most easily."""
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"


@contextmanager
def progress() -> Iterator[OnStep]:
    """A bar on stderr while the block lasts; none where stderr is no terminal, so that cron stays quiet."""
    from tqdm import tqdm

    with tqdm(
        file=sys.stderr, disable=not sys.stderr.isatty(), leave=False, bar_format="{desc} {bar} {elapsed}"
    ) as bar:

        def on_step(what: str, done: int, total: int) -> None:
            bar.total = total or 1
            bar.set_description_str(what, refresh=False)
            bar.update(done - bar.n)

        yield on_step


def ui(
    port: Annotated[int, typer.Option("--port", help="Port on this machine.", min=1, max=65535)] = 8501,
    as_json: Json = False,
) -> None:
    """Start the app; it listens on this machine only."""
    folder = app_folder()
    if not (folder / "app.py").is_file():
        raise BadInput(f"The app is not in {folder}: install ModelLab again.")
    opened = lab()
    answer(
        as_json, {"url": f"http://127.0.0.1:{port}"}, f"ModelLab is at http://127.0.0.1:{port}; stop it with Ctrl-C."
    )
    sys.stdout.flush()
    command = [sys.executable, "-m", "streamlit", "run", str(folder / "app.py"), "--server.port", str(port)]
    environment = os.environ | {"MODELLAB_HOME": str(opened.folder)}
    raise typer.Exit(subprocess.run(command, cwd=folder, env=environment, check=False).returncode)
