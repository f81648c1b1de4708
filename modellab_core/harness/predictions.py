"""The predictions of one model on one set of rows: all that the harness needs to know, and how a model gives them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from modellab_core.data.task import Task
from modellab_core.errors import BadInput

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Counts = npt.NDArray[np.integer[Any]] | npt.NDArray[np.float64]
"""How often each row is drawn: whole numbers of any width, or the share of a row that stands for several."""


@dataclass(frozen=True, eq=False)
class Predictions:
    """Truth and prediction row by row, sorted by `row`.

    `row` is the 0-based number of the record in its table, (n,). Classification: `y_true` and `y_pred` are positions in
    `classes` (int64), `classes` are the labels as text in contract order, `proba` is (n, k) float64 in that order or
    None, and `positive` (binary only) is one of `classes`. Regression: `y_true` and `y_pred` are float64, the rest
    None. `weight` is an importance weight ≥ 0 per row or None, `groups` a group code per row or None, `X` the features
    of the rows as the model takes them or None.
    """

    task: Task
    row: Ints
    y_true: Ints | Floats
    y_pred: Ints | Floats
    proba: Floats | None = None
    classes: tuple[str, ...] = ()
    positive: str | None = None
    weight: Floats | None = None
    groups: Ints | None = None
    X: pd.DataFrame | None = None

    def __len__(self) -> int:
        return len(self.row)

    @property
    def positive_code(self) -> int:
        """Position of the positive class in `classes`; binary only."""
        return self.classes.index(self.positive or self.classes[-1])

    @property
    def score(self) -> Floats | None:
        """P(positive) per row where it is known; binary only."""
        if self.task is not Task.BINARY or self.proba is None:
            return None
        return self.proba[:, self.positive_code]

    def labels(self, codes: Ints | Floats) -> list[str]:
        """The class labels of `codes`; classification only."""
        return [self.classes[int(code)] for code in codes]

    def take(self, rows: Ints | npt.NDArray[np.bool_]) -> Predictions:
        """The same predictions at some positions: a boolean mask or positions, of length n or less."""
        pick: dict[str, Any] = {
            name: None if value is None else value[rows]
            for name in ("row", "y_true", "y_pred", "proba", "weight", "groups")
            for value in [getattr(self, name)]
        }
        return replace(self, **pick, X=None if self.X is None else self.X.iloc[np.asarray(rows)])


def predict(
    model: Any, X: pd.DataFrame, task: Task, classes: Sequence[str] = (), positive: str | None = None
) -> tuple[Ints | Floats, Floats | None]:
    """What `model` says of the rows `X`: (codes of `classes` or numbers, (n,); probabilities (n, k) or None).

    With `predict_proba` the class is the most probable one. A function may give probabilities, (n, k) in the order of
    `classes` or P(`positive`) (n,) when binary, or labels. BadInput where the answer does not fit the rows or classes.
    """
    if task is Task.REGRESSION:
        return _numbers(_ask(model, X), len(X)), None
    if hasattr(model, "predict_proba"):
        answer = np.asarray(model.predict_proba(X), dtype=np.float64)
        proba = _proba(answer, len(X), getattr(model, "classes_", classes), classes)
        return proba.argmax(axis=1).astype(np.int64), proba
    answer = _ask(model, X)
    if answer.ndim == 2 and answer.shape[1] == len(classes) > 1:
        proba = _proba(answer.astype(np.float64), len(X), classes, classes)
        return proba.argmax(axis=1).astype(np.int64), proba
    return _labels_or_score(answer.reshape(-1) if answer.size == len(X) else answer, len(X), classes, positive)


def _ask(model: Any, X: pd.DataFrame) -> Any:
    if hasattr(model, "predict"):
        return np.asarray(model.predict(X))
    if callable(model):
        return np.asarray(model(X))
    raise BadInput(f"A {type(model).__name__} cannot predict: give an object with predict, or a function of the rows.")


def _numbers(answer: Any, n: int) -> Floats:
    if answer.size != n:
        raise BadInput(f"The model gave {answer.size} predictions for {n} rows: one number per row is needed.")
    try:
        numbers = answer.reshape(-1).astype(np.float64)
    except (TypeError, ValueError) as error:
        raise BadInput(f"The model gave {answer.reshape(-1)[0]!r} where a number is needed.") from error
    if not np.isfinite(numbers).all():
        raise BadInput(f"The model gave no finite number for {int((~np.isfinite(numbers)).sum())} of {n} rows.")
    return np.asarray(numbers)


def _proba(answer: Floats, n: int, known: Any, classes: Sequence[str]) -> Floats:
    """Probabilities in the order of `classes`; a class that the model does not know has probability 0."""
    if answer.ndim == 1 and len(classes) == 2:
        answer = np.column_stack([1 - answer, answer])
    if answer.shape != (n, len(known)):
        raise BadInput(f"The model gave probabilities of shape {answer.shape} for {n} rows and {len(known)} classes.")
    if not np.isfinite(answer).all():
        raise BadInput("The model gave a probability that is no number.")
    codes = codes_of(known, classes)
    proba = np.zeros((n, len(classes)))
    proba[:, codes] = answer
    return proba


def _labels_or_score(
    answer: Any, n: int, classes: Sequence[str], positive: str | None
) -> tuple[Ints | Floats, Floats | None]:
    if answer.shape != (n,):
        raise BadInput(f"The model gave an answer of shape {answer.shape} for {n} rows: one per row is needed.")
    if len(classes) == 2 and answer.dtype.kind == "f" and not np.isin(np.unique(answer), (0.0, 1.0)).all():
        return _from_score(answer.astype(np.float64), classes, positive)
    return codes_of(answer, classes), None


def _from_score(score: Floats, classes: Sequence[str], positive: str | None) -> tuple[Ints, Floats]:
    if not ((score >= 0) & (score <= 1)).all():
        raise BadInput("The model gave numbers outside 0 to 1: labels or the probability of the positive class count.")
    code = list(classes).index(positive or classes[-1])
    proba = np.empty((len(score), 2))
    proba[:, code], proba[:, 1 - code] = score, 1 - score
    return proba.argmax(axis=1).astype(np.int64), proba


def codes_of(labels: Any, classes: Sequence[str]) -> Ints:
    """Position in `classes` of each label, as text or, where it is a number, by value. BadInput names a stranger."""
    values, places = np.unique(np.asarray(labels), return_inverse=True)
    by_text = {label: code for code, label in enumerate(classes)}
    by_number = {float(label): code for code, label in enumerate(classes) if is_number(label)}
    codes = np.array([_code(value, by_text, by_number, classes) for value in values.tolist()], dtype=np.int64)
    return codes[places.reshape(-1)]


def _code(value: Any, by_text: dict[str, int], by_number: dict[float, int], classes: Sequence[str]) -> int:
    text = str(value)
    if text in by_text:
        return by_text[text]
    if isinstance(value, bool) and text.lower() in by_text:
        return by_text[text.lower()]
    if is_number(text) and float(text) in by_number:
        return by_number[float(text)]
    if isinstance(value, bool) and float(value) in by_number:
        return by_number[float(value)]
    raise BadInput(f"The model predicts the class {text!r}, which is none of {', '.join(classes)}.")


def is_number(text: str) -> bool:
    """Whether a label reads as a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True
