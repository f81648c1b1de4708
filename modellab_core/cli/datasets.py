"""`modellab datasets …`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from modellab_core.cli.door import (
    Delimiter,
    Encoding,
    InProject,
    Json,
    Missing,
    NoHeader,
    Types,
    Yes,
    answer,
    asked,
    columns,
    lab,
    say_damage,
)
from modellab_core.errors import BadInput

group = typer.Typer(help="Tables, each with its exact bytes.", no_args_is_help=True)
Dataset = Annotated[str, typer.Argument(help="Name or id of a dataset.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this file to `app`."""
    app.add_typer(group, name="datasets")


@group.command()
def add(
    file: Annotated[Path, typer.Argument(help="A CSV or Parquet file.")],
    project: InProject = "default",
    name: Annotated[str | None, typer.Option("--name", help="Name of the dataset; default: that of the file.")] = None,
    delimiter: Delimiter = None,
    encoding: Encoding = None,
    no_header: NoHeader = False,
    missing: Missing = None,
    type_: Types = None,
    as_json: Json = False,
) -> None:
    """Read a file and keep its bytes as a version of a dataset."""
    how = asked(delimiter, encoding, no_header, missing, type_)
    version = lab().add_dataset(file, project=project, name=name, asked=how)
    head = f"{file.name}: {version.rows} rows, {version.columns} columns, version {version.number} ({version.id})"
    answer(as_json, version, [head, *(f"  {note['text']}" for note in version.notes)])


@group.command("list")
def list_(project: InProject = "default", as_json: Json = False) -> None:
    """List the datasets of a project."""
    found = lab().datasets(project)
    say_damage(row for one in found for row in (one.dataset, *one.versions))
    rows = [
        (one.dataset.id, one.dataset.name, len(one.versions), newest.rows, newest.columns, newest.sha256[:12])
        for one in found
        for newest in one.versions[:1]
    ]
    told = [one.dataset.model_dump() | {"versions": one.versions} for one in found]
    answer(as_json, told, columns(rows, ("id", "name", "versions", "rows", "columns", "sha256")))


@group.command()
def delete(dataset: Dataset, yes: Yes = False, as_json: Json = False) -> None:
    """Delete a dataset with its versions and runs; the bytes go with the next `clean`."""
    opened = lab()
    found = opened.dataset(dataset)
    if not yes:
        raise BadInput(
            f"Deleting {found.name!r} deletes its versions and runs. Add --yes to do it; nothing was deleted."
        )
    opened.delete_dataset(found.id)
    answer(as_json, {"deleted": found.id, "name": found.name}, f"Deleted {found.name!r}.")
