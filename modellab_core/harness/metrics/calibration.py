"""Whether predicted probabilities come true."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from modellab_core.data.task import Task
from modellab_core.harness.engine.calibration_bundles import CalibrationBundles
from modellab_core.harness.engine.calibration_draws import CALIBRATION_NUMBERS, CalibrationRows
from modellab_core.harness.engine.cells import ECE_BINS, confidence, ece_bin
from modellab_core.harness.engine.drawing import effective_rows, one_thread, part_of
from modellab_core.harness.engine.resampling import Resampling
from modellab_core.harness.intervals.formulas import clopper_pearson, expanded_percentile
from modellab_core.harness.intervals.rules import FEW_GROUPS, blocked, resampled_method
from modellab_core.harness.metrics import METRICS
from modellab_core.harness.predictions import Floats, Predictions
from modellab_core.harness.scores import Score
from modellab_core.harness.scoring import scores

FEW_SURPRISES = 10  # rows expected to turn out against their probability: under this no interval of the L2 error


def calibration_curve(
    predictions: Predictions, bins: int = ECE_BINS, level: float = 0.95, *, frequency: bool = False
) -> dict[str, Any]:
    """Predicted against observed share per equal-width bin, as plain JSON values; {} without probabilities.

    `about` says which probability it is: "P(yes)", or "confidence in the predicted class" for several classes. `bins`
    lists the bins that hold rows: `from`, `to` (edges, closed on the right), `n`, `predicted` (mean probability),
    `observed` (share that came true), `low`, `high` (Clopper–Pearson at `level`, from the effective rows if weighted,
    or with `frequency` from as many rows as the weights say).
    """
    if predictions.proba is None or not len(predictions):
        return {}
    probability, hit = confidence(predictions), came_true(predictions)
    weight = np.ones(len(hit)) if predictions.weight is None else predictions.weight
    binned, edges = ece_bin(probability, bins), np.linspace(0.0, 1.0, bins + 1)
    lines = []
    for number in np.unique(binned):
        rows = binned == number
        line = _bin(probability[rows], hit[rows], weight[rows], level, frequency)
        if line:
            lines.append({"from": float(edges[number]), "to": float(edges[number + 1]), **line})
    return {"about": about(predictions), "level": level, "bins": lines}


def about(predictions: Predictions) -> str:
    """Which probability calibration speaks of."""
    if predictions.task is Task.BINARY:
        return f"P({predictions.classes[predictions.positive_code]})"
    return "confidence in the predicted class"


def came_true(predictions: Predictions) -> Floats:
    """1.0 where what `confidence` gives a probability for is the case, else 0.0, (n,)."""
    assert predictions.proba is not None
    said = predictions.positive_code if predictions.task is Task.BINARY else predictions.proba.argmax(axis=1)
    return np.asarray(predictions.y_true == said, dtype=np.float64)


def _bin(probability: Floats, hit: Floats, weight: Floats, level: float, frequency: bool) -> dict[str, Any]:
    total = float(weight.sum())
    if total <= 0:
        return {}
    observed, rows = float(weight @ hit) / total, total if frequency else effective_rows(weight)
    low, high = clopper_pearson(observed * rows, rows, level)
    mean = float(weight @ probability) / total
    return {"n": len(hit), "predicted": mean, "observed": observed, "low": low, "high": high}


def calibration(predictions: Predictions, resampling: Resampling) -> dict[str, Any]:
    """The content of `calibration.json`; {} for regression or without probabilities.

    `curve` is `calibration_curve`; `scores` lists Scores as JSON: `ece` beside its null band, then the numbers of
    `calibration_draws`: `calibration_slope`, `calibration_intercept` (binary), `calibration_l2`; `definitions` says
    what each means.
    """
    if predictions.proba is None or not len(predictions):
        return {}
    numbers = calibration_scores(predictions, resampling)
    found = [*scores(predictions, [METRICS["ece"]], resampling), *numbers]
    return {
        "curve": calibration_curve(predictions, level=resampling.level, frequency=resampling.frequency),
        "scores": [score.to_json() for score in found],
        "definitions": {score.metric: CALIBRATION_NUMBERS[score.metric] for score in numbers},
    }


def calibration_scores(predictions: Predictions, resampling: Resampling) -> list[Score]:
    """Slope, intercept at slope 1 (binary only) and debiased L2 error, with their intervals or the reason for none."""
    rows = CalibrationRows.of(predictions, came_true(predictions), resampling.frequency)
    with one_thread():
        values = rows.values()
        defined = {name for name, value in values.items() if not math.isnan(value)}
        draws = {name: np.empty(resampling.used) for name in defined}
        for numbers, some in _found(rows, defined, resampling):
            for name, drawn in some.items():
                draws[name][numbers] = drawn
    units, found = part_of(predictions, resampling, "all", None).units, []
    for name, value in values.items():
        few = name == "calibration_l2" and surprises(rows) < FEW_SURPRISES
        found.append(_score(name, value, draws.get(name), units, len(predictions), resampling, few))
    return found


def surprises(rows: CalibrationRows) -> float:
    """How many rows are expected to turn out against what is said of them, Σp(1 − p), in effective rows if weighted."""
    each, weight = rows.said * (1 - rows.said), rows.weight
    scale = 1.0 if rows.frequency else effective_rows(weight) / max(float(weight.sum()), 1e-300)
    return float((each * weight).sum()) * scale


def _found(rows: CalibrationRows, names: set[str], resampling: Resampling) -> Iterator[tuple[slice, dict[str, Floats]]]:
    """The numbers of `names` in all resamples, in blocks."""
    if resampling.binned:
        bundled = CalibrationBundles(rows, resampling.bundles, names)
        yield from ((numbers, bundled.draws(counts)) for numbers, counts in resampling.bundle_blocks())
        return
    for numbers, counts in resampling.blocks():
        yield numbers, rows.draws(counts, names)


def _score(
    name: str, value: float, draws: Floats | None, units: float, n: int, resampling: Resampling, few: bool
) -> Score:
    if draws is None:
        return Score(name, n, None, note="Undefined: the scores are constant or separate the classes completely.")
    shown = l2_of(value) if name == "calibration_l2" else value
    why = blocked(draws, n)
    if few:
        why = f"Fewer than {FEW_SURPRISES} rows are expected to turn out against their probability, so no interval."
    if resampling.grouped and units < FEW_GROUPS:
        why = f"Only {units:.0f} groups: under {FEW_GROUPS} they cannot tell an interval."
    if why:
        return Score(name, n, shown, note=why, level=resampling.level)
    low, high = expanded_percentile(draws, units, resampling.level)
    if name == "calibration_l2":
        low, high = l2_of(low), l2_of(high)
    used = int(np.isfinite(draws).sum())
    method = resampled_method(resampling)
    return Score(name, n, shown, low, high, method, resampling.note, level=resampling.level, resamples=used)


def l2_of(square: float) -> float:
    """The root of a debiased square, 0 where it is negative."""
    return math.sqrt(max(square, 0.0))
