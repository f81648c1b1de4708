"""Rows that belong together and are dealt to both sides of the split."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import stats

from modellab_core.checks.check import Clear, Found, Looked, NotApplicable, check
from modellab_core.checks.finding import Remedy
from modellab_core.checks.ground import Ground
from modellab_core.checks.held import FOLDS, held_out, inputs_of, random_folds
from modellab_core.checks.measure import Gain, Measured, gain, measured
from modellab_core.checks.single import ranks
from modellab_core.data.chance import shuffled
from modellab_core.harness.predictions import Floats, Ints
from modellab_core.harness.wording import named

FEWEST_GROUPS, MOST_A_GROUP, LEAST_A_GROUP = 20, 50.0, 1.5
ALIKE = 1e-4
MOST_TRIED = 4
MOST_ROWS = 4000
SURE = 3.0
SMALLEST = {"roc_auc": 0.01, "accuracy": 0.01, "mae": 0.02}  # mean absolute error: as a share of itself


@check(
    "groups_across_split",
    "Rows of a group on both sides of the split",
    "serious",
    "target",
    "a column of texts or whole numbers with 20 values or more and 1.5 to 50 rows each, within which the target is "
    "alike (F test, p < 10⁻⁴), and a quick model that scores better by random rows than by whole groups: by 3 "
    "standard errors and .01 of ROC AUC or accuracy, or 2 % of the error",
)
def groups_across_split(ground: Ground) -> Looked:
    """A column whose values repeat a few times each (a patient, a machine) and whose rows are alike, so that a random
    split lets a model recognise them.
    """
    if ground.rule.kind in ("group", "time"):
        raise NotApplicable(f"the split is {str(ground.rule)!r}, not random")
    tried = candidates(ground)
    if not tried:
        raise NotApplicable("no column has values that repeat a few times each and within which the target is alike")
    for name in tried:
        found = compared(ground, name)
        if found is None:
            continue
        apart, together, by = found
        evidence: dict[str, Any] = {"groups": ground.distinct(name), "random": apart.to_json()}
        evidence |= {"together": together.to_json(), "difference": by.to_json()}
        told = f"{apart.label} {apart} by random rows, {together} with the groups of {named(name)} kept together"
        if by.z >= SURE and by.value >= smallest(together):
            claim = f"Rows with the same {named(name)} are alike, so a random split flatters: a quick model has {told}."
            way = f"Keep the rows of each {named(name)} together, if new rows will have new ones."
            remedy = Remedy("group", (name,), None, f"Keep {named(name)} together")
            yield Found(claim, (name,), evidence, way, remedy)
        else:
            yield Clear(f"Keeping groups together changes nothing beyond chance: {told}.", (name,), evidence)


def smallest(score: Measured) -> float:
    """The smallest difference that is worth a word, in the unit of the score."""
    return SMALLEST[score.metric] * (score.value if score.metric == "mae" else 1.0)


def candidates(ground: Ground) -> list[str]:
    """The columns that may name groups, those with the most alike targets first, at most four."""
    alike: dict[str, float] = {}
    y = _target(ground)
    for name, kind in ground.kinds.items():
        if name in (ground.target, ground.weight) or kind not in ("text", "number"):
            continue
        if kind == "number" and not ground.whole(name):
            continue
        codes = ground.codes(name)[ground.known]
        filled = codes >= 0
        count = np.bincount(codes[filled])
        count = count[count > 0]
        if len(count) < FEWEST_GROUPS or filled.mean() < 0.5:
            continue
        size, shared = count.sum() / len(count), count[count > 1].sum() / count.sum()
        if LEAST_A_GROUP <= size <= MOST_A_GROUP and shared >= 0.5:
            chance, share = alikeness(y[filled], codes[filled])
            if chance < ALIKE:
                alike[name] = share
    return sorted(alike, key=lambda name: -alike[name])[:MOST_TRIED]


def _target(ground: Ground) -> Floats:
    """The target as one number per row with a target: its ranks, or whether it is the most frequent class."""
    truth = np.asarray(ground.truth)[ground.known]
    if not ground.is_classification:
        return ranks(truth)
    codes = truth.astype(np.int64)
    return np.asarray(codes == np.bincount(codes).argmax(), dtype=np.float64)


def alikeness(y: Floats, codes: Ints) -> tuple[float, float]:
    """(p-value of equal means, intraclass correlation) of `y` within codes, by analysis of variance."""
    codes = np.unique(codes, return_inverse=True)[1]
    count = np.bincount(codes)
    means = np.bincount(codes, weights=y) / count
    freedom = len(y) - len(count)
    if freedom < 1:
        return 1.0, 0.0
    within = float(((y - means[codes]) ** 2).sum()) / freedom
    between = float((count * (means - y.mean()) ** 2).sum()) / max(len(count) - 1, 1)
    if within <= 0:
        return (0.0, 1.0) if between > 0 else (1.0, 0.0)
    size = (len(y) - float((count**2).sum()) / len(y)) / max(len(count) - 1, 1)
    share = (between - within) / (between + (size - 1) * within)
    return float(stats.f.sf(between / within, len(count) - 1, freedom)), share


def compared(ground: Ground, name: str) -> tuple[Measured, Measured, Gain] | None:
    """The score of a quick model by random rows and by whole groups, on the same rows, and their difference.

    A text that names the groups is an input by random rows, as in a training, and none by whole groups, where each of
    its values is new; numbers are inputs of both, so that only remembering makes a difference.
    """
    rows = _rows(ground, name)
    if len(rows) < 60:
        return None
    units = np.unique(ground.codes(name)[rows], return_inverse=True)[1].astype(np.int64)
    others = [other for other in ground.features if other != name]
    names = [*others, name] if name in ground.features else others
    without = others if ground.kinds[name] == "text" else names
    apart = held_out(ground, inputs_of(ground, names, rows), rows, random_folds(ground, np.arange(len(rows)), FOLDS))
    together = held_out(ground, inputs_of(ground, without, rows), rows, random_folds(ground, units, FOLDS))
    if apart is None or together is None:
        return None
    return measured(apart, units), measured(together, units), gain(apart, together, units)


def _rows(ground: Ground, name: str) -> Ints:
    """Rows with a target and a group: whole groups in random order, until there are enough."""
    codes = ground.codes(name)
    rows = ground.known[codes[ground.known] >= 0]
    if len(rows) <= MOST_ROWS:
        return rows
    units = shuffled(ground.seed, "groups", np.arange(ground.distinct(name)))
    size = np.bincount(codes[rows], minlength=len(units))[units]
    chosen = units[: int(np.searchsorted(np.cumsum(size), MOST_ROWS)) + 1]
    return np.asarray(rows[np.isin(codes[rows], chosen)], dtype=np.int64)
