"""Intervals of rates, net benefit and cost at thresholds, each threshold by itself ("pointwise").

Where rows are alike and independent they have closed forms: Wilson's interval for shares, also for F1, which rises with
TP / (TP + FP + FN), a binomial share of the rows that are positive in truth or prediction; for sums of shares Zou's
MOVER. Weighted rows, groups and rows in time are resampled.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from modellab_core.harness.decisions.decisions import RATES, Counts, net_benefit, odds_of, share, threshold_counts
from modellab_core.harness.engine.drawing import drawn_sums, effective_rows
from modellab_core.harness.engine.resampling import Resampling
from modellab_core.harness.intervals.formulas import expanded_tail, normal_quantile
from modellab_core.harness.intervals.rules import FEW_GROUPS, UNDEFINED_SHARE
from modellab_core.harness.predictions import Floats, Ints, Predictions

Band = tuple[Floats, Floats, Floats]
"""Value, low and high at each threshold, (m,) each; NaN where undefined."""


def wilson_ends(successes: Floats, trials: Floats, level: float = 0.95) -> tuple[Floats, Floats]:
    """`intervals.wilson` for arrays; NaN without trials."""
    z2, part = normal_quantile(level) ** 2, share(successes, trials)
    with np.errstate(divide="ignore", invalid="ignore"):
        centre, wide = part + z2 / (2 * trials), 1 + z2 / trials
        inside = np.maximum(part * (1 - part) / trials + z2 / (4 * trials**2), 0)
        low, high = (centre - np.sqrt(z2 * inside)) / wide, (centre + np.sqrt(z2 * inside)) / wide
    return np.where(successes <= 0, part, low), np.where(successes >= trials, part, high)


def linear_ends(parts: Floats, coefficients: Floats, n: Floats, level: float = 0.95) -> Band:
    """Σ c_k · parts_k / n for counts that exclude one another, parts and c (k, m), n (m,), with its interval.

    From Wilson's interval of each share and their multinomial correlations by MOVER: Zou, Huang & Zhang, Computational
    Statistics & Data Analysis 53 (2009).
    """
    shares, c = share(parts, n), np.asarray(coefficients, dtype=np.float64)
    low, high = wilson_ends(parts, np.broadcast_to(n, parts.shape), level)
    down = np.where(c > 0, c * (shares - low), c * (shares - high))
    up = np.where(c > 0, c * (high - shares), c * (low - shares))
    together = _correlations(shares) * np.sign(c)[:, None] * np.sign(c)[None, :]
    value = (c * shares).sum(axis=0)
    below, above = (np.sqrt(np.maximum(np.einsum("im,jm,ijm->m", e, e, together), 0)) for e in (down, up))
    return value, value - below, value + above


def _correlations(shares: Floats) -> Floats:
    """Correlations of multinomial shares, (k, k, m)."""
    odds = np.sqrt(np.where(shares < 1, shares, 0) / np.where(shares < 1, 1 - shares, 1))
    found = -odds[:, None] * odds[None, :]
    found[np.arange(len(shares)), np.arange(len(shares))] = 1
    return found


@dataclass(frozen=True, eq=False)
class Banded:
    """What thresholds give on some rows.

    `bands` by name of the rate; `spread` holds, where rows are resampled, the variances of FP/n and FN/n and their
    covariance, (m,) each, from which the interval of a cost is made, else nothing.
    """

    counts: Counts
    bands: dict[str, Band]
    method: str
    note: str = ""
    spread: dict[str, Floats] = field(default_factory=dict)


def banded(
    predictions: Predictions, score: Floats, cuts: Floats, at: Floats, resampling: Resampling, frequency: bool
) -> Banded:
    """Counts and rates with their bands when rows with `score` ≥ each of `cuts` (m,) are called positive.

    `at` (m,) are the thresholds whose odds weigh the net benefit. `frequency` says that weights are numbers of rows.
    """
    truth, weight = predictions.y_true == predictions.positive_code, predictions.weight
    counts = threshold_counts(truth, score, cuts, weight)
    values = {name: rate.of(counts) for name, rate in RATES.items()}
    values["net_benefit"] = net_benefit(counts.tp, counts.fp, counts.total, at)
    alike = weight is None or frequency or bool(np.ptp(weight) == 0)
    if resampling.exchangeable and alike:
        rows = float(weight.sum()) if weight is not None and frequency else float(len(score))
        return Banded(counts, _closed(counts, values, at, rows, resampling.level), "wilson")
    if resampling.grouped and resampling.units < FEW_GROUPS:
        note = f"Only {resampling.units} groups: under {FEW_GROUPS} they cannot tell an interval."
        return Banded(counts, {name: (value, *_none(value)) for name, value in values.items()}, "none", note)
    return _resampled(counts, values, truth, score, cuts, at, weight, resampling)


def _none(value: Floats) -> tuple[Floats, Floats]:
    return np.full_like(value, np.nan), np.full_like(value, np.nan)


def _closed(counts: Counts, values: dict[str, Floats], at: Floats, rows: float, level: float) -> dict[str, Band]:
    """Bands of rows that are alike; counts are brought to as many as there are rows."""
    scaled = Counts(*(part * share(rows, counts.total) for part in counts))
    found: dict[str, Band] = {}
    for name, rate in RATES.items():
        ends = wilson_ends(*rate.counts(scaled), level)
        low, high = (np.asarray(rate.value(end), dtype=np.float64) for end in ends)
        found[name] = (values[name], low, high)
    odds = odds_of(at)
    parts, weights = np.stack([scaled.tp, scaled.fp]), np.stack([np.ones_like(odds), -odds])
    found["net_benefit"] = (values["net_benefit"], *linear_ends(parts, weights, scaled.total, level)[1:])
    return found


def _resampled(
    counts: Counts,
    values: dict[str, Floats],
    truth: Floats,
    score: Floats,
    cuts: Floats,
    at: Floats,
    weight: Floats | None,
    resampling: Resampling,
) -> Banded:
    """Bands from resampled rows, groups or blocks, by expanded percentiles."""
    drawn = resampled_counts(truth, score, cuts, weight, resampling)
    draws = {name: rate.of(drawn) for name, rate in RATES.items()}
    draws["net_benefit"] = net_benefit(drawn.tp, drawn.fp, drawn.total, at)
    units = resampling.independent if not resampling.exchangeable else effective_rows(np.asarray(weight))
    tail = expanded_tail(units, resampling.level)
    bands = {name: (value, *_ends(draws[name], tail)) for name, value in values.items()}
    wrong = [share(part, drawn.total) for part in (drawn.fp, drawn.fn)]
    centred = [part - np.nanmean(part, axis=0) for part in wrong]
    spread = {"fp": (centred[0] ** 2).mean(axis=0), "fn": (centred[1] ** 2).mean(axis=0)}
    spread["both"] = (centred[0] * centred[1]).mean(axis=0)
    method = "blocks" if resampling.time_ordered else "percentile"
    return Banded(counts, bands, method, resampling.note, spread)


def _ends(draws: Floats, tail: float) -> tuple[Floats, Floats]:
    """Quantiles of each column, NaN where draws are often undefined or never differ."""
    known = np.isfinite(draws).sum(axis=0)
    ordered = np.sort(draws, axis=0)  # NaN goes to the end
    last = np.maximum(known - 1, 0)
    low, high = (_at(ordered, place * last) for place in (tail, 1 - tail))
    none = (known < (1 - UNDEFINED_SHARE) * len(draws)) | ~(high > low)
    return np.where(none, np.nan, low), np.where(none, np.nan, high)


def _at(ordered: Floats, places: Floats) -> Floats:
    """Each column read at a place with a fraction."""
    first = np.floor(places).astype(np.int64)
    second, columns = np.minimum(first + 1, len(ordered) - 1), np.arange(ordered.shape[1])
    part = places - first
    found: Floats = ordered[first, columns] * (1 - part) + np.where(part > 0, ordered[second, columns], 0) * part
    return found


def resampled_counts(
    truth: Floats, score: Floats, cuts: Floats, weight: Floats | None, resampling: Resampling
) -> Counts:
    """`threshold_counts` in every resample, (B, m) each; `cuts` ascend."""
    cell = (2 * np.searchsorted(cuts, score, side="right") + truth).astype(np.int64)
    table = _drawn_cells(cell, 2 * (len(cuts) + 1), weight, resampling)
    above = np.cumsum(table.reshape(len(table), -1, 2)[:, ::-1], axis=1)[:, ::-1]
    called, everything = above[:, 1:], above[:, :1]
    missed = everything - called
    return Counts(called[..., 1], called[..., 0], missed[..., 1], missed[..., 0])


def _drawn_cells(cell: Ints, cells: int, weight: Floats | None, resampling: Resampling) -> Floats:
    """Weight of the rows in each cell in every resample, (B, cells)."""
    if resampling.binned:
        bundles = resampling.bundles
        return drawn_sums(bundles.table(cell, cells, None if bundles.copies is not None else weight), resampling)
    order = np.argsort(cell, kind="stable")
    codes, starts = np.unique(cell[order], return_index=True)
    heavy = None if weight is None else np.asarray(weight)[order]
    table = np.zeros((resampling.used, cells))
    for numbers, drawn in resampling.blocks():
        rows = drawn[:, order]
        table[numbers][:, codes] = np.add.reduceat(rows if heavy is None else rows * heavy, starts, axis=1)
    return table


def cost_ends(
    counts: Counts, fp: float, fn: float, level: float = 0.95, spread: dict[str, Floats] | None = None
) -> Band:
    """Mean cost of a row when a false positive costs `fp` and a false negative `fn`, with its interval, (m,) each.

    MOVER where rows are alike; with a `spread` of resampled rows value ± z · standard error.
    """
    costs = np.array([[fp], [fn]]) * np.ones_like(counts.total)
    if not spread:
        return linear_ends(np.stack([counts.fp, counts.fn]), costs, counts.total, level)
    value = share(fp * counts.fp + fn * counts.fn, counts.total)
    variance = fp**2 * spread["fp"] + fn**2 * spread["fn"] + 2 * fp * fn * spread["both"]
    reach = normal_quantile(level) * np.sqrt(np.maximum(variance, 0))
    return value, np.maximum(value - reach, 0), value + reach
