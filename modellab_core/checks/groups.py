"""Rows that belong together and are dealt to both sides of the split."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import stats

from modellab_core.checks.check import Clear, Found, Looked, NotApplicable, check
from modellab_core.checks.finding import Remedy
from modellab_core.checks.ground import Ground
from modellab_core.checks.held import compared, held_out, inputs_of, random_folds
from modellab_core.checks.honest import honest_features
from modellab_core.checks.measure import Gain, Measured, Scored
from modellab_core.checks.single import ranks
from modellab_core.data.chance import shuffled
from modellab_core.harness.figures.wording import named
from modellab_core.harness.predictions import Floats, Ints

FEWEST_GROUPS, MOST_A_GROUP, LEAST_A_GROUP = 20, 50.0, 1.5
ALIKE = 1e-4
MOST_TRIED = 4
MOST_ROWS = 4000
SURE = 3.0
NEIGHBOURS = 0.5
LARGEST = 0.2
SMALLEST = {"roc_auc": 0.02, "accuracy": 0.02, "mae": 0.05}  # mean absolute error: as a share of itself


@check(
    "groups_across_split",
    "Rows of a group on both sides of the split",
    "serious",
    "target",
    "a column of texts or whole numbers with 20 values or more and 1.5 to 50 rows each, within which the target is "
    "alike (F test, p < 10⁻⁴), and a quick model that scores better by random rows than by whole groups: by 3 "
    "standard errors and .02 of ROC AUC or accuracy, or 5 % of the error",
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
        found = by_groups(ground, name)
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
        if LEAST_A_GROUP <= size <= MOST_A_GROUP and shared >= 0.5 and count.max() <= LARGEST * count.sum():
            chance, share = alikeness(y[filled], codes[filled])
            if chance < ALIKE and (kind == "text" or is_name(ground, name, y, share)):
                alike[name] = share
    finest = [name for name in alike if not any(_told_by(ground, name, other) for other in alike if other != name)]
    return sorted(finest or alike, key=lambda name: -alike[name])[:MOST_TRIED]


def _told_by(ground: Ground, name: str, finer: str) -> bool:
    """Whether each value of `finer` has one value of `name`, as a patient has one height."""
    if ground.distinct(finer) <= ground.distinct(name):
        return False
    pairs = np.unique(ground.codes(finer) * (len(ground) + 1) + ground.codes(name))
    return len(pairs) <= ground.distinct(finer) + 1


def is_name(ground: Ground, name: str, y: Floats, share: float) -> bool:
    """Whether whole numbers name things rather than measure: neighbouring numbers are not alike as equal ones are.

    By the covariance of the target's means of neighbouring numbers over the variance between numbers (`share` of that
    of `y`): about 0 for names, 1 for measurements that the target follows.
    """
    values = ground.numbers(name)[ground.known]
    filled = np.isfinite(values)
    place = np.unique(values[filled], return_inverse=True)[1]
    count = np.bincount(place)
    apart = np.bincount(place, weights=y[filled] - y[filled].mean()) / count
    weight = count[1:] * count[:-1] / (count[1:] + count[:-1])
    beside = float((weight * apart[1:] * apart[:-1]).sum() / weight.sum())
    return beside < NEIGHBOURS * share * float(y[filled].var())


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


def by_groups(ground: Ground, name: str) -> tuple[Measured, Measured, Gain] | None:
    """The score of a quick model by random rows and by whole groups, on the same rows, and their difference.

    By random rows the model also knows the groups, as it would in a training, by the usual target of each; by whole
    groups that is of no use, as each group is new.
    """
    rows = _rows(ground, name)
    if len(rows) < 60:
        return None
    units = np.unique(ground.codes(name)[rows], return_inverse=True)[1].astype(np.int64)
    others = [other for other in honest_features(ground) if other != name]
    named_so = units if name in ground.features else None
    inputs = inputs_of(ground, others, rows)

    def fit(seed: int) -> tuple[Scored, Scored] | None:
        apart = held_out(ground, inputs, rows, random_folds(np.arange(len(rows)), seed), seed, named_so)
        together = held_out(ground, inputs, rows, random_folds(units, seed), seed)
        return None if apart is None or together is None else (apart, together)

    return compared(fit, ground.seed, units)


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
