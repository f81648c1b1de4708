"""`modellab repro` and `modellab verify`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from modellab_core.cli.door import Json, answer, lab, say


def register(app: typer.Typer) -> None:
    """Add the commands of this file to `app`."""
    app.command()(repro)
    app.command("verify")(verify_)


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
    as_json: Json = False,
) -> None:
    """Check every file of a pack, train its run again and compare every number; the pack's exit codes."""
    from modellab_core.repro.verify import Verdict, verify

    verdict = verify(pack, data=data)
    if verdict.code == 0 and verdict.problems and not yes:
        told = f"{verdict.sentence} Nothing was run: add --yes if you trust where the pack comes from."
        verdict = Verdict(4, told, verdict.problems)
    elif verdict.code == 0:
        verdict = verify(pack, run=True, here=here, data=data, on_line=say)
    answer(as_json, verdict.to_json(), verdict.text())
    raise typer.Exit(verdict.code)
