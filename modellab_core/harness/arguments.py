"""From what a person holds to Predictions: arrays, lists, Series, frames, labels of any kind, models of any kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from modellab_core.data.target import MOST_CLASSES, choose_positive, sorted_classes
from modellab_core.data.task import Task
from modellab_core.errors import BadInput
from modellab_core.harness.labels import as_column, labels_of, looks_like_classes, numbers_of
from modellab_core.harness.predictions import Floats, Ints, Predictions, predict
from modellab_core.harness.probabilities import given_columns, probabilities_of, whole_as_text


@dataclass(frozen=True, eq=False)
class Given:
    """What every set of predictions in one call shares."""

    task: Task
    truth: Ints | Floats
    classes: tuple[str, ...]
    positive: str | None
    columns: tuple[str, ...]
    X: pd.DataFrame | None
    target: str


class OnArrays:
    """A model that was made for arrays, called with frames; a plain function is called as it is."""

    def __init__(self, model: Any, numeric: bool) -> None:
        self.model, self.numeric = model, numeric
        if hasattr(model, "classes_"):
            self.classes_ = model.classes_
        for name in ("predict", "predict_proba"):
            if hasattr(model, name):
                setattr(self, name, self._on_array(getattr(model, name)))

    def _on_array(self, function: Any) -> Any:
        def call(frame: pd.DataFrame) -> Any:
            return function(frame.to_numpy(dtype=np.float64, na_value=np.nan) if self.numeric else frame.to_numpy())

        return call

    @classmethod
    def around(cls, model: Any, X: Any) -> Any:
        """`model` itself where frames were given, else one that turns frames back into arrays."""
        if model is None or isinstance(X, pd.DataFrame):
            return model
        numeric = np.asarray(X).dtype.kind in "fiub"
        wrapped = cls(model, numeric)
        return wrapped if hasattr(model, "predict") or hasattr(model, "predict_proba") else wrapped._on_array(model)


def given(
    y_true: Any,
    y_pred: Any = None,
    y_proba: Any = None,
    X: Any = None,
    model: Any = None,
    task: Any = None,
    classes: Sequence[Any] | None = None,
    positive: Any = None,
) -> Given:
    """Task, classes and truth, found out from all that was given. BadInput says what contradicts what."""
    truth = as_column(y_true, "y_true")
    if not len(truth):
        raise BadInput("y_true is empty: give at least one row.")
    if pd.api.types.is_datetime64_any_dtype(truth.dtype):
        raise BadInput("y_true holds dates, which are neither labels nor numbers: give what was predicted.")
    frame = features_of(X, len(truth))
    said = None if y_pred is None else as_column(y_pred, "y_pred", len(truth))
    classify, asked = _asked(task, truth, said, y_proba, classes, model)
    target = "" if truth.name is None else str(truth.name)
    if not classify:
        return Given(Task.REGRESSION, numbers_of(truth, "y_true"), (), None, (), frame, target)
    numeric = any(as_whole(item) for item in (truth, said) if item is not None)
    labels = labels_of(truth, "y_true", numeric)
    columns = _columns(y_proba, classes, model, numeric)
    seen = set(labels) | (set() if said is None else set(labels_of(said, "y_pred", numeric)))
    known = sorted_classes(pd.Series(sorted(seen | set(columns))))
    _check_classes(known, seen, columns, asked)
    kind = asked or (Task.BINARY if len(known) == 2 else Task.MULTICLASS)
    chosen = choose_positive(known, _text(positive, numeric)) if kind is Task.BINARY else None
    return Given(kind, codes_of(labels, known, "y_true"), known, chosen, columns or known, frame, target)


def as_whole(column: pd.Series) -> bool:
    """Whether labels are numbers, so that a truth value beside them counts as 0 or 1."""
    return pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_bool_dtype(column.dtype)


def _text(label: Any, numeric: bool) -> str | None:
    return None if label is None else labels_of(pd.Series([label]), "positive", numeric)[0]


def _asked(
    task: Any, truth: pd.Series, said: pd.Series | None, proba: Any, classes: Any, model: Any
) -> tuple[bool, Task | None]:
    """Whether classes are predicted, and the task if a person named one."""
    if task is not None:
        words = {"classification": None, **{item.value: item for item in Task}}
        word = task.value if isinstance(task, Task) else str(task)
        if word not in words:
            raise BadInput(f"There is no task {word!r}: choose from {', '.join(words)}.")
        return word != Task.REGRESSION.value, words[word] if word != Task.REGRESSION.value else None
    if proba is not None or classes is not None or _knows_classes(model):
        return True, None
    if said is None or looks_like_classes(said) or not looks_like_classes(truth):
        return looks_like_classes(truth), None
    if truth.nunique() <= 2 and bool(said.between(0, 1).all()):
        raise BadInput(
            "y_pred holds numbers between 0 and 1 and y_true two labels: give y_proba, or task='regression'."
        )
    return False, None


def _knows_classes(model: Any) -> bool:
    known = getattr(model, "classes_", None)
    return known is not None and np.size(known) > 0


def _columns(proba: Any, classes: Any, model: Any, numeric: bool) -> tuple[str, ...]:
    """The classes in the order of the probability columns, empty where nothing says it."""
    if classes is not None:
        names = tuple(labels_of(pd.Series(list(classes)), "classes", numeric))
    elif isinstance(proba, pd.DataFrame) and proba.shape[1] > 1:
        names = given_columns(proba, numeric)
    elif _knows_classes(model):
        names = tuple(labels_of(pd.Series(list(model.classes_)), "model.classes_", numeric))
    else:
        names = ()
    doubles = sorted({name for name in names if names.count(name) > 1})
    if doubles:
        raise BadInput(f"The class {doubles[0]!r} is named twice in classes.")
    return names


def _check_classes(known: Sequence[str], seen: set[str], columns: tuple[str, ...], asked: Task | None) -> None:
    unknown = sorted(seen - set(columns)) if columns else []
    if unknown:
        raise BadInput(f"The label {unknown[0]!r} is none of the classes {', '.join(columns)}: check classes.")
    if len(known) > MOST_CLASSES:
        raise BadInput(
            f"There are {len(known):,} classes, and at most {MOST_CLASSES:,} can be told apart: check y_true."
        )
    if len(known) < 2:
        raise BadInput(f"There is only the class {known[0]!r}: name all classes with classes=[…].")
    if asked is Task.BINARY and len(known) != 2:
        raise BadInput(f"A binary task has two classes and these are {len(known)}: choose task='multiclass'.")


def codes_of(labels: Sequence[str], classes: Sequence[str], name: str) -> Ints:
    """Positions of `labels` in `classes`. BadInput names the first label that is none of them."""
    codes = pd.Index(classes).get_indexer(pd.Index(labels))
    if (codes < 0).any():
        label = labels[int(np.argmax(codes < 0))]
        raise BadInput(f"The label {label!r} in {name} is none of the classes {', '.join(classes)}.")
    return np.asarray(codes, dtype=np.int64)


def predictions_of(
    shared: Given, y_pred: Any = None, y_proba: Any = None, *, model: Any = None, where: str = "y_pred"
) -> Predictions:
    """Predictions from labels or numbers, from probabilities, or from a model that is called on X."""
    n = len(shared.truth)
    if y_pred is None and y_proba is None:
        return _called(shared, model, where)
    rows = np.arange(n, dtype=np.int64)
    if shared.task is Task.REGRESSION:
        said = numbers_of(as_column(y_pred, where, n), where)
        return Predictions(shared.task, rows, shared.truth, said, X=shared.X)
    proba = None
    if y_proba is not None:
        proba = probabilities_of(y_proba, n, shared.classes, shared.columns, shared.positive)
    if y_pred is None and proba is not None:
        codes = proba.argmax(axis=1).astype(np.int64)
    else:
        column = as_column(y_pred, where, n)
        codes = codes_of(labels_of(column, where, whole_as_text(shared.classes)), shared.classes, where)
    return Predictions(shared.task, rows, shared.truth, codes, proba, shared.classes, shared.positive, X=shared.X)


def _called(shared: Given, model: Any, where: str) -> Predictions:
    if model is None or shared.X is None:
        raise BadInput(f"There is nothing to evaluate for {where}: give y_pred, y_proba, or a model together with X.")
    said, proba = predict(model, shared.X, shared.task, shared.classes, shared.positive)
    rows = np.arange(len(shared.truth), dtype=np.int64)
    return Predictions(shared.task, rows, shared.truth, said, proba, shared.classes, shared.positive, X=shared.X)


def features_of(X: Any, n: int) -> pd.DataFrame | None:
    """The features as a frame with unique column names, or None. BadInput when the rows are not `n`."""
    if X is None:
        return None
    if isinstance(X, Mapping):
        X = pd.DataFrame(X)
    if not isinstance(X, pd.DataFrame):
        array = np.asarray(X)
        if array.ndim != 2:
            raise BadInput(f"X has {array.ndim} dimension(s): give a table of rows and columns.")
        X = pd.DataFrame(array)
    if len(X) != n:
        raise BadInput(f"X has {len(X)} rows and y_true has {n}: give the same rows in both.")
    names = [str(column) for column in X.columns]
    if len(set(names)) < len(names):
        raise BadInput(f"The column {max(names, key=names.count)!r} is in X twice: rename one.")
    return X


def baseline_of(shared: Given, name: str, what: Any, X: Any) -> Predictions:
    """Another model on the same rows: Predictions, a model, (y_pred, y_proba), probabilities or predictions."""
    where = f"baselines[{name!r}]"
    if isinstance(what, Predictions):
        if len(what) != len(shared.truth):
            raise BadInput(f"{where} has {len(what)} rows and y_true has {len(shared.truth)}: give the same rows.")
        return what
    if hasattr(what, "predict") or callable(what):
        return predictions_of(shared, model=OnArrays.around(what, X), where=where)
    if isinstance(what, tuple) and len(what) == 2 and any(map(_is_column, what)):
        return predictions_of(shared, what[0], what[1], where=where)
    if shared.task.is_classification and _are_probabilities(what, shared):
        return predictions_of(shared, None, what, where=where)
    return predictions_of(shared, what, where=where)


def _is_column(what: Any) -> bool:
    return hasattr(what, "__len__") and not isinstance(what, (str, bytes))


def _are_probabilities(what: Any, shared: Given) -> bool:
    """Whether a baseline of a classifier is meant as probabilities: several columns, or numbers that are no labels."""
    shape = np.shape(what)
    if len(shape) == 2 and shape[1] > 1:
        return True
    column = as_column(what, "a baseline")
    if not as_whole(column):
        return False
    return not set(labels_of(column, "a baseline")) <= set(shared.classes)


def with_rows(predictions: Predictions, weight: Any, groups: Any) -> Predictions:
    """The same predictions with an importance weight and a group per row."""
    n = len(predictions)
    return replace(
        predictions,
        weight=None if weight is None else _weights(as_column(weight, "weight", n)),
        groups=None if groups is None else _groups(as_column(groups, "groups", n)),
    )


def _weights(column: pd.Series) -> Floats:
    values = numbers_of(column, "weight")
    if (values < 0).any() or not values.sum() > 0:
        raise BadInput("weight must be 0 or above in every row and above 0 in at least one.")
    return values


def _groups(column: pd.Series) -> Ints:
    if column.isna().any():
        raise BadInput(f"groups is missing in row {int(np.argmax(column.isna()))}: give each row its group.")
    try:
        codes = pd.factorize(column, sort=True)[0]  # ascending: groups of a sequence in time are its dates
    except TypeError:  # values of several types have no order
        codes = pd.factorize(column)[0]
    return np.asarray(codes, dtype=np.int64)
