"""The way out of a finding by one click: it changes what is chosen on the page, or reads the same bytes again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

import modellab_core.ui.choice as held
import modellab_core.ui.rereading as rereading
import modellab_core.ui.service as service
from modellab_core.checks.finding import Finding, Remedy
from modellab_core.lab import Lab
from modellab_core.ui.choice import Choice
from modellab_core.ui.scores import metric_label
from modellab_core.ui.words import code, esc

READING = ("missing", "type")
UNDO = ":material/undo:"
MOST_NAMED = 8


def button(lab: Lab, version: Any, choice: Choice, finding: Finding) -> None:
    """The button that applies the way out of a finding, or a label where that was done."""
    remedy = finding.remedy
    if remedy is None:
        return
    if is_applied(remedy, choice):
        st.badge("Done", icon=":material/check:", color="green")
        return
    key = f"apply-{finding.code}-{remedy.kind}-{'-'.join(remedy.columns)}-{remedy.value}"
    label, told = esc(remedy.label, limit=60), esc(finding.way_out, limit=600)
    if remedy.kind not in READING:
        st.button(label, key=key, help=told, on_click=apply, args=(remedy, version.id, choice))
    elif st.button(label, key=key, help=told):
        before = rereading.said_of(version)
        if remedy.kind == "missing":
            asked = rereading.with_missing(before, [remedy.value or ""])
        else:
            asked = rereading.with_type(before, remedy.columns, remedy.value or "text")
        rereading.read_and_go(lab, version, asked)


def apply(remedy: Remedy, version: str, choice: Choice) -> None:
    """Change what is chosen for a training as the remedy says."""
    at = (version, choice.target)
    if remedy.kind == "drop":
        held.put("drop", *at, [*choice.drop, *(name for name in remedy.columns if name not in choice.drop)])
    elif remedy.kind in ("time", "group"):
        held.put_split(*at, remedy.kind, remedy.columns[0])
    elif remedy.kind == "weight":
        held.put("weight", *at, remedy.columns[0])
    elif remedy.kind == "metric":
        held.put("metric", *at, remedy.value)


def is_applied(remedy: Remedy, choice: Choice) -> bool:
    """Whether what is chosen is as the remedy says."""
    if remedy.kind == "drop":
        return set(remedy.columns) <= set(choice.drop)
    if remedy.kind in ("time", "group"):
        return choice.split == f"{remedy.kind}:{remedy.columns[0]}"
    if remedy.kind == "weight":
        return choice.weight == remedy.columns[0]
    return remedy.kind == "metric" and choice.metric == remedy.value


def applied(lab: Lab, version: Any, choice: Choice) -> None:
    """What was changed for this training, a line each with its way back."""
    rereading.way_back(lab, version)
    at, guess = (version.id, choice.target), service.suggested(version.id, choice.target)
    if choice.drop:
        _left_out(choice, at)
    if choice.split != guess.split:
        kind, _, column = guess.split.partition(":")
        _line("split", _split_words(choice.split), held.put_split, *at, kind, column or None)
    if choice.weight is not None:
        _line("weight", f"Rows are weighed by {code(choice.weight, 60)}.", held.put, "weight", *at, None)
    if choice.metric not in (None, guess.metric):
        words = f"Models are ranked by {metric_label(choice.metric or '')}."
        _line("metric", words, held.put, "metric", *at, guess.metric)


def _line(key: str, words: str, undo: Callable[..., None], *arguments: Any) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"done-{key}"):
        st.markdown(f":material/check: {words}", width="content")
        st.button("Undo", key=f"undo-{key}", type="tertiary", icon=UNDO, on_click=undo, args=arguments)


def _left_out(choice: Choice, at: tuple[str, str]) -> None:
    """The columns that are left out, each to be put back by a click."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="done-drop"):
        st.markdown(":material/check: Left out:", width="content")
        for name in choice.drop[:MOST_NAMED]:
            rest = [one for one in choice.drop if one != name]
            st.button(
                esc(name, limit=40),
                key=f"undo-drop-{name}",
                type="tertiary",
                icon=UNDO,
                icon_position="right",
                help="Put it back",
                on_click=held.put,
                args=("drop", *at, rest),
            )
        more = len(choice.drop) - MOST_NAMED
        if more > 0:
            st.caption(f"and {more:,} more", width="content")
        if len(choice.drop) > 1:
            st.button("Undo all", key="undo-drop", type="tertiary", on_click=held.put, args=("drop", *at, []))


def _split_words(split: str) -> str:
    kind, _, column = split.partition(":")
    told = {
        "time": f"The latest rows by {code(column, 60)} test.",
        "group": f"Rows with the same {code(column, 60)} stay together.",
        "column": f"{code(column, 60)} says which rows test.",
    }
    return told.get(kind, "Random rows test.")
