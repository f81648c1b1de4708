"""The slices of a report: cut, searched for weak ones, and scored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from modellab_core.data.table import Note
from modellab_core.data.task import Task
from modellab_core.harness.case import Case
from modellab_core.harness.metrics import chosen_metrics
from modellab_core.harness.scores import Score
from modellab_core.harness.scoring import scores
from modellab_core.harness.slices import Slice, slices_of

SLICE_METRICS = {
    Task.BINARY: ("accuracy", "precision", "recall", "f1", "roc_auc", "log_loss"),
    Task.MULTICLASS: ("accuracy", "f1_macro", "log_loss"),
    Task.REGRESSION: ("mae", "rmse", "mean_error"),
}


@dataclass(frozen=True, eq=False)
class Sliced:
    """The slices of a report: their Scores, what each is by name, what a search for weak ones found, and notes."""

    scores: Sequence[Score] = ()
    about: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    discovery: Mapping[str, Any] = field(default_factory=dict)
    confirmed: Sequence[Slice] = ()
    notes: tuple[Note, ...] = ()


def sliced(case: Case) -> Sliced:
    """All slices that the plan asks for; `confirmed` holds those found weak on other rows, the weakest first."""
    found, notes = slices_of(case.predictions, case.plan)
    if not found:
        return Sliced(notes=notes)
    metrics = chosen_metrics(case.predictions.task, case.plan, SLICE_METRICS[case.predictions.task])
    lines = scores(case.predictions, metrics, case.resampling, {one.name: one.rows for one in found})
    about = {one.name: one.to_json() for one in found}
    return Sliced([line for line in lines if line.slice != "all"], about, notes=notes)
