"""A model that encodes its rows first, asked again from encoded rows: encode once, then corrupt what was encoded.

Exact where each encoded field comes from one column and each encoded row from one row. Both are tried and not taken
for granted: which column a field comes from is found by emptying one column at a time, and what is mixed from encoded
rows is compared with what the corrupted rows encode to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from modellab_core.harness.predictions import Ints
from modellab_core.harness.stress.features import emptied
from modellab_core.harness.stress.kind import Mask, mixed

MOST_COLUMNS = 64  # with more, finding out which field comes from which column costs more than it saves
NOWHERE = -1

Arrays = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True, eq=False)
class Encoded:
    """The encoded rows of a frame: `inputs` as the model gave them, and for each array of it the `owners` (p,) of its
    fields, the positions of the columns from which they come."""

    model: Any
    inputs: Any
    owners: Mapping[str, Ints]

    @classmethod
    def of(cls, model: Any, X: pd.DataFrame) -> Encoded | None:
        """The encoded rows of X; None for a model without `encode` and `predict_inputs`, or with other inputs than
        a dataclass of arrays with a line per row."""
        if not (hasattr(model, "encode") and hasattr(model, "predict_inputs")) or not 0 < X.shape[1] <= MOST_COLUMNS:
            return None
        inputs = model.encode(X)
        if arrays_of(inputs, len(X)) is None or not len(X):
            return None
        owners = _owners(model, X)
        return cls(model, inputs, owners) if owners else None

    def encode(self, frame: pd.DataFrame) -> Any:
        """The inputs of other rows."""
        return self.model.encode(frame)

    def first(self, n: int) -> Any:
        """The inputs of the first n rows."""
        arrays = arrays_of(self.inputs) or {}
        return replace(self.inputs, **{name: values[:n] for name, values in arrays.items()})

    def mixed(self, other: Any, hit: Mapping[int, Mask]) -> Any:
        """The inputs with those of `other` in the rows that are `hit`, by the position of the column."""
        own, strange = arrays_of(self.inputs), arrays_of(other)
        assert own is not None
        assert strange is not None
        found = {}
        for name, values in own.items():
            changed = values.copy()
            for place, column in enumerate(self.owners[name].tolist()):
                if column in hit:
                    changed[:, place] = np.where(hit[column], strange[name][:, place], values[:, place])
            found[name] = changed
        return replace(self.inputs, **found)

    def asked(self, inputs: Any) -> FromInputs:
        """Something that predicts for these inputs, whatever frame it is given."""
        return FromInputs(self.model, inputs)


class FromInputs:
    """A model whose rows are already encoded."""

    def __init__(self, model: Any, inputs: Any) -> None:
        self.model, self.inputs = model, inputs
        if hasattr(model, "classes_"):
            self.classes_ = model.classes_
        name = "predict_proba" if len(getattr(model, "classes_", ())) else "predict"
        setattr(self, name, self._said)

    def _said(self, frame: pd.DataFrame) -> Any:
        del frame
        return self.model.predict_inputs(self.inputs)


def arrays_of(inputs: Any, n: int | None = None) -> Arrays | None:
    """The arrays of a dataclass by name; None where it is none, or an array is not of `n` rows."""
    if not is_dataclass(inputs):
        return None
    found: Arrays = {item.name: getattr(inputs, item.name) for item in fields(inputs)}
    fit = all(isinstance(one, np.ndarray) and one.ndim == 2 and one.dtype.kind in "fiu" for one in found.values())
    fit = fit and (n is None or all(len(one) == n for one in found.values()))
    return found if fit and found else None


def same(inputs: Any, others: Any) -> bool:
    """Whether two inputs hold the same values, missing ones alike."""
    first, second = arrays_of(inputs), arrays_of(others)
    if first is None or second is None or first.keys() != second.keys():
        return False
    return all(np.array_equal(first[name], second[name], equal_nan=first[name].dtype.kind == "f") for name in first)


def _owners(model: Any, X: pd.DataFrame) -> dict[str, Ints]:
    """The column of each field, NOWHERE for one that does not move when any column is emptied in a few rows."""
    rows, columns = _telling_rows(X), X.shape[1]
    block = np.repeat(np.arange(columns + 1), len(rows))  # the rows as they are, then with one column emptied at a time
    tried = X.iloc[np.tile(rows, columns + 1)].reset_index(drop=True)
    for at in range(columns):
        column = tried.iloc[:, at]
        tried.isetitem(at, mixed(column, emptied(column), block == at + 1))
    found = {}
    for name, values in (arrays_of(model.encode(tried), len(tried)) or {}).items():
        blocks = values.reshape(columns + 1, len(rows), values.shape[1])
        moved = ((blocks[1:] != blocks[0]) & ~(np.isnan(blocks[1:]) & np.isnan(blocks[0]))).any(axis=1)
        found[name] = np.where(moved.any(axis=0), moved.argmax(axis=0), NOWHERE).astype(np.int64)
    return found


def _telling_rows(X: pd.DataFrame) -> Ints:
    """A few rows in which each column that has a value somewhere has one."""
    there = X.notna().to_numpy()
    first = there.argmax(axis=0)
    spread = np.linspace(0, len(X) - 1, min(8, len(X))).astype(np.int64)
    return np.unique(np.concatenate([first, spread])).astype(np.int64)
