"""The tab of errors: rows worth looking at, filtered, and one card a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

import modellab_core.ui.place as place
import modellab_core.ui.service as service
from modellab_core.errors import ModelLabError
from modellab_core.lab import Lab
from modellab_core.ui.bars import text_width
from modellab_core.ui.error_card import error_card
from modellab_core.ui.frame import live
from modellab_core.ui.words import plural

ROW, TABLE = "row", "errors-table"


@live(None)
def errors(lab: Lab, run: Any, report: Any) -> None:
    """The whole tab: what to look at, the list, and the row that is open."""
    if not report.failures:
        st.caption("There is no row worth looking at.")
        return
    found = _filtered(lab, run, report)
    st.caption(f"{len(found):,} of {plural(len(report.failures), 'row')} of the report, the largest loss first.")
    if not found:
        st.info("No row is left: take a filter away.")
        return
    rows = [str(one["row"]) for one in found]
    place.begin(ROW, rows, rows[0])
    _table(found)
    at = rows.index(_steps(rows))
    error_card(run, report, found[at])


def _filtered(lab: Lab, run: Any, report: Any) -> list[Mapping[str, Any]]:
    """The errors that fit what is chosen."""
    found = list(report.failures)
    with st.container(border=True, key="errors-choice"), st.grid(5, min_column_width=150, gap="small"):
        tags = _pick("Why it is here", "tag", (tag["tag"] for one in found for tag in one["tags"]))
        causes = _pick("Cause", "cause", (one["cause"] for one in found))
        truths, said = [], []
        if report.task.is_classification:
            truths = _pick("Truth", "truth", (str(one["y_true"]) for one in found))
            said = _pick("Prediction", "said", (str(one["y_pred"]) for one in found))
        inside = _inside(lab, run, report)
    return [
        one
        for one in found
        if (not tags or set(tags) & {tag["tag"] for tag in one["tags"]})
        and (not causes or one["cause"] in causes)
        and (not truths or str(one["y_true"]) in truths)
        and (not said or str(one["y_pred"]) in said)
        and (inside is None or one["row"] in inside)
    ]


def _pick(label: str, key: str, values: Any) -> list[str]:
    names = sorted(set(values))
    chosen: list[str] = st.multiselect(label, names, key=key, bind="query-params", placeholder="any")
    return chosen


def _inside(lab: Lab, run: Any, report: Any) -> set[int] | None:
    """The rows of the chosen slice: a confirmed one, a named one of the project, or the query of the tab Slices."""
    queries = {one["name"]: one.get("query") for one in report.discovery.get("found", [])}
    queries |= {one.name: one.query for one in lab.named_slices(run.project_id)}
    asked = st.session_state.get("query") or st.query_params.get("query")
    if asked:
        queries.setdefault(asked, asked)
    chosen = st.selectbox("Slice", list(queries), index=None, key="within", bind="query-params", placeholder="any")
    if chosen is None or not queries[chosen]:
        return None
    try:
        mask = service.rows_of(run, queries[chosen])
    except ModelLabError as error:
        st.caption(f"It does not fit this run: {error}")
        return set()
    return set(service.opened(run)[1].row[mask].tolist())


def _table(found: Sequence[Mapping[str, Any]]) -> None:
    lines = [
        {
            "row": one["row"],
            "truth": str(one["y_true"]),
            "said": str(one["y_pred"]),
            "loss": one["loss"],
            "tags": [tag["tag"] for tag in one["tags"]],
            "cause": one["cause"],
            "evidence": "; ".join(tag["evidence"] for tag in one["tags"]),
        }
        for one in found
    ]
    # another list has other lines under the same ticks
    key = f"{TABLE}-{hash(tuple(one['row'] for one in found))}"

    def ticked() -> None:
        rows = st.session_state[key]["selection"]["rows"]
        if rows:
            st.session_state[ROW] = str(found[rows[0]]["row"])

    st.dataframe(
        pd.DataFrame(lines),
        key=key,
        hide_index=True,
        height=320 if len(lines) > 7 else "content",
        on_select=ticked,
        selection_mode="single-row",
        alt="Rows worth looking at, the largest loss first; tick one to open its card",
        column_config={
            "row": st.column_config.NumberColumn("Row", format="%d", pinned=True),
            "truth": st.column_config.TextColumn("Truth", width=text_width(line["truth"] for line in lines)),
            "said": st.column_config.TextColumn("Prediction", width=text_width(line["said"] for line in lines)),
            "loss": st.column_config.NumberColumn("Loss", format="%.4g"),
            "tags": st.column_config.MultiselectColumn(
                "Why it is here", options=sorted({tag for line in lines for tag in line["tags"]}), color="auto"
            ),
            "cause": "Cause",
            "evidence": st.column_config.TextColumn("Evidence", width="large"),
        },
    )


def _steps(rows: Sequence[str]) -> str:
    """The row that is open, chosen by its number, or one step on by a button or the keys P and N."""
    told = st.session_state.get(ROW, st.query_params.get(ROW))
    at = rows.index(told) if told in rows else 0

    def go(step: int) -> None:
        st.session_state[ROW] = rows[at + step]

    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        chosen = st.selectbox("Row", rows, key=ROW, bind="query-params", width=160)
        st.button("Previous", key="error-previous", shortcut="P", on_click=go, args=(-1,), disabled=at == 0)
        st.button("Next", key="error-next", shortcut="N", on_click=go, args=(1,), disabled=at == len(rows) - 1)
        st.caption(f"{at + 1} of {len(rows)}", width="content")
    return str(chosen)
