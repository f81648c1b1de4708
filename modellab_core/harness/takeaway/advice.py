"""The fifth sentence of the takeaway: the advice that was tried and its effect, or why none is given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modellab_core.harness.takeaway.citing import Citing

SHOWN_COLUMNS = 3
Place = tuple[str | int, ...]


def next_step(citing: Citing, summary: Mapping[str, Any], name: str) -> str:
    """What to do next, where following it was tried and did good; what was tried in vain; or that nothing was."""
    del name
    found = summary["advice"]
    if not found:
        return "No advice on what to do next is given, because none was tried: this report was made without."
    if not found["tried"]:
        reason = citing.reason("advice", "note").removeprefix("none was tried, because ")
        return f"No advice on what to do next is given, because none was tried: {reason}."
    at = found["recommended"]
    if at is not None:
        return f"What to do next: {_worth(citing, found['tried'][at], ('advice', 'tried', at))}."
    parts = [_in_vain(citing, one, ("advice", "tried", place)) for place, one in enumerate(found["tried"])]
    return f"No advice on what to do next is given; what was tried by fitting again: {'; '.join(parts)}."


def _worth(citing: Citing, one: Mapping[str, Any], place: Place) -> str:
    label = citing.label(one["metric"], *place, "metric")
    effect = f"{label} is {_ends(citing, one, place)}"
    difference = f"a difference of {citing.interval(place, 'difference', 'low', 'high')}"
    if one["code"] == "split_by_time":
        column = citing.name(*place, "detail", "column")
        return (
            f"split by time, because a fit on the earlier rows by {column} does worse on the {_rows(citing, place)} "
            f"that follow than fits on random ones: {effect}, {difference}"
        )
    if one["code"] == "drop_repeated_rows":
        count = citing.whole(*place, "detail", "count")
        return (
            f"drop the {count} repeated training rows before splitting: without copies among the rows fitted on, "
            f"{effect} on {_rows(citing, place)}, {difference}"
        )
    what = f"drop {_columns(citing, one, place)}, which"
    if one["verdict"] == "harmless":
        most = citing.number((*place, "at_most"), _half(one))
        return (
            f"{what}, on {_rows(citing, place)} held out of the fits, changes {label} by "
            f"{citing.interval(place, 'difference', 'low', 'high')} and so costs at most {most}"
        )
    return f"{what} helps: {effect} on {_rows(citing, place)} held out of the fits, {difference}"


def _in_vain(citing: Citing, one: Mapping[str, Any], place: Place) -> str:
    what = {"drop_repeated_rows": "without repeated rows", "split_by_time": "fitted forward in time"}.get(one["code"])
    what = what or f"without {_columns(citing, one, place)}"
    label = citing.label(one["metric"], *place, "metric")
    if one["difference"] is None:
        return f"{what} {label} is not defined on {_rows(citing, place)}"
    difference = citing.interval(place, "difference", "low", "high", form="{}, {} to {}")
    return f"{what} {label} is {_ends(citing, one, place)} on {_rows(citing, place)} (difference {difference})"


def _columns(citing: Citing, one: Mapping[str, Any], place: Place) -> str:
    """How many columns of how many, with the first names; one by its name."""
    if one["detail"]["count"] == 1:
        return f"the column {citing.name(*place, 'detail', 'columns', 0)}"
    names = [citing.name(*place, "detail", "columns", at) for at in range(min(SHOWN_COLUMNS, one["detail"]["count"]))]
    more = ", …" if one["detail"]["count"] > SHOWN_COLUMNS else ""
    count, of = (citing.whole(*place, "detail", field) for field in ("count", "of"))
    return f"{count} of {of} columns ({', '.join(names)}{more}) together"


def _ends(citing: Citing, one: Mapping[str, Any], place: Place) -> str:
    after, before = (citing.number((*place, field), _half(one)) for field in ("after", "before"))
    return f"{after} instead of {before}"


def _rows(citing: Citing, place: Place) -> str:
    return f"{citing.whole(*place, 'n')} rows"


def _half(one: Mapping[str, Any]) -> float | None:
    return None if one["low"] is None else (one["high"] - one["low"]) / 2
