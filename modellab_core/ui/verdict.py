"""What came of a training: one sentence in large type, the evidence for it, and what can be done next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

import modellab_core.ui.place as place
from modellab_core.harness.comparing.comparison import rows_needed
from modellab_core.harness.comparing.verdict_words import charged_sentence, equivalence_sentence
from modellab_core.harness.figures.wording import MODELS
from modellab_core.lab import Lab
from modellab_core.ui.bars import COLUMN, bar_uri, domain
from modellab_core.ui.pictures import draw
from modellab_core.ui.scores import direction_word, metric_label
from modellab_core.ui.scoring import python_button, score_button
from modellab_core.ui.words import esc, interval, number, plural, signed

OUTCOMES = {"better": "better", "worse": "worse", "tied": "cannot be told apart"}
EQUIVALENT = {True: "yes", False: "not shown", None: ""}
MARGIN = "compare-margin"
COLOURS = {"better": "green", "worse": "red", "tied": "gray"}


def sentence(found: Any) -> None:
    """The verdict in large type."""
    st.header(esc(found.sentence, limit=1000), anchor=False)


def scope(found: Any) -> str:
    """What the verdict speaks of, in one line (Markdown)."""
    parts = [
        f"{metric_label(found.metric)}, {direction_word(found.metric)}",
        plural(found.n, "test row"),
        "these fitted models on this split, judged together at 95 %",
    ]
    return " · ".join(part for part in parts if part)


def smallest_visible(found: Any) -> None:
    """How small a difference these rows could have shown, and how many rows would show half of it."""
    pair = next((one for one in reversed(found.pairs) if one.detectable), None)
    if pair is None:
        st.markdown("Smallest visible difference: not known, because the models made the same predictions.")
        return
    units = "row" if found.groups is None else "group"
    rows = rows_needed(found.groups or found.n, pair.detectable, pair.detectable / 2)
    st.markdown(
        f"Smallest visible difference: **{number(pair.detectable, pair.detectable)}** in {metric_label(found.metric)} "
        f"between {esc(shown(pair.candidate))} and {esc(shown(pair.baseline))} on {plural(found.n, 'test row')}. "
        f"About {plural(rows, units)} would show half of it.",
        help="A true difference of this size would have been seen with a probability of 80 %.",
    )


def shown(name: str) -> str:
    """What a model of a comparison is called on screen (not escaped)."""
    return MODELS.get(name, name)


def forest(runs: Sequence[Any], found: Any) -> None:
    """The models on one axis, each with its interval; the ground of those that nothing beats is tinted."""
    ends = {run.model: tuple(run.headline.get(end) for end in ("value", "low", "high")) for run in runs if run.headline}
    st.subheader(metric_label(found.metric), anchor=False)
    draw("forest", None, "verdict", comparison=found, intervals=ends)
    if len(found.top_set) > 1:
        st.caption("The tinted models cannot be told apart on these rows; the simplest of them is recommended.")


def pairs_table(found: Any, key: str, names: Mapping[str, str] | None = None) -> None:
    """A line a pair: the difference with its interval, and whether it can be told from nothing.

    `names` says what each model is called, when it goes by the id of its run.
    """
    called = {name: (names or MODELS).get(name, name) for name in found.names}
    ends = [end for one in found.pairs for end in (one.low, one.high, 0.0)]
    axis = domain(ends)
    lines = [
        {
            "pair": f"{called[one.candidate]} against {called[one.baseline]}",
            "difference": signed(one.difference, _width(one)),
            "bar": bar_uri(one.difference, one.low, one.high, axis, against=0.0, quiet=one.verdict == "tied"),
            "interval": interval(one.low, one.high),
            "verdict": [OUTCOMES[one.verdict]],
            "detectable": one.detectable,
            "equivalent": EQUIVALENT[one.equivalent],
            "note": one.note,
        }
        for one in found.pairs
    ]
    frame = pd.DataFrame(lines)
    st.dataframe(
        frame if found.margin is not None else frame.drop(columns="equivalent"),
        key=key,
        hide_index=True,
        height="content",
        alt="Paired differences between the models, with intervals",
        column_config={
            "pair": st.column_config.TextColumn("Pair", pinned=True),
            "difference": st.column_config.TextColumn("Difference", alignment="right"),
            "bar": st.column_config.ImageColumn("Around zero", width=COLUMN),
            "interval": "Interval",
            "verdict": st.column_config.MultiselectColumn(
                "Verdict", options=list(OUTCOMES.values()), color=[COLOURS[one] for one in OUTCOMES]
            ),
            "detectable": st.column_config.NumberColumn("Smallest visible", format="%.3g"),
            "equivalent": "Equivalent",
            "note": st.column_config.TextColumn("Note", width="large"),
        },
    )


def _width(pair: Any) -> float | None:
    return None if pair.low is None or pair.high is None else float(pair.high - pair.low)


def next_steps(lab: Lab, runs: Sequence[Any], recommended: str | None) -> None:
    """What can be done with a finished batch."""
    run = next((one for one in runs if one.model == recommended and one.state == "succeeded"), None)
    finished = [one.id for one in runs if one.state == "succeeded"]
    with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
        if run is not None:
            place.link("evaluate", "Open its report", icon=":material/insights:", run=run.id)
            score_button(lab, run, kind="tertiary")
            place.link("repro", "Get its pack", icon=":material/deployed_code:", run=run.id)
        if len(finished) > 1:
            place.link("compare", "Compare them in detail", icon=":material/compare_arrows:", runs=",".join(finished))
        if run is not None:
            python_button(lab, run, kind="tertiary")


def margin_given() -> float | None:
    """The difference that would not matter, as `pick_margin` holds it; None while none is given."""
    held = st.session_state.get(MARGIN, st.query_params.get(MARGIN))
    try:
        found = float(held)
    except (TypeError, ValueError):
        return None
    return found if 0 < found < float("inf") else None


def pick_margin() -> None:
    """A field for the difference that would not matter, in the unit of the metric."""
    st.number_input(
        "Difference that would not matter",
        min_value=0.0,
        value=None,
        step=0.001,
        format="%.4g",
        key=MARGIN,
        bind="query-params",
        placeholder="such as 0.01",
        width=260,
        help="Then each pair says whether the two are equivalent within it: only if the whole interval lies inside.",
    )


def charged(found: Any) -> None:
    """What is equivalent, how many models and looks the verdict was charged for, and what it does not cover."""
    for told in (equivalence_sentence(found), charged_sentence(found)):
        if told:
            st.caption(esc(told, limit=1000))
