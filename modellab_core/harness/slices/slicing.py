"""The slices of a report: cut, searched for weak ones, and scored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from modellab_core.data.table import Note
from modellab_core.data.task import Task
from modellab_core.harness.case import Case
from modellab_core.harness.metrics import chosen_metrics
from modellab_core.harness.scores import Score
from modellab_core.harness.scoring import scores
from modellab_core.harness.slices.discovery import Discovery, discover
from modellab_core.harness.slices.slicers import Slice, slices_of, uniquely_named

SLICE_METRICS = {
    Task.BINARY: ("accuracy", "precision", "recall", "f1", "roc_auc", "log_loss"),
    Task.MULTICLASS: ("accuracy", "f1_macro", "log_loss"),
    Task.REGRESSION: ("mae", "rmse", "mean_error"),
}


@dataclass(frozen=True, eq=False)
class Sliced:
    """The slices of a report: their Scores, what each is by name, what a search for weak ones found, and notes."""

    scores: Sequence[Score] = ()
    about: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    discovery: Mapping[str, Any] = field(default_factory=dict)
    confirmed: Sequence[Slice] = ()
    notes: tuple[Note, ...] = ()


def sliced(case: Case) -> Sliced:
    """All slices that the plan asks for; `confirmed` holds those found weak on other rows, the surest gap first."""
    described, notes = slices_of(case.predictions, case.plan)
    searched = discover(case)
    found, confirmed = joined(described, searched)
    if not found:
        return Sliced(discovery=searched.told, notes=notes)
    metrics = chosen_metrics(case.predictions.task, case.plan, SLICE_METRICS[case.predictions.task])
    lines = scores(case.predictions, metrics, case.resampling, {one.name: one.rows for one in found})
    about = {one.name: one.to_json() for one in found}
    return Sliced([line for line in lines if line.slice != "all"], about, searched.told, confirmed, notes)


def joined(described: Sequence[Slice], searched: Discovery) -> tuple[list[Slice], list[Slice]]:
    """All slices, and the confirmed among them.

    A described slice that has the query and the rows of one that was tested is that one: it says how the test ended.
    """
    twins = {one.query: one for one in searched.confirmed}
    failed = {line["query"]: line["q_value"] for line in searched.told.get("unconfirmed", ())}
    marked: list[Slice] = []
    for one in described:
        twin = twins.get(one.query)
        if twin is not None and (twin.rows == one.rows).all():
            one = replace(one, confirmed=True, q_value=twin.q_value)
        elif one.query in failed and searched.told["confirm"]["n"] == len(one.rows):
            one = replace(one, confirmed=False, q_value=failed[one.query])
        marked.append(one)
    known = {one.query for one in marked if one.confirmed}
    every = uniquely_named([*marked, *(one for one in searched.confirmed if one.query not in known)])
    by_query = {one.query: one for one in reversed(every) if one.confirmed}
    return every, [by_query[one.query] for one in searched.confirmed]
