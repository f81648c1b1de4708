"""`modellab datasets check`."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from modellab_core.cli.datasets import Dataset, group
from modellab_core.cli.door import Json, answer, lab

if TYPE_CHECKING:
    from modellab_core.checks.finding import Finding


def register(app: typer.Typer) -> None:  # noqa: ARG001  the room of datasets is in the app already
    """Add the command of this file to `modellab datasets`."""
    group.command()(check)


def check(
    dataset: Dataset,
    target: Annotated[
        str | None, typer.Option("--target", help="The column to predict; without it only the table is looked at.")
    ] = None,
    task: Annotated[
        str | None, typer.Option("--task", help="classification or regression; guessed if not given.")
    ] = None,
    split: Annotated[str, typer.Option("--split", help="random, time:COL, group:COL or column:COL.")] = "random",
    test_size: Annotated[float, typer.Option("--test-size", help="Share of the rows that test.")] = 0.2,
    seed: Annotated[int, typer.Option("--seed", help="Fixes every draw.")] = 42,
    positive: Annotated[str | None, typer.Option("--positive", help="The positive class.")] = None,
    drop: Annotated[list[str] | None, typer.Option("--drop", help="A column to leave out; may be repeated.")] = None,
    weight: Annotated[str | None, typer.Option("--weight", help="Column of importance weights.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Also list what is clear or not applicable.")] = False,
    as_json: Json = False,
) -> None:
    """Look for what could go wrong before a training; warnings do not change the exit code."""
    opened = lab()
    version = opened.version(dataset)
    found = opened.check(
        version,
        target,
        task=task,
        split=split,
        test_size=test_size,
        seed=seed,
        drop=tuple(drop or ()),
        weight=weight,
        positive=positive,
    )
    kind = opened.task(version, target, task)
    told = {
        "dataset_version": version.id,
        "target": target,
        "task": kind,
        "split": split,
        "findings": [one.to_json() for one in found],
    }
    about = f"{target} ({kind}), split {split}" if target else "no target"
    answer(as_json, told, [f"{version.rows:,} rows, {version.columns} columns; {about}", *_lines(found, everything)])


def _lines(findings: Sequence[Finding], everything: bool) -> Iterator[str]:
    """What was found, the serious first, each with its way out; then how much is clear or was not applicable."""
    for one in findings:
        if one.found:
            yield f"{one.severity}: {one.claim} [{one.code}]"
            yield f"  {_way_out(one)}"
    for outcome, words in (("clear", "clear"), ("not_applicable", "not applicable")):
        codes = list(dict.fromkeys(one.code for one in findings if one.outcome == outcome))
        yield f"{len(codes)} checks {words}." if everything else f"{len(codes)} checks {words} (--all lists them)."
        if everything:
            yield from (f"  {one.claim} [{one.code}]" for one in findings if one.outcome == outcome)


def _way_out(one: Finding) -> str:
    return f"{one.way_out} {shlex.join(one.remedy.options())}" if one.remedy else one.way_out
