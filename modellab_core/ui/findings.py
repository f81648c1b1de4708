"""What a report searched, used and tried: weak slices, classes, conformal intervals, importance, advice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd
import streamlit as st

from modellab_core.harness.figures.figure import fall_of
from modellab_core.harness.reading import class_lines, searched
from modellab_core.ui.bars import COLUMN, bar_uri, domain
from modellab_core.ui.pictures import figures
from modellab_core.ui.scores import decimals_of, metric_label
from modellab_core.ui.words import esc, interval, number, percent

VERDICTS = {"helps": "green", "harmless": "green", "harms": "red", "flatters": "orange", "open": "gray"}


def weak_slices(report: Any) -> None:
    """The slices that were confirmed on rows they were not found on, and what was searched."""
    told = report.discovery
    if not told:
        return
    lines = told.get("found", [])
    with st.container(border=True, key="confirmed"):
        st.subheader("Confirmed weak slices" if lines else "No weak slice is confirmed", anchor=False)
        st.markdown(esc(searched(told), limit=600))
        if lines:
            _confirmed(lines, str(told.get("loss") or "loss").capitalize())
        if told.get("note"):
            st.caption(esc(told["note"], limit=600))


def _confirmed(lines: list[Mapping[str, Any]], loss: str) -> None:
    axis = domain([0.0, *(end for one in lines for end in (one["difference"], one.get("low"), one.get("high")))])
    _table(
        [
            {
                "slice": one["name"],
                "n": one["n"],
                "loss": one.get("loss"),
                "rest": one.get("rest"),
                "bar": bar_uri(one["difference"], one.get("low"), one.get("high"), axis, against=0.0),
                "difference": _with_ends(one, "difference"),
                "q": one.get("q_value"),
                "query": one.get("query"),
            }
            for one in lines
        ],
        "confirmed-table",
        "Slices in which the loss is higher than elsewhere",
        slice=st.column_config.TextColumn("Slice", pinned=True),
        n=st.column_config.NumberColumn("Rows", format="localized"),
        loss=st.column_config.NumberColumn(f"{loss} inside", format=decimals_of(one.get("loss") for one in lines)),
        rest=st.column_config.NumberColumn("Outside", format=decimals_of(one.get("rest") for one in lines)),
        bar=st.column_config.ImageColumn("Difference", width=COLUMN),
        difference="Difference and interval",
        q=st.column_config.NumberColumn("q", format="%.2g", help="The false discovery rate at which it is found"),
        query="As a query",
    )


def classes(report: Any) -> None:
    """A line per class: its rows, and every metric of it against the rest."""
    lines = class_lines(report.scores)
    if not lines:
        return
    metrics = list(dict.fromkeys(name for line in lines.values() for name in line))
    st.subheader("Each class against the rest", anchor=False)
    _table(
        [
            {"class": name, "n": max(one.n for one in line.values())} | {key: _score(line.get(key)) for key in metrics}
            for name, line in lines.items()
        ],
        "classes-table",
        "Every class with its rows and its metrics",
        **{"class": st.column_config.TextColumn("Class", pinned=True)},
        n=st.column_config.NumberColumn("Rows", format="localized"),
        **{key: metric_label(key) for key in metrics},
    )


def _score(score: Any) -> str | None:
    return None if score is None or score.value is None else _with_ends(score.to_json(), "value")


def conformal(report: Any) -> None:
    """How wide intervals of predicted numbers are, and how often they hold the truth."""
    told = report.conformal
    if not told:
        return
    st.subheader("Conformal intervals", anchor=False)
    if told.get("levels"):
        _levels(told["levels"])
        figures(("conformal_coverage",), report, "conformal", columns=1)
    st.caption(esc(told.get("note", ""), limit=800))


def _levels(levels: Iterable[Mapping[str, Any]]) -> None:
    _table(
        [
            {
                "nominal": percent(one["nominal"]),
                "guarantee": "none" if one["guarantee"] is None else percent(one["guarantee"]),
                "width": number(one["mean_width"]),
                "observed": _with_ends(one["coverage"], "value"),
                "bar": bar_uri(*_ends(one["coverage"], "value"), (0.5, 1.0), against=one["nominal"]),
            }
            for one in levels
        ],
        "conformal-table",
        "Intervals by their level with width and observed coverage",
        nominal="Meant to hold",
        guarantee="Guaranteed",
        width="Mean width",
        observed="Observed coverage",
        bar=st.column_config.ImageColumn("From 50 % to 100 %", width=COLUMN),
    )


def importance(report: Any) -> None:
    """What this fitted model uses: a figure, what was tried by fitting again, and every feature."""
    told = report.importance
    if told.get("features"):
        figures(("importance",), report, "importance", columns=1)
    st.caption(esc(told.get("note") or "Importance was not computed for this run.", limit=800))
    advice(report)
    lines = [*told.get("features", []), *told.get("groups", [])]
    if lines:
        with st.expander("Every feature as a table", key="importance-open"):
            _features(lines, told["metric"])


def _features(lines: list[Mapping[str, Any]], metric: str) -> None:
    axis = domain([0.0, *(end for one in lines for end in _ends(one, "value"))])
    _table(
        [
            {
                "feature": one.get("feature") or "together: " + ", ".join(map(str, one.get("features", ()))),
                "value": one["value"],
                "bar": bar_uri(*_ends(one, "value"), axis, against=0.0),
                "interval": interval(one.get("low"), one.get("high")),
                "note": one.get("note"),
            }
            for one in lines
        ],
        "importance-table",
        "Every feature with its importance",
        feature=st.column_config.TextColumn("Feature", pinned=True),
        value=st.column_config.NumberColumn(fall_of(metric), format="%.4g"),
        bar=st.column_config.ImageColumn("Interval", width=COLUMN),
        interval="Low to high",
        note=st.column_config.TextColumn("Note", width="large"),
    )


def advice(report: Any) -> None:
    """Every piece of advice that was tried by fitting again, with its effect."""
    told = report.advice
    if not told:
        return
    st.subheader("Advice that was tried", anchor=False)
    for place, one in enumerate(told.get("tried", [])):
        with st.container(border=True, key=f"advice-{place}"):
            _tried(one, place == told.get("recommended"))
    if told.get("note"):
        st.caption(esc(told["note"], limit=800))


def _tried(one: Mapping[str, Any], recommended: bool) -> None:
    verdict = str(one["verdict"])
    colour = VERDICTS.get(verdict, "gray")
    mark = " :green-badge[recommended]" if recommended else ""
    st.markdown(f"**{esc(one['advice'])}** :{colour}-badge[{esc(verdict)}]{mark}")
    low, high = one.get("low"), one.get("high")
    width = None if low is None or high is None else high - low
    before, after = (number(one.get(side), width) for side in ("before", "after"))
    told = f"{metric_label(one['metric'])} {before} → {after}" if one.get("metric") else f"{before} → {after}"
    st.markdown(f"{told}, difference {_with_ends(one, 'difference') or '–'} on {one.get('n') or 0:,} rows")
    columns = (one.get("detail") or {}).get("columns")
    for note in (", ".join(map(str, columns)) if columns else "", one.get("note")):
        if note:
            st.caption(esc(note, limit=400))


def _with_ends(one: Mapping[str, Any], value: str) -> str | None:
    """`0.871 (0.858 to 0.884)`; None without a value."""
    point, low, high = _ends(one, value)
    if point is None:
        return None
    return number(point) if low is None or high is None else f"{number(point, high - low)} ({interval(low, high)})"


def _ends(one: Mapping[str, Any], value: str) -> tuple[float | None, float | None, float | None]:
    return one.get(value), one.get("low"), one.get("high")


def _table(lines: list[dict[str, Any]], key: str, alt: str, **columns: Any) -> None:
    st.dataframe(
        pd.DataFrame(lines),
        key=key,
        hide_index=True,
        height="content",
        placeholder="–",
        alt=alt,
        column_config=columns,
    )
