"""`modellab repro`, `modellab verify` and `modellab import`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, NoReturn

import typer

from modellab_core.cli.door import InProject, Json, answer, lab, say


def register(app: typer.Typer) -> None:
    """Add the commands of this file to `app`."""
    app.command()(repro)
    app.command("verify")(verify_)
    app.command("import")(import_)


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


def verify_(
    pack: Annotated[Path, typer.Argument(help="A pack.")],
    here: Annotated[bool, typer.Option("--here", help="Train in this Python, if its versions fit.")] = False,
    data: Annotated[Path | None, typer.Option("--data", help="The file of the data, if the pack has none.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Run the pack's code even if it is not this program's.")] = False,
    because: Annotated[
        bool,
        typer.Option(
            "--why", help="Swap versions, BLAS core type, threads, data and code one at a time; name the cause."
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Check every file of a pack, train its run again and compare every number; the pack's exit codes."""
    from modellab_core.repro.verify import Verdict, verify

    verdict = verify(pack, data=data)
    if verdict.code == 0 and verdict.problems and not yes:
        told = f"{verdict.sentence} Nothing was run: add --yes if you trust where the pack comes from."
        verdict = Verdict(4, told, verdict.problems)
    elif because and verdict.code in (0, 2):
        _tell_why(pack, data, as_json)
    elif verdict.code == 0:
        verdict = verify(pack, run=True, here=here, data=data, on_line=say)
    answer(as_json, verdict.to_json(), verdict.text())
    raise typer.Exit(verdict.code)


def import_(
    pack: Annotated[Path, typer.Argument(help="A pack.")],
    project: InProject = "default",
    data: Annotated[Path | None, typer.Option("--data", help="The file of the data, if the pack has none.")] = None,
    as_json: Json = False,
) -> None:
    """Keep the run of a pack as a run of a project; every file is checked, and nothing of the pack is run."""
    run = lab().import_pack(pack, project, data)
    told = f"Imported {run.name!r} as run {run.id}. Nothing was run; train it again with: modellab verify {pack}"
    answer(as_json, {"run": run.id, "project": run.project_id, "dataset_version": run.version_id}, told)


def _tell_why(pack: Path, data: Path | None, as_json: bool) -> NoReturn:
    """Print which factor moves the numbers; the exit code is that of the run as recorded."""
    from modellab_core.repro.why import why
    from modellab_core.settings import workspace_folder

    stored = (workspace_folder() / "modellab.db").is_file()
    found = lab().why(pack, data=data, on_line=say) if stored else why(pack, data=data, say=say)
    verdict = found.verdict
    answer(as_json, verdict.to_json() | {"why": found.to_json()}, f"{verdict.text()}\n\n{found.text()}")
    raise typer.Exit(verdict.code)
