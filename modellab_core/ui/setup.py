"""What is trained: the table, what to predict in it and how to split it, each guessed and each to be changed."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from modellab_core.data.task import Task
from modellab_core.harness.metrics import metrics_for
from modellab_core.lab import Lab
from modellab_core.training.templates import TEMPLATES
from modellab_core.ui.forms import params_form
from modellab_core.ui.scores import direction_word, metric_label
from modellab_core.ui.words import esc

SPLITS = {
    "random": "Random rows",
    "time": "The latest rows test",
    "group": "Whole groups stay together",
    "column": "A column says",
}
SPLIT_HELP = {
    "random": "Every class keeps its share. Right when rows have nothing to do with one another.",
    "time": "Trains on the past and tests on what came after. Right when the model will predict the future.",
    "group": "Rows with the same value stay on one side. Right when one customer or patient has several rows.",
    "column": "A column with the words train and test, and perhaps valid, decides.",
}
TASKS = {"classification": "Classes", "regression": "A number"}
KEY = "_train_key"


@dataclass
class Choice:
    """What a person chose; the names are those of `Lab.train`."""

    target: str
    task: str | None = None
    template: str | None = None
    positive: str | None = None
    split: str = "random"
    test_size: float = 0.2
    seed: int = 42
    metric: str | None = None
    drop: tuple[str, ...] = ()
    weight: str | None = None
    params: dict[str, Any] = field(default_factory=dict)


def choose_target(lab: Lab, version: Any) -> Any:
    """The column to predict, guessed; gives the Lab's suggestion for it. Its reason is shown beside."""
    names = list(version.reading["types"])
    guess = lab.suggest(version.id).target
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        target = st.selectbox("Column to predict", names, names.index(guess), key=f"target-{version.id}", width=420)
        found = lab.suggest(version.id, target)
        st.caption("" if found.problem else esc(found.reason, limit=400))
    if found.problem:
        st.error(esc(found.problem, limit=1000), icon=":material/error:")
    return found


def choose_rest(version: Any, guess: Any) -> Choice:
    """Task, positive class, split and headline metric, each with the guess as its start."""
    where = f"{version.id}-{guess.target}"
    kind = "classification" if guess.task and guess.task.is_classification else "regression"
    with st.grid(4, min_column_width=180):
        with st.container():
            task = st.selectbox("Predict", list(TASKS), list(TASKS).index(kind), TASKS.__getitem__, key=f"task-{where}")
        guessed = task == kind
        choice = Choice(guess.target, None if guessed else task)
        if guessed and guess.positive is not None:
            with st.container():
                choice.positive = _positive(guess, where)
        if guessed:
            with st.container():
                choice.metric = _metric(guess, where)
        with st.container():
            choice.split = _split(version, guess, where)
    return choice


def _positive(guess: Any, where: str) -> str | None:
    names = list(guess.classes)
    told = "The class whose probability is the score."
    chosen: str | None = st.selectbox(
        "Positive class", names, names.index(guess.positive), key=f"positive-{where}", help=told
    )
    return chosen


def _metric(guess: Any, where: str) -> str | None:
    keys = [one.name for one in metrics_for(guess.task) if one.direction]
    told = "Fixed before training, so that nobody can pick the number that flatters."
    chosen: str | None = st.selectbox(
        "Rank by", keys, keys.index(guess.metric), metric_label, key=f"metric-{where}", help=told
    )
    if chosen:
        st.caption(direction_word(chosen).capitalize() + ".")
    return chosen


def _split(version: Any, guess: Any, where: str) -> str:
    start, _, start_column = guess.split.partition(":")
    kind = st.selectbox("Split", list(SPLITS), list(SPLITS).index(start), SPLITS.__getitem__, key=f"split-{where}")
    if kind == "random":
        st.caption(SPLIT_HELP[kind])
        return "random"
    types = version.reading["types"]
    names = [name for name in types if name != guess.target]
    first = [name for name in names if kind != "time" or types[name] in ("date", "number")] or names
    at = first.index(start_column) if start_column in first else 0
    column = st.selectbox("By the column", first, at, key=f"by-{kind}-{where}")
    st.caption(SPLIT_HELP[kind])
    return f"{kind}:{column}"


def choose_details(lab: Lab, version: Any, guess: Any, choice: Choice) -> Choice:
    """Roles of columns, size of the test part, seed and the template's parameters: folded away, all with defaults."""
    where = f"{version.id}-{guess.target}"
    others = [name for name in version.reading["types"] if name != guess.target]
    with st.expander("Columns, seed and parameters", key=f"details-{where}", icon=":material/tune:"):
        left, right = st.columns(2)
        choice.drop = tuple(left.multiselect("Leave out", others, key=f"drop-{where}", placeholder="No column"))
        choice.weight = right.selectbox(
            "Column of weights", others, None, key=f"weight-{where}", placeholder="Every row counts the same"
        )
        left, right = st.columns(2)
        share = left.slider("Rows that test, in percent", 5, 50, 20, key=f"test-{where}")
        choice.test_size = share / 100
        choice.seed = right.number_input("Seed", 0, 2**31 - 1, 42, key=f"seed-{where}", help="Fixes every draw.")
        asked = {"classification": Task.BINARY, "regression": Task.REGRESSION}
        fitting = lab.templates(asked[choice.task] if choice.task else guess.task)
        names = [one.name for one in fitting]
        choice.template = st.selectbox(
            "Template", names, format_func=lambda name: TEMPLATES[name].title, key=f"template-{where}"
        )
        if choice.template:
            st.caption(esc(TEMPLATES[choice.template].description, limit=600))
            choice.params = params_form(TEMPLATES[choice.template].params, f"params-{where}")
    return choice


def train(lab: Lab, version: Any, choice: Choice) -> Any:
    """Queue the training; a double click makes one batch. Gives the batch."""
    key = st.session_state.setdefault(KEY, secrets.token_hex(12))
    batch = lab.train(
        version.id,
        choice.target,
        template=choice.template,
        task=choice.task,
        split=choice.split,
        test_size=choice.test_size,
        seed=int(choice.seed),
        params=choice.params,
        positive=choice.positive,
        drop=choice.drop,
        weight=choice.weight,
        metric=choice.metric,
        key=key,
    )
    st.session_state.pop(KEY, None)
    return batch
