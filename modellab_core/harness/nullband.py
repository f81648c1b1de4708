"""What the calibration error of a perfectly calibrated model would look like on the same rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from modellab_core.harness.cells import confidence
from modellab_core.harness.drawing import Part
from modellab_core.harness.predictions import Floats, Ints, Predictions
from modellab_core.harness.resampling import Resampling

STREAM = 1  # of the generators of a Resampling, whose stream 0 draws the rows


def ece_null(parts: Sequence[Part], predictions: Predictions, resampling: Resampling) -> dict[str, Floats]:
    """ECE of each part of `predictions` when every row's outcome is drawn from its probability, (draws,) by name.

    Weights stay; the outcomes are the same for every part. Drawing whether the predicted
    class comes true is the same as drawing a class from the row's probabilities.
    """
    used, probability = resampling.used, confidence(predictions)
    layouts = [(part.name, *_layout(part)) for part in parts]
    found = {part.name: np.empty(used) for part in parts}
    for first in range(0, used, resampling.batch):
        last = min(first + resampling.batch, used)
        chance = resampling.generator(first // resampling.batch, STREAM).random((resampling.batch, len(probability)))
        surprise = (chance[: last - first] < probability) - probability
        for name, source, weight, starts in layouts:
            sums = np.add.reduceat(surprise.take(source, axis=1) * weight, starts, axis=1)
            found[name][first:last] = np.abs(sums).sum(axis=1) / weight.sum()
    return found


def _layout(part: Part) -> tuple[Ints, Floats, Ints]:
    """Rows of the part by ECE bin, their weights, and where each bin begins."""
    order, starts = part.cells.ece_bins
    return part.source[order], part.cells.weight[order], starts
