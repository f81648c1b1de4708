"""Rows of a table as they were read: a page of them at a time, from any place of it."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st
from pandas.api.types import is_datetime64_any_dtype

import modellab_core.ui.place as place
from modellab_core.lab import Lab
from modellab_core.ui.words import plural

MOST_CELLS = 100_000  # that a browser shows at once without a wait
MOST, LEAST = 1000, 25
HEIGHT = 560
FROM = "row"


def any_rows(lab: Lab, version: Any) -> None:
    """A page of rows, and the ways to the others; the first row shown stands in the address."""
    step = page_size(version.columns)
    start = 0
    if version.rows > step:
        start = _place(version, step)
    shown = lab.preview(version.id, start, step)
    rows_of(shown, f"preview-{version.id}-{start}", height=HEIGHT if len(shown) > 12 else "content")
    last = start + len(shown) - 1
    if version.rows > step:
        st.caption(f"Rows {start:,} to {last:,} of {version.rows:,}, as they were read; the first row is row 0.")
    else:
        st.caption(f"All {plural(version.rows, 'row')}, as they were read.")


def page_size(columns: int) -> int:
    """How many rows of so many columns are shown at once."""
    return max(LEAST, min(MOST, MOST_CELLS // max(columns, 1)))


def _place(version: Any, step: int) -> int:
    """The first row of the page: by its number, or page by page. What the address says counts at first."""
    pages, held = -(-version.rows // step), f"_page-{version.id}"
    page, asked = st.session_state.setdefault(held, (min(pages, _asked(version.rows) // step + 1), 0))
    key = f"rows-page-{version.id}-{asked}"
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="rows-place"):
        st.number_input(
            "Go to row",
            0,
            version.rows - 1,
            value=None,
            placeholder=f"0 to {version.rows - 1:,}",
            key=f"go-to-{version.id}",
            on_change=_go,
            args=(version.id, step, asked),
            width=200,
        )
        page = st.pagination(pages, default=page, key=key)
    start = (page - 1) * step
    place.stand(FROM, str(start) if start else None)
    return start


def _asked(rows: int) -> int:
    asked = place.asked(FROM) or ""
    return min(int(asked), rows - 1) if asked.isdecimal() and len(asked) < 16 else 0


def _go(version: str, step: int, asked: int) -> None:
    """The row that was typed; its page is drawn by a new widget, which begins there."""
    wanted = st.session_state[f"go-to-{version}"]
    if wanted is not None:
        st.session_state[f"_page-{version}"] = (int(wanted) // step + 1, asked + 1)


def rows_of(frame: pd.DataFrame, key: str, height: Any = "auto") -> None:
    """Rows of a table as they were read."""
    shape = f"{plural(len(frame), 'row')} and {plural(len(frame.columns), 'column')} of the table"
    config: dict[str, Any] = {str(name): st.column_config.DateColumn(format="YYYY-MM-DD") for name in days_of(frame)}
    config["_index"] = st.column_config.Column("row")
    st.dataframe(frame, key=key, height=height, alt=shape, column_config=config, placeholder="–")


def days_of(frame: pd.DataFrame) -> list[Any]:
    """The columns of dates without a time of day."""
    return [name for name in frame.columns if is_datetime64_any_dtype(frame[name]) and _midnights(frame[name])]


def _midnights(column: pd.Series) -> bool:
    known = column.dropna()
    return bool((known == known.dt.normalize()).all())
