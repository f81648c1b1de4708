"""The ways to cut rows into slices. A new way is one function under `@slicer`.

A slice describes; it is no finding. What is looked for, and confirmed on other rows, is in `slices/discovery.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from modellab_core.data.table import Note
from modellab_core.data.task import Task
from modellab_core.errors import BadInput, choices
from modellab_core.harness.predictions import Predictions
from modellab_core.harness.scores import Plan
from modellab_core.harness.slices.bins import CATEGORIES, Cut, cut_of, ranges
from modellab_core.harness.slices.columns import Columns
from modellab_core.harness.slices.query import rows as rows_of
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
    `confirmed` says whether a search that came upon it on other rows found it weak on these, with its `q_value`; both
    are None where it was not tested.
    """

    name: str
    rows: npt.NDArray[np.bool_]
    feature: str | None
    bin: str
    query: str | None
    slicer: str = ""
    confirmed: bool | None = None
    q_value: float | None = None

    def to_json(self) -> dict[str, Any]:
        """What is known of the slice besides its scores."""
        told = {"feature": self.feature, "bin": self.bin, "query": self.query, "slicer": self.slicer}
        return told | {"confirmed": self.confirmed, "q_value": self.q_value}


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
    found = [replace(one, slicer=way.name) for way in ways for one in way.cut(predictions)]
    kept, unfit = named(predictions, plan.named)
    found += [*asked(predictions, plan.queries), *kept]
    return uniquely_named(found), (*_left_out(predictions, ways), *unfit)


def asked(predictions: Predictions, queries: Sequence[str]) -> list[Slice]:
    """A slice per query, in their order. BadInput for a query that cannot be applied to the features."""
    if queries and predictions.X is None:
        raise BadInput(f"The query {queries[0]!r} asks for features, and there are none: give X.")
    columns = None if predictions.X is None else Columns(predictions.X)
    return [
        Slice(" ".join(query.split()), rows_of(query, columns), None, query, query, "query")
        for query in ([queries] if isinstance(queries, str) else queries)
        if columns is not None
    ]


def named(predictions: Predictions, kept: Sequence[tuple[str, str]]) -> tuple[list[Slice], tuple[Note, ...]]:
    """A slice per (name, query) that fits the features, and a note on each that does not."""
    columns = Columns(pd.DataFrame(index=range(len(predictions))) if predictions.X is None else predictions.X)
    found, unfit = [], []
    for name, query in kept:
        try:
            found.append(Slice(name, rows_of(query, columns), None, query, query, "named"))
        except BadInput as error:
            unfit.append(Note("named_slice_unfit", f"The named slice {name!r} is left out: {error}"))
    return found, tuple(unfit)


def uniquely_named(found: Sequence[Slice]) -> list[Slice]:
    """The slices, where a name that was given before gets a number."""
    taken: set[str] = {"all"}
    named = []
    for one in found:
        name, copy = one.name, 2
        while name in taken:
            name, copy = f"{one.name} ({copy})", copy + 1
        taken.add(name)
        named.append(replace(one, name=name))
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
    if predictions.proba is not None:
        yield from _named("confidence", _deciles(predictions.proba.max(axis=1)))


@slicer("prediction", "Deciles of the prediction", (Task.REGRESSION,))
def prediction_deciles(predictions: Predictions) -> Iterator[Slice]:
    """Ten parts of equal size by the predicted number."""
    yield from _named("prediction", _deciles(predictions.y_pred.astype(np.float64)))


@slicer("feature", "Each feature")
def one_way(predictions: Predictions) -> Iterator[Slice]:
    """Each feature by itself: quantile bins of numbers and dates, frequent categories, `other` and `missing`."""
    if predictions.X is None:
        return
    columns = Columns(predictions.X)
    for place, name in enumerate(map(str, predictions.X.columns[:FEATURES])):
        yield from _named(name, cut_at(columns, place), feature=name)


def cut_at(columns: Columns, place: int) -> Cut:
    """The feature at a position in bins, without queries where an earlier one has its name."""
    name = str(columns.frame.columns[place])
    cut = cut_of(columns.at(place), name)
    return cut if columns.places[name] == place else replace(cut, queries=(None,) * len(cut))


def pairs(predictions: Predictions, a: str, b: str) -> list[Slice]:
    """The cells of two features: every part of `a` with every part of `b` that shares a row with it.

    Each row is in exactly one cell; the number of its rows is `rows.sum()`. BadInput for a feature that is not there.
    """
    columns = Columns(pd.DataFrame() if predictions.X is None else predictions.X)
    for name in (a, b):
        if name not in columns:
            raise BadInput(f"There is no feature {name!r} to cut by: {choices(name, columns)}")
    first, second = cut_of(columns[a], a), cut_of(columns[b], b)
    cells = [
        Slice(
            f"{a}: {x.text} and {b}: {y.text}", x.rows & y.rows, None, f"{x.text} and {y.text}", both(x.query, y.query)
        )
        for x in first.bins()
        for y in second.bins()
    ]
    return uniquely_named([replace(one, slicer="pair") for one in cells if one.rows.any()])


def both(*queries: str | None) -> str | None:
    """The query for the rows that all the queries of bins mean; None where one of them has none."""
    return None if None in queries else " and ".join(query for query in queries if query)


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


def _deciles(values: npt.NDArray[np.float64]) -> Cut:
    return ranges(values, DECILES, lambda edge: repr(float(f"{edge:.4g}")))


def _named(prefix: str, cut: Cut, feature: str | None = None) -> Iterator[Slice]:
    for one in cut.bins():
        yield Slice(f"{prefix}: {one.text}", one.rows, feature, one.text, one.query)
