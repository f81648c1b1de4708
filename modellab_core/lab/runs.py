"""Runs: looked at, stopped, started again, deleted. How they are compared is in `judging.py`."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pandas as pd

from modellab_core.data.parquet import from_parquet
from modellab_core.errors import NotFound, choices
from modellab_core.experiment import predictions_from_parquet
from modellab_core.harness.metrics import headline_of
from modellab_core.harness.predictions import Predictions
from modellab_core.harness.report import Report
from modellab_core.harness.scores import Score
from modellab_core.jobs import log_text
from modellab_core.lab.run_table import RunTables
from modellab_core.store.catalog_lines import RunLine
from modellab_core.store.tables import Run
from modellab_core.training.logged import load_logged
from modellab_core.training.persistence import load

REPORT = "eval/eval_summary.json"


class Runs(RunTables):
    """Verbs about runs. Each takes an id, the beginning of one, or a name."""

    def all_runs(self, project: str | None = None) -> list[Run]:
        """The runs of a project, or of all, the latest first, as rows; `runs` gives them as a table."""
        return self.catalog.runs.all(self.catalog.projects.find(project).id if project else None)

    def lines(self, project: str, reported: bool = False, limit: int | None = None) -> list[RunLine]:
        """The runs of a project as lines of a list, the latest first, or those with a report: quick where many are."""
        return self.catalog.lines.runs(self.catalog.projects.find(project).id, reported=reported, limit=limit)

    def children(self, ref: str | Run) -> list[RunLine]:
        """The runs that were started inside the block of a logged run, the latest first."""
        run = self.run(ref)
        return self.catalog.lines.runs(run.project_id, parent_id=run.id)

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
        return self.blobs.read(run.files[name], f"{name} of the run {run.id}")

    def report(self, ref: str | Run) -> Report:
        """The report of a run that succeeded."""
        return Report.from_json(json.loads(self.file(ref, REPORT)))

    def has_report(self, run: Run) -> bool:
        """Whether a run has succeeded and left a report; one that a script logged may have none."""
        return run.state == "succeeded" and REPORT in run.files

    def headlines(self, ref: str | Run) -> dict[str, Score]:
        """The overall score of each metric of a run."""
        return {one.metric: one for one in self.report(ref).overall}

    def predictions(self, ref: str | Run) -> Predictions:
        """The stored predictions of the test rows of a run, without features."""
        return predictions_from_parquet(self.file(ref, "predictions.parquet"))

    def model(self, ref: str | Run) -> Any:
        """The fitted model of a run, loaded without unpickling anything: a TrainedModel, or the estimator it logged."""
        run = ref if isinstance(ref, Run) else self.run(ref)
        files = self.model_files(run)
        return load_logged(files) if run.kind == "logged" else load(files)

    def model_files(self, run: Run) -> dict[str, bytes]:
        """The checked files of a run's model by name. NotFound when it has none."""
        names = [name for name in run.files if name.startswith("model/")]
        if not names:
            raise NotFound(f"The run {run.id} has no model: {_why_no_model(run)}")
        return {name.removeprefix("model/"): self.file(run, name) for name in names}

    def development(self, ref: str | Run) -> pd.DataFrame:
        """The predictions that served the choices of a run: out of fold, or of the valid rows."""
        return from_parquet(self.file(ref, "development.parquet"))


def headline_json(report: Report) -> dict[str, Any]:
    """What a list of runs shows of a report: the headline metric with its interval, and what its batch recommends."""
    score = report[report.plan.headline or headline_of(report.task)]
    told = {"metric": score.metric, "value": score.value, "low": score.low, "high": score.high}
    return told | {"recommended": report.comparison["recommended"] if report.comparison else None}


def split_key(run: Run, predictions: Predictions) -> str:
    """What runs must share to be compared: the data, the test rows and their truth.

    The data of an imported run is the file of its own predictions, so for such runs rows and truth alone count.
    """
    return key_of_rows(None if run.kind == "imported" else run.recipe.get("sha256"), predictions)


def key_of_rows(data: str | None, predictions: Predictions) -> str:
    """`split_key` by the SHA-256 of the data, for what is no run yet."""
    digest = hashlib.sha256()
    digest.update(json.dumps([data, predictions.task, predictions.classes]).encode())
    digest.update(predictions.row.tobytes())
    digest.update(predictions.y_true.tobytes())
    return digest.hexdigest()


def _why_no_model(run: Run) -> str:
    if run.kind == "imported":
        return "its predictions came from outside."
    return f"it is {run.state}." if run.state != "succeeded" else "none was kept."
