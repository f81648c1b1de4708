"""Columns that say the same as another column."""

from __future__ import annotations

import math
from collections import defaultdict

import numpy as np
from scipy.special import gammaln

from modellab_core.checks.check import Found, Looked, NotApplicable, check
from modellab_core.checks.ground import Ground
from modellab_core.checks.leaks import leave_out
from modellab_core.harness.figures.wording import named
from modellab_core.harness.predictions import Floats, Ints

SAME = 1e-9
MOST_LINEAR = 300
SURE = math.log(1e-9)


@check(
    "duplicate_columns",
    "Columns say the same",
    "note",
    "table",
    "equal in every row, one code for each value of the other, or an exact straight line of it; agreement of so few "
    "or so rare values that chance could give it (1 in 10⁹) does not count",
)
def duplicate_columns(ground: Ground) -> Looked:
    """Columns that are copies, recodings or exact straight lines of an earlier column."""
    if len(ground.features) < 2 or len(ground) < 10:
        raise NotApplicable("there are not two columns with ten rows to compare")
    twins = _recoded(ground)
    twins |= {later: first for later, first in _lines(ground).items() if later not in twins}
    for later, (first, how) in twins.items():
        claim = f"{named(later)} {how} {named(first)}, so it adds nothing."
        yield Found(
            claim, (later, first), {"same_as": first, "how": how}, f"Leave {named(later)} out.", leave_out(later)
        )


def _recoded(ground: Ground) -> dict[str, tuple[str, str]]:
    """Later column → (earlier column, how they agree), by equal codes in order of appearance."""
    alike = defaultdict(list)
    for name in ground.features:
        if ground.distinct(name) >= 2:
            alike[hash(ground.codes(name).tobytes())].append(name)
    found = {}
    for names in alike.values():
        for later in names[1:]:
            how = _how(ground, names[0], later)
            if how:
                found[later] = (names[0], how)
    return found


def _how(ground: Ground, first: str, later: str) -> str:
    """How two columns with equal codes agree; nothing where chance could make them agree."""
    one, other = ground.column(first), ground.column(later)
    same_kind = ground.kinds[first] == ground.kinds[later]
    surprise = _log_chance(ground.counts(first))
    if same_kind and one.equals(other.astype(one.dtype)) and surprise < SURE:
        return "is a copy of"
    repeated = ground.distinct(first) <= 0.5 * len(ground)  # codes of columns without repetition are equal anyway
    return "has one value for each value of" if repeated and surprise < SURE else ""


def _log_chance(count: Ints) -> float:
    """Logarithm of the chance that a random order of the same values gives the same partition of the rows."""
    sizes = np.unique(count, return_counts=True)[1]
    ways = gammaln(count.sum() + 1) - gammaln(count + 1).sum()
    return float(gammaln(sizes + 1).sum() - ways)


def _lines(ground: Ground) -> dict[str, tuple[str, str]]:
    """Later column of numbers → (earlier one, "is an exact straight line of"), for columns with 10 values or more."""
    names = [name for name in ground.of_kind("number") if ground.distinct(name) >= 10][:MOST_LINEAR]
    alike = defaultdict(list)
    for name in names:
        values, missing = _standard(ground.numbers(name))
        alike[missing].append((name, values))
    found = {}
    for columns in alike.values():
        for place, (later, values) in enumerate(columns):
            first = next((name for name, other in columns[:place] if _on_a_line(values, other)), None)
            if first is not None:
                found[later] = (first, "is an exact straight line of")
    return found


def _standard(values: Floats) -> tuple[Floats, bytes]:
    """At most 2,000 of the values with mean 0 and deviation 1, and which of all are missing."""
    filled = np.isfinite(values)
    chosen = values[filled]
    chosen = chosen[:: max(1, len(chosen) // 2000)]
    spread = chosen.std() if len(chosen) else 0.0
    return (chosen - chosen.mean()) / spread if spread > 0 else chosen * 0.0, np.packbits(~filled).tobytes()


def _on_a_line(one: Floats, other: Floats) -> bool:
    if len(one) != len(other) or len(one) < 10 or not one.any() or not other.any():
        return False
    return bool(abs(abs(float(one @ other)) / len(one) - 1) < SAME)
