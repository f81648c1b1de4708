"""Columns that hold nothing to learn from, and tables of a difficult shape."""

from __future__ import annotations

import re

from modellab_core.checks.check import Clear, Found, Looked, NotApplicable, check
from modellab_core.checks.finding import Remedy
from modellab_core.checks.ground import Ground
from modellab_core.checks.leaks import leave_out
from modellab_core.harness.figures.wording import named, percent, plural

FEW_ROWS = 200
ALMOST = 0.002
WIDE, LEAST_WIDE = 0.5, 20
WEIGHTS = re.compile(
    r"(fnlwgt|final_?w(ei)?gh?t|(sample|sampling|survey|instance|case|person|household|design|frequency|row)[_ .-]?"
    r"(weights?|wgts?|wt)|perwt|pweight|hhwt|weight[_ ]?factor)",
    re.IGNORECASE,
)


def listed(names: list[str], most: int = 6) -> str:
    """Names in a sentence, the rest counted."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(named(name) for name in names[:most]) + more


@check(
    "empty_columns",
    "Columns without a value",
    "note",
    "table",
    "not one cell is filled",
)
def empty_columns(ground: Ground) -> Looked:
    """Columns in which every cell is missing."""
    names = [name for name in ground.features if ground.distinct(name) == 0]
    if names:
        claim = f"{plural(len(names), 'column')} without a single value: {listed(names)}."
        yield Found(claim, tuple(names), {}, "Leave out, as training does by itself.", leave_out(*names))


@check(
    "constant_columns",
    "Constant columns",
    "note",
    "table",
    "one value in every row, none missing",
)
def constant_columns(ground: Ground) -> Looked:
    """Columns with the same value in every row."""
    if len(ground) < 2:
        raise NotApplicable("there is only one row")
    names = [name for name in ground.features if ground.distinct(name) == 1 and not (ground.codes(name) < 0).any()]
    if names:
        values = {name: str(ground.column(name).iloc[0])[:60] for name in names}
        claim = f"{plural(len(names), 'column')} with one value in every row: {listed(names)}."
        way = "Leave out, as training does by itself."
        yield Found(claim, tuple(names), {"values": values}, way, leave_out(*names))


@check(
    "almost_constant_columns",
    "Almost constant columns",
    "note",
    "table",
    "from 200 rows on, all filled cells but at most 0.2 % of them (at least one) have the same value: too few rows to "
    "learn what the others mean",
)
def almost_constant_columns(ground: Ground) -> Looked:
    """Columns in which nearly every row has the same value."""
    if len(ground) < FEW_ROWS:
        raise NotApplicable(f"a table of {len(ground)} rows is too small to call few cells rare")
    found = {}
    for name in ground.features:
        count = ground.counts(name)
        if len(count) == 2 or (len(count) > 2 and count.max() >= 0.9 * count.sum()):
            others = int(count.sum() - count.max())
            if others <= max(1, ALMOST * count.sum()):
                found[name] = others
    if found:
        names = list(found)
        claim = f"{plural(len(names), 'column')} with one value in nearly all rows: {listed(names)}."
        way = "Leave out, unless the few other rows matter."
        yield Found(claim, tuple(names), {"other_rows": found}, way, leave_out(*names))


@check(
    "many_columns",
    "Many columns for the rows",
    "warning",
    "target",
    "at least 20 columns, and one for every two rows to train on: any target can then be fitted by chance",
)
def many_columns(ground: Ground) -> Looked:
    """So many columns that a model can fit any target by chance."""
    rows = len(ground.known) if ground.split is None else len(ground.split.rows("train"))
    if len(ground) < ground.rows_in_all:
        raise NotApplicable("there are more rows than are looked at")
    width = len(ground.features)
    evidence = {"columns": width, "rows": rows}
    if width >= LEAST_WIDE and width >= WIDE * rows:
        claim = f"{width:,} columns for {rows:,} rows to train on: a model can fit any target by chance."
        yield Found(claim, (), evidence, "Leave out columns that cannot matter, or gather more rows.")
    else:
        yield Clear(f"{width:,} columns for {rows:,} rows to train on.", (), evidence)


@check(
    "weight_column",
    "A column is named like a weight of rows",
    "note",
    "target",
    "the name is one that surveys give to sampling weights (fnlwgt, sample_weight, …), with positive numbers",
)
def weight_column(ground: Ground) -> Looked:
    """A column that says how many people a row stands for, which is a role of its own and no feature."""
    for name in ground.of_kind("number"):
        if WEIGHTS.fullmatch(name.strip()) and (ground.numbers(name) > 0).all():
            claim = f"{named(name)} is named like a weight: it says how many a row stands for, not what it is like."
            way = f"Let {named(name)} weigh the rows, or leave it out."
            remedy = Remedy("weight", (name,), None, f"Weigh rows by {named(name)}")
            yield Found(claim, (name,), {}, way, remedy)


def shares(found: dict[str, float]) -> str:
    """`'a' (12 %), 'b' (3 %)` for a sentence."""
    return ", ".join(f"{named(name)} ({percent(share)})" for name, share in found.items())
