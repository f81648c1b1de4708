"""`modellab compare` and `modellab gate`: runs judged on the same test rows."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from modellab_core.cli.door import Json, answer, columns, lab, say
from modellab_core.errors import BadInput, Conflict

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
    repeat: Annotated[
        int, typer.Option("--repeat", help="Compare the recipes: so many times 5-fold cross-validation.", min=0, max=50)
    ] = 0,
    as_json: Json = False,
) -> None:
    """Compare runs on the same test rows; exit 1 when they cannot be compared."""
    if repeat and margin is not None:
        raise BadInput("--margin speaks of fitted models and --repeat of recipes: give one of the two.")
    try:
        if repeat:
            _crossed(runs, metric, repeat, as_json)
        else:
            _compared(runs, metric, margin, as_json)
    except Conflict as no:
        say(str(no))
        raise typer.Exit(1) from no


def _compared(runs: list[str], metric: str | None, margin: float | None, as_json: bool) -> None:
    """The one verdict over these fitted models."""
    from modellab_core.harness.comparing.verdict_words import charged_sentence, equivalence_sentence

    found = lab().compare(runs, metric, margin)
    head = ("candidate", "baseline", "difference", "low", "high", "verdict", "smallest visible")
    rows = [
        (one.candidate, one.baseline, one.difference, one.low, one.high, one.verdict, one.detectable)
        for one in found.pairs
    ]
    told = [found.sentence, equivalence_sentence(found), columns(rows, head), charged_sentence(found)]
    answer(as_json, found.to_json(), [line for line in told if line])


def _crossed(runs: list[str], metric: str | None, repeats: int, as_json: bool) -> None:
    """The verdict over their recipes, with a bar where a person watches."""
    from modellab_core.lab.bars import bar_of_steps

    with bar_of_steps("fits") as show:
        found = lab().cross_compare_runs(runs, repeats, metric=metric, told=show)
    head = ("candidate", "baseline", "difference", "low", "high", "p", "verdict")
    rows = [
        (one.candidate, one.baseline, one.difference, one.low, one.high, one.p_value, one.verdict)
        for one in found.pairs
    ]
    answer(as_json, found.to_json(), [found.sentence, columns(rows, head), *found.notes])


def gate(
    candidate: Run,
    baseline: Run,
    metric: Annotated[str, typer.Option("--metric", help="The metric that decides.")],
    margin: Annotated[
        float, typer.Option("--margin", help="How much worse is allowed, in the metric's unit; above 0.")
    ],
    findings: Annotated[
        bool, typer.Option("--findings", help="FAIL also when the candidate has findings that the baseline has not.")
    ] = False,
    accepted: Annotated[
        Path | None, typer.Option("--accepted", help="JSON of findings that are accepted until a day; with --findings.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Say whether a run may take the place of another: PASS exits 0, FAIL 1, INCONCLUSIVE 3, wrong input 2."""
    if accepted is not None and not findings:
        raise BadInput("--accepted says which findings do not count: give --findings too.")
    opened = lab()
    found = opened.gate(candidate, baseline, margin, metric)
    told: dict[str, Any] = {"candidate": opened.run(candidate).id, "baseline": opened.run(baseline).id}
    told |= found.to_json() | {"looks": opened.looks(candidate)}
    lines = [found.sentence]
    if findings:
        from modellab_core.harness.comparing.findings import lines_of

        shown = opened.findings(candidate, baseline, accepted)
        fresh = sum(one.state == "new" for one in shown)
        told |= {"findings": [one.to_json() for one in shown]} | ({"state": "FAIL"} if fresh else {})
        lines += [f"FAIL: {fresh} of {len(shown)} findings are new." if fresh else "No finding is new."]
        lines += [columns(lines_of(shown), ("finding", "state", "what"))] if shown else []
    answer(as_json, told, lines)
    if EXITS[told["state"]]:
        raise typer.Exit(EXITS[told["state"]])
