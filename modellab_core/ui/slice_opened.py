"""A slice that was opened: inside against outside, its rows, the errors in it, and keeping it under a name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

import modellab_core.ui.service as service
from modellab_core.errors import ModelLabError
from modellab_core.harness.slices.beside import Beside, Mask, beside, rows_inside
from modellab_core.lab import Lab
from modellab_core.ui.asked import Asked
from modellab_core.ui.bars import COLUMN, bar_uri, domain
from modellab_core.ui.frame import guard, red_box
from modellab_core.ui.rows import days_of
from modellab_core.ui.scores import metric_label
from modellab_core.ui.slice_state import NAME, QUERY, close
from modellab_core.ui.words import code, esc, interval, number, percent, plural, signed

MOST_ROWS, MOST_LISTED = 200, 12


def opened_slice(lab: Lab, run: Any, asked: Asked, kept: Sequence[Any]) -> None:
    """What the query box or the list points at; the sentence of what is wrong stands right under the box."""
    query, name = st.session_state[QUERY].strip(), st.session_state[NAME]
    if not query and not name:
        st.caption("Write a condition, tick a line below, or cross two features and click a cell.")
        return
    try:
        rows = service.rows_of(run, query) if query else service.slice_rows(run, name)
    except ModelLabError as error:
        red_box(error)
        return
    if rows is None or not rows.any():
        st.info("No row of this run is in it." if query else f"This run has no slice {esc(name)}.")
        return
    called = next((one.name for one in kept if one.query == " ".join(query.split())), None) if query else name
    _heading(called, query, rows)
    if rows.all():
        st.info("Every row is in it, so there is nothing to hold it against.")
        return
    _against(asked, query or name, rows)
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        if query:
            _keep(lab, run, query, next((one for one in kept if one.name == called), None))
        st.button("Close", key="slice-close", icon=":material/close:", type="tertiary", on_click=close)
    _rows(asked, rows)


def _heading(called: str | None, query: str, rows: Mask) -> None:
    n = int(rows.sum())
    st.subheader(esc(called) if called else "The rows asked for", anchor=False)
    told = f"{n:,} of {plural(len(rows), 'row')} ({percent(n / len(rows))})"
    st.markdown(f"{told} · {code(query, 400)}" if query else told)


def _against(asked: Asked, what: str, rows: Mask) -> None:
    """Every metric inside and outside, with the difference."""
    found = asked.scores(("beside", what), {"inside": rows, "outside": ~rows})
    pairs = beside(found, "inside", "outside")
    st.dataframe(
        pd.DataFrame([_line(one) for one in pairs]),
        key="slice-beside",
        hide_index=True,
        height="content",
        placeholder="–",
        alt="Every metric inside the slice and over the other rows, with the difference",
        column_config={
            "metric": st.column_config.TextColumn("Metric", pinned=True),
            "inside": "Inside",
            "outside": "Outside",
            "difference": st.column_config.TextColumn("Inside less outside", alignment="right"),
            "bar": st.column_config.ImageColumn("Around zero", width=COLUMN),
            "interval": "Interval",
            "note": st.column_config.TextColumn("Note", width="large"),
        },
    )
    st.caption("A look at one slice by itself: whoever looks at many finds some that differ by chance.")


def _line(pair: Beside) -> dict[str, Any]:
    low, high = pair.ends or (None, None)
    clear = low is not None and high is not None and not low <= 0 <= high
    width = None if low is None or high is None else high - low
    return {
        "metric": metric_label(pair.inside.metric),
        "inside": _told(pair.inside),
        "outside": _told(pair.outside),
        "difference": signed(pair.difference, width),
        "bar": bar_uri(
            pair.difference, low, high, domain([0.0, pair.difference, low, high]), against=0.0, quiet=not clear
        ),
        "interval": interval(low, high),
        "note": pair.inside.note or pair.outside.note,
    }


def _told(score: Any) -> str:
    if score.low is None or score.high is None:
        return number(score.value)
    return f"{number(score.value, score.high - score.low)} ({interval(score.low, score.high)})"


def _rows(asked: Asked, rows: Mask) -> None:
    """The rows of the slice, the largest loss first, and how many of them are errors that the report shows."""
    _, predictions, features = service.opened(asked.run)
    frame = rows_inside(predictions, features, rows, MOST_ROWS)
    inside = set(predictions.row[rows].tolist())
    failing = [str(one["row"]) for one in asked.report.failures if one["row"] in inside]
    st.caption(f"{len(frame):,} of {plural(int(rows.sum()), 'row')}, the largest loss first.")
    if failing:
        listed = ", ".join(failing[:MOST_LISTED]) + (" …" if len(failing) > MOST_LISTED else "")
        st.caption(f"{plural(len(failing), 'error')} of the report in it: row {listed}. The tab Errors shows each.")
    st.dataframe(
        frame,
        key="slice-rows",
        hide_index=True,
        height=320,
        alt="Rows of the slice with truth, prediction, loss and values, the largest loss first",
        column_config={
            "Row": st.column_config.NumberColumn(format="%d", pinned=True),
            "Loss": st.column_config.NumberColumn(format="%.4g"),
        }
        | {name: st.column_config.DateColumn(format="YYYY-MM-DD") for name in days_of(frame)},
    )


def _keep(lab: Lab, run: Any, query: str, known: Any) -> None:
    """Keep it under a name, or rename and forget the one that is kept."""
    key = f"slice-name-{known.id if known else query}"
    name = st.text_input("Name", known.name if known else "", key=key, placeholder="such as older guests", width=260)
    if known is None:
        if st.button("Keep as a named slice", key="slice-keep", icon=":material/bookmark_add:"):
            with guard():
                lab.keep_slice(run.project_id, name, query)
                st.rerun()
        return
    if st.button("Rename", key="slice-rename", icon=":material/edit:", disabled=name.strip() in ("", known.name)):
        with guard():
            lab.rename_slice(run.project_id, known.id, name)
            st.rerun()
    if st.button("Forget the name", key="slice-forget", icon=":material/bookmark_remove:"):
        with guard():
            lab.forget_slice(run.project_id, known.id)
            st.rerun()
