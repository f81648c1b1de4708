"""What a row does to a permuted metric by the value that it gives to other rows.

Where a column is permuted a row counts twice: by its own loss, and by the loss of the rows that got its value. An
interval from the first part alone covered 84 % instead of 95 % for the fall of a mean absolute error (200 rows, 10
permutations); with both it covers 93 %. The fall is a U-statistic, and both parts are its projections: Hoeffding,
Annals of Mathematical Statistics 19 (1948).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from modellab_core.harness.engine.drawing import one_thread
from modellab_core.harness.engine.mean_draws import STEPPED, weighted_means
from modellab_core.harness.engine.row_influence import influence
from modellab_core.harness.metrics.metric import Metric
from modellab_core.harness.predictions import Floats, Ints, Predictions
from modellab_core.harness.stress.bands import Counts


def given_draws(
    base: Predictions, permuted: Sequence[Predictions], orders: Ints, metric: Metric, counts: Counts
) -> Floats:
    """What drawing givers adds to the metric in each resample, (B,), on a scale where higher is better.

    Row k of `permuted[r]` has the value of row `orders[r, k]`. 0 for a median: its draws take one permutation each,
    whose luck stands in for it.
    """
    if metric.interval == STEPPED:
        return np.zeros(len(counts.kept))
    start = influence(metric, base)
    given = given_parts([influence(metric, one) - start for one in permuted], orders)
    with one_thread():
        return np.asarray(weighted_means(given[None, :], np.ones(len(given)), counts.kept)[0])


def given_parts(parts: Sequence[Floats], orders: Ints) -> Floats:
    """What each row does by the value that it gives, (n,): the mean of the `parts` of the rows that got it.

    Shrunk by what is only the luck of the permutations, so that it is about 0 where the value of a row says nothing
    about the row that gets it.
    """
    by_giver = np.empty(orders.shape)
    for line, part, order in zip(by_giver, parts, orders, strict=True):
        line[order] = part
    mean = by_giver.mean(axis=0)
    spread = float(mean.var())
    if len(orders) < 2 or spread == 0:
        return np.zeros(orders.shape[1])
    luck = float(by_giver.var(axis=0, ddof=1).mean()) / len(orders)
    return np.asarray(mean * np.sqrt(max(0.0, 1 - luck / spread)))
