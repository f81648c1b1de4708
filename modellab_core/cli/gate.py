"""`modellab compare` and `modellab gate`: runs judged on the same test rows."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from modellab_core.cli.door import Json, answer, columns, lab, say
from modellab_core.errors import Conflict

EXITS = {"PASS": 0, "FAIL": 1, "INCONCLUSIVE": 3}
Run = Annotated[str, typer.Argument(help="Id of a run.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this file to `app`."""
    app.command()(compare)
    app.command()(gate)


def compare(
    runs: Annotated[list[str], typer.Argument(help="Ids of two runs or more.")],
    metric: Annotated[str | None, typer.Option("--metric", help="The metric that ranks; default: by task.")] = None,
    margin: Annotated[
        float | None, typer.Option("--margin", help="A difference that does not matter, in the metric's unit.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Compare runs on the same test rows; exit 1 when they cannot be compared."""
    from modellab_core.harness.verdict_words import charged_sentence, equivalence_sentence

    opened = lab()
    try:
        found = opened.compare(runs, metric, margin)
    except Conflict as no:
        say(str(no))
        raise typer.Exit(1) from no
    head = ("candidate", "baseline", "difference", "low", "high", "verdict", "smallest visible")
    rows = [
        (one.candidate, one.baseline, one.difference, one.low, one.high, one.verdict, one.detectable)
        for one in found.pairs
    ]
    told = [found.sentence, equivalence_sentence(found), columns(rows, head), charged_sentence(found)]
    answer(as_json, found.to_json(), [line for line in told if line])


def gate(
    candidate: Run,
    baseline: Run,
    metric: Annotated[str, typer.Option("--metric", help="The metric that decides.")],
    margin: Annotated[
        float, typer.Option("--margin", help="How much worse is allowed, in the metric's unit; above 0.")
    ],
    as_json: Json = False,
) -> None:
    """Say whether a run may take the place of another: PASS exits 0, FAIL 1, INCONCLUSIVE 3, wrong input 2."""
    opened = lab()
    found = opened.gate(candidate, baseline, margin, metric)
    told: dict[str, Any] = {"candidate": opened.run(candidate).id, "baseline": opened.run(baseline).id}
    answer(as_json, told | found.to_json() | {"looks": opened.looks(candidate)}, found.sentence)
    if EXITS[found.state]:
        raise typer.Exit(EXITS[found.state])
