"""Dated rows that are split at random."""

from __future__ import annotations

import re

import numpy as np

from modellab_core.checks.check import Clear, Found, Looked, NotApplicable, check
from modellab_core.checks.finding import Remedy
from modellab_core.checks.ground import Ground
from modellab_core.checks.groups import smallest
from modellab_core.checks.held import LEAST_LEAF, compared, inputs_of, predicted, random_folds, score_of
from modellab_core.checks.honest import honest_features
from modellab_core.checks.measure import Gain, Measured, Scored
from modellab_core.harness.figures.wording import named
from modellab_core.harness.predictions import Floats, Ints
from modellab_core.training.values import Mask

LEAST_MOMENTS, LEAST_ROWS = 10, 100
LATEST = 0.2
BLOCKS, LEAST_BLOCKS = 20, 5
MOST_ROWS = 6000
MOST_TRIED = 3
SURE, VERY_SURE = 3.0, 6.0
EDGE = 200  # rows of a leaf, as a part of all: so many decide about all rows beyond the edge
NAMED = re.compile(r"(date|time|timestamp|year|yr|period|quarter|epoch|ts|datum|day|dt)", re.IGNORECASE)


@check(
    "time_order",
    "Dated rows with a random split",
    "serious",
    "target",
    "on the latest fifth of the rows a quick model that saw other rows of that time scores better than one fitted on "
    "earlier rows alone: by 3 standard errors (of 20 blocks of time) and .02 of ROC AUC or accuracy, or 5 % of the "
    "error; and by one on the fifth before, or by 6",
)
def time_order(ground: Ground) -> Looked:
    """A column of dates with which a random split lets a model learn from the future, so that its score flatters."""
    if ground.rule.kind in ("time", "column"):
        raise NotApplicable(f"the split is {str(ground.rule)!r}, not random")
    tried = dated(ground)
    if not tried:
        raise NotApplicable("no column says when a row was, at ten different times or more")
    looked = 0
    for name in tried:
        rows = in_order(ground, name)
        found = latest(ground, name, rows)
        if found is None:
            continue
        looked += 1
        random, later, by = found
        evidence = {"random": random.to_json(), "time_ordered": later.to_json(), "difference": by.to_json()}
        told = (
            f"on the latest {later.n:,} rows by {named(name)} a quick model has {random.label} {random} when it was "
            f"fitted on random other rows, and {later} when fitted on earlier ones"
        )
        if by.z >= SURE and by.value >= smallest(later) and (by.z >= VERY_SURE or _before_too(ground, name, rows)):
            claim = f"A random split flatters: {told}."
            way = f"Split by {named(name)}, if the model is to predict what comes later."
            yield Found(claim, (name,), evidence, way, Remedy("time", (name,), None, f"Split by {named(name)}"))
        else:
            yield Clear(f"Splitting by time changes nothing beyond chance: {told}.", (name,), evidence)
    if not looked:
        raise NotApplicable(f"fewer than {LEAST_ROWS} rows have both a date and a target")


def _before_too(ground: Ground, name: str, rows: Ints) -> bool:
    """Whether the fifth before the latest one, after the rows before that, points the same way by a standard error.

    A model that knows the date meets the edge of the dates it was fitted on, and what lies at one edge may be chance.
    """
    found = latest(ground, name, rows[: int(len(rows) * (1 - LATEST))])
    return found is not None and found[2].z >= 1.0


def dated(ground: Ground) -> list[str]:
    """The columns that may say when a row was: dates, and numbers with a name of time that rise with the rows."""
    found = []
    for name, kind in ground.kinds.items():
        if name == ground.target or ground.distinct(name) < LEAST_MOMENTS:
            continue
        if kind == "date" or (kind == "number" and _named_so(name) and _rises(ground.numbers(name))):
            found.append(name)
    return found[:MOST_TRIED]


def _named_so(name: str) -> bool:
    words = re.findall(r"[A-Za-z]+", re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", name))
    return any(NAMED.fullmatch(word) for word in words)


def _rises(values: Floats) -> bool:
    """Whether numbers never fall, or hardly ever, from row to row, or are years."""
    filled = values[np.isfinite(values)]
    steps = np.diff(filled)
    years = bool(((filled >= 1900) & (filled <= 2100) & (filled == np.floor(filled))).all())
    return years or float((steps >= 0).mean()) >= 0.99


def in_order(ground: Ground, name: str) -> Ints:
    """At most 6,000 rows that have a target and a moment, in order of time."""
    moments = ground.numbers(name)
    rows = ground.sample(MOST_ROWS)
    rows = rows[np.isfinite(moments[rows])]
    return np.asarray(rows[np.argsort(moments[rows], kind="stable")], dtype=np.int64)


def latest(ground: Ground, name: str, rows: Ints) -> tuple[Measured, Measured, Gain] | None:
    """On the latest fifth of `rows`: the score after random other rows, that after earlier rows, the difference.

    Both models are fitted on about as many rows; moments that are equal stay on one side. None for too few rows.
    """
    when = ground.numbers(name)[rows]
    if len(rows) < LEAST_ROWS:
        return None
    cut = int(np.searchsorted(when, when[int(len(rows) * (1 - LATEST))]))
    late = np.arange(len(rows)) >= cut
    blocks = np.unique(_blocks(when[late]), return_inverse=True)[1].astype(np.int64)
    if not 0.3 * len(rows) <= cut <= len(rows) - 20 or len(np.unique(blocks)) < LEAST_BLOCKS:
        return None
    inputs = inputs_of(ground, [*(other for other in honest_features(ground) if other != name), name], rows)
    leaf = max(LEAST_LEAF, len(rows) // EDGE)

    def fit(seed: int) -> tuple[Scored, Scored] | None:
        mixed = _by_random_rows(ground, inputs, rows, late, seed, leaf)
        said = predicted(ground, inputs, rows, ~late, late, seed, leaf)
        if said is None or mixed is None:
            return None
        return score_of(ground, rows[late], mixed), score_of(ground, rows[late], said)

    return compared(fit, ground.seed, blocks)


def _by_random_rows(ground: Ground, inputs: Floats, rows: Ints, late: Mask, seed: int, leaf: int) -> Floats | None:
    """What models say of the late rows that were each fitted on four fifths of all rows, drawn at random."""
    fold = random_folds(np.arange(len(rows)), seed, 5)
    said = np.full(len(rows), np.nan)
    for held in range(5):
        out = (fold == held) & late
        part = predicted(ground, inputs, rows, fold != held, out, seed, leaf) if out.any() else np.zeros(0)
        if part is None:
            return None
        said[out] = part
    return said[late]


def _blocks(when: Floats) -> Ints:
    """About twenty blocks of rows in order of time; equal moments are never parted."""
    place = np.arange(len(when)) * BLOCKS // len(when)
    first = np.searchsorted(when, when)
    return np.asarray(place[first], dtype=np.int64)
