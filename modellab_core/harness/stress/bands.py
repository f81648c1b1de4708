"""Bands of stress curves: one set of resamples for every curve, and paired changes instead of two intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from modellab_core.harness.engine.cells import Cells, cells_of
from modellab_core.harness.engine.drawing import computable
from modellab_core.harness.engine.resampling import Resampling
from modellab_core.harness.engine.tally import Tally
from modellab_core.harness.intervals.formulas import expanded_percentile
from modellab_core.harness.metrics.metric import Metric
from modellab_core.harness.predictions import Floats, Predictions

ELEMENTS = 1 << 17  # counts of one block of resamples: 1 MB, which stays in the cache of a core
UNDEFINED_SHARE = 0.01
FEW_GROUPS = 10
EXACT_FLOAT32 = 1 << 24  # sums of counts below it are exact


@dataclass(frozen=True, eq=False)
class Merged:
    """Rows of which the same is said, as a row per class: all that a metric can tell apart is their truth.

    `cells` has a row per class, `member` (n, classes) holds the weight of each row in the column of its class.
    """

    cells: Cells
    member: npt.NDArray[np.floating[Any]]

    @property
    def predictions(self) -> Predictions:
        """A prediction per class."""
        return self.cells.predictions

    @property
    def whole(self) -> Tally:
        """The Tally in which every row counts once."""
        return self.cells.tally(self.member.sum(axis=0, dtype=np.float64)[None])

    def tally(self, drawn: npt.NDArray[Any]) -> Tally:
        """The Tally of the counts `drawn` (b, n) for the rows as they come."""
        return self.cells.tally((drawn.astype(self.member.dtype) @ self.member).astype(np.float64))


Rows = Cells | Merged
Grid = Sequence[Sequence[Rows]]
"""Rows by severity and repeat."""


def rows_of(predictions: Predictions, resampling: Resampling) -> Rows:
    """The rows as metrics count them; of a constant only how many of each class there are."""
    if not predictions.task.is_classification or not _constant(predictions):
        return cells_of(predictions, resampling.codes, resampling.frequency)
    codes, k = predictions.y_true.astype(np.int64), len(predictions.classes)
    weight = predictions.weight
    whole = weight is None and len(codes) < EXACT_FLOAT32 and not resampling.frequency
    member = np.zeros((len(codes), k), dtype=np.float32 if whole else np.float64)
    member[np.arange(len(codes)), codes] = 1 if weight is None else weight
    first = replace(predictions.take(np.zeros(k, dtype=np.int64)), weight=None, groups=None, X=None)
    return Merged(cells_of(replace(first, y_true=np.arange(k))), member)


def _constant(predictions: Predictions) -> bool:
    if not len(predictions) or np.ptp(predictions.y_pred) > 0:
        return False
    return predictions.proba is None or bool((predictions.proba == predictions.proba[0]).all())


def point(cells: Rows, metric: Metric) -> float:
    """The metric over all rows; NaN where undefined."""
    return float(metric.kernel(cells.whole)[0]) if computable(metric, cells.predictions) else float("nan")


@dataclass(frozen=True, eq=False)
class Counts:
    """The counts of all resamples, drawn once for the many curves that share them; a byte each holds whole ones."""

    kept: npt.NDArray[np.uint8] | Floats

    @classmethod
    def of(cls, resampling: Resampling) -> Counts:
        """(B, n) counts of the rows as they come; above 255 a count would be cut, which no resample of rows reaches."""
        kept: Any = np.empty((resampling.used, resampling.n), dtype=np.uint8)
        for numbers, counts in resampling.blocks(ELEMENTS):
            if counts.dtype.kind == "f" and kept.dtype.kind != "f":  # shares of rows that stand for several
                kept = np.empty(kept.shape)
            kept[numbers] = counts if kept.dtype.kind == "f" else np.minimum(counts, 255)
        return cls(kept)

    def drawn(self, grid: Grid, metric: Metric) -> Floats:
        """The metric of each severity in each resample, (severities, B); resample b takes draw b mod R.

        NaN where the predictions lack what the metric needs.
        """
        values = np.full((len(grid), len(self.kept)), np.nan)
        step = max(1, ELEMENTS // max(self.kept.shape[1], 1))
        for line, repeats in enumerate(grid):
            for turn, cells in enumerate(repeats):
                if not computable(metric, cells.predictions):
                    continue
                places = np.arange(turn, len(self.kept), len(repeats))
                for first in range(0, len(places), step):
                    some = places[first : first + step]
                    values[line, some] = metric.kernel(cells.tally(self.kept[some]))
        return values


Ends = tuple[float | None, float | None]


def ends(draws: Floats, resampling: Resampling, share: float = 1.0) -> Ends:
    """The interval of a paired quantity from its draws; (None, None) where none can be given.

    None with fewer than ten groups, when more than 1 % of the draws are undefined, and when they have no spread.
    `share` is the part of the independent rows that still counts, below 1 where rows were weighted down.
    """
    known = draws[~np.isnan(draws)]
    if resampling.grouped and resampling.units < FEW_GROUPS:
        return None, None
    if len(known) < (1 - UNDEFINED_SHARE) * len(draws) or not len(known) or np.ptp(known) == 0:
        return None, None
    low, high = expanded_percentile(known, resampling.independent * share, resampling.level)
    return float(low), float(high)


def crossing(severities: Sequence[float], leads: Sequence[tuple[float, float | None, float | None]]) -> float | None:
    """The first severity at which the interval of the lead over the dummy does not lie above 0; None if it always does.

    Without an interval a lead of 0 or less counts, since then no lead was seen at all.
    """
    for severity, (lead, low, _) in zip(severities, leads, strict=True):
        if (lead if low is None else low) <= 0:
            return severity
    return None


def stress_summary(model_values: Sequence[float], dummy_values: Sequence[float], severities: Sequence[float]) -> float:
    """How much of the lead over the dummy is kept, on average over the severities from 0 to the largest.

    ∫ (m(s) − d(s)) ds / (m(0) − d(0)) by the trapezoid rule, severities (ascending from 0) scaled to [0, 1]: 1 where
    nothing is lost, 0 where all is lost at once, below 0 where the model is worse than the dummy. A metric for which
    lower is better gives the same. NaN where there is no lead to keep, with one severity, and where a value is NaN.
    """
    lead = np.asarray(model_values, dtype=np.float64) - np.asarray(dummy_values, dtype=np.float64)
    at = np.asarray(severities, dtype=np.float64)
    if len(at) < 2 or lead[0] == 0 or at[-1] <= at[0]:
        return float("nan")
    return float(np.trapezoid(lead / lead[0], (at - at[0]) / (at[-1] - at[0])))
