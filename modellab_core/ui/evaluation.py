"""A run beside another one, and whether its chances come true."""

from __future__ import annotations

from typing import Any

from modellab_core.errors import ModelLabError
from modellab_core.lab import Lab
from modellab_core.ui.cards import Difference, calibration_scores
from modellab_core.ui.findings import conformal
from modellab_core.ui.named import model_name
from modellab_core.ui.pictures import figures
from modellab_core.ui.scores import score_table


def difference_to(lab: Lab, run: Any, other: Any) -> Difference | None:
    """The paired difference of the headline to another run, as the one verdict judges it; None if it cannot."""
    if other is None or other.id == run.id:
        return None
    mates = run.batch_id is not None and run.batch_id == other.batch_id
    try:
        found = lab.verdict(run.batch_id) if mates else lab.compare([run.id, other.id])
    except ModelLabError:
        return None
    if found is None:
        return None
    me, it = (run.model, other.model) if mates else (run.id, other.id)
    value = dict(zip(found.names, found.values, strict=True)).get(it)
    for pair in found.pairs:
        if {pair.candidate, pair.baseline} == {me, it}:
            return _turned(pair, pair.candidate == me, model_name(other), value)
    return None


def _turned(pair: Any, forward: bool, to: str, value: float | None) -> Difference:
    """The pair seen from one of its sides."""
    if forward or pair.difference is None:
        return Difference(to, pair.difference, pair.low, pair.high, pair.verdict, value)
    flipped = {"better": "worse", "worse": "better"}.get(pair.verdict, pair.verdict)
    low, high = (None if end is None else -end for end in (pair.high, pair.low))
    return Difference(to, -pair.difference, low, high, flipped, value)


def calibration(report: Any) -> None:
    """Whether chances come true, with the band of a perfectly calibrated model; for numbers whether intervals hold."""
    if not report.task.is_classification:
        conformal(report)
        return
    figures(("calibration_curve", "confidence_histogram"), report, "calibration")
    scores = calibration_scores(report)
    if scores:
        score_table(scores, "calibration-scores")


def class_curves(report: Any) -> None:
    """The curves of a classifier and its confusion matrix; nothing for numbers."""
    if report.task.is_classification:
        figures(("roc_curve", "pr_curve", "confusion_matrix"), report, "curves", columns=3)
