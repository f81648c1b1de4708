"""Reports small enough to draw many of them, with every part that a figure may read."""

from __future__ import annotations

from typing import Any

import numpy as np
from drawn_findings import findings, of_each_class

from modellab_core.data.task import Task
from modellab_core.harness.curves import curves
from modellab_core.harness.predictions import Predictions
from modellab_core.harness.scores import Plan, Score
from modellab_core.harness.summary import Report

NASTY = "<script>alert(1)</script> & $x_{1}$ 'q' \"d\" <br>"


def binary_predictions(
    n: int = 400, share: float = 0.3, strength: float = 1.5, seed: int = 0, classes: tuple[str, str] = ("no", "yes")
) -> Predictions:
    """Two classes whose scores are told apart by `strength`."""
    rng = np.random.default_rng(seed)
    truth = (rng.random(n) < share).astype(np.int64)
    score = 1 / (1 + np.exp(-(strength * (truth - 0.5) + rng.normal(size=n))))
    said = (score > 0.5).astype(np.int64)
    proba = np.stack([1 - score, score], axis=1)
    return Predictions(Task.BINARY, np.arange(n), truth, said, proba, classes, classes[1])


def multiclass_predictions(k: int = 3, n: int = 400, seed: int = 0) -> Predictions:
    """`k` classes of equal share, the later ones told apart more easily."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, k, n)
    logits = rng.normal(size=(n, k))
    logits[np.arange(n), truth] += np.linspace(1, 3, k)[truth]
    proba = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    classes = tuple(f"class {code}" for code in range(k))
    return Predictions(Task.MULTICLASS, np.arange(n), truth, proba.argmax(axis=1), proba, classes)


def regression_predictions(n: int = 400, seed: int = 0, heavy: bool = False) -> Predictions:
    """Errors that grow with the prediction; with `heavy` tails, a few of them very large."""
    rng = np.random.default_rng(seed)
    said = rng.gamma(3, 100, n)
    error = (rng.standard_t(2, n) if heavy else rng.normal(size=n)) * 0.2 * said
    return Predictions(Task.REGRESSION, np.arange(n), said + error, said)


def report_of(predictions: Predictions, target: str = "target", feature: str = "age", **parts: Any) -> Report:
    """A report with made-up scores: the figures draw them, they do not judge them."""
    n, binary = len(predictions), predictions.task is Task.BINARY
    headline = "roc_auc" if binary else "mae" if predictions.task is Task.REGRESSION else "accuracy"
    scores = [Score(headline, n, 0.8, 0.75, 0.85, "percentile"), Score("ece", n, 0.03, null_low=0.01, null_high=0.04)]
    if binary:
        scores += [
            Score("accuracy", n, 0.7, 0.65, 0.75, "wilson"),
            Score("log_loss", n, 0.5, note="One row carries 13 %."),
        ]
    names = [f"{feature}: < {bound}" for bound in (20, 30, 40)]
    scores += [
        Score(headline, 40 + place, 0.6 + 0.1 * place, 0.5 + 0.1 * place, 0.7 + 0.1 * place, "percentile", slice=name)
        for place, name in enumerate(names)
    ]
    given: dict[str, Any] = {
        "slices": {name: {"feature": feature, "bin": name, "query": None, "confirmed": None} for name in names},
        "stress": {
            "missing_values": stress_curve(headline, n),
            f"shuffled_feature: {feature}": shuffled(headline, n, feature),
        },
        "comparison": comparison(headline, n) if binary else None,
        "failures": [
            {
                "row": 3,
                "y_true": feature,
                "y_pred": "no",
                "proba": None,
                "loss": 2.5,
                "tags": [{"tag": "largest loss", "evidence": f"predicted {feature}"}],
                "cause": "unexplained",
            }
        ],
        "takeaway": [{"sentence": f"Sentence {place} about {target}.", "numbers": []} for place in range(1, 6)],
        "calibration": calibration(predictions) if predictions.proba is not None else {},
    }
    given |= findings(predictions, headline, feature) | parts
    scores += of_each_class(predictions.classes, n)
    return Report(
        task=predictions.task,
        target=target,
        classes=predictions.classes,
        positive=predictions.positive,
        n=n,
        plan=Plan(headline=headline),
        scores=tuple(scores),
        curves=curves(predictions),
        **given,
    )


def calibration(predictions: Predictions) -> dict[str, Any]:
    """Two bins, the second of which is off."""
    bins = [
        {"from": 0.2, "to": 0.4, "n": 60, "predicted": 0.3, "observed": 0.32, "low": 0.2, "high": 0.45},
        {"from": 0.8, "to": 1.0, "n": 40, "predicted": 0.9, "observed": 0.6, "low": 0.43, "high": 0.75},
    ]
    slope = Score("calibration_slope", len(predictions), 0.7, 0.5, 0.9, "percentile").to_json()
    return {"curve": {"about": f"P({predictions.positive})", "bins": bins}, "scores": [slope]}


def stress_curve(metric: str, n: int) -> dict[str, Any]:
    """A curve over three severities that loses its lead at the last."""
    return {
        **{
            "stress": "missing_values",
            "title": "Missing values",
            "unit": "share of all cells emptied",
            "feature": None,
        },
        **{"metric": metric, "n": n, "repeats": 5, "level": 0.95, "reference": "the dummy", "note": ""},
        "severities": [0.0, 0.2, 0.5],
        "value": [0.8, 0.7, 0.55],
        "change": [0.0, -0.1, -0.25],
        "change_low": [None, -0.15, -0.3],
        "change_high": [None, -0.05, -0.2],
        "dummy": [0.5, 0.5, 0.5],
        "lead": [0.3, 0.2, 0.05],
        "lead_low": [0.2, 0.1, -0.02],
        "lead_high": [0.4, 0.3, 0.12],
        "crossing": 0.5,
    }


def shuffled(metric: str, n: int, feature: str) -> dict[str, Any]:
    """One feature dealt to other rows."""
    long = stress_curve(metric, n)
    two = {name: [values[0], values[-1]] for name, values in long.items() if isinstance(values, list)}
    about = {"stress": "shuffled_feature", "title": "Shuffled feature", "feature": feature, "crossing": None}
    return long | two | about | {"severities": [0.0, 1.0]}


def comparison(metric: str, n: int) -> dict[str, Any]:
    """Three models, of which two are tied."""
    shared = {"low": -0.01, "high": 0.02, "detectable": 0.02, "method": "percentile", "discordant": None, "note": ""}
    pairs = [
        {"candidate": "linear", "baseline": "dummy", "difference": 0.3, "verdict": "better", **shared},
        {"candidate": "xgboost", "baseline": "linear", "difference": 0.005, "verdict": "tied", **shared},
    ]
    return {
        **{"metric": metric, "label": "ROC AUC", "n": n, "critical": 2.4, "resamples": 1000},
        **{"names": ["dummy", "linear", "xgboost"], "values": [0.5, 0.8, 0.805], "top_set": ["linear", "xgboost"]},
        **{"best": "xgboost", "recommended": "linear", "pairs": pairs, "sentence": "Use the linear model."},
    }
