"""`modellab projects …`."""

from __future__ import annotations

from typing import Annotated

import typer

from modellab_core.cli.door import Json, Yes, answer, columns, lab, say_damage
from modellab_core.errors import BadInput

group = typer.Typer(help="Folders of work.", no_args_is_help=True)
Project = Annotated[str, typer.Argument(help="Name or id of a project.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this file to `app`."""
    app.add_typer(group, name="projects")


@group.command("list")
def list_(
    archived: Annotated[bool, typer.Option("--archived", help="The archived ones too.")] = False, as_json: Json = False
) -> None:
    """List the projects, the last used first."""
    found = lab().projects(archived=archived)
    say_damage(one.project for one in found)
    rows = [(one.project.id, one.project.name, one.datasets, one.runs, one.last_activity) for one in found]
    told = [
        one.project.model_dump()
        | {"datasets": one.datasets, "runs": one.runs, "running": one.running, "last_activity": one.last_activity}
        for one in found
    ]
    answer(as_json, told, columns(rows, ("id", "name", "datasets", "runs", "last activity")))


@group.command()
def create(
    name: Annotated[str, typer.Argument(help="Its name; no two projects share one.")],
    description: Annotated[str, typer.Option("--description", help="What it is about.")] = "",
    as_json: Json = False,
) -> None:
    """Make a project."""
    made = lab().create_project(name, description)
    answer(as_json, made, f"Made the project {made.name!r} ({made.id}).")


@group.command()
def show(project: Project, as_json: Json = False) -> None:
    """Show a project and what is in it."""
    opened = lab()
    found = opened.project(project)
    contents = opened.project_contents(found.id)
    told = found.model_dump() | {"datasets": contents.datasets, "runs": contents.runs, "bytes": contents.bytes}
    answer(as_json, told, [f"{key}: {value}" for key, value in told.items()])


@group.command()
def rename(project: Project, name: Annotated[str, typer.Argument(help="The new name.")], as_json: Json = False) -> None:
    """Give a project another name."""
    changed = lab().rename_project(project, name)
    answer(as_json, changed, f"The project {changed.id} is now called {changed.name!r}.")


@group.command()
def describe(
    project: Project, text: Annotated[str, typer.Argument(help="What it is about.")], as_json: Json = False
) -> None:
    """Say what a project is about."""
    changed = lab().describe_project(project, text)
    answer(as_json, changed, f"The description of {changed.name!r} was changed.")


@group.command()
def archive(project: Project, as_json: Json = False) -> None:
    """Put a project out of sight; nothing is lost."""
    changed = lab().archive_project(project)
    answer(as_json, changed, f"The project {changed.name!r} is archived; bring it back with: projects restore")


@group.command()
def restore(project: Project, as_json: Json = False) -> None:
    """Bring an archived project back."""
    changed = lab().restore_project(project)
    answer(as_json, changed, f"The project {changed.name!r} is back.")


@group.command()
def delete(project: Project, yes: Yes = False, as_json: Json = False) -> None:
    """Delete a project with its datasets and runs."""
    opened = lab()
    found = opened.project(project)
    contents = opened.project_contents(found.id)
    goes = f"{contents.datasets} datasets and {contents.runs} runs"
    if not yes:
        raise BadInput(f"Deleting {found.name!r} deletes {goes}. Add --yes to do it; nothing was deleted.")
    opened.delete_project(found.id)
    answer(as_json, {"deleted": found.id, "name": found.name}, f"Deleted {found.name!r} with {goes}.")
