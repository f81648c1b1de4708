"""How long a model takes: after a warm-up, for single rows and batches, with intervals.

Times are measured on the machine at hand and differ from call to call, so nothing of them is a part of a report.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import binom

from modellab_core.errors import BadInput
from modellab_core.harness.predictions import Floats

BATCHES = (1, 32, 1_000)
QUANTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
WARM_UP, CALLS, SECONDS = 20, 1_000, 5.0
LEVEL = 0.95

Predict = Callable[[pd.DataFrame], Any]


@dataclass(frozen=True)
class Times:
    """Calls with `rows` rows each: p50, p95 and p99 in milliseconds with their ends, and rows a second.

    The ends are order statistics (binomial, 95 %): they assume nothing of how times are distributed. An end is None
    where the calls are too few for it. `rows_per_second` is `rows` over the median.
    """

    rows: int
    calls: int
    p50: float
    p50_low: float | None
    p50_high: float | None
    p95: float
    p95_low: float | None
    p95_high: float | None
    p99: float
    p99_low: float | None
    p99_high: float | None
    rows_per_second: float
    rows_per_second_low: float | None
    rows_per_second_high: float | None


@dataclass(frozen=True)
class Latency:
    """The times of a model per size of batch, after `warm_up` calls that do not count."""

    warm_up: int
    times: tuple[Times, ...]

    def frame(self) -> pd.DataFrame:
        """A line per size of batch."""
        return pd.DataFrame([asdict(one) for one in self.times])

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; `from_json` gives an equal Latency."""
        return {"warm_up": self.warm_up, "times": [asdict(one) for one in self.times]}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Latency:
        """What `to_json` gave."""
        return cls(int(value["warm_up"]), tuple(Times(**one) for one in value["times"]))


def latency(
    predict: Predict,
    rows: pd.DataFrame,
    *,
    batches: Sequence[int] = BATCHES,
    calls: int = CALLS,
    seconds: float = SECONDS,
    warm_up: int = WARM_UP,
    clock: Callable[[], float] = time.perf_counter,
) -> Latency:
    """Time `predict` on batches drawn in turn from `rows`, each size for at most `calls` calls or `seconds` seconds.

    BadInput without rows, or for sizes and counts below 1.
    """
    if not len(rows):
        raise BadInput("There are no rows to time the model on.")
    if min(batches, default=0) < 1 or calls < 1 or not seconds > 0 or warm_up < 0:
        raise BadInput("Latency needs batches and calls of at least 1, and more than 0 seconds.")
    return Latency(warm_up, tuple(_timed(predict, rows, size, calls, seconds, warm_up, clock) for size in batches))


def _timed(
    predict: Predict,
    rows: pd.DataFrame,
    size: int,
    calls: int,
    seconds: float,
    warm_up: int,
    clock: Callable[[], float],
) -> Times:
    pieces = _pieces(rows, size)
    began = clock()
    for place in range(warm_up):
        predict(pieces[place % len(pieces)])
        if clock() - began > seconds:  # a slow model is warm by then
            break
    taken: list[float] = []
    began = clock()
    while len(taken) < calls and (not taken or clock() - began < seconds):
        piece = pieces[len(taken) % len(pieces)]
        start = clock()
        predict(piece)
        taken.append(clock() - start)
    return times_of(np.asarray(taken), size)


def _pieces(rows: pd.DataFrame, size: int, most: int = 50) -> list[pd.DataFrame]:
    """Up to `most` different batches; rows are used again where there are too few."""
    count = max(1, min(most, len(rows) // size))
    return [rows.iloc[np.arange(at * size, (at + 1) * size) % len(rows)] for at in range(count)]


def times_of(taken: Floats, rows: int) -> Times:
    """The quantiles of measured seconds, (n,), for batches of `rows` rows."""
    ordered = np.sort(taken)
    found: dict[str, float | None] = {}
    for name, share in QUANTILES.items():
        low, high = _ends(ordered, share)
        found |= {name: 1e3 * float(np.quantile(ordered, share)), f"{name}_low": low, f"{name}_high": high}
    middle, low, high = (found[name] for name in ("p50", "p50_low", "p50_high"))
    speed = [None if value is None else rows / max(value / 1e3, 1e-9) for value in (middle, high, low)]
    ends = dict(zip(("rows_per_second", "rows_per_second_low", "rows_per_second_high"), speed, strict=True))
    return Times(rows=rows, calls=len(ordered), **found, **ends)  # type: ignore[arg-type]


def _ends(ordered: Floats, share: float) -> tuple[float | None, float | None]:
    """The order statistics in milliseconds between which the quantile lies with 95 % confidence."""
    n = len(ordered)
    below, above = int(binom.ppf((1 - LEVEL) / 2, n, share)), int(binom.ppf((1 + LEVEL) / 2, n, share)) + 1
    low = 1e3 * float(ordered[below - 1]) if below >= 1 else None
    return low, 1e3 * float(ordered[above - 1]) if above <= n else None
