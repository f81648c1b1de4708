"""Runs: looked at, stopped, started again, deleted, compared."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from modellab_core.data.parquet import from_parquet
from modellab_core.errors import Conflict, NotFound, choices
from modellab_core.experiment import predictions_from_parquet
from modellab_core.harness.comparison import Comparison, judge
from modellab_core.harness.metrics import headline_of
from modellab_core.harness.predictions import Predictions
from modellab_core.harness.report import Report
from modellab_core.harness.scores import Score
from modellab_core.jobs import log_text
from modellab_core.lab.base import Base
from modellab_core.store.tables import Run
from modellab_core.training.persistence import load
from modellab_core.training.trained import TrainedModel


class Runs(Base):
    """Verbs about runs. Each takes an id, the beginning of one, or a name."""

    def runs(self, project: str | None = None) -> list[Run]:
        """The runs of a project, or of all, the latest first."""
        return self.catalog.runs.all(self.catalog.projects.find(project).id if project else None)

    def run(self, ref: str | Run) -> Run:
        """A run as it is at this moment. NotFound names the choices."""
        return self.catalog.runs.get(ref.id) if isinstance(ref, Run) else self.catalog.runs.find(ref)

    def cancel(self, ref: str) -> Run:
        """Ask a run to stop; nothing of it is kept. Conflict when it has ended."""
        return self.catalog.queue.cancel(self.run(ref).id)

    def retry(self, ref: str) -> Run:
        """Queue a run that failed, was cancelled or was interrupted once more."""
        return self.catalog.queue.retry(self.run(ref).id)

    def delete_run(self, ref: str) -> None:
        """Delete a run with its report; the bytes go with the next `clean`, the looks at its split stay counted."""
        self.catalog.runs.delete(self.run(ref).id)

    def log(self, ref: str) -> str:
        """What the worker of a run printed, so far or in the end; "" when there is nothing."""
        return log_text(self.catalog, self.run(ref))

    def file(self, ref: str | Run, name: str) -> bytes:
        """The checked bytes of one file of a run, such as `eval/report.html`. NotFound names the choices."""
        run = ref if isinstance(ref, Run) else self.run(ref)
        if name not in run.files:
            if not run.files:
                raise NotFound(f"The run {run.id} is {run.state}: it has no files.")
            raise NotFound(f"The run {run.id} has no file {name!r}: {choices(name, sorted(run.files))}")
        return self.blobs.read(run.files[name])

    def report(self, ref: str | Run) -> Report:
        """The report of a run that succeeded."""
        return Report.from_json(json.loads(self.file(ref, "eval/eval_summary.json")))

    def headlines(self, ref: str | Run) -> dict[str, Score]:
        """The overall score of each metric of a run."""
        return {one.metric: one for one in self.report(ref).overall}

    def predictions(self, ref: str | Run) -> Predictions:
        """The stored predictions of the test rows of a run, without features."""
        return predictions_from_parquet(self.file(ref, "predictions.parquet"))

    def model(self, ref: str | Run) -> TrainedModel:
        """The fitted model of a run, loaded without unpickling anything."""
        run = ref if isinstance(ref, Run) else self.run(ref)
        names = [name for name in run.files if name.startswith("model/")]
        if not names:
            raise NotFound(f"The run {run.id} has no model: {_why_no_model(run)}")
        return load({name.removeprefix("model/"): self.file(run, name) for name in names})

    def development(self, ref: str | Run) -> pd.DataFrame:
        """The predictions that served the choices of a run: out of fold, or of the valid rows."""
        return from_parquet(self.file(ref, "development.parquet"))

    def compare(self, refs: Sequence[str], metric: str | None = None) -> Comparison:
        """The one verdict over runs on the same test rows, by run id, simple first.

        Conflict when they were scored on different rows or truths, so that no ranking would mean anything.
        """
        runs = sorted({run.id: run for run in (self.run(ref) for ref in refs)}.values(), key=_simple_first)
        if len(runs) < 2:
            raise NotFound("A comparison needs two different runs or more: name another.")
        sides = {run.id: self.predictions(run) for run in runs}
        keys = {run.id: split_key(run, sides[run.id]) for run in runs}
        other = [run.id for run in runs if keys[run.id] != keys[runs[0].id]]
        if other:
            raise Conflict(
                f"These runs cannot be ranked: {', '.join(other)} was scored on other test rows, another target or "
                f"other classes than {runs[0].id}. Train them on the same data with the same target, split and seed."
            )
        chosen = metric or next((run.headline["metric"] for run in runs if run.headline), None)
        plan = self.report(runs[0]).plan
        labels = _distinct({run.id: run.model or run.name for run in runs})
        found = judge({labels[run]: side for run, side in sides.items()}, chosen, replace(plan, headline=chosen))
        return by_id(found, {label: run for run, label in labels.items()})

    def looks(self, ref: str | Run) -> int:
        """How many different sets of predictions were scored on the test rows of a run."""
        run = ref if isinstance(ref, Run) else self.run(ref)
        if "predictions.parquet" not in run.files:
            return 0
        return self.catalog.evidence.looks(split_key(run, self.predictions(run)))


def headline_json(report: Report) -> dict[str, Any]:
    """What a list of runs shows of a report: the headline metric with its interval, and what its batch recommends."""
    score = report[report.plan.headline or headline_of(report.task)]
    told = {"metric": score.metric, "value": score.value, "low": score.low, "high": score.high}
    return told | {"recommended": report.comparison["recommended"] if report.comparison else None}


def by_id(found: Comparison, ids: dict[str, str]) -> Comparison:
    """The same verdict with ids in the place of names; the sentence stays as people read it."""
    pairs = tuple(replace(pair, candidate=ids[pair.candidate], baseline=ids[pair.baseline]) for pair in found.pairs)
    return replace(
        found,
        names=tuple(ids[name] for name in found.names),
        top_set=tuple(ids[name] for name in found.top_set),
        best=ids.get(found.best or ""),
        recommended=ids.get(found.recommended or ""),
        pairs=pairs,
    )


def split_key(run: Run, predictions: Predictions) -> str:
    """What runs must share to be compared: the data, the test rows and their truth."""
    digest = hashlib.sha256()
    digest.update(json.dumps([run.recipe.get("sha256"), predictions.task, predictions.classes]).encode())
    digest.update(predictions.row.tobytes())
    digest.update(predictions.y_true.tobytes())
    return digest.hexdigest()


def _simple_first(run: Run) -> tuple[int, str]:
    order = {"dummy": 0, "linear": 1, "xgboost": 2}
    return order.get(run.model, 3), run.created_at.isoformat()


def _distinct(labels: dict[str, str]) -> dict[str, str]:
    """Labels for people that tell the runs apart: the model's name, with the id where two runs share it."""
    names = list(labels.values())
    return {run: name if names.count(name) == 1 else f"{name} {run}" for run, name in labels.items()}


def _why_no_model(run: Run) -> str:
    if run.kind == "imported":
        return "its predictions came from outside."
    return f"it is {run.state}." if run.state != "succeeded" else "none was kept."
