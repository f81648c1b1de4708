"""`modellab selfcheck RUN`: the laws that must hold whatever the model is."""

from __future__ import annotations

from typing import Annotated

import typer

from modellab_core.cli.door import Json, answer, columns, lab

WORDS = {"ok": "ok", "broken": "BROKEN", "not_applicable": "–"}


def register(app: typer.Typer) -> None:
    """Add the command of this file to `app`."""
    app.command()(selfcheck)


def selfcheck(run: Annotated[str, typer.Argument(help="Id of a run.")], as_json: Json = False) -> None:
    """Try laws on the model and the predictions of a run that must hold for any; exit 1 when one is broken."""
    opened = lab()
    found = opened.run(run)
    checked = opened.selfcheck(found)
    rows = [(WORDS[one.outcome], one.promise, one.detail) for one in checked.outcomes]
    table = columns(rows, ("", "law", "seen"))
    answer(as_json, {"run": found.id, **checked.to_json()}, [table, "", checked.sentence])
    if not checked.holds:
        raise typer.Exit(1)
