"""How far a run is, how long it will take, and what waits before it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from statistics import median
from typing import Any

from modellab_core.lab.runs import Runs
from modellab_core.store.catalog_lines import RunLine
from modellab_core.store.tables import LIVE, Batch, Run

WEIGHTS = {"reading": 0.06, "splitting": 0.02, "fitting": 0.37, "predicting": 0.05, "evaluating": 0.3, "files": 0.2}
ENOUGH = 0.15  # of a run, before which its own pace says nothing
EARLIER = 30  # of the newest runs that are looked through for the same work
SURE = 0.97  # of the usual time, after which only the run's own pace counts


class Paces(Runs):
    """Verbs about the queue and the clock."""

    def live_runs(self) -> list[RunLine]:
        """The runs of all projects that run or wait, in the order in which they are started."""
        found = self.catalog.lines.runs(states=LIVE)
        return sorted(found, key=lambda run: (run.state != "running", run.created_at, run.batch_id or "", run.position))

    def usual_seconds(self, batch: Batch) -> dict[str, float]:
        """How long each model took of late on the data of a batch: the median, by model; without any it is absent."""
        newest = self.catalog.lines.runs(batch.project_id, reported=True, limit=EARLIER)
        took: dict[str, list[float]] = {}
        for run in newest:
            if run.version_id == batch.version_id and run.started_at and run.ended_at:
                took.setdefault(run.model, []).append((run.ended_at - run.started_at).total_seconds())
        return {model: median(seconds) for model, seconds in took.items()}


def share(run: Any) -> float:
    """How far a run is, in [0, 1]; the phases weigh about as much as they last."""
    if run.ended_at is not None:
        return 1.0
    names = list(WEIGHTS)
    if run.phase not in names:
        return 0.0
    before = sum(WEIGHTS[name] for name in names[: names.index(run.phase)])
    within = min(1.0, run.done / run.total) if run.total else 0.0
    return min(1.0, before + WEIGHTS[run.phase] * within)


def seconds_left(run: Run, moment: datetime, usual: Mapping[str, float]) -> float | None:
    """About how many seconds a live run still needs; None while nobody can know.

    By what its model usually takes on this data, else (and past that) by its own pace so far.
    """
    known = usual.get(run.model)
    if run.started_at is None:
        return known
    spent = (moment - run.started_at).total_seconds()
    if known is not None and spent < SURE * known:
        return known - spent
    done = share(run)
    return spent * (1 - done) / done if done >= ENOUGH else None
