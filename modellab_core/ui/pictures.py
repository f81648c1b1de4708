"""The figures of the harness on screen: in the colours of the theme, each with its text for those who cannot see it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from modellab_core.harness.figures import FIGURES
from modellab_core.harness.figures.palette import APP
from modellab_core.lab.spreadsheet import csv_bytes

PLAIN = {"displayModeBar": False}


def draw(name: str, report: Any, key: str, clicked: Callable[[], None] | None = None, **options: Any) -> None:
    """One figure; the key holds the theme, so that a switch between light and dark draws it anew.

    `clicked` is called when a point is clicked: what it is stands in the state of `<key>-<name>-<theme>`.
    """
    drawn = FIGURES[name]
    st.plotly_chart(
        drawn.plotly(report, colors=APP, **options),
        key=f"{key}-{name}-{st.context.theme.type}",
        config=PLAIN,
        alt=drawn.alt(report, **options),
        on_select=clicked or "ignore",
        selection_mode="points",
    )
    st.download_button(
        "Data",
        lambda: csv_bytes(drawn.frame(report, **options)),
        file_name=f"{name}.csv",
        mime="text/csv",
        key=f"{key}-{name}-data",
        type="tertiary",
        icon=":material/download:",
        on_click="ignore",
        help="The numbers of this figure as CSV",
    )


def figures(names: Sequence[str], report: Any, key: str, columns: int = 2) -> None:
    """Those of the named figures that the report holds, side by side where there is room."""
    fitting = [name for name in names if name in FIGURES and FIGURES[name].applies(report)]
    if not fitting:
        st.caption("This report holds nothing to draw here.")
        return
    with st.grid(columns, min_column_width=320, gap="small"):
        for name in fitting:
            with st.container(border=True, height="stretch", key=f"{key}-{name}"):
                st.subheader(FIGURES[name].title, anchor=False)
                draw(name, report, key)
