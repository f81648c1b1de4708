"""Intervals of predicted numbers that hold the truth as often as they say, whatever the distribution of the errors.

They hold on average over rows like these (marginally), not in every slice, and only where rows are exchangeable.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from modellab_core.data.task import Task
from modellab_core.harness.case import Case, Development
from modellab_core.harness.intervals.formulas import clopper_pearson
from modellab_core.harness.predictions import Floats, Ints
from modellab_core.harness.slices.slicers import Slice, slices_of

ALPHAS = (0.1, 0.05)
FEW_ROWS = 25
MOST_SLICES = 60
SLICED_BY = ("prediction", "feature")
HALVINGS = 64


def conformal_rank(n: int, alpha: float) -> int:
    """⌈(n+1)(1−α)⌉: which of n residuals, the smallest being 1, bounds an interval; n + 1 stands for infinity."""
    return min(n + 1, max(1, math.ceil(round((n + 1) * (1 - alpha), 9))))


def split_conformal(residuals: Any, alpha: float = 0.1) -> float:
    """Half-width: the ⌈(n+1)(1−α)⌉-th smallest |residual|; infinite where n is too small for α.

    Prediction ± half-width holds a further truth with a chance of at least 1 − α, on average over rows like these,
    where the model was not fitted on the residuals' rows. Papadopoulos et al., ECML 2002; Lei et al., JASA 2018.
    """
    sizes = np.sort(np.abs(np.asarray(residuals, dtype=np.float64)))
    rank = conformal_rank(len(sizes), alpha)
    return float(sizes[rank - 1]) if rank <= len(sizes) else math.inf


def cv_plus(residuals: Any, fold: Any, across: Any, alpha: float = 0.1) -> tuple[Floats, Floats]:
    """Low and high ends, (m,) each, of the CV+ intervals of m rows; guarantee 1 − 2α, mostly about 1 − α.

    `residuals` (n,) are out of fold, `fold` (n,) says by which model each was made, `across` (folds, m) is what these
    models predict for the m rows. The ends are the ⌊α(n+1)⌋-th smallest of across[fold_i] − |r_i| and the
    ⌈(1−α)(n+1)⌉-th smallest of across[fold_i] + |r_i|, over i; infinite where n is too small for α.
    Barber, Candès, Ramdas & Tibshirani, Annals of Statistics 49 (2021).
    """
    sizes, codes = np.abs(np.asarray(residuals, dtype=np.float64)), np.asarray(fold)
    shifts, rank = np.asarray(across, dtype=np.float64), conformal_rank(len(sizes), alpha)
    if rank > len(sizes):
        return np.full(shifts.shape[1], -np.inf), np.full(shifts.shape[1], np.inf)
    parts = [(np.sort(sizes[codes == k]), shifts[k]) for k in np.unique(codes)]
    high = _smallest(parts, rank)
    low = -_smallest([(part, -shift) for part, shift in parts], rank)
    return low, high


def _smallest(parts: list[tuple[Floats, Floats]], rank: int) -> Floats:
    """The `rank`-th smallest of all sums of a size and the shift of its part, for every row, (m,).

    `parts` are pairs (ascending sizes, shifts (m,)). Halving finds how many sizes of each part lie below; the matrix of
    all sums, rows × sizes, is never made.
    """
    low = np.min([part[0] + shift for part, shift in parts], axis=0) - 1
    high = np.max([part[-1] + shift for part, shift in parts], axis=0)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        reached = sum(np.searchsorted(part, middle - shift, side="right") for part, shift in parts) >= rank
        low, high = np.where(reached, low, middle), np.where(reached, middle, high)
    above = [np.append(part, np.inf)[np.searchsorted(part, low - shift, side="right")] + shift for part, shift in parts]
    found: Floats = np.min(above, axis=0)
    return found


def conformal(case: Case) -> dict[str, Any]:
    """Half-widths and observed coverage as plain JSON values; {} for classification.

    `levels` has per α: nominal, guarantee (None where there is none), half_width (split only), mean_width, coverage and
    `slices` with value, low, high (Clopper–Pearson) and n each.
    """
    if case.predictions.task is not Task.REGRESSION:
        return {}
    why = _refused(case.development)
    if why:
        return {"method": "none", "rows": 0, "levels": [], "note": f"Not applicable, because {why}."}
    assert case.development is not None
    held = _rows(case.development)
    method = "split" if case.development.kind == "valid" else "cv_plus"
    found, _ = slices_of(case.predictions, case.plan)
    cuts = [one for one in found if one.slicer in SLICED_BY and one.rows.any()][:MOST_SLICES]
    return {
        "method": method,
        "rows": len(held),
        "n": len(case.predictions),
        "level": case.resampling.level,
        "levels": [_level(case, case.development, held, method, alpha, cuts) for alpha in ALPHAS],
        "note": _note(case, method, len(held)),
    }


def _refused(development: Development | None) -> str:
    if development is None:
        return "there are no predictions of rows that the model was not fitted on, other than the test rows"
    rows = len(_rows(development))
    if rows < FEW_ROWS:
        return f"there are {rows} rows to take residuals from, and under {FEW_ROWS} they give no useful interval"
    if development.kind == "out_of_fold" and development.across is None:
        return "the models of the folds were not asked about the test rows"
    return ""


def _rows(development: Development) -> Ints:
    """Positions of the rows that give residuals: all out of fold, of `valid` the part that chose nothing else."""
    chosen = development.fold == 1 if development.kind == "valid" else np.ones(len(development), dtype=bool)
    return np.flatnonzero(chosen)


def _level(
    case: Case, development: Development, held: Ints, method: str, alpha: float, cuts: Sequence[Slice]
) -> dict[str, Any]:
    predictions = development.predictions
    residuals = (predictions.y_true - predictions.y_pred)[held]
    if method == "split":
        half = split_conformal(residuals, alpha)
        low, high = case.predictions.y_pred - half, case.predictions.y_pred + half
    else:
        half = None
        low, high = cv_plus(residuals, development.fold[held], development.across, alpha)
    covered = (low <= case.predictions.y_true) & (case.predictions.y_true <= high)
    width = float(np.mean(high - low))
    return {
        "alpha": alpha,
        "nominal": 1 - alpha,
        "guarantee": 1 - alpha * (1 if method == "split" else 2) if case.resampling.exchangeable else None,
        "half_width": half if half is not None and math.isfinite(half) else None,
        "mean_width": width if math.isfinite(width) else None,
        "coverage": _coverage(case, covered, np.ones(len(covered), dtype=bool)),
        "slices": [{"slice": one.name, **_coverage(case, covered, one.rows)} for one in cuts],
    }


def _coverage(case: Case, covered: Any, rows: Any) -> dict[str, Any]:
    """Share of rows whose interval holds the truth, with Clopper–Pearson's interval in rows that are independent."""
    inside = covered[rows]
    n, share = len(inside), float(inside.mean())
    effect = design_effect(inside, None if case.resampling.codes is None else case.resampling.codes[rows])
    if case.resampling.time_ordered:
        effect = max(effect, case.resampling.effect)
    low, high = clopper_pearson(share * n / effect, n / effect, case.resampling.level)
    return {"value": share, "low": low, "high": high, "n": n}


def design_effect(hits: Any, codes: Any) -> float:
    """Variance of a share over clusters against that of independent rows, from 1 to the rows per cluster.

    The largest where all rows are alike, because their variance cannot be told. 1 without `codes`.
    """
    if codes is None:
        return 1.0
    _, places, sizes = np.unique(codes, return_inverse=True, return_counts=True)
    share, most = float(np.mean(hits)), max(1.0, len(hits) / len(sizes))
    if share in (0.0, 1.0) or len(sizes) < 2:
        return most
    off = np.bincount(places, np.asarray(hits, dtype=np.float64)) - share * sizes
    variance = float((off**2).sum()) * len(sizes) / (len(sizes) - 1)
    return float(np.clip(variance / (len(hits) * share * (1 - share)), 1.0, most))


def _note(case: Case, method: str, rows: int) -> str:
    how = {
        "split": f"Half-widths are taken from the residuals of {rows:,} validation rows.",
        "cv_plus": f"CV+ from the out-of-fold residuals of {rows:,} training rows, made to hold at least 1 − 2α, "
        "usually about 1 − α.",
    }[method]
    kept = " Coverage is marginal: right on average, not in every slice."
    if not case.resampling.exchangeable:
        why = "are ordered in time" if case.resampling.time_ordered else "come in groups"
        kept += f" The rows {why}, so no coverage is guaranteed."
    weighted = " Rows count once each, whatever their weight." if case.predictions.weight is not None else ""
    return how + kept + weighted
