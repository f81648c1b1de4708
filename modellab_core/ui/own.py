"""Predictions that somebody's own model made: which column is what, and then the whole report."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import streamlit as st

import modellab_core.ui.place as place
from modellab_core.data.reading import Asked, read
from modellab_core.errors import BadInput
from modellab_core.lab import Lab
from modellab_core.lab.imported import Columns, evaluate_table, keep
from modellab_core.ui.drop import Stored, forget, new_project, take
from modellab_core.ui.frame import guard

TRUTHS = ("y_true", "truth", "true", "actual", "target", "label", "y", "observed", "class")
SAID = ("y_pred", "pred", "prediction", "predicted", "forecast", "yhat", "y_hat")
CHANCES = re.compile(r"(?i)^(proba?|p|score|probability|y_?proba?|y_?score)([ _(].*)?$")
ABOUT = "_own_about"


def own_predictions(lab: Lab, file: Any, project: str | None = None) -> None:
    """Ask which column is what, guessed by name, and evaluate: the run has its page like any other."""
    types = _types(lab, file)
    if types is None:
        return
    names = list(types)
    numbers = [name for name in names if types[name] == "number"]
    guess = guess_columns(types)
    truth = st.selectbox("Truth", names, names.index(guess.y_true), key=f"own-truth-{file.file_id}")
    rest = [None, *(name for name in names if name != truth)]
    said = st.selectbox(
        "Prediction",
        rest,
        rest.index(guess.y_pred) if guess.y_pred in rest else 0,
        format_func=lambda name: "none, only probabilities" if name is None else name,
        key=f"own-said-{file.file_id}",
    )
    chances = st.multiselect(
        "Probabilities",
        [name for name in numbers if name not in (truth, said)],
        [name for name in guess.proba if name not in (truth, said)],
        key=f"own-chances-{file.file_id}",
        placeholder="None",
        help="One column for the positive class, or one for each class with its name at the end of the column's name.",
    )
    if st.button("Evaluate", key="own-evaluate", type="primary", icon=":material/insights:"):
        columns = Columns(truth, said, tuple(named(chances)))
        with guard():
            with st.spinner("Evaluating …"):
                run = _evaluated(lab, file, columns, project)
            forget()
            st.session_state.pop(ABOUT, None)
            place.go("evaluate", project=run.project_id, run=run.id)


def _types(lab: Lab, file: Any) -> Mapping[str, str] | None:
    """The columns of the file with their types, read once; None after a red box when it cannot be read."""
    known = st.session_state.get(ABOUT)
    if known and known[0] == file.file_id:
        types: Mapping[str, str] = known[1]
        return types
    found: Mapping[str, str] | None = take(
        file, lambda given: _read_types(lab, given), "Reading the table …", keep=True
    )
    if found is not None:
        st.session_state[ABOUT] = (file.file_id, found)
    return found


def _read_types(lab: Lab, file: Any) -> dict[str, str]:
    with Stored(lab, file) as path:
        types: dict[str, str] = dict(read(path, Asked(), scratch=lab.scratch).reading.types)
    if len(types) < 2:
        raise BadInput(f"{file.name} has one column: predictions need the truth and what the model said.")
    return types


def _evaluated(lab: Lab, file: Any, columns: Columns, project: str | None) -> Any:
    with Stored(lab, file) as path:
        report = evaluate_table(path, columns)
        home = project or new_project(lab, path.stem).id
        return keep(lab, report, path, columns, home, seed=42)


def guess_columns(types: Mapping[str, str]) -> Columns:
    """Which column is the truth, the prediction and the probabilities, by their usual names."""
    lower = {name.casefold(): name for name in reversed(list(types))}
    truth = next((lower[name] for name in TRUTHS if name in lower), next(iter(types)))
    said = next((lower[name] for name in SAID if name in lower and lower[name] != truth), None)
    proba = [name for name, kind in types.items() if kind == "number" and CHANCES.match(name)]
    if said is None and not proba:
        said = next((name for name in types if name != truth), None)
    return Columns(truth, said, tuple(name for name in proba if name not in (truth, said)))


def named(columns: list[str]) -> list[str]:
    """`LABEL=COLUMN` for several columns, the label being what follows the first `_` or stands in brackets."""
    if len(columns) < 2:
        return list(columns)
    return [f"{_label(column)}={column}" for column in columns]


def _label(column: str) -> str:
    inside = re.search(r"\((.+)\)$", column)
    return inside.group(1) if inside else column.partition("_")[2] or column
