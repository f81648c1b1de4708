"""The parts of a report on screen: the takeaway, its figures, slices, stress tests, errors, and the files."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from modellab_core.errors import ModelLabError
from modellab_core.lab import Lab
from modellab_core.ui.cards import Difference, calibration_scores
from modellab_core.ui.follow import model_name
from modellab_core.ui.scores import score_table
from modellab_core.ui.words import DASH, esc


def takeaway(report: Any) -> None:
    """The five sentences, the first in large type."""
    told = [line["sentence"] for line in report.takeaway]
    st.header(esc(told[0], limit=1000), anchor=False)
    st.markdown("\n".join(f"{place}. {esc(line, limit=1000)}" for place, line in enumerate(told[1:], 2)))


def difference_to(lab: Lab, run: Any, other: Any) -> Difference | None:
    """The paired difference of the headline to another run, as the one verdict judges it; None if it cannot."""
    if other is None or other.id == run.id:
        return None
    mates = run.batch_id is not None and run.batch_id == other.batch_id
    try:
        found = lab.verdict(run.batch_id) if mates else lab.compare([run.id, other.id])
    except ModelLabError:
        return None
    if found is None:
        return None
    me, it = (run.model, other.model) if mates else (run.id, other.id)
    value = dict(zip(found.names, found.values, strict=True)).get(it)
    for pair in found.pairs:
        if {pair.candidate, pair.baseline} == {me, it}:
            return _turned(pair, pair.candidate == me, model_name(other), value)
    return None


def _turned(pair: Any, forward: bool, to: str, value: float | None) -> Difference:
    """The pair seen from one of its sides."""
    if forward or pair.difference is None:
        return Difference(to, pair.difference, pair.low, pair.high, pair.verdict, value)
    flipped = {"better": "worse", "worse": "better"}.get(pair.verdict, pair.verdict)
    low, high = (None if end is None else -end for end in (pair.high, pair.low))
    return Difference(to, -pair.difference, low, high, flipped, value)


def calibration(report: Any) -> None:
    """The numbers about calibration, with the band that a perfectly calibrated model would show."""
    scores = calibration_scores(report)
    if scores:
        score_table(scores, "calibration-scores")


def errors(report: Any, features: pd.DataFrame) -> None:
    """The rows worth looking at; a chosen one is shown with its values."""
    lines = [
        {
            "row": one["row"],
            "truth": str(one["y_true"]),
            "said": str(one["y_pred"]),
            "loss": one["loss"],
            "tags": [tag["tag"] for tag in one["tags"]],
            "evidence": "; ".join(tag["evidence"] for tag in one["tags"]),
        }
        for one in report.failures
    ]
    if not lines:
        st.caption("There is no row worth looking at.")
        return
    tags = sorted({tag for line in lines for tag in line["tags"]})
    chosen = st.dataframe(
        pd.DataFrame(lines),
        key="errors-table",
        hide_index=True,
        height=420,
        on_select="rerun",
        selection_mode="single-row",
        alt="Rows worth looking at, the largest loss first",
        column_config={
            "row": st.column_config.NumberColumn("Row", format="%d", pinned=True),
            "truth": "Truth",
            "said": "Prediction",
            "loss": st.column_config.NumberColumn("Loss", format="%.4g"),
            "tags": st.column_config.MultiselectColumn("Why it is here", options=tags, color="auto"),
            "evidence": st.column_config.TextColumn("Evidence", width="large"),
        },
    )
    picked = chosen["selection"]["rows"]
    if not picked:
        st.caption("Tick a row to see its values.")
        return
    _row_card(report.failures[picked[0]], features)


def _row_card(one: Any, features: pd.DataFrame) -> None:
    with st.container(border=True, key="error-card"):
        st.subheader(f"Row {one['row']}", anchor=False)
        st.markdown(f"Truth **{esc(one['y_true'])}**, prediction **{esc(one['y_pred'])}**")
        if one["row"] not in features.index:
            st.caption("The values of this row are not kept with the run.")
            return
        values = features.loc[one["row"]]
        st.dataframe(
            pd.DataFrame({"Column": [str(name) for name in values.index], "Value": [_cell(one) for one in values]}),
            hide_index=True,
            height="content" if len(values) < 25 else 640,
            key="error-values",
            alt=f"The values of row {one['row']}",
        )


def _cell(value: Any) -> str:
    """A value as text: a dash where it is missing, a date without its midnight."""
    return DASH if pd.isna(value) else str(value).removesuffix(" 00:00:00")
