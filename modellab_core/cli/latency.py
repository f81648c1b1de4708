"""`modellab latency`: how long a run's model takes on this machine."""

from __future__ import annotations

from typing import Annotated

import typer

from modellab_core.cli.door import Json, answer, columns, lab


def register(app: typer.Typer) -> None:
    """Add the command of this file to `app`."""
    app.command()(latency)


def latency(
    run: Annotated[str, typer.Argument(help="Id of a run.")],
    calls: Annotated[int, typer.Option("--calls", help="At most so many calls for each size of batch.", min=1)] = 1000,
    seconds: Annotated[
        float, typer.Option("--seconds", help="At most so long for each size of batch.", min=0.01, max=3600)
    ] = 5.0,
    as_json: Json = False,
) -> None:
    """Time the model of a run: single rows and batches, after a warm-up; kept beside the run, not in its report."""
    opened = lab()
    found = opened.latency(run, calls=calls, seconds=seconds)
    rows = [
        (
            one.rows,
            one.calls,
            *(_with_ends(getattr(one, name), getattr(one, f"{name}_low"), getattr(one, f"{name}_high")) for name in P),
            f"{one.rows_per_second:,.0f}",
        )
        for one in found.times
    ]
    head = ("rows", "calls", *(f"{name} ms" for name in P), "rows/s")
    answer(as_json, {"run": opened.run(run).id, **found.to_json()}, columns(rows, head))


P = ("p50", "p95", "p99")


def _with_ends(value: float, low: float | None, high: float | None) -> str:
    ends = ["?" if end is None else f"{end:.3g}" for end in (low, high)]
    return f"{value:.3g} ({ends[0]} to {ends[1]})"
