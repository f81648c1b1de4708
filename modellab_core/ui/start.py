"""The first screen, and the place to begin something new: a table, predictions of one's own, or the example."""

from __future__ import annotations

import streamlit as st

import modellab_core.ui.place as place
from modellab_core.lab import Lab
from modellab_core.ui.drop import add_with_project, drop, take
from modellab_core.ui.empty import try_example
from modellab_core.ui.own import own_predictions
from modellab_core.ui.words import code


def welcome(lab: Lab) -> None:
    """What a person sees first: what this is, where everything is kept, and three ways to begin."""
    st.header("Which model should you use, and how sure can you be?", anchor=False)
    st.markdown(
        "Drop a table. Three models are trained on the same rows, simplest first, and compared with intervals. "
        "You get one sentence that says which to use, the evidence for it, and a pack that anybody can re-run."
    )
    st.markdown(
        f":material/lock: Nothing leaves this machine. Everything is kept in {code(lab.folder.resolve())}, "
        "one folder that may be moved, copied or deleted."
    )
    st.space("small")


def begin(lab: Lab) -> None:
    """Three cards: drop a table, drop predictions, try the example."""
    limit = lab.settings.max_upload_mb
    table, own = st.columns(2, gap="medium")
    with table.container(border=True, height="stretch", key="begin-table"):
        st.subheader(":material/table: A table", anchor=False)
        st.caption("CSV or Parquet, one line a record. You choose the column to predict on the next page.")
        file = drop("A table", "drop-table", limit)
        if file is not None:
            version = take(file, lambda given: add_with_project(lab, given), "Reading the table …")
            if version is not None:
                project = lab.dataset(version.dataset_id).project_id
                place.go("train", project=project, version=version.id, batch="new")
    with own.container(border=True, height="stretch", key="begin-own"):
        st.subheader(":material/fact_check: Predictions of your own model", anchor=False)
        st.caption("CSV or Parquet with the truth and what your model said. You get the full report.")
        file = drop("Predictions of your own model", "drop-own", limit)
        if file is not None:
            own_predictions(lab, file)
    with st.container(border=True, key="begin-example"):
        _example(lab)


def _example(lab: Lab) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.markdown(
            "**No file at hand?** 1,000 customers of a telephone company, and which of them left. "
            "Trained and evaluated in about a minute.",
            width="stretch",
        )
        if st.button("Try it with an example", key="try-example", type="primary", icon=":material/play_arrow:"):
            try_example(lab)
