"""The tab of slices: what a search confirmed, every way to cut the rows, and a query for one's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

import modellab_core.ui.place as place
import modellab_core.ui.service as service
from modellab_core.errors import ModelLabError
from modellab_core.harness.figures import FIGURES
from modellab_core.harness.metrics import METRICS, metric_for
from modellab_core.harness.scores import Score
from modellab_core.harness.slices.crossed import Crossed, crossed
from modellab_core.lab import Lab
from modellab_core.ui.asked import Asked
from modellab_core.ui.bars import COLUMN, bar_uri, domain
from modellab_core.ui.findings import weak_slices
from modellab_core.ui.frame import live
from modellab_core.ui.pictures import draw
from modellab_core.ui.scores import decimals_of, metric_label
from modellab_core.ui.slice_opened import opened_slice
from modellab_core.ui.slice_state import LISTED, NAME, QUERY, TABLE, begin, show, typed
from modellab_core.ui.words import interval, plural

EVERY, KEPT = "every slice of the report", "named slices of the project"
BADGES = {"confirmed": "red", "not confirmed": "gray", "named": "blue"}
WAYS = {
    "confidence": "deciles of confidence",
    "prediction": "deciles of the prediction",
    "missing_count": "missing values per row",
    "predicted": "predicted class",
    "query": "queries of the plan",
}


@dataclass(frozen=True)
class Line:
    """A slice in the list: what it is called, the query that selects it, its Score and what is known of it."""

    name: str
    query: str | None
    score: Score
    kind: str = ""


@live(None)
def slices(lab: Lab, run: Any, report: Any) -> None:
    """The whole tab; everything in it answers without running the rest of the page."""
    begin()
    asked, kept = Asked(run), lab.named_slices(run.project_id)
    weak_slices(report)
    with st.container(border=True, key="slice-choice"):
        metric, first, second = _choices(run, report)
        _query_box(run)
        above = st.container()
    if first in service.columns(run):
        lines = _cut(asked, metric, first, second)
    else:
        lines = _described(report, metric, first, _named(asked, metric, kept))
    _table(lines, report, metric)
    # what was ticked opens below the list, so that the list stays where it was clicked
    with st.container(border=True, key="slice-below") if st.session_state.get(LISTED) else above:
        opened_slice(lab, run, asked, kept)
    place.stand("slice", st.session_state[NAME] or None)
    place.settle()
    asked.finish()


def _choices(run: Any, report: Any) -> tuple[str, str, str | None]:
    """The metric, and the one or two things to cut by."""
    names = dict.fromkeys(one.metric for one in report.scores if one.slice != "all" and one.stress == "none")
    metrics = sorted(names or [report.plan.headline], key=lambda one: one != report.plan.headline)
    features = list(service.columns(run))
    ways = dict.fromkeys(str(told.get("slicer") or "") for told in report.slices.values())
    left, middle, right = st.columns([2, 3, 3])
    metric = left.selectbox("Metric", metrics, key="metric", bind="query-params", format_func=metric_label)
    cuts = [EVERY, KEPT, *features, *(way for way in ways if way in WAYS and way not in features)]
    first = middle.selectbox(
        "Cut by", cuts, key="cut", bind="query-params", format_func=lambda name: WAYS.get(name, name)
    )
    others = [name for name in features if name != first] if first in features else []
    if not others:
        return str(metric), str(first), None
    second = right.selectbox(
        "Crossed with", others, index=None, key="across", bind="query-params", placeholder="nothing"
    )
    return str(metric), str(first), second


def _query_box(run: Any) -> None:
    names = ", ".join(list(service.columns(run))[:12])
    st.text_input(
        "Ask for rows",
        key=QUERY,
        bind="query-params",
        persist_state="session",
        placeholder="age >= 60 and city == 'Rome'",
        icon=":material/search:",
        on_change=typed,
        help="Columns, numbers and texts in quotes, compared by == != < <= > >= in, not in, is missing; joined by and, "
        f"or, not and brackets. Odd names stand in backticks. Columns: {names}",
    )


def _described(report: Any, metric: str, way: str, named: list[Line]) -> list[Line]:
    """The slices of the report, the confirmed first, then from the worst; between them the named of the project."""
    known = {one.name for one in named}
    scores = {one.slice: one for one in report.scores if one.metric == metric and one.stress == "none" and not one.cls}
    ranked = FIGURES["slices"].frame(report, metric=metric, top=len(report.scores))["slice"] if scores else []
    told: Mapping[str, Any] = report.slices
    found = [
        Line(name, told[name].get("query"), scores[name], _kind(told[name]))
        for name in ranked
        if name not in known and way in (EVERY, told[name].get("slicer"))
    ]
    sure = [one for one in found if one.kind == "confirmed"]
    own = named if way in (EVERY, KEPT) else []
    return [*sure, *own, *(one for one in found if one.kind != "confirmed")]


def _kind(told: Mapping[str, Any]) -> str:
    if told.get("slicer") == "named":
        return "named"
    return {True: "confirmed", False: "not confirmed"}.get(told.get("confirmed"), "")  # type: ignore[arg-type]


def _named(asked: Asked, metric: str, kept: Sequence[Any]) -> list[Line]:
    """The named slices of the project, counted on the rows of this run; those that do not fit them say why."""
    masks, unfit = {}, {}
    for one in kept:
        try:
            masks[one.name] = service.rows_of(asked.run, one.query)
        except ModelLabError as error:
            unfit[one.name] = Score(metric, 0, None, note=str(error))
    what = ("named", metric, [(one.name, one.query) for one in kept])
    scores = asked.scores(what, masks, [metric_for(metric, asked.predictions.task)]) if masks else {}
    return [
        Line(one.name, one.query, scores[one.name][0] if one.name in scores else unfit[one.name], "named")
        for one in kept
    ]


def _cut(asked: Asked, metric: str, first: str, second: str | None) -> list[Line]:
    """The parts of one feature or the cells of two, the worst first; two have a map."""
    cells = crossed(service.columns(asked.run), first, second)
    masks = {cell.name: cell.rows for cell in cells.cells}
    found = asked.scores(("cells", metric, first, second), masks, [metric_for(metric, asked.predictions.task)])
    scores = {name: lines[0] for name, lines in found.items()}
    if second:
        _map(asked.report, cells, scores, metric)
    sign = METRICS[metric].direction if metric in METRICS else 1
    lines = [Line(cell.name, cell.query, scores[cell.name]) for cell in cells.cells]
    return sorted(lines, key=lambda one: (one.score.value is None, (sign or -1) * (one.score.value or 0.0)))


def _map(report: Any, cells: Crossed, scores: Mapping[str, Score], metric: str) -> None:
    key = f"slice-map-{cells.first}-{cells.second}-{st.session_state[TABLE]}"

    def clicked() -> None:
        points = st.session_state[f"{key}-slice_map-{st.context.theme.type}"]["selection"]["points"]
        place_of = points[0].get("customdata") if points else None
        cell = cells.at(*map(int, place_of)) if place_of else None
        if cell is not None:
            show(cell.query, cell.name)

    with st.container(border=True, key="slice-map"):
        st.subheader(FIGURES["slice_map"].title, anchor=False)
        draw("slice_map", report, key, clicked=clicked, cells=cells, scores=scores, metric=metric)
        st.caption("Click a cell, or a line of the list below, to open its rows.")


def _table(lines: Sequence[Line], report: Any, metric: str) -> None:
    """The list; a ticked line is opened."""
    whole = report[metric].value if metric in report else None
    ends = [end for one in lines for end in (one.score.value, one.score.low, one.score.high)]
    axis, key = domain([whole, *ends]), f"slice-list-{st.session_state[TABLE]}"
    frame = pd.DataFrame(
        {
            "slice": [one.name for one in lines],
            "n": [one.score.n for one in lines],
            "value": [one.score.value for one in lines],
            "bar": [_bar(one, axis, whole) for one in lines],
            "interval": [interval(one.score.low, one.score.high) for one in lines],
            "kind": [[one.kind] if one.kind else [] for one in lines],
            "query": [one.query for one in lines],
            "note": [one.score.note for one in lines],
        }
    )

    def ticked() -> None:
        rows = st.session_state[key]["selection"]["rows"]
        show(lines[rows[0]].query, lines[rows[0]].name) if rows else show(None, "")

    st.dataframe(
        frame,
        key=key,
        hide_index=True,
        height=480 if len(lines) > 12 else "content",
        placeholder="–",
        on_select=ticked,
        selection_mode="single-row",
        alt=f"{metric_label(metric)} in {plural(len(lines), 'slice')}; tick one to open its rows",
        column_config={
            "slice": st.column_config.TextColumn("Slice", pinned=True, width=300),
            "n": st.column_config.NumberColumn("Rows", format="localized"),
            "value": st.column_config.NumberColumn(
                metric_label(metric), format=decimals_of(one.score.value for one in lines)
            ),
            "bar": st.column_config.ImageColumn("Beside all rows", width=COLUMN),
            "interval": "Interval",
            "kind": st.column_config.MultiselectColumn("What is known", options=list(BADGES), color=[*BADGES.values()]),
            "query": st.column_config.TextColumn("As a query", width="medium"),
            "note": st.column_config.TextColumn("Note", width="large"),
        },
    )
    st.caption(
        "Confirmed: found on other rows, and seen again on these. Everything else is described: the lowest of many "
        "slices looks worse than it is. The tick in a bar is the value of all rows."
    )


def _bar(one: Line, axis: tuple[float, float], whole: float | None) -> str | None:
    score, quiet = one.score, one.kind not in ("confirmed", "named")
    return bar_uri(score.value, score.low, score.high, axis, against=whole, quiet=quiet)
