"""What may be said of a failing row, each with evidence. A new tag is one function under `@tag`.

A tag is a function of a Look (a case, and the rows that were chosen) and gives a short sentence with values for each
row that deserves it. It says nothing of the others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from modellab_core.data.task import Task
from modellab_core.harness.asking import NotApplicable, Unanswered, answered
from modellab_core.harness.case import Case
from modellab_core.harness.failures.duplicates import Keys, row_keys, shared_codes
from modellab_core.harness.predictions import Floats, Ints, Predictions
from modellab_core.harness.slices.slicers import Slice
from modellab_core.registry import Registry

ALL_TASKS = (Task.BINARY, Task.MULTICLASS, Task.REGRESSION)
CLASSIFICATION = (Task.BINARY, Task.MULTICLASS)
USUAL = 0.2  # what more than this share of the test rows have in a column says nothing of a single row


T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Look:
    """The rows of a case for which tags are looked for: `rows` are their positions, `confirmed` the weak slices."""

    case: Case
    rows: Ints
    confirmed: Sequence[Slice] = ()
    _known: dict[str, Any] = field(default_factory=dict)

    def once(self, name: str, make: Callable[[], T]) -> T:
        """What `make` gives, made when it is first asked for by this name."""
        if name not in self._known:
            self._known[name] = make()
        known: T = self._known[name]
        return known

    def evidence(self, name: str) -> Mapping[int, str]:
        """What a tag finds, by position. NotApplicable where it cannot be looked for."""
        return self.once(name, lambda: TAGS[name].find(self))

    def codes(self, name: Any) -> tuple[Ints, Ints, list[str]]:
        """A column as text: (the place of each test value, of each training value, the texts); missing is −1."""

        def made() -> tuple[Ints, Ints, list[str]]:
            (test, train), texts = shared_codes([self.X[name], self.train[name]])
            return test, train, texts

        return self.once(f"codes of {name}", made)

    @property
    def predictions(self) -> Predictions:
        """All test rows."""
        return self.case.predictions

    @cached_property
    def X(self) -> pd.DataFrame:
        """The features of all test rows. NotApplicable without any."""
        X = self.predictions.X
        if X is None or not X.shape[1]:
            raise NotApplicable("no features were given")
        return X

    @cached_property
    def train(self) -> pd.DataFrame:
        """The features of the training rows, in the columns of X. NotApplicable where they are not known."""
        if self.case.train is None or not len(self.case.train):
            raise NotApplicable("no training rows were given")
        lacking = [name for name in self.X.columns if name not in self.case.train.X.columns]
        if lacking:
            raise NotApplicable(f"the training rows have no column {str(lacking[0])!r}")
        return self.case.train.X[list(self.X.columns)]

    @cached_property
    def keys(self) -> tuple[Keys, Keys]:
        """A number per row that says which rows are the same: of the test rows, and of the training rows if known."""
        train = self.train if self.case.train is not None and self.case.train.y is not None else self.X.iloc[:0]
        test, known = row_keys([self.X, train])
        return test, known

    @property
    def train_truth(self) -> Ints | Floats:
        """The truth of the training rows, as in `Predictions.y_true`; empty where it is not known."""
        truth = None if self.case.train is None else self.case.train.y
        return self.predictions.y_true[:0] if truth is None else truth

    @cached_property
    def asked(self) -> Ints:
        """The positions of the rows about which the model is asked again, at most `plan.model_rows`."""
        return np.asarray(self.rows[: self.case.plan.model_rows])

    def ask(self, rows: Ints, X: pd.DataFrame) -> Predictions:
        """What the model says of the rows X that stand in the place of `rows`. NotApplicable where it cannot."""
        if self.case.model is None:
            raise NotApplicable("no model was given that could be asked again")
        try:
            return answered(self.case.model, self.predictions.take(rows), X)
        except Unanswered as reason:
            raise NotApplicable(str(reason)) from reason


Find = Callable[[Look], Mapping[int, str]]
F = TypeVar("F", bound=Find)


@dataclass(frozen=True)
class Tag:
    """A tag by name: `find(look)` gives the evidence by position of the rows that deserve it."""

    name: str
    tasks: tuple[Task, ...]
    find: Find


@dataclass(frozen=True)
class Tagged:
    """What was found: per tag the evidence by position, and why others were not looked for."""

    found: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)


TAGS: Registry[Tag] = Registry("tag")


def tag(name: str, tasks: tuple[Task, ...] = ALL_TASKS) -> Callable[[F], F]:
    """Add a function `(look) -> {position: evidence}` to TAGS; it may raise NotApplicable."""

    def add(find: F) -> F:
        TAGS.add(name, Tag(name, tasks, find))
        return find

    return add


def tagged(look: Look) -> Tagged:
    """Every tag that fits the task, looked for in the rows of `look`."""
    found: dict[str, Mapping[int, str]] = {}
    left_out: dict[str, str] = {}
    for one in TAGS.values():
        if look.predictions.task not in one.tasks:
            continue
        try:
            found[one.name] = look.evidence(one.name)
        except NotApplicable as reason:
            left_out[one.name] = str(reason)
    return Tagged(found, left_out)


def listed(sentences: Sequence[str], most: int = 3) -> str:
    """Several pieces of evidence as one sentence, at most `most` of them."""
    more = f"; and {len(sentences) - most} more" if len(sentences) > most else ""
    return "; ".join(sentences[:most]) + more
