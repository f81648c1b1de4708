"""What is trained: the table, what to predict in it and how to split it, each guessed and each to be changed."""

from __future__ import annotations

import secrets
from typing import Any

import streamlit as st

import modellab_core.ui.choice as held
import modellab_core.ui.service as service
from modellab_core.data.task import Task
from modellab_core.harness.metrics import metrics_for
from modellab_core.lab import Lab
from modellab_core.training.templates import TEMPLATES
from modellab_core.ui.choice import KEPT, Choice
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


def choose_target(version: Any) -> Any:
    """The column to predict, guessed; gives the Lab's suggestion for it. Its reason is shown beside."""
    names = list(version.reading["types"])
    held.recall(version.id, names)
    key = held.start(held.target_key(version.id), service.suggested(version.id).target)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        target = st.selectbox("Column to predict", names, key=key, width=420, persist_state=KEPT)
        found = service.suggested(version.id, target)
        st.caption("" if found.problem else esc(found.reason, limit=400))
    if found.problem:
        st.error(esc(found.problem, limit=1000), icon=":material/error:")
    return found


def choose_target_alone(version: Any) -> Choice | None:
    """The column to predict, and what is chosen for it elsewhere; None where it cannot be predicted."""
    guess = choose_target(version)
    return None if guess.problem else held.chosen(version.id, guess)


def choose_rest(version: Any, guess: Any) -> Choice:
    """Task, positive class, split and headline metric, each with the guess as its start."""
    kind = "classification" if guess.task and guess.task.is_classification else "regression"
    with st.grid(4, min_column_width=140):
        with st.container():
            key = _field("task", version, guess, kind)
            task = st.selectbox("Predict", list(TASKS), format_func=TASKS.__getitem__, key=key, persist_state=KEPT)
        if task == kind and guess.positive is not None:
            with st.container():
                _positive(version, guess)
        if task == kind:
            with st.container():
                _metric(version, guess)
        with st.container():
            _split(version, guess)
    return held.chosen(version.id, guess)


def _field(name: str, version: Any, guess: Any, value: Any) -> str:
    return held.start(held.key(name, version.id, guess.target), value)


def _positive(version: Any, guess: Any) -> None:
    st.selectbox(
        "Positive class",
        list(guess.classes),
        key=_field("positive", version, guess, guess.positive),
        help="The class whose probability is the score.",
        persist_state=KEPT,
    )


def _metric(version: Any, guess: Any) -> None:
    chosen = st.selectbox(
        "Rank by",
        [one.name for one in metrics_for(guess.task) if one.direction],
        format_func=metric_label,
        key=_field("metric", version, guess, guess.metric),
        help="Fixed before training, so that nobody can pick the number that flatters.",
        persist_state=KEPT,
    )
    if chosen:
        st.caption(direction_word(chosen).capitalize() + ".")


def _split(version: Any, guess: Any) -> None:
    start, _, start_column = guess.split.partition(":")
    key = _field("split", version, guess, start)
    kind = st.selectbox("Split", list(SPLITS), format_func=SPLITS.__getitem__, key=key, persist_state=KEPT)
    if kind != "random":
        types = version.reading["types"]
        names = [name for name in types if name != guess.target]
        first = [name for name in names if kind != "time" or types[name] in ("date", "number")] or names
        known = held.held(f"by-{kind}", version.id, guess.target, start_column)
        if known in names and known not in first:
            first.insert(0, known)
        by = _field(f"by-{kind}", version, guess, known if known in first else first[0])
        st.selectbox("By the column", first, key=by, persist_state=KEPT)
    st.caption(SPLIT_HELP[kind])


def choose_details(lab: Lab, version: Any, guess: Any, choice: Choice) -> Choice:
    """Roles of columns, size of the test part, seed and the template's parameters: folded away, all with defaults."""
    where = f"{version.id}-{guess.target}"
    others = [name for name in version.reading["types"] if name != guess.target]
    with st.expander("Columns, seed and parameters", key=f"details-{where}", icon=":material/tune:"):
        left, right = st.columns(2)
        _roles(left, right, version, guess, others)
        left, right = st.columns(2)
        share = _field("test", version, guess, 20)
        left.slider("Rows that test, in percent", 5, 50, key=share, persist_state=KEPT)
        seed = _field("seed", version, guess, 42)
        right.number_input("Seed", 0, 2**31 - 1, key=seed, help="Fixes every draw.", persist_state=KEPT)
        params = _template(lab, version, guess, choice)
    choice = held.chosen(version.id, guess)
    choice.params = params
    held.remember(version.id, guess.target)
    return choice


def _roles(left: Any, right: Any, version: Any, guess: Any, others: list[str]) -> None:
    drop = _field("drop", version, guess, [])
    left.multiselect("Leave out", others, key=drop, placeholder="No column", persist_state=KEPT)
    right.selectbox(
        "Column of weights",
        [None, *others],
        format_func=lambda name: "Every row counts the same" if name is None else name,
        key=_field("weight", version, guess, None),
        persist_state=KEPT,
    )


def _template(lab: Lab, version: Any, guess: Any, choice: Choice) -> dict[str, Any]:
    asked = {"classification": Task.BINARY, "regression": Task.REGRESSION}
    names = [one.name for one in lab.templates(asked[choice.task] if choice.task else guess.task)]
    key = _field("template", version, guess, names[0])
    if st.session_state[key] not in names:
        st.session_state[key] = names[0]
    chosen = st.selectbox(
        "Template", names, format_func=lambda name: TEMPLATES[name].title, key=key, persist_state=KEPT
    )
    st.caption(esc(TEMPLATES[chosen].description, limit=600))
    return params_form(TEMPLATES[chosen].params, f"params-{version.id}-{guess.target}")


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
