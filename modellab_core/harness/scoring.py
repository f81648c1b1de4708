"""Point values and intervals of many metrics on many slices, in one pass over the resamples."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from modellab_core.harness.engine.drawing import (
    Part,
    computable,
    draw,
    keep_freed_memory,
    part_of,
    resampled_together,
    value_of,
)
from modellab_core.harness.engine.nullband import ece_null
from modellab_core.harness.engine.resampling import Resampling
from modellab_core.harness.intervals.formulas import expanded_percentile
from modellab_core.harness.intervals.resampled import paired_accuracy_interval
from modellab_core.harness.intervals.rules import (
    FEW_GROUPS,
    NOTHING,
    Evidence,
    blocked,
    by_order,
    interval_of,
    resampled_method,
    unit_of,
)
from modellab_core.harness.metrics.metric import Metric
from modellab_core.harness.predictions import Floats, Predictions
from modellab_core.harness.scores import Method, Score

Masks = Mapping[str, npt.NDArray[np.bool_]]
Values = dict[tuple[str, str], float]

WITHOUT_DRAWS = ("none", "null_band")
FEW_DISCORDANT = 25
TOGETHER = 24  # parts that are scored at once where rows are many


def scores(
    predictions: Predictions,
    metrics: Sequence[Metric],
    resampling: Resampling,
    slices: Masks | None = None,
    **labels: Any,
) -> list[Score]:
    """A Score of each metric for all rows, then for each of `slices` (a mask per row by name), in this order.

    Every small-sample rule is applied; `labels` are further fields of each Score (`stress`, `severity`, `repeat`).
    """
    keep_freed_memory()
    masks: dict[str, npt.NDArray[np.bool_] | None] = {"all": None, **(slices or {})}
    if not resampling.binned:
        return _scored([part_of(predictions, resampling, *item) for item in masks.items()], metrics, resampling, labels)
    found: list[Score] = []
    parts: list[Part] = []
    for name, mask in masks.items():
        parts.append(part_of(predictions, resampling, name, mask))
        if len(parts) == TOGETHER or sum(len(part.cells) for part in parts) >= len(predictions):
            found += _scored(parts, metrics, resampling, labels)
            parts = []  # the rows of all slices together would fill the memory
    return found + _scored(parts, metrics, resampling, labels)


def _scored(
    parts: Sequence[Part], metrics: Sequence[Metric], resampling: Resampling, labels: Mapping[str, Any]
) -> list[Score]:
    values = {(part.name, metric.name): value_of(metric, part.cells) for part in parts for metric in metrics}
    wanted = {part.name: [m for m in metrics if _drawn(m, part, values, resampling)] for part in parts}
    draws, few = draw(parts, wanted, resampling), resampling.by_rows
    null = _null(parts, metrics, values, resampling)
    return [
        _score(
            Evidence(
                metric,
                values[key],
                part,
                few if key in draws.by_rows else resampling,
                draws.values.get(key, NOTHING),
                draws.errors.get(key, NOTHING),
                null.get(part.name, NOTHING),
            ),
            labels,
        )
        for part in parts
        for metric in metrics
        for key in [(part.name, metric.name)]
    ]


def _drawn(metric: Metric, part: Part, values: Values, resampling: Resampling) -> bool:
    """Whether the interval of a metric looks at resamples at all."""
    if metric.interval in WITHOUT_DRAWS or np.isnan(values[part.name, metric.name]):
        return False
    return metric.interval != "median" or not by_order(part, resampling)


def _null(
    parts: Sequence[Part], metrics: Sequence[Metric], values: Values, resampling: Resampling
) -> dict[str, Floats]:
    banded = [metric.name for metric in metrics if metric.interval == "null_band"]
    some = [part for part in parts if banded and not np.isnan(values[part.name, banded[0]])]
    return ece_null(some, parts[0].cells.predictions, resampling) if some else {}


def _score(evidence: Evidence, labels: Mapping[str, Any]) -> Score:
    metric, part = evidence.metric, evidence.part
    plain: dict[str, Any] = {"metric": metric.name, "n": len(part.cells), "slice": part.name, **labels}
    plain["level"] = evidence.resampling.level
    if math.isnan(evidence.value):
        return Score(value=None, note=why_undefined(metric, part.cells.predictions), **plain)
    return Score(value=evidence.value, **plain, **asdict(interval_of(evidence)))


def why_undefined(metric: Metric, predictions: Predictions) -> str:
    """The sentence that stands in place of a value that is not defined."""
    if not len(predictions):
        return "Undefined: there are no rows."
    if not computable(metric, predictions):
        return "Undefined: it needs class probabilities, and only classes were predicted."
    return f"Undefined: {metric.undefined_when}."


@dataclass(frozen=True, eq=False)
class Paired:
    """How much better `a` is than `b`: `difference` of the metric on a scale where higher is better.

    `draws` (B,) is the same in each resample, NaN where the metric is undefined; `sd` its standard deviation;
    `low` and `high` are the ends of the interval, None where none is given and then `note` says why. `discordant`
    counts the rows that exactly one of the two gets right (accuracy only).
    """

    metric: str
    difference: float
    draws: Floats
    sd: float
    low: float | None = None
    high: float | None = None
    method: Method = "none"
    note: str = ""
    discordant: int | None = None


def paired(a: Predictions, b: Predictions, metrics: Sequence[Metric], resampling: Resampling) -> dict[str, Paired]:
    """The paired difference a − b of each metric from the shared resamples, positive where `a` is better."""
    first, second = resampled_together([a, b], metrics, resampling)
    few = resampling.by_rows
    return {
        metric.name: paired_from(
            metric,
            a,
            b,
            first[metric.name],
            second[metric.name],
            resampling if len(first[metric.name]) == resampling.used else few,
        )
        for metric in metrics
    }


def paired_from(
    metric: Metric, a: Predictions, b: Predictions, first: Floats, second: Floats, resampling: Resampling
) -> Paired:
    """The paired difference of two models whose values in the resamples, (B,) each, are known (`resampled`)."""
    with np.errstate(invalid="ignore"):
        values = metric.better(np.array([value_of(metric, a), value_of(metric, b)]))
        draws = metric.better(first) - metric.better(second)
    difference, defined = float(values[0] - values[1]), draws[np.isfinite(draws)]
    sd = float(defined.std(ddof=1)) if len(defined) > 1 else math.nan
    plain = Paired(metric.name, difference, draws, sd, discordant=discordant_rows(metric, a, b, resampling.frequency))
    if plain.discordant is not None and plain.discordant < FEW_DISCORDANT and decided_by_rows(a, resampling):
        low, high = around(difference, discordant_ends(a, b, resampling.level, frequency=resampling.frequency))
        return replace(plain, low=low, high=high, method="discordant")
    units = part_of(a, resampling, "all", None).units
    why = blocked(draws, len(a), unit_of(a.task, *values))
    why = "Undefined for one of the two." if math.isnan(difference) else why
    if resampling.grouped and units < FEW_GROUPS:
        why = f"Only {units:.0f} groups: under {FEW_GROUPS} they cannot tell an interval."
    if why:
        return replace(plain, note=why)
    low, high = expanded_percentile(draws, units, resampling.level)
    return replace(plain, low=low, high=high, method=resampled_method(resampling), note=resampling.note)


def decided_by_rows(predictions: Predictions, resampling: Resampling) -> bool:
    """Whether few discordant rows decide by themselves: rows are independent and alike."""
    weight = predictions.weight
    return resampling.exchangeable and (weight is None or resampling.frequency or bool(np.ptp(weight) == 0))


def discordant_rows(metric: Metric, a: Predictions, b: Predictions, frequency: bool = False) -> int | None:
    """Rows that exactly one of the two models gets right, for accuracy; None for other metrics.

    With `frequency` a row counts as often as its weight says.
    """
    return sum(_only_right(a, b, frequency)) if metric.name in ("accuracy", "recall_weighted") else None


def _only_right(a: Predictions, b: Predictions, frequency: bool) -> tuple[int, int]:
    first, second = a.y_pred == a.y_true, b.y_pred == b.y_true
    rows = np.ones(len(a)) if a.weight is None or not frequency else a.weight
    return int(rows[first & ~second].sum()), int(rows[second & ~first].sum())


def discordant_ends(
    a: Predictions, b: Predictions, level: float, corrected: float | None = None, *, frequency: bool = False
) -> tuple[float, float]:
    """Ends of the difference in accuracy a − b, at `corrected` level where there are discordant rows, else `level`.

    With `frequency` a row counts as often as its weight says.
    """
    only_a, only_b = _only_right(a, b, frequency)
    n = len(a) if a.weight is None or not frequency else int(a.weight.sum())
    return paired_accuracy_interval(only_a, only_b, n, corrected if corrected and only_a + only_b else level)


def around(difference: float, ends: tuple[float, float]) -> tuple[float, float]:
    """The ends with the difference between them: where all discordant rows favour one model an end is the difference,
    but for the last bit."""
    return min(ends[0], difference), max(ends[1], difference)
