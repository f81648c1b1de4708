"""The numbers of a run that a re-run must meet, each with its tolerance, and the predictions of the simpler models."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pandas as pd

from modellab_core.data.parquet import from_parquet, parquet_metadata, to_parquet
from modellab_core.data.task import Task
from modellab_core.experiment import predictions_from_parquet, predictions_to_parquet
from modellab_core.harness.metrics import METRICS
from modellab_core.harness.predictions import Predictions

SCHEMA = "modellab.expected/1"

SAME, ACROSS = 1e-9, 1e-6
"""Relative differences allowed on the same platform and across platforms."""

FLIPS = {"same": 0, "across": 1}
"""Predictions that may flip; a threshold metric cannot be asked for less, since one flip moves accuracy by 1/n."""

MOVED = {"same": 1e-9, "across": 1e-4, "flips": FLIPS}
"""How far single predictions may move: probabilities absolutely, regression in units of the largest prediction."""


def numbers(summary: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every Score of `eval_summary.json` over all rows without stress, and every paired difference, in their order.

    Each has `id`, `kind` (score or difference), `metric`, `value`, `low`, `high` and `n`.
    """
    overall = [score for score in summary["scores"] if score["slice"] == "all" and score["stress"] == "none"]
    comparison = summary["comparison"] or {"pairs": []}
    return [_score(score) for score in overall] + [_difference(pair, comparison) for pair in comparison["pairs"]]


def _score(score: Mapping[str, Any]) -> dict[str, Any]:
    name = score["metric"] if score["cls"] is None else f"{score['metric']} [{score['cls']}]"
    kept = {key: score[key] for key in ("metric", "cls", "value", "low", "high", "level", "method", "n")}
    return {"id": name, "kind": "score", **kept}


def _difference(pair: Mapping[str, Any], comparison: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: pair[key] for key in ("candidate", "baseline", "low", "high", "method", "verdict")}
    name = f"{comparison['metric']}: {pair['candidate']} - {pair['baseline']}"
    about = {"metric": comparison["metric"], "value": pair["difference"], "n": comparison["n"]}
    return {"id": name, "kind": "difference", **about, **kept}


def expected_metrics(summary: Mapping[str, Any]) -> dict[str, Any]:
    """`expected/metrics.json`: the numbers of a report, each with its direction and tolerance."""
    task = Task(summary["task"])
    entries = [
        entry | {"direction": _direction(entry), "tolerance": _tolerance(entry, task)} for entry in numbers(summary)
    ]
    return {"schema": SCHEMA, "metrics": entries, "predictions": {"tolerance": MOVED}}


def _direction(entry: Mapping[str, Any]) -> int:
    """+1 where higher is better, −1 where lower is, 0 where nearer to zero is; a difference is better when higher."""
    return 1 if entry["kind"] == "difference" else METRICS[entry["metric"]].direction


def _tolerance(entry: Mapping[str, Any], task: Task) -> dict[str, Any]:
    """In flips for metrics that only see the predicted class, else relative.

    `scale` is what a relative difference is taken of: the largest of value and ends, so that a value near zero with a
    wide interval is not asked for more digits than the sum behind it has.
    """
    scale = max((abs(entry[key]) for key in ("value", "low", "high") if entry[key] is not None), default=0.0)
    if task.is_classification and METRICS[entry["metric"]].needs == "prediction":
        return {"kind": "flips", **FLIPS, "exact": SAME, "scale": scale}
    return {"kind": "relative", "same": SAME, "across": ACROSS, "scale": scale}


def baselines_to_parquet(baselines: Mapping[str, Predictions]) -> bytes:
    """The predictions of several models as one table, with their name in `model`, in the order given."""
    files = {name: predictions_to_parquet(predictions) for name, predictions in baselines.items()}
    frames = [from_parquet(content).assign(model=name) for name, content in files.items()]
    metadata = parquet_metadata(next(iter(files.values()))) | {"models": json.dumps(list(files))}
    return to_parquet(pd.concat(frames, ignore_index=True), metadata)


def baselines_from_parquet(content: bytes) -> dict[str, Predictions]:
    """What `baselines_to_parquet` wrote."""
    frame, metadata = from_parquet(content), dict(parquet_metadata(content))
    names = json.loads(metadata.pop("models"))
    parts = {name: frame[frame["model"] == name].drop(columns="model") for name in names}
    return {
        name: predictions_from_parquet(to_parquet(part.reset_index(drop=True), metadata))
        for name, part in parts.items()
    }
