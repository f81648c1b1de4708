"""A slice that a person asked for: every metric inside and outside of it, at once and with resampled intervals."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from modellab_core.harness.engine.drawing import value_of
from modellab_core.harness.engine.resampling import Resampling, resampling_for
from modellab_core.harness.failures.selection import losses
from modellab_core.harness.intervals.formulas import wilson
from modellab_core.harness.metrics import chosen_metrics
from modellab_core.harness.metrics.metric import Metric
from modellab_core.harness.parts import Part, part_of
from modellab_core.harness.predictions import Predictions
from modellab_core.harness.scores import Plan, Score
from modellab_core.harness.scoring import scores, why_undefined
from modellab_core.harness.slices.slicing import SLICE_METRICS

Mask = npt.NDArray[np.bool_]
PENDING = "Its interval is being resampled."


@dataclass(frozen=True)
class Beside:
    """One metric inside a slice and over the other rows.

    `difference` is inside less outside; `low` and `high` are its ends, from the intervals of both sides, which share
    no row (MOVER: Zou & Donner, Statistics in Medicine 27, 2008). None where a side has no value or no interval.
    """

    inside: Score
    outside: Score

    @property
    def difference(self) -> float | None:
        """Inside less outside, in the unit of the metric."""
        if self.inside.value is None or self.outside.value is None:
            return None
        return self.inside.value - self.outside.value

    @property
    def ends(self) -> tuple[float, float] | None:
        """Low and high of the difference, by MOVER from both intervals."""
        inside, outside, difference = self.inside, self.outside, self.difference
        if difference is None or inside.low is None or inside.high is None or outside.low is None:
            return None
        assert inside.value is not None
        assert outside.value is not None
        assert outside.high is not None
        down = math.hypot(inside.value - inside.low, outside.high - outside.value)
        up = math.hypot(inside.high - inside.value, outside.value - outside.low)
        return difference - down, difference + up


def asked_metrics(predictions: Predictions, plan: Plan) -> list[Metric]:
    """The metrics of slices, the headline first."""
    found = chosen_metrics(predictions.task, plan, SLICE_METRICS[predictions.task])
    return sorted(found, key=lambda metric: metric.name != plan.headline)


def at_once(
    predictions: Predictions, plan: Plan, masks: Mapping[str, Mask], metrics: Sequence[Metric] | None = None
) -> dict[str, list[Score]]:
    """Per mask a Score of each metric: the point value, and for shares of independent rows Wilson's interval.

    What else has an interval says that it is being resampled; `resampled` gives it. Metrics that cannot be computed
    have no value and say why.
    """
    resampling, wanted = resampling_for(predictions, plan), metrics or asked_metrics(predictions, plan)
    parts = {name: part_of(predictions, resampling, name, mask) for name, mask in masks.items()}
    return {name: [_quick(metric, part, resampling) for metric in wanted] for name, part in parts.items()}


def resampled(
    predictions: Predictions, plan: Plan, masks: Mapping[str, Mask], metrics: Sequence[Metric] | None = None
) -> dict[str, list[Score]]:
    """Per mask a Score of each metric with the interval that a report would give it."""
    wanted = metrics or asked_metrics(predictions, plan)
    found: dict[str, list[Score]] = {name: [] for name in masks}
    for score in scores(predictions, wanted, resampling_for(predictions, plan), masks):
        if score.slice in found:
            found[score.slice].append(score)
    return found


def beside(found: Mapping[str, Sequence[Score]], inside: str, outside: str) -> list[Beside]:
    """The Scores of two masks, metric by metric."""
    return [Beside(one, other) for one, other in zip(found[inside], found[outside], strict=True)]


def _quick(metric: Metric, part: Part, resampling: Resampling) -> Score:
    value = value_of(metric, part.cells)
    bare = Score(metric.name, len(part.cells), None, slice=part.name, level=resampling.level)
    if math.isnan(value):
        return replace(bare, note=why_undefined(metric, part.cells.predictions))
    if metric.fraction is None or not resampling.exchangeable or part.cells.predictions.weight is not None:
        return replace(bare, value=value, note=PENDING)
    successes, trials = (float(count[0]) for count in metric.fraction(part.cells.whole))
    low, high = wilson(successes, trials, resampling.level)
    return replace(bare, value=value, low=low, high=high, method="wilson")


def rows_inside(predictions: Predictions, features: pd.DataFrame, mask: Mask, most: int) -> pd.DataFrame:
    """At most `most` rows of a mask, the largest loss first: Row, Truth, Prediction, Loss, then their features.

    `features` has the rows of `predictions` in their order. A feature of one of these names is left out.
    """
    rows = np.flatnonzero(mask)
    inside = replace(predictions, X=None).take(rows)
    loss = losses(inside)
    first = np.argsort(-loss, kind="stable")[:most]
    sides = [side[first] for side in (inside.y_true, inside.y_pred)]
    told = [inside.labels(side) if inside.task.is_classification else side for side in sides]
    frame = pd.DataFrame({"Row": inside.row[first], "Truth": told[0], "Prediction": told[1], "Loss": loss[first]})
    own = features.iloc[rows[first]].reset_index(drop=True)
    return pd.concat([frame, own[[name for name in own.columns if name not in frame.columns]]], axis=1)
