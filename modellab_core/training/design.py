"""The matrix of a linear model: numbers imputed, flagged and scaled, categories as sparse columns of 0 and 1.

A number field gives its value, missing ones replaced by the median, minus the mean, over the standard deviation, and
a 0/1 column "was missing" where training rows miss it. A category field gives one column for each category with enough
rows, one pooled column for the rare ones, which also takes the unseen, and one for missing. A cycle (month, day of
week, hour) is treated like a category, so that December may lie beside January.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import sparse

from modellab_core.training.intake import MISSING, UNSEEN, Inputs, Intake
from modellab_core.training.values import Codes, Floats, Ints

NOWHERE = -1  # a value without a column: its row holds 0 in all columns of the field
LARGEST_CYCLE = 32  # months, days of the week and hours are below


@dataclass(frozen=True, eq=False)
class Levels:
    """The columns of one category field.

    `kept` are the codes with a column of their own, in order; then follow, where they exist, the pooled column and the
    one for missing.
    """

    kept: Ints
    pooled: bool
    missing: bool

    @property
    def width(self) -> int:
        """The number of columns."""
        return len(self.kept) + int(self.pooled) + int(self.missing)

    def places(self, codes: Codes) -> Ints:
        """The column of each code, NOWHERE where it has none; missing without a column is treated as unseen."""
        other = len(self.kept) if self.pooled else NOWHERE
        known = np.full(int(max(codes.max(initial=0), self.kept.max(initial=0))) + 1, other, dtype=np.int64)
        known[self.kept] = np.arange(len(self.kept))
        absent = len(self.kept) + int(self.pooled) if self.missing else other
        return np.where(codes == MISSING, absent, np.where(codes == UNSEEN, other, known[np.maximum(codes, 0)]))


def learn_levels(codes: Codes, rare_below: int) -> Levels:
    """The columns for the codes of the training rows; a category with fewer than `rare_below` rows is pooled."""
    counts = np.bincount(codes[codes >= 0], minlength=1)
    rare = (counts > 0) & (counts < rare_below)
    return Levels(np.flatnonzero(counts >= max(rare_below, 1)), bool(rare.any()), bool((codes < 0).any()))


@dataclass(frozen=True, eq=False)
class Design:
    """How inputs become the matrix.

    `scaled` are the positions of the number fields in `Inputs.numbers`, `cycles` those of the cycles; `median`, `mean`
    and `scale` belong to `scaled`, `flagged` are the members of `scaled` with a "was missing" column. `levels` belong
    to the cycles, then to the fields of `Inputs.codes`. `means` (width,) are the means of the columns over the training
    rows.
    """

    scaled: Ints
    cycles: Ints
    median: Floats
    mean: Floats
    scale: Floats
    flagged: Ints
    levels: tuple[Levels, ...]
    means: Floats

    @classmethod
    def learn(cls, intake: Intake, inputs: Inputs, rare_below: int) -> Design:
        """The design for the inputs of the training rows."""
        kinds = np.array([item.kind for item in intake.number_fields], dtype=object)
        scaled, cycles = np.flatnonzero(kinds == "number"), np.flatnonzero(kinds == "cycle")
        numbers = inputs.numbers[:, scaled]
        absent = np.isnan(numbers)
        median = _medians(numbers, absent)
        filled = np.where(absent, median, numbers)
        mean, scale = filled.mean(axis=0), filled.std(axis=0)
        scale[scale <= 1e-14 * np.abs(mean)] = 1.0  # what is left is rounding
        scale[scale == 0] = 1.0
        codes = _category_codes(inputs, cycles)
        levels = tuple(learn_levels(one, rare_below) for one in codes)
        flagged = np.flatnonzero(absent.any(axis=0))
        shares = [_shares(one.places(known), one.width) for one, known in zip(levels, codes, strict=True)]
        means = np.concatenate([np.zeros(len(scaled)), absent[:, flagged].mean(axis=0), *shares])
        return cls(scaled, cycles, median, mean, scale, flagged, levels, means)

    @property
    def width(self) -> int:
        """The number of columns of the matrix."""
        return len(self.scaled) + len(self.flagged) + sum(levels.width for levels in self.levels)

    @property
    def fields(self) -> Ints:
        """The input that each column of the matrix comes from, (width,): a number field, then a category field."""
        categories = np.arange(len(self.levels) - len(self.cycles)) + len(self.scaled) + len(self.cycles)
        wide = [levels.width for levels in self.levels]
        turned = np.repeat(np.concatenate([self.cycles, categories]), wide)
        return np.concatenate([self.scaled, self.scaled[self.flagged], turned]).astype(np.int64)

    def matrix(self, inputs: Inputs) -> sparse.csr_array:
        """The matrix of the rows, (n, width) float64.

        Always sparse: its products add row by row in one order, so a row's prediction depends neither on the other
        rows nor on the number of threads.
        """
        numbers = inputs.numbers[:, self.scaled]
        absent = np.isnan(numbers)
        dense = (np.where(absent, self.median, numbers) - self.mean) / self.scale
        blocks = [sparse.csr_array(dense), sparse.csr_array(absent[:, self.flagged].astype(np.float64))]
        for levels, codes in zip(self.levels, _category_codes(inputs, self.cycles), strict=True):
            blocks.append(_one_hot(levels.places(codes), levels.width))
        return _narrow(sparse.hstack(blocks, format="csr"))

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; `from_json` gives a design with the same bits."""
        plain = {name: getattr(self, name).tolist() for name in (*_WHOLE, *_REAL, "means")}
        levels = [{"kept": x.kept.tolist(), "pooled": x.pooled, "missing": x.missing} for x in self.levels]
        return {**plain, "levels": levels}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Design:
        """The design that `to_json` wrote."""
        arrays: dict[str, Any] = {name: np.asarray(value[name], dtype=np.int64) for name in _WHOLE}
        arrays |= {name: np.asarray(value[name], dtype=np.float64) for name in _REAL}
        levels = tuple(Levels(np.asarray(x["kept"], np.int64), x["pooled"], x["missing"]) for x in value["levels"])
        found = cls(**arrays, levels=levels, means=np.zeros(0))
        means = np.asarray(value.get("means", np.zeros(found.width)), dtype=np.float64)  # older models do not tell them
        return replace(found, means=means)


_WHOLE = ("scaled", "cycles", "flagged")
_REAL = ("median", "mean", "scale")


def _medians(numbers: Floats, absent: np.ndarray) -> Floats:
    """The median of each column without its missing values, 0 for a column without any value."""
    columns = (numbers[~absent[:, j], j] for j in range(numbers.shape[1]))
    return np.array([np.median(values) if len(values) else 0.0 for values in columns], dtype=np.float64)


def _category_codes(inputs: Inputs, cycles: Ints) -> list[Codes]:
    turning = inputs.numbers[:, cycles]
    inside = (turning >= 0) & (turning < LARGEST_CYCLE)
    codes = np.where(inside, np.nan_to_num(turning), MISSING).astype(np.int32)
    return [*codes.T, *inputs.codes.T]


def _shares(places: Ints, width: int) -> Floats:
    """The share of the rows in each column of a field."""
    return np.asarray(np.bincount(places[places != NOWHERE], minlength=width) / max(len(places), 1))


def _narrow(matrix: sparse.csr_array) -> sparse.csr_array:
    """The matrix with indices of 32 bits where they suffice: scikit-learn's trees take no others."""
    if matrix.nnz <= np.iinfo(np.int32).max:
        matrix.indices, matrix.indptr = matrix.indices.astype(np.int32), matrix.indptr.astype(np.int32)
    return matrix


def _one_hot(places: Ints, width: int) -> sparse.csr_array:
    there = places != NOWHERE
    ends = np.concatenate([[0], np.cumsum(there)])
    return sparse.csr_array((np.ones(int(ends[-1])), places[there], ends), shape=(len(places), width))
