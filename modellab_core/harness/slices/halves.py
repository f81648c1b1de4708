"""The test rows in two halves, one to search and one to confirm; what belongs together is never split."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from modellab_core.harness.engine.resampling import Resampling
from modellab_core.harness.predictions import Ints, Predictions
from modellab_core.harness.slices.columns import Column, Columns

STREAM = 7  # of the generators of a Resampling, for the halves
COINCIDENCE = 0.5  # of the rows: where more have a twin, their likeness says nothing

Marks = npt.NDArray[np.uint64]
SPREAD = np.uint64(0x9E3779B97F4A7C15)  # an odd number whose multiples are far apart


def halves(predictions: Predictions, resampling: Resampling) -> tuple[Ints, Ints, str]:
    """Positions of the rows to search and of the rows to confirm, and a note.

    Rows in time: the earlier half is searched, whole dates together. Else the halves are drawn by the seed, whatever
    the order of the rows; groups and repeated rows stay together. Repeated are rows of equal features and equal truth.
    Where equal features come with different truths, or where most rows have a twin, their likeness is chance: these
    rows are dealt one by one.
    """
    n = len(predictions)
    if resampling.time_ordered:
        codes = np.arange(n) if resampling.codes is None else resampling.codes
        return *_parted(codes, np.arange(int(codes.max(initial=-1)) + 1)), "the earlier half is searched"
    alike = row_marks(Columns(pd.DataFrame() if predictions.X is None else predictions.X), n)
    marks, note = _apart(alike, predictions, _by_chance(alike, predictions)), ""
    if len(np.unique(marks)) < COINCIDENCE * n:
        marks = _apart(alike, predictions, np.ones(n, dtype=bool))
        note = "rows with equal features are not kept together, as most rows have a twin"
    units = _units(marks, resampling.codes)
    order = resampling.generator(0, STREAM).permutation(int(units.max(initial=-1)) + 1)
    return *_parted(units, order), note


def _by_chance(marks: Marks, predictions: Predictions) -> npt.NDArray[np.bool_]:
    """Rows whose mark comes with different truths, (n,)."""
    order = np.lexsort((predictions.y_true, marks))
    ordered, truth = marks[order], predictions.y_true[order]
    first = np.searchsorted(ordered, ordered, side="left")
    last = np.searchsorted(ordered, ordered, side="right") - 1
    found = np.empty(len(marks), dtype=bool)
    found[order] = truth[first] != truth[last]
    return found


def _apart(marks: Marks, predictions: Predictions, where: npt.NDArray[np.bool_]) -> Marks:
    """The marks, but different ones for the rows in `where` that share one, whatever the order of the rows."""
    order = np.lexsort((predictions.y_pred, predictions.y_true, marks))
    ordered = marks[order]
    turn = np.empty(len(marks), dtype=np.uint64)
    turn[order] = np.arange(len(marks)) - np.searchsorted(ordered, ordered, side="left")
    return np.where(where, (marks + turn) * SPREAD, marks)


def _parted(units: Ints, order: Ints) -> tuple[Ints, Ints]:
    """Positions of the rows of the first units in `order` that hold half of the rows, and of the rest."""
    sizes = np.bincount(units, minlength=len(order))[order]
    first = order[np.cumsum(sizes) - sizes < len(units) / 2]
    searched = np.isin(units, first)
    return np.flatnonzero(searched), np.flatnonzero(~searched)


def _units(marks: Marks, groups: Ints | None) -> Ints:
    """What is dealt as one: equal marks and equal groups, numbered by their smallest mark."""
    values, rows = np.unique(marks, return_inverse=True)
    rows = rows.reshape(-1).astype(np.int64)
    if groups is None:
        return np.asarray(rows)
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    size = len(values) + int(groups.max(initial=-1)) + 1
    edges = coo_array((np.ones(len(rows), dtype=np.int8), (rows, len(values) + groups)), shape=(size, size))
    label = connected_components(edges, directed=False)[1][: len(values)]
    # `values` ascend, so the first place of a component is its smallest mark
    _, first, own = np.unique(label, return_index=True, return_inverse=True)
    rank = np.argsort(np.argsort(first))
    return np.asarray(rank[own.reshape(-1)][rows], dtype=np.int64)


def row_marks(columns: Columns, n: int) -> Marks:
    """A number per row that is equal where all features are equal, (n,), whatever their types."""
    marks = np.zeros(n, dtype=np.uint64)
    for place in range(columns.frame.shape[1]):
        marks = marks * SPREAD + _marks_of(columns.at(place))
    return marks


def _marks_of(column: Column) -> Marks:
    if column.kind == "text":
        # bytes, as half a surrogate pair has no UTF-8 form
        spelled = [text.encode("utf-8", "surrogatepass") for text in (*column.texts, "")]
        table = pd.util.hash_array(np.array(spelled, dtype=object), categorize=False)
        marks = table[column.values]
    else:
        values = column.values.view(np.int64) if column.kind == "date" else column.values + 0.0  # −0 equals 0
        marks = pd.util.hash_array(values, categorize=False)
    return np.where(column.missing, np.uint64(1), marks)
