"""Columns that know the target: by their values, or by what is missing in them."""

from __future__ import annotations

import numpy as np

from modellab_core.checks.check import Clear, Found, Looked, NotApplicable, check
from modellab_core.checks.finding import Remedy, Severity
from modellab_core.checks.ground import MOST_FITTED, Ground
from modellab_core.checks.measure import Measured
from modellab_core.checks.single import LEAST_ROWS, bin_score, column_score
from modellab_core.data.task import Task
from modellab_core.harness.figures.wording import named, percent
from modellab_core.harness.predictions import Ints

MOST_CELLS = 8_000_000
PERFECT, PERFECT_LOW = 0.98, 0.9
COPIED, COPIED_LOW = 0.85, 0.8
MISSING_TELLS, MISSING_TELLS_LOW = 0.9, 0.85
PURE, PURE_ROWS, CHANCE = 0.995, 30, 1e-9


def scores(ground: Ground) -> dict[str, Measured]:
    """Column → how well it alone predicts the target on held-out rows, for all features but dates."""
    if "scores" not in ground.memory:
        rows = scored_rows(ground)
        found = {name: column_score(ground, name, rows) for name in ground.of_kind("number", "text", "boolean")}
        ground.memory["scores"] = {name: score for name, score in found.items() if score is not None}
    scored: dict[str, Measured] = ground.memory["scores"]
    return scored


def scored_rows(ground: Ground) -> Ints:
    """The rows on which columns are scored, fewer where columns are very many."""
    return ground.sample(min(MOST_FITTED, max(1000, MOST_CELLS // max(1, len(ground.features)))))


def lead(ground: Ground, score: Measured) -> tuple[float, float]:
    """(value, lower end) of a score as a share of the way from knowing nothing to perfect; AUC as it is."""
    if score.metric != "accuracy":
        return score.value, score.low
    codes = np.asarray(ground.truth)[ground.known].astype(np.int64)
    majority = float(np.bincount(codes).max()) / len(codes)
    return (score.value - majority) / (1 - majority), (score.low - majority) / (1 - majority)


def strength(ground: Ground, score: Measured) -> float:
    """The share of the way from knowing nothing to perfect, for every metric."""
    return 2 * score.value - 1 if score.metric == "roc_auc" else lead(ground, score)[0]


def enough(ground: Ground) -> None:
    if len(ground.known) < LEAST_ROWS:
        raise NotApplicable(f"only {len(ground.known)} rows have a target, and {LEAST_ROWS} are needed")
    if not ground.features:
        raise NotApplicable("there is no column beside the target")


def counters(ground: Ground) -> dict[str, int]:
    """Columns of whole numbers that only rise (1) or only fall (-1) from row to row, without a repetition."""
    found = {}
    for name in ground.of_kind("number"):
        values = ground.numbers(name)
        if len(values) < LEAST_ROWS or not ground.whole(name) or not np.isfinite(values).all():
            continue
        steps = np.diff(values)
        if (steps > 0).all() or (steps < 0).all():
            found[name] = 1 if steps[0] > 0 else -1
    return found


def leave_out(*names: str) -> Remedy:
    """The remedy that leaves columns out."""
    told = named(names[0]) if len(names) == 1 else f"{len(names)} columns"
    return Remedy("drop", tuple(names), None, f"Leave {told} out")


@check(
    "target_given_away",
    "A column gives the target away",
    "serious",
    "target",
    "ROC AUC, share of the way from the majority to all right, or R² of ranks of at least 0.98 with its lower end "
    "above 0.9: columns that are known in time hardly ever say so much alone; a column with as few values as there "
    "are classes is a warning from 85 % of the way on (of two classes, 2·AUC − 1), as a copy with errors is",
)
def target_given_away(ground: Ground) -> Looked:
    """A single column that alone predicts held-out rows almost perfectly, or that has a value for each range of the
    target.
    """
    enough(ground)
    counting = counters(ground)
    best: tuple[str, Measured] | None = None
    for name, score in scores(ground).items():
        value, low = lead(ground, score)
        if name not in counting and value >= PERFECT and low >= PERFECT_LOW:
            yield _given_away(ground, name, score)
        elif covers_ranges(ground, name):
            yield _in_ranges(ground, name)
        elif is_copy(ground, name, score):
            yield _given_away(ground, name, score, "warning")
        elif best is None or value > lead(ground, best[1])[0]:
            best = name, score
    if best is not None:
        claim = f"The strongest column that remains is {named(best[0])}, with {best[1].label} {best[1]} alone."
        yield Clear(claim, (best[0],), {"score": best[1].to_json()})


def is_copy(ground: Ground, name: str, score: Measured) -> bool:
    """Whether a column with as few values as there are classes nearly agrees with them."""
    if not ground.is_classification or ground.distinct(name) > len(ground.classes):
        return False
    low = 2 * score.low - 1 if score.metric == "roc_auc" else lead(ground, score)[1]
    return strength(ground, score) >= COPIED and low >= COPIED_LOW


def _given_away(ground: Ground, name: str, score: Measured, severity: Severity | None = None) -> Found:
    told = "R² of its ranks" if score.metric == "rank_r2" else score.label
    claim = (
        f"{named(name)} alone predicts {named(ground.target)} almost perfectly on rows that were held out: {told} "
        f"{score}."
    )
    way = f"Leave {named(name)} out, unless it is known before {named(ground.target)} is."
    return Found(claim, (name,), {"score": score.to_json()}, way, leave_out(name), severity)


def covers_ranges(ground: Ground, name: str) -> bool:
    """Whether a numeric target, in order, has each value of the column in one unbroken range, and ranges that touch."""
    if ground.task is not Task.REGRESSION or ground.truth is None:
        return False
    rows = ground.known
    codes, truth = ground.codes(name)[rows] + 1, np.asarray(ground.truth)[rows]
    count = np.bincount(codes)
    count = count[count > 0]
    if not (2 <= len(count) <= 50 and count.min() >= 10):
        return False
    order = np.argsort(truth, kind="stable")
    cuts = np.flatnonzero(np.diff(codes[order]))
    if len(cuts) != len(count) - 1:
        return False
    gap = float(np.diff(truth[order])[cuts].max()) / float(np.ptp(truth))
    return gap <= 0.05 if len(count) > 2 else gap <= 0.02 and count.min() >= 30


def _in_ranges(ground: Ground, name: str) -> Found:
    values = ground.distinct(name)
    claim = (
        f"{named(name)} is a function of {named(ground.target)}: each of its {values} values stands for one unbroken "
        f"range of it, without an exception in {len(ground.known):,} rows."
    )
    way = f"Leave {named(name)} out: it was made from the target."
    return Found(claim, (name,), {"values": values, "rows": len(ground.known)}, way, leave_out(name))


@check(
    "target_from_missing",
    "What is missing gives the target away",
    "serious",
    "target",
    "whether a column is filled scores at least 0.9 (lower end 0.85) alone; or, as a warning, at least 30 rows of one "
    "side are to 99.5 % of one class, which chance gives in fewer than one of 10⁹ tables",
)
def target_from_missing(ground: Ground) -> Looked:
    """A column of which the mere fact that it is missing, or filled, says what the target is."""
    enough(ground)
    rows = scored_rows(ground)
    looked = 0
    for name in ground.features:
        missing = (ground.codes(name)[rows] < 0).astype(np.int64)
        if not 5 <= missing.sum() <= len(rows) - 5:
            continue
        looked += 1
        score = bin_score(ground, missing, rows)
        if score is None:
            continue
        value, low = lead(ground, score)
        if value >= MISSING_TELLS and low >= MISSING_TELLS_LOW:
            yield _told_by_missing(ground, name, score)
        elif pure := _pure_side(ground, missing, rows):
            yield _pure(ground, name, *pure)
    if not looked:
        raise NotApplicable("no column has both missing and filled cells in enough rows")


def _told_by_missing(ground: Ground, name: str, score: Measured) -> Found:
    claim = f"Whether {named(name)} is missing predicts {named(ground.target)} alone: {score.label} {score}."
    way = f"Leave {named(name)} out, unless it is filled before {named(ground.target)} is known."
    return Found(claim, (name,), {"score": score.to_json()}, way, leave_out(name))


def _pure_side(ground: Ground, missing: Ints, rows: Ints) -> tuple[str, str, int, float] | None:
    """(side, class, rows, share) where one side is of one class beyond chance."""
    if not ground.is_classification:
        return None
    truth = np.asarray(ground.truth)[rows].astype(np.int64)
    usual = np.bincount(truth, minlength=len(ground.classes)) / len(truth)
    for side, word in ((0, "filled"), (1, "missing")):
        held = np.bincount(truth[missing == side], minlength=len(ground.classes))
        code, count = int(held.argmax()), int(held.sum())
        share = held[code] / max(count, 1)
        if count >= PURE_ROWS and share >= PURE and count * np.log(max(usual[code], 1e-12)) < np.log(CHANCE):
            return word, ground.classes[code], count, float(share)
    return None


def _pure(ground: Ground, name: str, side: str, label: str, count: int, share: float) -> Found:
    claim = (
        f"Where {named(name)} is {side} ({count:,} rows), {named(ground.target)} is {named(label)} in "
        f"{percent(share)} of them."
    )
    way = f"Leave {named(name)} out, unless it is filled before {named(ground.target)} is known."
    evidence = {"side": side, "class": label, "rows": count, "share": share}
    return Found(claim, (name,), evidence, way, leave_out(name), "warning")
