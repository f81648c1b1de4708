"""What the parts of a report that were searched, tried or chosen look like, for reports that are drawn."""

from __future__ import annotations

from typing import Any

import numpy as np

from modellab_core.data.task import Task
from modellab_core.harness.canonical import plain
from modellab_core.harness.case import Case, Development
from modellab_core.harness.decisions.conformal import conformal
from modellab_core.harness.decisions.thresholds import thresholds
from modellab_core.harness.engine.resampling import resampling_for
from modellab_core.harness.metrics import metric_for
from modellab_core.harness.predictions import Predictions
from modellab_core.harness.scores import Plan, Score


def findings(predictions: Predictions, metric: str, feature: str) -> dict[str, Any]:
    """Thresholds and conformal intervals of these rows, and made-up importance, advice and discovery."""
    plan = Plan(resamples=50)
    across = np.stack([predictions.y_pred, predictions.y_pred]) if predictions.task is Task.REGRESSION else None
    development = Development(predictions, "out_of_fold", np.arange(len(predictions)) % 2, across)
    case = Case(predictions, plan, metric_for(None, predictions.task), resampling_for(predictions, plan))
    held = Case(case.predictions, plan, case.metric, case.resampling, development=development)
    return {
        "thresholds": plain(thresholds(case)),
        "conformal": plain(conformal(held)),
        "importance": importance(metric, len(predictions), feature),
        "advice": advice(feature),
        "discovery": discovery(feature),
    }


def importance(metric: str, n: int, feature: str) -> dict[str, Any]:
    """Three features, of which one cannot be told from zero and one could not be permuted; and a group."""
    features = [
        {"feature": feature, "value": 0.08, "low": 0.05, "high": 0.11, "note": ""},
        {"feature": "city", "value": 0.001, "low": -0.004, "high": 0.006, "note": ""},
        {"feature": "constant", "value": None, "low": None, "high": None, "note": "It has one value."},
    ]
    groups = [{"features": [feature, "city"], "value": 0.1, "low": 0.06, "high": 0.13, "note": "Correlated."}]
    return {
        "metric": metric,
        "n": n,
        "repeats": 10,
        "level": 0.95,
        "features": features,
        "groups": groups,
        "note": "x.",
    }


def advice(feature: str) -> dict[str, Any]:
    """One that helped, one that was no worse, and one that could not be tried."""
    tried = [
        {"advice": f"Drop {feature}", "code": "drop", "before": 0.8, "after": 0.83, "difference": 0.03, "low": 0.01}
        | {"high": 0.05, "n": 400, "verdict": "helps"},
        {
            "advice": "Drop repeated rows",
            "code": "repeated",
            "before": 0.8,
            "after": 0.8,
            "difference": 0.0,
            "low": -0.01,
        }
        | {"high": 0.01, "n": 400, "verdict": "open"},
        {"advice": "Split by time", "code": "time", "before": 0.8, "after": None, "difference": None, "low": None}
        | {"high": None, "n": 400, "verdict": "open"},
    ]
    return {"tried": tried, "recommended": 0, "note": "Measured on out-of-fold rows."}


def discovery(feature: str) -> dict[str, Any]:
    """One slice that was confirmed."""
    found = {"name": f"{feature}: < 20", "query": f"`{feature}` < 20", "n": 40, "loss": 0.35, "rest": 0.1}
    found |= {"difference": 0.25, "low": 0.1, "high": 0.4, "p_value": 0.001, "q_value": 0.004}
    return {
        "searched": 120,
        "kept": 20,
        "q": 0.1,
        "loss": "error rate",
        "found": [found],
        "visible_gap": None,
        "note": "Searched out of fold.",
    }


def of_each_class(classes: tuple[str, ...], n: int) -> list[Score]:
    """Scores of every class, one without an interval."""
    return [
        Score(metric, n // max(len(classes), 1), 0.5 + 0.1 * place, 0.4, 0.9, "wilson", cls=label)
        for label in classes
        for place, metric in enumerate(("precision", "recall", "f1"))
    ]
