"""The verdict repeated with cross-validation: offered where one split says little, and what came of it."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

import modellab_core.ui.background as background
from modellab_core.lab import Lab
from modellab_core.ui.follow import IDLE
from modellab_core.ui.frame import live
from modellab_core.ui.verdict import COLOURS, OUTCOMES, shown
from modellab_core.ui.words import esc, interval, plural, signed

MOST_ROWS = 1_000
REPEATS, FOLDS = 2, 5


def cross_validation(lab: Lab, batch: Any) -> None:
    """Up to 1,000 rows: the button that fits every model again in folds beside the page, and what came of it.

    Every tab and browser sees it under way; the answer is kept with the batch.
    """
    if batch.version_id is None or lab.version(batch.version_id).rows > MOST_ROWS:
        return
    key = ("crossed", batch.id)
    before, known = _state(key), lab.last_cross_compare(batch)

    @live(1.0 if before else None if known is not None else IDLE)
    def panel() -> None:
        if _state(key) != before or (known is None and lab.last_cross_compare(batch) is not None):
            st.rerun()  # it was begun or has ended, here or in another tab
        with st.container(border=True, key="cross-validation"):
            work = background.find(key)
            if work is not None and not work.done:
                background.going(work, "Fit", "cross")
            elif known is not None:
                _show(known)
            else:
                _offer(lab, batch, key, work.error if work is not None else "")

    panel()


def _state(key: Any) -> bool:
    """Whether it is under way."""
    work = background.find(key)
    return work is not None and not work.done


def _offer(lab: Lab, batch: Any, key: Any, error: str) -> None:
    if error:
        st.markdown(esc(error, limit=600))
    if st.button("Repeat with cross-validation", key="cross", icon=":material/cached:"):
        background.begin(key, lambda told: lab.cross_compare(batch, REPEATS, FOLDS, told=told))
        st.rerun()
    st.caption(
        "The verdict above speaks of these fitted models and this split. Fitting every model again in "
        f"{REPEATS} × {FOLDS} folds speaks of the recipes. It goes on without this page, for some ten to thirty "
        "seconds."
    )


def _show(found: Any) -> None:
    """The verdict over recipes: a sentence, and a line a pair."""
    st.subheader(esc(found.sentence, limit=1000), anchor=False)
    lines = [
        {
            "pair": f"{shown(one.candidate)} against {shown(one.baseline)}",
            "difference": signed(one.difference, None if one.low is None else one.high - one.low),
            "interval": interval(one.low, one.high),
            "verdict": [OUTCOMES[one.verdict]],
            "note": one.note,
        }
        for one in found.pairs
    ]
    st.dataframe(
        pd.DataFrame(lines),
        key="crossed-table",
        hide_index=True,
        height="content",
        alt="Mean differences between the recipes over the folds, with intervals",
        column_config={
            "pair": st.column_config.TextColumn("Pair", pinned=True),
            "difference": st.column_config.TextColumn("Mean difference", alignment="right"),
            "interval": "Interval",
            "verdict": st.column_config.MultiselectColumn(
                "Verdict", options=list(OUTCOMES.values()), color=[COLOURS[one] for one in OUTCOMES]
            ),
            "note": st.column_config.TextColumn("Note", width="large"),
        },
    )
    about = (
        f"{found.repeats} × {found.folds} folds, {plural(found.n, 'row')}, judged together at 95 %. The intervals know "
        "that the folds share their training rows (Nadeau & Bengio 2003)."
    )
    st.caption(esc(" ".join([about, *found.notes]), limit=1000))
