"""Rows that are there more than once, also on both sides of the split, and equal rows with different targets."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from modellab_core.checks.check import Clear, Found, Looked, NotApplicable, check
from modellab_core.checks.ground import Ground
from modellab_core.checks.held import compared, held_out, inputs_of, random_folds
from modellab_core.checks.honest import honest_features
from modellab_core.checks.measure import Scored
from modellab_core.data.chance import shuffled
from modellab_core.harness.figures.wording import named, percent, plural
from modellab_core.harness.predictions import Ints

TIMES, TIMES_IF_MANY, MANY = 10.0, 1.5, 0.25
FEWEST, SHARE = 3, 0.002
SERIOUS_SHARE, SERIOUS_ROWS = 0.01, 5
MOST_FITTED = 2500
CONTRADICTED = 0.001


@dataclass(frozen=True)
class Copies:
    """`key` is a code per row, equal for equal rows; `extra` rows repeat an earlier one; `expected` pairs by chance."""

    key: Ints
    extra: int
    pairs: float
    expected: float
    bits: float

    def surprising(self, rows: int) -> bool:
        """Whether so many equal rows cannot come from columns of few different values."""
        if self.extra < max(FEWEST, SHARE * rows) or self.bits < 2 * math.log2(max(rows, 2)):
            return False  # two rows in a table of so few different values are equal by chance
        return self.pairs >= (TIMES_IF_MANY if self.extra >= MANY * rows else TIMES) * self.expected


def copies(ground: Ground, *, with_target: bool) -> Copies:
    """The equal rows of a table, over the columns that a model is given, and the target if asked for."""
    own = f"copies {with_target}"
    if own not in ground.memory:
        ground.memory[own] = _copies(ground, with_target)
    found: Copies = ground.memory[own]
    return found


def _copies(ground: Ground, with_target: bool) -> Copies:
    names = [name for name in ground.features if ground.distinct(name) > 1]
    if with_target and ground.target:
        names.append(ground.target)
    bits = {name: _bits(ground, name) for name in names}
    names.sort(key=lambda name: -bits[name])
    telling: list[str] = []
    while names and sum(bits[name] for name in telling) < sum(bits.values()) / 2:
        telling.append(names[len(telling)])
    rest = names[len(telling) :]
    key = ground.keys(names)
    every = len(ground) * (len(ground) - 1) / 2
    expected = _pairs(ground.keys(telling)) * _pairs(ground.keys(rest)) / max(every, 1) if rest else 0.0
    return Copies(key, len(key) - int(key.max(initial=-1)) - 1, _pairs(key), expected, sum(bits.values()))


def _bits(ground: Ground, name: str) -> float:
    """Entropy of a column; a column with mostly different values tells more than a table of this size can show."""
    count = ground.counts(name)
    share = count / count.sum()
    seen = float(-(share * np.log2(share)).sum())
    return 3 * seen if len(count) > 0.5 * len(ground) else seen


def _pairs(key: Ints) -> float:
    count = np.bincount(key).astype(np.float64)
    return float((count * (count - 1) / 2).sum())


def _looked(ground: Ground) -> None:
    if len(ground) < 10 or not any(ground.distinct(name) > 1 for name in ground.features):
        raise NotApplicable("there are not ten rows that could differ")


@check(
    "repeated_rows",
    "Rows are repeated",
    "warning",
    "table",
    "at least 3 rows and 0.2 % repeat an earlier one in every column, the values are different enough to tell rows "
    "apart, and equal pairs are ten times (from a quarter of the rows on 1.5 times) what independent halves of the "
    "columns give",
)
def repeated_rows(ground: Ground) -> Looked:
    """Rows that repeat an earlier row in every column, more than chance makes equal."""
    _looked(ground)
    found = copies(ground, with_target=True)
    evidence = {"repeated": found.extra, **ground.looked_at()}
    if not found.surprising(len(ground)):
        yield Clear(f"{plural(found.extra, 'row')} equal to an earlier one, no more than chance makes.", (), evidence)
        return
    claim = (
        f"{plural(found.extra, 'row')} of {len(ground):,} ({percent(found.extra / len(ground))}) repeat an earlier row."
    )
    way = "Find out whether these are records of their own; if not, remove them from the file."
    yield Found(claim, (), evidence, way)


@check(
    "rows_across_split",
    "Test rows that are also trained on",
    "serious",
    "split",
    "at least 5 test rows and 1 % of them have the features of a training row, and equal rows are more than chance "
    "makes; fewer are a note",
)
def rows_across_split(ground: Ground) -> Looked:
    """Test rows of which a copy is among the rows that are trained on, so that a model need only remember."""
    _looked(ground)
    assert ground.split is not None
    found = copies(ground, with_target=False)
    train, test = ground.split.rows("train"), ground.split.rows("test")
    seen = np.isin(found.key[test], found.key[train])
    count, share = int(seen.sum()), float(seen.mean()) if len(test) else 0.0
    evidence: dict[str, Any] = {"test_rows_seen": count, "test_rows": len(test), "share": share}
    if not count or not found.surprising(len(ground)):
        yield Clear(f"{plural(count, 'test row')} of {len(test):,} equal to a training row.", (), evidence)
        return
    claim = f"{plural(count, 'test row')} of {len(test):,} ({percent(share)}) equal a training row in every feature."
    measured_too, told = _flattered(ground, found.key)
    serious = count >= SERIOUS_ROWS and share >= SERIOUS_SHARE
    way = "Remove repeated rows from the file, or split by a column that keeps them together."
    yield Found(f"{claim}{told}", (), evidence | measured_too, way, None, None if serious else "note")


def _flattered(ground: Ground, key: Ints) -> tuple[dict[str, Any], str]:
    """What the copies do to a score: by random rows against equal rows kept together, measured on the same rows."""
    units = shuffled(ground.seed, "copies", np.arange(int(key.max()) + 1))
    kept = np.isin(key, units[: max(1, int(len(units) * MOST_FITTED / max(len(key), 1)))])
    rows = ground.known[kept[ground.known]]
    if len(rows) < 100:
        return {}, ""
    inputs = inputs_of(ground, honest_features(ground), rows)
    clusters = np.unique(key[rows], return_inverse=True)[1].astype(np.int64)

    def fit(seed: int) -> tuple[Scored, Scored] | None:
        apart = held_out(ground, inputs, rows, random_folds(np.arange(len(rows)), seed), seed)
        together = held_out(ground, inputs, rows, random_folds(clusters, seed), seed)
        return None if apart is None or together is None else (apart, together)

    found = compared(fit, ground.seed, clusters)
    if found is None:
        return {}, ""
    one, other, by = found
    told = f" A quick model has {one.label} {one} with random rows and {other} with equal rows kept together"
    told += "." if by.low > 0 else ": no better beyond chance."
    return {"random": one.to_json(), "together": other.to_json(), "difference": by.to_json()}, told


@check(
    "contradicting_rows",
    "Equal rows with different targets",
    "note",
    "target",
    "at least 5 rows and 0.1 % have the features of another row and another class (or a number more than a hundredth "
    "of the range away), and equal rows are more than chance makes",
)
def contradicting_rows(ground: Ground) -> Looked:
    """Rows with the same features and another target, at least one of which no model can get right."""
    _looked(ground)
    found = copies(ground, with_target=False)
    rows = ground.known
    key, truth = np.unique(found.key[rows], return_inverse=True)[1], np.asarray(ground.truth)[rows]
    low, high = np.full(int(key.max()) + 1, np.inf), np.full(int(key.max()) + 1, -np.inf)
    np.minimum.at(low, key, truth)
    np.maximum.at(high, key, truth)
    apart = 0.0 if ground.is_classification else 0.01 * float(np.ptp(truth))
    against = (high - low)[key] > apart
    count = int(against.sum())
    evidence = {"rows": count, **ground.looked_at()}
    if count < max(5, CONTRADICTED * len(rows)) or not found.surprising(len(ground)):
        yield Clear(f"{plural(count, 'row')} contradict another with the same features.", (), evidence)
        return
    first = [int(row) for row in rows[against][:5]]
    claim = f"{plural(count, 'row')} have the same features as another row and another {named(ground.target)}."
    way = "Look at some of them: a column that tells them apart may be missing, or labels may be wrong."
    yield Found(claim, (ground.target or "",), evidence | {"examples": first}, way)
