"""Chosen runs side by side: who is in front, their settings, the rows that flipped, and their curves in one figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

import modellab_core.ui.place as place
import modellab_core.ui.service as service
from modellab_core.harness.comparing.flips import FIRST, NEITHER, SECOND
from modellab_core.harness.figures import FIGURES
from modellab_core.lab import Lab
from modellab_core.lab.contrast import differing
from modellab_core.lab.judging import by_id
from modellab_core.ui.bars import text_width
from modellab_core.ui.compare import names_of
from modellab_core.ui.logged import exact
from modellab_core.ui.pictures import draw
from modellab_core.ui.rows import days_of
from modellab_core.ui.scores import metric_label
from modellab_core.ui.words import esc, listed, plural

MOST_CURVES = 5
MOST_ROWS = 1_000
ALL = "All"


def standing(found: Any, runs: Sequence[Any]) -> None:
    """The chosen runs on one axis, those that none beats on a tinted ground, and the tied set in words."""
    names = names_of(runs)
    called = by_id(found, names)
    ends = {names[run.id]: tuple((run.headline or {}).get(end) for end in ("value", "low", "high")) for run in runs}
    same = all((run.headline or {}).get("metric") == found.metric for run in runs)
    with st.container(border=True, key="standing"):
        st.subheader(metric_label(found.metric), anchor=False)
        draw("forest", None, "standing", comparison=called, intervals=ends if same else {})
        st.caption(_sets(called))


def _sets(called: Any) -> str:
    beaten = [name for name in called.names if name not in called.top_set]
    front = listed(f"**{esc(name)}**" for name in called.top_set)
    told = f"In front: {front}"
    told += ", which cannot be told apart" if len(called.top_set) > 1 else ""
    return f"{told}. Beaten: {listed(esc(name) for name in beaten)}." if beaten else f"{told}."


def settings(runs: Sequence[Any]) -> None:
    """Only the settings in which the chosen runs differ: a line a setting, a column a run."""
    names, found = names_of(runs), differing(runs)
    if found.empty:
        st.caption("All settings are the same.")
        return
    found.index = [str(name).replace("_", " ").capitalize() for name in found.index]
    st.dataframe(
        found.rename(columns=names).rename_axis("Setting").reset_index(),
        key="settings-table",
        hide_index=True,
        height="content",
        placeholder="–",
        column_config={"Setting": st.column_config.TextColumn(pinned=True)},
        alt="The settings in which the chosen runs differ",
    )


def beside(lab: Lab, runs: Sequence[Any]) -> None:
    """Runs of which one has no report: why no order is claimed, and where their values differ, a column a run."""
    names = names_of(runs)
    without = [names[run.id] for run in runs if not run.reported]
    st.warning(
        f"No verdict: {listed(esc(name) for name in without)} {'has' if len(without) == 1 else 'have'} no report. "
        "A number that a program logged comes without the rows behind it, so nothing tells whether a difference is "
        "more than chance.",
        icon=":material/block:",
    )
    found = lab.beside([run.id for run in runs])
    if found.empty:
        st.caption("Nothing that was logged or asked for differs.")
        return
    told = found.map(_shown).rename(columns=names).reset_index()
    told["kind"] = told["kind"].map({"metrics": "Metric", "params": "Parameter", "tags": "Tag"})
    st.dataframe(
        told,
        key="beside-table",
        hide_index=True,
        height="content" if len(told) <= 12 else 470,
        placeholder="–",
        column_config={
            "kind": st.column_config.TextColumn("Kind", width="small"),
            "name": st.column_config.TextColumn("Name", pinned=True),
        },
        alt="What the chosen runs were given and what they gave, where they differ",
    )


def _shown(value: Any) -> str | None:
    if isinstance(value, float):
        return exact(value)
    return None if value is None else str(value)


def flipped(lab: Lab, runs: Sequence[Any], recommended: str | None) -> None:
    """The rows that one of two runs gets right and the other wrong: counted both ways, then listed."""
    names = names_of(runs)
    order = sorted((run.id for run in reversed(runs)), key=lambda ident: ident != recommended)
    left, right = st.columns(2)
    with left:
        first = str(place.choose("One run", {ident: names[ident] for ident in order}, "first"))
    with right:
        rest = {ident: names[ident] for ident in order if ident != first}
        if place.here("second") not in rest:
            place.stand("second", None)
        second = str(place.choose("The other run", rest, "second"))
    found = lab.flips(first, second)
    classes = lab.run(first).recipe.get("task") != "regression"
    called = {FIRST: names[first], SECOND: names[second]}
    _counts(found, called, classes)
    _rows(lab, found, called, classes, first)


def _counts(found: Any, called: Mapping[str, str], classes: bool) -> None:
    only, word = ("Only {} right", "right") if classes else ("{} nearer", "near")
    cards = {only.format(called[FIRST]): found.first, only.format(called[SECOND]): found.second}
    cards |= {f"Both {word}" if classes else "Equally near": found.both}
    cards |= {"Neither right": found.neither} if classes else {}
    with st.grid(len(cards), min_column_width=130, gap="small"):
        for label, count in cards.items():
            st.metric(esc(label), f"{count:,}", border=True, height="stretch")


def _rows(lab: Lab, found: Any, called: Mapping[str, str], classes: bool, run: str) -> None:
    words = {FIRST: called[FIRST], SECOND: called[SECOND], NEITHER: "neither"}
    who = st.segmented_control(
        "Right" if classes else "Nearer",
        [ALL, *dict.fromkeys(words[name] for name in (FIRST, SECOND))],
        default=ALL,
        key="flips-who",
        bind="query-params",
        required=True,
    )
    rows = found.rows.assign(right=found.rows["right"].map(lambda name: words.get(name, "both")))
    rows = rows if who in (None, ALL) else rows[rows["right"] == who]
    if rows.empty:
        st.caption("There is no such row.")
        return
    shown = rows.head(MOST_ROWS)
    _, _, features = service.opened(lab.run(run))
    if len(features.columns):
        values = features.reindex(shown["row"]).reset_index(drop=True)
        values.columns = [f"= {name}" for name in values.columns]
        shown = shown.reset_index(drop=True).join(values)
    st.dataframe(
        shown,
        key="flips-table",
        hide_index=True,
        height="content" if len(shown) <= 12 else 470,
        placeholder="–",
        column_config=_columns(shown, called, classes),
        alt="Rows on which the two runs say different things, the largest gap first",
    )
    cut = f" The {MOST_ROWS:,} with the largest gap are shown." if len(rows) > MOST_ROWS else ""
    st.caption(f"{plural(len(rows), 'row')} of {plural(found.n, 'test row')}, with what each run says.{cut}")


def _columns(shown: Any, called: Mapping[str, str], classes: bool) -> dict[str, Any]:
    gap = "Gap in the probability of the truth" if classes else "Gap in the absolute error"
    features: dict[str, Any] = {name: name.removeprefix("= ") for name in shown.columns if name.startswith("= ")}
    features |= {
        name: st.column_config.DateColumn(name.removeprefix("= "), format="YYYY-MM-DD") for name in days_of(shown)
    }
    return {
        "row": st.column_config.NumberColumn("Row", format="%d", pinned=True),
        "truth": st.column_config.TextColumn("Truth", width=text_width(shown["truth"])),
        "first": st.column_config.TextColumn(f"{called[FIRST]} says", width=text_width(shown["first"])),
        "second": st.column_config.TextColumn(f"{called[SECOND]} says", width=text_width(shown["second"])),
        "right": "Right" if classes else "Nearer",
        "gap": st.column_config.NumberColumn("Gap", format="%.3g", help=gap),
    } | features


def curves(lab: Lab, runs: Sequence[Any]) -> None:
    """The curves of the chosen runs in one figure each."""
    names = names_of(runs)
    reports = {names[run.id]: service.report(lab.run(run.id)) for run in runs[:MOST_CURVES]}
    if len(runs) > MOST_CURVES:
        st.caption(f"The first {MOST_CURVES} of {plural(len(runs), 'run')} are drawn.")
    (called, report), *rest = reports.items()
    told: dict[str, Any] = {"called": called, "others": dict(rest)}
    kinds = ("roc_curve", "pr_curve", "calibration_curve") if report.task.is_classification else ("residuals",)
    if len(report.classes) > 2:
        told["cls"] = st.selectbox(
            "Class against the rest", report.classes, key="curves-class", bind="query-params", width=320
        )
    with st.grid(2 if len(kinds) > 1 else 1, min_column_width=360, gap="small"):
        for kind in kinds:
            _overlaid(kind, report, told)


def _overlaid(kind: str, report: Any, told: Mapping[str, Any]) -> None:
    drawn = FIGURES[kind]
    if not drawn.applies(report, **told):
        return
    with st.container(border=True, height="stretch", key=f"overlaid-{kind}"):
        st.subheader(drawn.title, anchor=False)
        draw(kind, report, "overlaid", **told)
