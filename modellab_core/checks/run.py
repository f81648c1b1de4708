"""All checks on one table: what is found, what is in order, and what could not be looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from modellab_core.checks import (  # noqa: F401  each puts its checks into CHECKS
    classes,
    codes,
    gaps,
    groups,
    hints,
    leaks,
    pairs,
    repeats,
    shape,
    shifts,
    sums,
    texts,
    times,
)
from modellab_core.checks.check import CHECKS
from modellab_core.checks.finding import SEVERITIES, Finding
from modellab_core.checks.ground import MOST_ROWS, Ground, truth_of
from modellab_core.data.chance import shuffled
from modellab_core.data.split import Split, SplitRule, assign
from modellab_core.data.table import Table
from modellab_core.data.target import choose_positive, column_of, task_of
from modellab_core.data.task import Task
from modellab_core.errors import BadInput
from modellab_core.progress import OnPhase, silent

_ORDER = {"found": 0, "clear": 1, "not_applicable": 2}


def preflight(
    table: Table,
    target: str | None = None,
    task: str | None = None,
    split: str = "random",
    test_size: float = 0.2,
    seed: int = 42,
    drop: Sequence[str] = (),
    weight: str | None = None,
    positive: str | None = None,
    on_phase: OnPhase | None = None,
) -> list[Finding]:
    """What every check says of `table` as it would be trained on: found ones first, the serious at the top.

    Without a target only the checks of the table alone apply. The same arguments give the same findings. BadInput
    names a column that is not there, or why `target` cannot be predicted; a split that cannot be made is a finding.
    """
    ground = ground_of(table, target, task, split, test_size, seed, drop, weight, positive, on_phase)
    found: list[Finding] = []
    for done, check in enumerate(CHECKS.values()):
        ground.on_phase("splitting", done, len(CHECKS), f"checking: {check.title}")
        found += check.findings(ground)
    return sorted(found, key=lambda one: (_ORDER[one.outcome], SEVERITIES.index(one.severity)))


def ground_of(
    table: Table,
    target: str | None = None,
    task: str | None = None,
    split: str = "random",
    test_size: float = 0.2,
    seed: int = 42,
    drop: Sequence[str] = (),
    weight: str | None = None,
    positive: str | None = None,
    on_phase: OnPhase | None = None,
) -> Ground:
    """What the checks stand on, for these arguments of `preflight`."""
    rule = SplitRule.parse(split)
    for name, role in [(name, "--drop") for name in drop] + [(weight, "--weight"), (rule.column, "--split")]:
        if name is not None:
            column_of(table, name, role)
    away = {target, weight, *drop} | ({rule.column} if rule.kind in ("group", "column") else set())
    told: dict[str, Any] = {
        "table": table,
        "rows_in_all": len(table.frame),
        "features": tuple(name for name in table.reading.types if name not in away),
        "rule": rule,
        "dropped": tuple(drop),
        "weight": weight,
        "seed": seed,
        "on_phase": on_phase or silent,
    }
    if target is None:
        return _looked_at(Ground(**told))
    kind, _ = task_of(table, target, task)
    truth, classes_ = truth_of(table, target, kind)
    chosen = choose_positive(classes_, positive) if kind is Task.BINARY else None
    dealt, problem = _dealt(table, target, kind, rule, test_size, seed)
    about: dict[str, Any] = {"target": target, "task": kind, "truth": truth, "classes": classes_, "positive": chosen}
    return _looked_at(Ground(**told, **about, split=dealt, problem=problem))


def _dealt(
    table: Table, target: str, task: Task, rule: SplitRule, test_size: float, seed: int
) -> tuple[Split | None, str]:
    try:
        return assign(table, target, task, rule, test_size, seed), ""
    except BadInput as no:
        return None, str(no)


def _looked_at(ground: Ground) -> Ground:
    """The ground with at most MOST_ROWS rows, drawn by the seed and kept in their order."""
    if len(ground) <= MOST_ROWS:
        return ground
    rows = np.sort(shuffled(ground.seed, "looked at", np.arange(len(ground)))[:MOST_ROWS])
    frame = ground.table.frame.iloc[rows].reset_index(drop=True)
    split = ground.split
    if split is not None:
        groups = None if split.groups is None else split.groups[rows]
        split = replace(split, part=split.part[rows], fold=split.fold[rows], groups=groups)
    truth = None if ground.truth is None else ground.truth[rows]
    whole = ground.table
    table = Table(frame, whole.reading, whole.sha256, whole.size, whole.notes, whole.spellings)
    return replace(ground, table=table, truth=truth, split=split)
