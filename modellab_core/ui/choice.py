"""What is chosen for a training of a version, kept in this browser tab from page to page: one key a field.

What differs from the guesses stands in the address too, as `?choice=`.

The fields of the Train page write here, and so do the ways out of checks, wherever they are shown.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

import modellab_core.ui.place as place

KEPT: Any = "session"  # a field keeps its value while another page is shown
FIELDS = (
    *("task", "positive", "metric", "split", "by-time", "by-group", "by-column"),
    *("drop", "weight", "test", "seed", "template"),
)
NUMBERS = {"test": (5, 50), "seed": (0, 2**31 - 1)}
ADDRESS = "choice"
_STARTS = "_starts"


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


def key(name: str, version: str, target: str) -> str:
    """The key of a field for a target of a version."""
    return f"{name}-{version}-{target}"


def start(at: str, value: Any) -> str:
    """The key `at`, which holds `value` from the first time on."""
    if at not in st.session_state:
        st.session_state[at] = st.session_state.setdefault(_STARTS, {})[at] = value
    return at


def recall(version: str, columns: Sequence[str]) -> None:
    """Fill the fields of a version from the address, unless this tab has chosen something for it."""
    told: Any = None
    with suppress(ValueError):
        told = json.loads(place.asked(ADDRESS) or "")
    if not isinstance(told, dict) or told.get("target") not in columns or target_key(version) in st.session_state:
        return
    st.session_state[target_key(version)] = target = told["target"]
    for name in FIELDS:
        value = told.get(name)
        if name == "drop":
            value = [one for one in value if one in columns] if isinstance(value, list) else None
        elif name in NUMBERS:
            low, high = NUMBERS[name]
            value = value if isinstance(value, int) and low <= value <= high else None
        if value is not None and isinstance(value, str | int | list):
            put(name, version, target, value)


def remember(version: str, target: str) -> None:
    """Show in the address what is chosen for a version and is not what was guessed."""
    starts = st.session_state.get(_STARTS, {})
    keys = {name: key(name, version, target) for name in FIELDS}
    told = {name: st.session_state[at] for name, at in keys.items() if at in st.session_state}
    told = {name: value for name, value in told.items() if value != starts.get(keys[name])}
    if told or target != starts.get(target_key(version)):
        place.stand(ADDRESS, json.dumps({"target": target, **told}, ensure_ascii=False, separators=(",", ":")))
    else:
        place.stand(ADDRESS, None)


def held(name: str, version: str, target: str, default: Any = None) -> Any:
    """What a field holds, else `default`."""
    return st.session_state.get(key(name, version, target), default)


def put(name: str, version: str, target: str, value: Any) -> None:
    """Fill a field, before it is drawn."""
    st.session_state[key(name, version, target)] = value


def target_key(version: str) -> str:
    """The key of the field that holds the column to predict."""
    return f"target-{version}"


def carry(old: str, new: str) -> None:
    """Let what was chosen for one version be chosen for another one of the same dataset too."""
    for held_at in [str(at) for at in st.session_state]:
        name = held_at.partition(f"-{old}")[0]
        if name in (*FIELDS, "target") and held_at.startswith(f"{name}-{old}"):
            st.session_state[held_at.replace(old, new, 1)] = st.session_state[held_at]


def split_of(version: str, target: str, default: str = "random") -> str:
    """How rows are split, as `Lab.train` takes it."""
    kind = held("split", version, target, default.partition(":")[0])
    if kind == "random":
        return "random"
    column = held(f"by-{kind}", version, target, default.partition(":")[2])
    return f"{kind}:{column}"


def put_split(version: str, target: str, kind: str, column: str | None = None) -> None:
    """Choose how rows are split."""
    put("split", version, target, kind)
    if column is not None:
        put(f"by-{kind}", version, target, column)


def chosen(version: str, guess: Any) -> Choice:
    """What is chosen for the target of `guess` by now, the guesses where nothing is."""

    def of(name: str, default: Any, made: Callable[[Any], Any] = lambda value: value) -> Any:
        return made(held(name, version, guess.target, default))

    kind = "classification" if guess.task and guess.task.is_classification else "regression"
    task = of("task", kind)
    guessed = task == kind
    return Choice(
        guess.target,
        None if guessed else task,
        template=of("template", None),
        positive=of("positive", guess.positive) if guessed else None,
        split=split_of(version, guess.target, guess.split),
        test_size=of("test", 20, lambda percent: percent / 100),
        seed=of("seed", 42, int),
        metric=of("metric", guess.metric) if guessed else None,
        drop=tuple(of("drop", ())),
        weight=of("weight", None),
    )
