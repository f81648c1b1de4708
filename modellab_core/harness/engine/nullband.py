"""What the calibration error of a perfectly calibrated model would look like on the same rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from modellab_core.harness.engine.bundles import EXACT_ROWS
from modellab_core.harness.engine.cells import ECE_BINS, confidence
from modellab_core.harness.engine.drawing import Part
from modellab_core.harness.engine.resampling import Resampling
from modellab_core.harness.predictions import Floats, Ints, Predictions

STREAM = 1  # of the generators of a Resampling, whose stream 0 draws the rows
FINE = 64  # cells of equal width in an ECE bin, in which outcomes are counted and not drawn where rows are many


def ece_null(parts: Sequence[Part], predictions: Predictions, resampling: Resampling) -> dict[str, Floats]:
    """ECE of each part of `predictions` when every row's outcome is drawn from its probability, (draws,) by name.

    Weights stay; up to `EXACT_ROWS` rows the outcomes are the same for every part. Drawing whether the predicted class
    comes true is the same as drawing a class from the row's probabilities. A row that stands for several has as many
    outcomes.
    """
    if resampling.n > EXACT_ROWS or resampling.frequency:
        return {part.name: _counted(part, resampling) for part in parts}
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


def _counted(part: Part, resampling: Resampling) -> Floats:
    cells = part.cells
    probability = confidence(cells.predictions)
    probability = probability if cells.many else probability[cells.order]
    rng = resampling.generator(0, STREAM)
    return null_by_cells(probability, cells.weight, resampling.resamples, rng, frequency=cells.frequency)


def null_by_cells(
    probability: Floats, weight: Floats, draws: int, rng: np.random.Generator, *, frequency: bool = False
) -> Floats:
    """ECE of a calibrated model from the numbers of outcomes in narrow ranges of probability, (draws,).

    In a range of width 1/960 the rows count as alike: the outcomes that come true are binomial, and which of the rows
    they fall on adds the spread of their weights. With `frequency` a weight is a number of rows.
    """
    fine = (probability * (ECE_BINS * FINE)).astype(np.int64)  # what is certain has a range of its own and no spread
    alike = bool((weight == 1).all())
    n = np.bincount(fine, weight if frequency else None).astype(np.float64)
    kept = np.flatnonzero(n)
    n, total = n[kept], n[kept] if alike else np.bincount(fine, weight)[kept]
    said = np.bincount(fine, probability if alike else weight * probability)[kept]
    chance, mean = said / np.where(total > 0, total, 1), total / n
    square = mean**2 if frequency or alike else np.bincount(fine, weight**2)[kept] / n
    spread = np.sqrt(np.maximum(square - mean**2, 0.0))
    chance = np.clip(chance, 0.0, 1.0)
    came = rng.binomial(n.astype(np.int64), chance, (draws, len(kept)))
    sums = mean * (came - n * chance)
    if spread.any():
        sums += spread * np.sqrt(came * (1 - chance)) * rng.standard_normal(sums.shape)
    starts = np.unique(kept // FINE, return_index=True)[1]
    return np.asarray(np.abs(np.add.reduceat(sums, starts, axis=1)).sum(axis=1) / total.sum())
