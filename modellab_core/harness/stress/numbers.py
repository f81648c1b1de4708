"""Corruptions of numbers: noise, coarser steps, values far out of range, and another unit."""

from __future__ import annotations

import numpy as np
import pandas as pd

from modellab_core.harness.predictions import Floats
from modellab_core.harness.stress.kind import Known, stress

Rng = np.random.Generator

FAR = 10.0  # interquartile ranges
FACTOR = 1000.0  # grams instead of kilograms


@stress("graded", "noise", "Noise", "interquartile ranges of the training rows", (0.1, 0.25, 0.5, 1.0), kinds="numbers")
def noise(column: pd.Series, severity: float, rng: Rng, known: Known) -> Floats:
    """To every number Gaussian noise is added, with standard deviation `severity` × interquartile range."""
    return floats(column) + severity * known.spread * rng.standard_normal(len(column))


@stress(
    "graded",
    "rounding",
    "Rounding",
    "step in interquartile ranges of the training rows",
    (0.25, 0.5, 1.0, 2.0),
    repeats=1,
    kinds="numbers",
)
def rounding(column: pd.Series, severity: float, _rng: Rng, known: Known) -> Floats:
    """Every number is rounded to the nearest multiple of `severity` × interquartile range; halves to the even one."""
    step = severity * known.spread
    return np.asarray(np.round(floats(column) / step) * step)


@stress(
    "hit", "outliers", "Outliers", "share of numbers far out of range", (0.01, 0.05, 0.2), repeats=3, kinds="numbers"
)
def outliers(column: pd.Series, rng: Rng, known: Known) -> pd.Series:
    """Each number is moved by ten interquartile ranges, up or down, with probability `severity`."""
    away = np.where(rng.random(len(column)) < 0.5, -FAR, FAR)
    return pd.Series(floats(column) + away * known.spread, column.index)


@stress(
    "hit",
    "rescaled_units",
    "Rescaled units",
    "share of rows in another unit, a thousand times larger",
    (0.1, 1.0),
    repeats=3,
    kinds="numbers",
    each_feature=True,
    fixed=True,
)
def rescaled_units(column: pd.Series, _rng: Rng, _known: Known) -> pd.Series:
    """One number is multiplied by 1000 in a share `severity` of the rows, as where units are mixed up."""
    return pd.Series(floats(column) * FACTOR, column.index)


def floats(column: pd.Series) -> Floats:
    """The numbers of a column, (n,), NaN where missing."""
    return np.asarray(column.to_numpy(dtype=np.float64, na_value=np.nan))
