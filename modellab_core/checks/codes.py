"""Numbers that are names: of rows, of places, of times of day, of kinds."""

from __future__ import annotations

import re

import numpy as np
from scipy import optimize, stats

from modellab_core.checks.check import Found, Looked, NotApplicable, check
from modellab_core.checks.finding import Remedy
from modellab_core.checks.ground import Ground
from modellab_core.checks.leaks import leave_out
from modellab_core.checks.shape import listed
from modellab_core.checks.single import ranks
from modellab_core.data.task import Task
from modellab_core.errors import BadInput
from modellab_core.harness.figures.wording import named, number, plural
from modellab_core.harness.predictions import Floats, Ints
from modellab_core.training.columns import choose_columns

LEAST_ROWS = 20
CODE_NAMES = re.compile(
    r"(.*[_ .-])?(zip|zip_?code|postal(_?code)?|post_?code|plz|phone(_?(no|nr|number))?|telephone|tel|"
    r"mobile(_?(no|number))?|"
    r"fax|ssn|fips|naics|sic|iban|bic|isbn|ean|upc|sku|icd\d*|cpt|area_?code|country_?code|region_?code|state_?code|"
    r"product_?code|branch_?code|station_?code)([_ .-]?\d*)?",
    re.IGNORECASE,
)
LEVELS, MOST_LEVELS, ROWS_A_LEVEL = 6, 2000, 5
ROUGH = 1.2
SURE = 1e-6
CLOCK_VALUES = 30


@check(
    "id_like",
    "Columns that name rows",
    "note",
    "table",
    "more than 90 % different texts; or whole numbers without a repetition that are named like an id, count the rows, "
    "or are exactly the numbers from one to the number of rows: the rule by which training leaves a column out",
)
def id_like(ground: Ground) -> Looked:
    """Columns with a name or a number of its own for every row, of which nothing can be learnt."""
    if len(ground) < LEAST_ROWS:
        raise NotApplicable(f"in {len(ground)} rows, different values say nothing")
    names = sorted({*_left_out(ground), *_counted_through(ground)}, key=list(ground.kinds).index)
    if names:
        claim = f"{plural(len(names), 'column')} that only name the rows: {listed(names)}."
        distinct = {name: ground.distinct(name) for name in names}
        way = "Leave out, as training does by itself where the column is sure to be a name."
        yield Found(claim, tuple(names), {"distinct": distinct, **ground.looked_at()}, way, leave_out(*names))


def _left_out(ground: Ground) -> list[str]:
    """What training would leave out as a name of rows."""
    away = dict.fromkeys(name for name in ground.kinds if name not in ground.features)
    rows = np.arange(len(ground)) if ground.split is None else ground.split.rows("train")
    try:
        notes = choose_columns(ground.table.frame, rows, away).notes
    except BadInput:
        return []
    return [note.column for note in notes if note.code == "left_out_id" and note.column]


def _counted_through(ground: Ground) -> list[str]:
    """Columns of whole numbers that are each of n neighbouring numbers once, in any order."""
    found = []
    for name in ground.of_kind("number"):
        if len(ground) == ground.rows_in_all and ground.distinct(name) == len(ground) and ground.whole(name):
            values = ground.numbers(name)
            if values.max() - values.min() == len(ground) - 1:
                found.append(name)
    return found


def as_text(*names: str) -> Remedy:
    """The remedy that reads columns as text."""
    told = named(names[0]) if len(names) == 1 else f"{len(names)} columns"
    return Remedy("type", tuple(names), "text", f"Read {told} as text")


@check(
    "number_codes",
    "Numbers that are codes",
    "note",
    "table",
    "whole numbers in a column named like a postcode, telephone or product code; or 6 to 2,000 different whole "
    "numbers of 5 rows each, between which the target differs in a way that no rise, fall or cubic curve follows (p < "
    "10⁻⁶) and neighbours are no more alike than any two (von Neumann's ratio without noise ≥ 1.2; 2 is no order)",
)
def number_codes(ground: Ground) -> Looked:
    """Whole numbers that are names of kinds or places, where larger does not mean more."""
    for name in ground.of_kind("number"):
        if not ground.whole(name) or ground.distinct(name) < 3:
            continue
        if CODE_NAMES.fullmatch(name.strip()) and ground.numbers(name)[np.isfinite(ground.numbers(name))].min() >= 0:
            claim = f"{named(name)} holds whole numbers and is named like a code, where larger does not mean more."
            yield _code(ground, name, claim, {})
        elif (ratio := disorder(ground, name)) >= ROUGH:
            claim = (
                f"{named(name)} holds {ground.distinct(name)} different whole numbers between which "
                f"{named(ground.target)} differs without order: neighbouring ones are not alike (ratio "
                f"{number(ratio)}, 2 is no order)."
            )
            yield _code(ground, name, claim, {"ratio": ratio})


def _code(ground: Ground, name: str, claim: str, evidence: dict[str, float]) -> Found:
    way = f"Read {named(name)} as text, so that each number is a kind of its own."
    return Found(claim, (name,), {"distinct": ground.distinct(name), **evidence}, way, as_text(name))


def disorder(ground: Ground, name: str) -> float:
    """Von Neumann's ratio of the target's means over the values in order: near 0 is smooth, 2 is no order.

    0 where the column has not 6 to 2,000 values of 5 rows each, or where the target follows their order. With several
    classes it is the median of those of each class.
    """
    if ground.truth is None or not LEVELS <= ground.distinct(name) <= MOST_LEVELS:
        return 0.0
    rows = ground.sample()
    values = ground.numbers(name)[rows]
    rows, values = rows[np.isfinite(values)], values[np.isfinite(values)]
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    kept = count >= ROWS_A_LEVEL
    if kept.sum() < LEVELS:
        return 0.0
    inside = kept[place]
    place = np.unique(place[inside], return_inverse=True)[1]
    return float(np.median([_ratio(y, place) for y in _sides(ground, rows[inside])]))


def _sides(ground: Ground, rows: Ints) -> list[Floats]:
    """The target as numbers: ranks, or 0 and 1 for each of the five largest classes (for two classes, one)."""
    truth = np.asarray(ground.truth)[rows]
    if not ground.is_classification:
        return [ranks(truth)]
    codes = truth.astype(np.int64)
    largest = np.argsort(-np.bincount(codes), kind="stable")[: 1 if ground.task is Task.BINARY else 5]
    return [(codes == code).astype(np.float64) for code in largest]


def _ratio(y: Floats, place: Ints) -> float:
    """Von Neumann's ratio of the means of `y` by place; 0 where a rise, a fall or a curve says all but chance."""
    count = np.bincount(place)
    means = np.bincount(place, weights=y) / count
    squares = np.bincount(place, weights=(y - means[place]) ** 2)
    within = squares.sum() / max(len(y) - len(count), 1)
    noise = np.maximum(squares / np.maximum(count - 1, 1), within) / count  # of each mean, never below the usual one
    if within <= 0:
        return 0.0
    missed = min(float(((means - fit) ** 2 / noise).sum()) for fit in _in_order(means, count))
    if stats.chi2.sf(missed, len(count) - 2) > SURE:
        return 0.0
    steps = count[1:] * count[:-1] / (count[1:] + count[:-1])
    apart = float((steps * (np.diff(means) ** 2 - noise[1:] - noise[:-1])).sum() / steps.sum())
    spread = float((count * ((means - y.mean()) ** 2 - noise)).sum() / count.sum())
    return apart / spread if spread > 0 else 0.0


def _in_order(means: Floats, count: Ints) -> list[Floats]:
    """What the means would be if they rose, fell, or followed a cubic curve."""
    rising = optimize.isotonic_regression(means, weights=count).x
    falling = -optimize.isotonic_regression(-means, weights=count).x
    at = np.linspace(-1, 1, len(means))
    curve = np.polynomial.Polynomial.fit(at, means, 3, w=np.sqrt(count))(at)
    return [rising, falling, curve]


@check(
    "clock_times",
    "Times of day written as numbers",
    "note",
    "table",
    "at least 30 different whole numbers from 0 to 2400 reaching above 1000, of which the last two digits are always "
    "below 60: of any other numbers 6 in 10 are so, of 30 all only once in four million columns",
)
def clock_times(ground: Ground) -> Looked:
    """Whole numbers that are times of day as HHMM, where 1259 and 1300 are neighbours."""
    for name in ground.of_kind("number"):
        if ground.distinct(name) < CLOCK_VALUES or not ground.whole(name):
            continue
        values = np.unique(ground.numbers(name)[np.isfinite(ground.numbers(name))])
        minutes = np.unique(values % 100)
        if values[0] < 0 or not 1000 <= values[-1] <= 2400 or minutes.max() >= 60:
            continue
        if len(minutes) >= 5 and minutes.max() >= 40:
            reach = f"from {values[0]:g} to {values[-1]:g} no value ends in 60 to 99"
            claim = f"{named(name)} looks like times of day (HHMM): {reach}."
            way = f"Write {named(name)} as minutes since midnight, or read it as text."
            yield Found(claim, (name,), {"distinct": len(values)}, way, as_text(name))
