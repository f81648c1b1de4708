"""Corruptions of features of any kind: values that are lost, dealt to other rows, or of another category."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from modellab_core.harness.stress.kind import Known, stress

Rng = np.random.Generator


@stress("hit", "missing_values", "Missing values", "share of all cells emptied", (0.1, 0.2, 0.3, 0.5), fixed=True)
def missing_values(column: pd.Series, _rng: Rng, _known: Known) -> pd.Series:
    """Each cell is emptied with probability `severity`, all features jointly, whatever they hold (MCAR)."""
    return emptied(column)


@stress(
    "hit",
    "missing_feature",
    "One feature missing",
    "share of rows",
    (0.1, 0.25, 0.5, 1.0),
    repeats=3,
    each_feature=True,
    fixed=True,
)
def missing_feature(column: pd.Series, _rng: Rng, _known: Known) -> pd.Series:
    """One feature is emptied in a share `severity` of the rows, whatever they hold; the other features stay."""
    return emptied(column)


def emptied(column: pd.Series) -> pd.Series:
    """A column without any value; whole numbers become floats, booleans nullable ones."""
    typed = column.astype("boolean") if column.dtype == bool else column
    return typed.mask(np.ones(len(column), dtype=bool))


@stress("hit", "shuffled_feature", "Shuffled feature", "share of rows", (1.0,), repeats=3, each_feature=True)
def shuffled_feature(column: pd.Series, rng: Rng, _known: Known) -> pd.Series:
    """The values of one feature are dealt to other rows, for a share `severity` of the rows."""
    return pd.Series(column.array.take(rng.permutation(len(column))), column.index, dtype=column.dtype)


@stress(
    "hit",
    "swapped_categories",
    "Swapped categories",
    "share of cells with another category",
    (0.1, 0.25, 0.5),
    repeats=3,
    kinds="categories",
)
def swapped_categories(column: pd.Series, rng: Rng, known: Known) -> pd.Series:
    """Each category becomes another one of the training rows with probability `severity`, all others equally likely.

    Texts, categories and truth values alike, all features jointly; missing values stay missing.
    """
    k, n = len(known.categories), len(column)
    own = pd.Index(known.categories, dtype=object).get_indexer(pd.Index(column.array, dtype=object))
    start = np.where(own < 0, rng.integers(0, k, n), own)
    places = (start + rng.integers(1, k, n)) % k
    values = np.fromiter(known.categories, dtype=object, count=k)[places]
    return _typed(values, column, known.categories).where(column.notna())


@stress(
    "hit",
    "unseen_categories",
    "Unseen categories",
    "share of cells with an unseen category",
    (0.1, 0.25, 0.5),
    repeats=3,
    kinds="texts",
    fixed=True,
)
def unseen_categories(column: pd.Series, _rng: Rng, known: Known) -> pd.Series:
    """Each cell of text or category gets, with probability `severity`, a category that no training row holds."""
    stranger = unseen(known.categories)
    values = np.full(len(column), stranger, dtype=object)
    return _typed(values, column, (*known.categories, stranger))


def unseen(categories: tuple[Any, ...]) -> Any:
    """A value of the same kind that is none of the categories: a text, or a number above all."""
    if all(isinstance(value, (int, float, np.number)) for value in categories):
        return max(categories) + 1
    stranger = "unseen"
    while stranger in categories:
        stranger += "_"
    return stranger


def _typed(values: Any, column: pd.Series, categories: tuple[Any, ...]) -> pd.Series:
    """The values in the type of the column; a categorical one knows all the categories."""
    if not isinstance(column.dtype, pd.CategoricalDtype):
        return pd.Series(values, column.index, dtype=column.dtype)
    named = list(column.cat.categories)
    known = set(named)
    dtype = pd.CategoricalDtype([*named, *(one for one in categories if one not in known)], column.cat.ordered)
    return pd.Series(values, column.index, dtype=dtype)
