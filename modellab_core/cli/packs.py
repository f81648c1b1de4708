"""`modellab repro` and `modellab verify`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from modellab_core.cli.door import Json, answer, lab


def register(app: typer.Typer) -> None:
    """Add the commands of this file to `app`."""
    app.command()(repro)
    app.command()(verify)


def repro(
    run: Annotated[str, typer.Argument(help="Id of a run.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="The ZIP file to write.")],
    no_data: Annotated[
        bool, typer.Option("--no-data", help="Leave the data out; the pack says where to put it.")
    ] = False,
    no_model: Annotated[bool, typer.Option("--no-model", help="Leave the fitted model out.")] = False,
    as_json: Json = False,
) -> None:
    """Write the pack that trains a run again and compares every number."""
    opened = lab()
    opened.write_pack(run, out, data=not no_data, model=not no_model)
    told = {"run": opened.run(run).id, "out": out, "bytes": out.stat().st_size}
    answer(as_json, told, f"Wrote {out} ({told['bytes']} bytes). Run it anywhere: python {out.name}")
