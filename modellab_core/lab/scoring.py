"""A trained run at work: its opened state for the pages, and predictions for a new table."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from modellab_core.data.reading import Asked, read
from modellab_core.data.table import Note
from modellab_core.data.task import Task
from modellab_core.files import publish
from modellab_core.harness.failures.around import Known, right_rows
from modellab_core.harness.laws.selfcheck import SelfCheck, selfcheck_predictions
from modellab_core.harness.predictions import Predictions
from modellab_core.harness.report import Report
from modellab_core.lab.spreadsheet import csv_bytes
from modellab_core.lab.training import Training
from modellab_core.store.tables import Run
from modellab_core.training.foreign import predict_foreign
from modellab_core.training.trained import TrainedModel

VALID_PARTS = 2  # a `valid` part has two folds, out of fold there are more


class Scoring(Training):
    """Verbs that use a trained run."""

    def opened(self, ref: str | Run) -> tuple[Report, Predictions, pd.DataFrame]:
        """The report of a run, its predictions and the features of its test rows; empty where the data is gone."""
        run = self.run(ref)
        predictions = self.predictions(run)
        if run.version_id is None:
            return self.report(run), predictions, pd.DataFrame(index=predictions.row)
        features = self.table(run.version_id).frame.iloc[predictions.row].drop(columns=run.recipe["target"])
        return self.report(run), replace(predictions, X=features), features

    def known(self, ref: str | Run) -> Known | None:
        """The rows that served the choices of a run, each with a prediction by a model that did not see it.

        None where they or their data are gone, and for predictions from outside.
        """
        run = self.run(ref)
        if run.version_id is None or "development.parquet" not in run.files:
            return None
        frame = self.development(run)
        if not len(frame):
            return None
        rows = frame["row"].to_numpy(np.int64)
        truth, said = frame["y_true"].to_numpy(), frame["y_pred"].to_numpy()
        return Known(
            self.table(run.version_id).frame.iloc[rows].drop(columns=run.recipe["target"]),
            rows,
            truth.tolist(),
            said.tolist(),
            right_rows(truth, said, Task(run.recipe["task"]).is_classification),
            "training row" if frame["fold"].max() >= VALID_PARTS else "held-out row",
        )

    def selfcheck(self, ref: str | Run) -> SelfCheck:
        """The laws that must hold whatever the model is, tried on a run; without a model those that need none."""
        run = self.run(ref)
        report, predictions, _ = self.opened(run)
        kept = run.kind == "template" and any(name.startswith("model/") for name in run.files)
        return selfcheck_predictions(predictions, self.model(run) if kept else None, report.plan)

    def predict(self, ref: str | Run, frame: pd.DataFrame) -> tuple[pd.DataFrame, tuple[Note, ...]]:
        """Score the rows of `frame`: a column `prediction`, for classes also `P(label)` each; and what was unlike."""
        run = self.run(ref)
        if run.kind == "logged":  # the script's own code made it, so it is opened in a process of its own
            return predict_foreign(self.model_files(run), frame, scratch=self.scratch), ()
        model = self.model(run)
        return predicted(model, frame), model.check(frame)

    def predict_file(self, ref: str | Run, file: Path, out: Path) -> tuple[pd.DataFrame, tuple[Note, ...]]:
        """Score a file and write `out`: the file's columns with those of `predict` behind them, as CSV."""
        return self.score_file(ref, file, out)[1:]

    def score_file(self, ref: str | Run, file: Path, out: Path) -> tuple[pd.DataFrame, pd.DataFrame, tuple[Note, ...]]:
        """`predict_file`, which also gives the table that was read."""
        table = read(Path(file), Asked(), scratch=self.scratch)
        scored, notes = self.predict(ref, table.frame)
        publish(Path(out), csv_bytes(pd.concat([table.frame, scored], axis=1)), mode=0o644)
        return table.frame, scored, notes


def predicted(model: TrainedModel, frame: pd.DataFrame) -> pd.DataFrame:
    """The predictions of `model` for the rows of `frame`, with the frame's index."""
    if not model.task.is_classification:
        return pd.DataFrame({"prediction": model.predict(frame)}, index=frame.index)
    proba = model.predict_proba(frame)
    labels = [model.classes[code] for code in proba.argmax(axis=1)]
    columns = {f"P({label})": proba[:, place] for place, label in enumerate(model.classes)}
    return pd.DataFrame({"prediction": labels, **columns}, index=frame.index)
