"""The ways to cut rows into slices. A new way is one function under `@slicer`.

A slice describes; it is no finding. Nothing here looks for weak slices, so none is confirmed or ruled out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from modellab_core.data.table import Note
from modellab_core.data.task import Task
from modellab_core.harness.bins import CATEGORIES, Bin, bins_of, ranges
from modellab_core.harness.predictions import Predictions
from modellab_core.harness.scores import Plan
from modellab_core.registry import Registry

DECILES = 10
FEATURES = 40
MISSING_COUNTS = 3
ALL_TASKS = (Task.BINARY, Task.MULTICLASS, Task.REGRESSION)
CLASSIFICATION = (Task.BINARY, Task.MULTICLASS)


@dataclass(frozen=True, eq=False)
class Slice:
    """A named set of rows.

    `rows` (n,) marks them. `feature` is the column that was cut, None for cuts by something else; `bin` says which part
    of it in a few words; `query` selects the same rows in the query grammar, None where it has no column to ask.
    """

    name: str
    rows: npt.NDArray[np.bool_]
    feature: str | None
    bin: str
    query: str | None
    slicer: str = ""

    def to_json(self) -> dict[str, Any]:
        """What is known of the slice besides its scores; nothing was searched for, so nothing is confirmed."""
        told = {"feature": self.feature, "bin": self.bin, "query": self.query, "slicer": self.slicer}
        return told | {"confirmed": None, "q_value": None}


@dataclass(frozen=True)
class Slicer:
    """A way to cut: `cut(predictions)` yields slices that cover each row once per feature cut."""

    name: str
    title: str
    tasks: tuple[Task, ...]
    cut: Callable[[Predictions], Iterator[Slice]]


SLICERS: Registry[Slicer] = Registry("slicer")


def slicer(name: str, title: str, tasks: tuple[Task, ...] = ALL_TASKS) -> Callable[..., Any]:
    """Add a function `(predictions) -> Iterator[Slice]` to SLICERS."""

    def add(cut: Callable[[Predictions], Iterator[Slice]]) -> Callable[[Predictions], Iterator[Slice]]:
        SLICERS.add(name, Slicer(name, title, tasks, cut))
        return cut

    return add


def slices_of(predictions: Predictions, plan: Plan) -> tuple[list[Slice], tuple[Note, ...]]:
    """All slices that the plan asks for, with unique names, and notes on what was left out."""
    names = list(SLICERS) if plan.slicers is None else list(plan.slicers)
    ways = [way for way in (SLICERS[name] for name in names) if predictions.task in way.tasks]
    found = [Slice(s.name, s.rows, s.feature, s.bin, s.query, way.name) for way in ways for s in way.cut(predictions)]
    return _uniquely_named(found), _left_out(predictions, ways)


def _uniquely_named(found: list[Slice]) -> list[Slice]:
    taken: set[str] = {"all"}
    named = []
    for one in found:
        name, copy = one.name, 2
        while name in taken:
            name, copy = f"{one.name} ({copy})", copy + 1
        taken.add(name)
        named.append(Slice(name, one.rows, one.feature, one.bin, one.query, one.slicer))
    return named


def _left_out(predictions: Predictions, ways: list[Slicer]) -> tuple[Note, ...]:
    wanted = any(way.name == "feature" for way in ways)
    if predictions.X is None:
        text = "There are no slices by feature, because no features were given (X)."
        return (Note("slices_without_features", text),) if wanted else ()
    columns = predictions.X.shape[1]
    if not wanted or columns <= FEATURES:
        return ()
    text = f"Slices were cut by the first {FEATURES} of {columns} features, in the order of the columns."
    return (Note("slices_capped", text),)


@slicer("confidence", "Deciles of confidence", CLASSIFICATION)
def confidence_deciles(predictions: Predictions) -> Iterator[Slice]:
    """Ten parts of equal size by the probability of the most probable class; none without probabilities."""
    if predictions.proba is None:
        return
    confidence = predictions.proba.max(axis=1)
    yield from _named("confidence", _deciles(confidence))


@slicer("prediction", "Deciles of the prediction", (Task.REGRESSION,))
def prediction_deciles(predictions: Predictions) -> Iterator[Slice]:
    """Ten parts of equal size by the predicted number."""
    yield from _named("prediction", _deciles(predictions.y_pred.astype(np.float64)))


@slicer("feature", "Each feature")
def one_way(predictions: Predictions) -> Iterator[Slice]:
    """Each feature by itself: quantile bins of numbers and dates, frequent categories, `other` and `missing`."""
    if predictions.X is None:
        return
    for place, column in enumerate(predictions.X.columns[:FEATURES]):
        name = str(column)
        yield from _named(name, bins_of(predictions.X.iloc[:, place], name), feature=name)


@slicer("missing_count", "Missing values per row")
def missing_values(predictions: Predictions) -> Iterator[Slice]:
    """Rows by how many of their features are missing: 0, 1, 2, and 3 or more."""
    if predictions.X is None or not predictions.X.shape[1]:
        return
    counts = np.minimum(_missing_per_row(predictions.X), MISSING_COUNTS)
    for count in np.unique(counts):
        text = f"{count} or more" if count == MISSING_COUNTS else str(count)
        yield Slice(f"missing values per row: {text}", counts == count, None, text, None)


def _missing_per_row(frame: pd.DataFrame) -> npt.NDArray[np.int64]:
    counts = np.zeros(len(frame), dtype=np.int64)
    for place in range(frame.shape[1]):
        counts += frame.iloc[:, place].isna().to_numpy(dtype=bool)
    return counts


@slicer("predicted", "Predicted class", CLASSIFICATION)
def predicted_class(predictions: Predictions) -> Iterator[Slice]:
    """Rows by the class predicted for them; beyond the most frequent ones, classes are pooled as `other`."""
    codes = predictions.y_pred.astype(np.int64)
    counts = np.bincount(codes, minlength=len(predictions.classes))
    present = [k for k in np.argsort(-counts, kind="stable") if counts[k]]
    # one class more needs no pool: it keeps its name
    kept = sorted(present if len(present) <= CATEGORIES + 1 else present[:CATEGORIES])
    for code in kept:
        label = predictions.classes[code]
        yield Slice(f"predicted class: {label}", codes == code, None, label, None)
    rest = ~np.isin(codes, kept)
    if rest.any():
        yield Slice("predicted class: other", rest, None, "other", None)


def _deciles(values: npt.NDArray[np.float64]) -> list[Bin]:
    unknown = np.isnan(values)
    return ranges(values, unknown, DECILES, lambda edge: repr(float(f"{edge:.4g}")))


def _named(prefix: str, bins: list[Bin], feature: str | None = None) -> Iterator[Slice]:
    for one in bins:
        yield Slice(f"{prefix}: {one.text}", one.rows, feature, one.text, one.query)
