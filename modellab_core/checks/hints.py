"""Columns that only the order of the rows, or a name, gives away."""

from __future__ import annotations

import re

from modellab_core.checks.check import Clear, Found, Looked, NotApplicable, check
from modellab_core.checks.ground import Ground
from modellab_core.checks.leaks import PERFECT, counters, enough, lead, leave_out, scores, strength
from modellab_core.harness.figures.wording import named

SORTS = 0.5
TELLING = 0.4
_WORDS = """duration elapsed settlement settled recovery recoveries recovered refund refunded chargeoff
writeoff discharge discharged closed closing closure cancelled canceled cancellation terminated termination resolved
resolution outcome result results death died deceased body boat lifeboat returned arrival delay payoff verdict"""
AFTERWARDS = frozenset(_WORDS.split())


@check(
    "target_sorted_by_row",
    "A row number sorts the target",
    "serious",
    "target",
    "a column that counts the rows covers at least half of the way from knowing nothing to perfect; where rows are in "
    "no order it covers none",
)
def target_sorted_by_row(ground: Ground) -> Looked:
    """A column that counts the rows, while the target follows the order of the rows."""
    enough(ground)
    counting = counters(ground)
    if not counting:
        raise NotApplicable("no column counts the rows")
    for name in counting:
        score = scores(ground).get(name)
        if score is None:
            continue
        if strength(ground, score) >= SORTS:
            claim = (
                f"{named(name)} counts the rows, and {named(ground.target)} follows their order: {score.label} "
                f"{score} by it alone."
            )
            yield Found(claim, (name,), {"score": score.to_json()}, f"Leave {named(name)} out.", leave_out(name))
        else:
            yield Clear(f"{named(name)} counts the rows and says little: {score.label} {score}.", (name,))


@check(
    "known_afterwards",
    "A strong column is named like something known afterwards",
    "note",
    "target",
    "the name has a word such as duration, refund, closed, delay or outcome, and the column is one of the two "
    "strongest with at least 40 % of the way from knowing nothing to perfect; only a person knows when a value is "
    "known",
)
def known_afterwards(ground: Ground) -> Looked:
    """One of the two strongest columns, whose name sounds as if it were known only after the target."""
    enough(ground)
    told = {name: strength(ground, score) for name, score in scores(ground).items()}
    for name in sorted(told, key=lambda one: -told[one])[:2]:
        words = set(re.findall(r"[a-z]+", re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", name).lower()))
        score = scores(ground)[name]
        if told[name] >= TELLING and lead(ground, score)[0] < PERFECT and words & AFTERWARDS:
            claim = (
                f"{named(name)} is among the two strongest columns ({score.label} {score} alone) and is named like "
                f"something that is known only afterwards."
            )
            way = f"Leave {named(name)} out if it is not known when a prediction is wanted."
            yield Found(claim, (name,), {"score": score.to_json()}, way, leave_out(name))
