"""The page for help: the words, the definitions of everything that is computed, the keyboard, and the version."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
import streamlit as st

from modellab_core import __version__
from modellab_core.checks.check import CHECKS
from modellab_core.harness.failures.failures import TAGS
from modellab_core.harness.metrics import METRICS
from modellab_core.harness.slices.slicers import SLICERS
from modellab_core.harness.stress import STRESSES
from modellab_core.lab import Lab
from modellab_core.training.templates import TEMPLATES
from modellab_core.ui.place import ROOMS, link
from modellab_core.ui.scores import direction_word
from modellab_core.ui.words import code, plural

WORDS = {
    "Project": "A folder of work: tables, runs and their reports.",
    "Dataset": "A named table in a project.",
    "Version": "The exact bytes of a dataset and how they were read. It never changes; a change is another version.",
    "Target": "The column that is predicted.",
    "Template": "A recipe for training: which models, in which order, with which settings.",
    "Run": "One fitted model on one version, with its settings, seed, split and state.",
    "Batch": "The runs that one click started. They share their training and test rows.",
    "Test rows": "Rows that no model saw while it was made. Every number of a report is computed on them.",
    "Report": "What the evaluation says of one run.",
    "Score": "One number with its interval.",
    "Interval": "Where the value could lie if the test rows had been drawn again; 95 of 100 such intervals hold it.",
    "Headline": "The metric by which models are ranked, fixed before training.",
    "Paired difference": "How two models differ on the same rows. Much of what luck does to both cancels out.",
    "Cannot be told apart": "The interval of the paired difference holds zero: these rows show no winner.",
    "Tied set": "The models that none of the others beats. The simplest of them is recommended.",
    "Smallest visible difference": "A true difference of this size would have been seen with a probability of 80 %.",
    "Slice": "A named set of rows, such as all customers of one region.",
    "Finding": "A claim that was checked on rows on which it was not found.",
    "Stress test": "A corruption of the data at a severity, such as a tenth of the values missing.",
    "Error": "A row worth looking at, with tags that say why.",
    "Flipped row": "A row that one of two models gets right and the other wrong.",
    "Look": "One set of predictions scored on the test rows. Many looks make the best of them look better than it is.",
    "Pack": "One ZIP file that trains a run again anywhere and compares every number.",
    "Workspace": "The folder that holds everything. It may be moved, copied or deleted.",
}
KEYS = {
    "Tab, Shift + Tab": "To the next and to the previous field, button or link.",
    "Enter or Space": "Presses a button, opens a list, ticks a box.",
    "Arrow keys": "Move in lists, tabs, sliders and tables.",
    "Home, End": "To the first and the last value of a slider.",
    "Ctrl + F in a table": "Searches in it; Enter goes to the next hit.",
    "Ctrl + C in a table": "Copies the chosen cells.",
    "Esc": "Closes a window, a list or the search.",
    "Ctrl + Enter": "Trains, where the button to train is shown.",
}
Lines = Callable[[], list[dict[str, Any]]]


def _metrics() -> list[dict[str, Any]]:
    return [
        {
            "name": one.label,
            "means": one.definition,
            "for": ", ".join(str(task) for task in one.tasks),
            "better": direction_word(one.name),
            "undefined": one.undefined_when,
            "key": one.name,
        }
        for one in METRICS.values()
    ]


def _slices() -> list[dict[str, Any]]:
    return [{"name": one.title, "means": _doc(one.cut), "key": one.name} for one in SLICERS.values()]


def _stresses() -> list[dict[str, Any]]:
    return [
        {"name": one.title, "means": one.definition, "severity": one.unit, "key": one.name} for one in STRESSES.values()
    ]


def _checks() -> list[dict[str, Any]]:
    return [
        {"name": one.title, "means": one.looks_for, "from": one.threshold, "key": one.code} for one in CHECKS.values()
    ]


def _tags() -> list[dict[str, Any]]:
    return [{"name": name.replace("_", " ").capitalize(), "means": _doc(one.find)} for name, one in TAGS.items()]


def _templates() -> list[dict[str, Any]]:
    return [{"name": one.title, "means": one.description, "key": one.name} for one in TEMPLATES.values()]


def _words() -> list[dict[str, Any]]:
    return [{"name": name, "means": told} for name, told in WORDS.items()]


TABLES: Mapping[str, tuple[str, Lines]] = {
    "Words": ("word", _words),
    "Metrics": ("metric", _metrics),
    "Slices": ("way to cut rows", _slices),
    "Stress tests": ("stress test", _stresses),
    "Checks": ("check", _checks),
    "Errors": ("tag", _tags),
    "Templates": ("template", _templates),
}
HEADS: Mapping[str, Any] = {
    "name": st.column_config.TextColumn("Name", pinned=True, width="medium"),
    "means": st.column_config.TextColumn("What it means", width="large"),
    "for": "For",
    "better": "Better",
    "undefined": "Undefined when",
    "severity": "A severity is",
    "from": st.column_config.TextColumn("Found from", width="large"),
    "key": "Key",
}
KEYBOARD = "Keyboard"
VIEWS = [*TABLES, KEYBOARD]


def definitions(view: str) -> None:
    """One of the lists of definitions, from the docstrings of what computes it, to be searched and saved."""
    if view == KEYBOARD:
        _list(KEYS)
        return
    if view == "Words":
        _list(WORDS)
        return
    noun, lines = TABLES[view]
    found = pd.DataFrame(lines())
    ways = plural(len(found), noun, "ways to cut rows" if noun.startswith("way") else None)
    st.caption(f"{ways}. Double-click a cell to read all of it.")
    found["means"] = [" ".join(str(told).split()) for told in found["means"]]
    st.dataframe(
        found,
        key=f"help-{view}",
        hide_index=True,
        height="content",
        row_height=58,
        column_config={name: HEADS[name] for name in found},
        alt=f"{view}: what each means",
    )


def _list(told: Mapping[str, str]) -> None:
    for name, means in told.items():
        left, right = st.columns([1, 3.4], gap="small")
        left.markdown(f"**{name}**")
        right.markdown(means)


def ways_in() -> None:
    """The pages, what each is for, and the way there."""
    with st.grid(3, min_column_width=260):
        for page, (title, icon, told) in ROOMS.items():
            if page == "help":
                continue
            with st.container(border=True, height="stretch", key=f"way-{page}"):
                link(page, f"**{title}**", icon=f":material/{icon}:")
                st.caption(told)


def about(lab: Lab) -> None:
    """The version, where everything is kept, and the same from the command line."""
    st.markdown(
        f"ModelLab {__version__}. Everything is kept in {code(lab.folder.resolve())}, and nothing leaves this machine. "
        f"The same verbs: {code('modellab --help')} in a terminal, {code('from modellab_core import Lab')} in Python."
    )


def _doc(function: Any) -> str:
    return inspect.getdoc(function) or ""
