"""Point values and intervals of many metrics on many slices, in one pass over the resamples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from modellab_core.harness.metric import Metric
from modellab_core.harness.predictions import Floats, Predictions
from modellab_core.harness.resampling import Resampling
from modellab_core.harness.scores import Score

Masks = Mapping[str, npt.NDArray[np.bool_]]


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
    raise NotImplementedError


@dataclass(frozen=True, eq=False)
class Paired:
    """How much better `a` is than `b`: `difference` of the metric on a scale where higher is better.

    `draws` (B,) is the same in each resample, NaN where the metric is undefined; `sd` its standard deviation;
    `low` and `high` are the ends of the interval, None where none is given and then `note` says why.
    """

    metric: str
    difference: float
    draws: Floats
    sd: float
    low: float | None
    high: float | None
    note: str


def paired(
    a: Predictions, b: Predictions, metrics: Sequence[Metric], resampling: Resampling
) -> dict[str, Paired]:
    """The paired difference a − b of each metric from the shared resamples, positive where `a` is better."""
    raise NotImplementedError
