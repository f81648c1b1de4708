"""The files of a report, to be saved."""

from __future__ import annotations

from typing import Any

import streamlit as st

from modellab_core.harness.html.document import interactive_html
from modellab_core.lab import Lab
from modellab_core.ui.scoring import python_button

PREFIX = "eval/"
TYPES = {"html": "text/html", "json": "application/json", "png": "image/png", "txt": "text/plain"}


def download_report(lab: Lab, run: Any) -> None:
    """A small window with the report as one file, and every other file of it."""
    with st.popover("Download", icon=":material/download:", key="download"):
        st.download_button(
            "Interactive report",
            lambda: interactive_html(lab.report(run.id)).encode(),
            file_name=f"report-{run.id}-interactive.html",
            mime="text/html",
            key="download-interactive",
            icon=":material/web:",
            on_click="ignore",
            help="One HTML file with figures that answer to the mouse; it needs no network.",
            width="stretch",
        )
        _file(lab, run, "eval/report.html", "Printable report", ":material/description:")
        python_button(lab, run, width="stretch")
        names = sorted(name for name in run.files if name.startswith(PREFIX))
        chosen = st.selectbox("One file of the evaluation", names, format_func=_plain, key="download-which")
        if chosen:
            _file(lab, run, chosen, f"Save {_plain(chosen)}", ":material/draft:")


def _plain(name: str) -> str:
    return name.removeprefix(PREFIX)


def _file(lab: Lab, run: Any, name: str, label: str, icon: str) -> None:
    if name not in run.files:
        return
    plain = _plain(name).replace("/", "-")
    st.download_button(
        label,
        lambda: lab.file(run.id, name),
        file_name=f"{run.id}-{plain}",
        mime=TYPES.get(plain.rpartition(".")[2], "application/octet-stream"),
        key=f"download-{name}",
        icon=icon,
        on_click="ignore",
        width="stretch",
    )
