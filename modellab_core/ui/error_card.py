"""One row that is an error: what was said of it, why it is here, its values beside known rows, and its neighbours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

import modellab_core.ui.service as service
from modellab_core.harness.failures.around import Known
from modellab_core.harness.failures.causes import EXPLANATIONS
from modellab_core.ui.bars import COLUMN, bar_uri, domain, text_width
from modellab_core.ui.words import DASH, esc, number, plural

SIDES = {True: "Nearest right", False: "Nearest wrong"}


def error_card(run: Any, report: Any, one: Mapping[str, Any]) -> None:
    """The card of one of `report.failures`."""
    with st.container(border=True, key="error-card"):
        st.subheader(f"Row {one['row']}", anchor=False)
        st.markdown(f"Truth **{esc(one['y_true'])}**, prediction **{esc(one['y_pred'])}**{_chance(report, one)}")
        for tag in one["tags"]:
            st.markdown(f":gray-badge[{esc(tag['tag'])}] {esc(tag['evidence'], limit=600)}")
        st.markdown(_cause(one))
        features = service.opened(run)[2]
        if one["row"] not in features.index or not len(features.columns):
            st.caption("The values of this row are not kept with the run.")
            return
        _values(features.loc[[one["row"]]], one, service.known(run))


def _chance(report: Any, one: Mapping[str, Any]) -> str:
    if not one.get("proba"):
        return f", loss {number(one['loss'])}"
    chances = dict(zip(map(str, report.classes), one["proba"], strict=True))
    told = " · ".join(f"P({esc(label)}) {number(chances[label])}" for label in _shown(chances, one))
    return f" · {told} · loss {number(one['loss'])}"


def _shown(chances: Mapping[str, float], one: Mapping[str, Any]) -> list[str]:
    return list(dict.fromkeys([str(one["y_pred"]), str(one["y_true"])])) if len(chances) > 2 else list(chances)


def _cause(one: Mapping[str, Any]) -> str:
    tags = {tag["tag"] for tag in one["tags"]}
    why = next((each.reason for each in EXPLANATIONS if each.cause == one["cause"] and each.tag in tags), "")
    if not why:
        return "Cause: **not explained**. A model that says 0.8 is wrong in one of five rows without anything amiss."
    return f"Cause: **{esc(one['cause'])}**, {esc(why, limit=400)}."


def _values(row: pd.DataFrame, one: Mapping[str, Any], known: Known | None) -> None:
    """Every feature of the row: beside known rows, beside its neighbours, and what it added to the prediction."""
    added = {each["feature"]: each["contribution"] for each in one.get("contributions", [])}
    frame = pd.DataFrame({"feature": [str(name) for name in row.columns]})
    frame["value"] = [_cell(row[name].iloc[0]) for name in row.columns]
    if known is not None:
        frame["known"] = [known.told(name, row[name].iloc[0]) if name in known.X else "" for name in row.columns]
    if added:
        axis = domain([0.0, *added.values()])
        frame["added"] = [added.get(str(name)) for name in row.columns]
        told = [added.get(str(name)) for name in row.columns]
        frame["bar"] = [bar_uri(value, 0.0, value, axis, against=0.0) for value in told]
    titles = {} if known is None else _neighbours(frame, row, known)
    if added:
        frame = frame.sort_values("added", key=lambda values: -values.abs().fillna(0.0), kind="stable")
    st.dataframe(
        frame,
        hide_index=True,
        height="content" if len(frame) < 25 else 640,
        key="error-values",
        placeholder=DASH,
        alt=f"The values of row {one['row']} beside known rows and its neighbours",
        column_config={
            "feature": st.column_config.TextColumn("Feature", pinned=True, width=text_width(frame["feature"])),
            "value": "This row",
            "known": "Known rows",
            "added": st.column_config.NumberColumn("Adds to the prediction", format="%+.3g"),
            "bar": st.column_config.ImageColumn("Below or above zero", width=COLUMN),
            **titles,
        },
    )
    _told(known, bool(added))


def _neighbours(frame: pd.DataFrame, row: pd.DataFrame, known: Known) -> dict[str, str]:
    """Add the nearest right and the nearest wrong row as columns; their titles."""
    titles = {}
    for side, label in SIDES.items():
        at = known.nearest(row, known.right == side)
        if at is None:
            continue
        near = known.X.iloc[at]
        frame[label] = [_cell(near[name]) if name in known.X else "" for name in row.columns]
        titles[label] = f"{label}: row {known.row[at]}, {_outcome(known, at)}"
    return titles


def _outcome(known: Known, at: int) -> str:
    truth, said = (f"{one:,.4g}" if isinstance(one, float) else str(one) for one in (known.truth[at], known.said[at]))
    return truth if truth == said else f"{truth} and not {said}"


def _told(known: Known | None, added: bool) -> None:
    parts = []
    if added:
        parts.append("What a feature adds is told of the five largest, by the model itself.")
    if known is None:
        parts.append("No training rows are kept with this run, so there is nothing to hold it beside.")
    else:
        parts.append(
            f"Known rows: {plural(len(known), known.kind)}, each predicted by a model that did not see it. Nearest: "
            "the smallest mean difference over all features (Gower 1971)."
        )
    st.caption(" ".join(parts))


def _cell(value: Any) -> str:
    """A value as text: a dash where it is missing, a date without its midnight."""
    return DASH if pd.isna(value) else str(value).removesuffix(" 00:00:00")
