"""Train and test rows that are not alike."""

from __future__ import annotations

from typing import Any

import numpy as np

from modellab_core.checks.check import Clear, Found, Looked, NotApplicable, check
from modellab_core.checks.ground import Ground
from modellab_core.checks.leaks import counters, leave_out
from modellab_core.data.chance import shuffled
from modellab_core.data.drift import ColumnDrift, adjusted, drift
from modellab_core.data.drift_tests import share_gap
from modellab_core.harness.figures.wording import named, percent
from modellab_core.harness.predictions import Ints

MOST_ROWS, MOST_COLUMNS = 20_000, 1000
SURE, SURE_AT_RANDOM = 1e-3, 1e-6
UNSEEN_SHARE, UNSEEN_ROWS, MANY, MANY_ROWS = 0.05, 5, 0.3, 10
NAMES_ROWS = 0.5


@check(
    "train_test_shift",
    "Columns differ between train and test",
    "warning",
    "split",
    "the difference is at least a tenth of the rows (a twentieth for missing values), with a q-value below .001 after "
    "Benjamini and Hochberg's correction over all columns; below 10⁻⁶ with a random split, which differs by chance "
    "alone",
)
def train_test_shift(ground: Ground) -> Looked:
    """Columns, the target among them, whose values differ between train and test rows beyond chance."""
    assert ground.split is not None
    train, test = _some(ground, ground.split.rows("train")), _some(ground, ground.split.rows("test"))
    own = {*counters(ground), ground.rule.column}
    names = [name for name in ground.features if name not in own and not _names_rows(ground, name)]
    names = names[:MOST_COLUMNS]  # the first ones, because nothing was searched
    if ground.target:
        names.append(ground.target)
    columns = [(name, ground.column(name)) for name in names]
    drifts = [drift(one.iloc[train], one.iloc[test], ground.kinds[name], name) for name, one in columns]
    sure = SURE_AT_RANDOM if ground.rule.kind == "random" else SURE
    moved = [one for one in adjusted(drifts) if one.drifted and one.q_value < sure and _values_moved(one)]
    for one in moved:
        way = "Expect the model to meet such differences when it is used, or leave the column out."
        evidence = {"statistic": one.statistic, "effect": one.effect, "p_value": one.p_value, "q_value": one.q_value}
        remedy = None if one.name == ground.target else leave_out(one.name)
        claim = f"From train to test: {one.sentence}"
        yield Found(claim, (one.name,), evidence, way, remedy)
    if not moved:
        most = max((one.effect for one in drifts), default=0.0)
        yield Clear(f"No column differs between train and test beyond chance; the largest effect is {most:.3f}.")


def _values_moved(one: ColumnDrift) -> bool:
    return one.first is not None and one.first.what != "new_values"  # these are told by unseen_categories


def _names_rows(ground: Ground, name: str) -> bool:
    return ground.kinds[name] == "text" and ground.distinct(name) > NAMES_ROWS * len(ground)


def _some(ground: Ground, rows: Ints) -> Ints:
    return rows if len(rows) <= MOST_ROWS else np.sort(shuffled(ground.seed, "shift", rows)[:MOST_ROWS])


@check(
    "unseen_categories",
    "Test rows with values that training never saw",
    "note",
    "split",
    "at least 5 test rows and 5 % of them have a text that no training row has, more than the single values of the "
    "training rows let expect (Good 1953), or 10 rows and three in ten of them; columns that name their rows do not "
    "count",
)
def unseen_categories(ground: Ground) -> Looked:
    """Columns of text in which many test rows hold a value that no training row has."""
    assert ground.split is not None
    names = [name for name in ground.of_kind("text") if not _names_rows(ground, name)]
    if not names:
        raise NotApplicable("no column of texts has values that repeat")
    train, test = ground.split.rows("train"), ground.split.rows("test")
    for name in names:
        codes = ground.codes(name)
        fresh = (codes[test] >= 0) & ~np.isin(codes[test], codes[train])
        count, share = int(fresh.sum()), float(fresh.mean())
        enough = (share >= MANY and count >= MANY_ROWS) or not _expected(codes[train], len(test), count)
        if count >= UNSEEN_ROWS and share >= UNSEEN_SHARE and enough:
            evidence: dict[str, Any] = {
                "test_rows": count,
                "share": share,
                "values": len(np.unique(codes[test][fresh])),
            }
            claim = f"{percent(share)} of the test rows ({count:,}) have a {named(name)} that no training row has."
            way = f"Leave {named(name)} out, or join its rare values."
            yield Found(claim, (name,), evidence, way, leave_out(name))


def _expected(codes: Ints, rows: int, fresh: int) -> bool:
    """Whether as many new values among `rows` are no surprise, when so many of the known rows have a value alone."""
    times = np.bincount(codes[codes >= 0], minlength=1)
    single = int((times == 1).sum())
    return share_gap(single, len(codes), fresh, rows).p_value > SURE or fresh / rows <= single / len(codes)
