"""The verdict repeated with cross-validation: offered where one split says little, and what came of it."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from modellab_core.lab import Lab
from modellab_core.ui.frame import guard
from modellab_core.ui.verdict import COLOURS, OUTCOMES, shown
from modellab_core.ui.words import esc, interval, plural, signed

MOST_ROWS = 1_000
REPEATS, FOLDS = 2, 5


def cross_validation(lab: Lab, batch: Any) -> None:
    """Up to 1,000 rows: the button that fits every model again in folds; the answer is kept for this tab."""
    if batch.version_id is None or lab.version(batch.version_id).rows > MOST_ROWS:
        return
    key, asked = f"crossed-{batch.id}", False
    with st.container(border=True, key="cross-validation"):
        place = st.empty()
        if key not in st.session_state:
            asked = place.button("Repeat with cross-validation", key="cross", icon=":material/cached:")
        if asked:
            with guard():
                st.session_state[key] = _fitted_again(lab, batch, place)
        found = st.session_state.get(key)
        if found is not None:
            place.empty()
            _show(found)
            return
        st.caption(
            "The verdict above speaks of these fitted models and this split. Fitting every model again in "
            f"{REPEATS} × {FOLDS} folds speaks of the recipes. It runs in this tab, for some ten to thirty seconds."
        )


def _fitted_again(lab: Lab, batch: Any, place: Any) -> Any:
    def told(done: int, total: int) -> None:
        place.progress(done / total, f"Fit {done} of {total}")

    return lab.cross_compare(batch, REPEATS, FOLDS, told=told)


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
