"""The corruptions a model is put through. A new one is one function under `@stress`.

A corruption changes features (then the model is called again) or test labels (then it is not). Draws are nested: a cell
that is hit at a severity is hit at every higher one, so a curve moves by severity and not by luck.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from modellab_core.data.task import Task
from modellab_core.harness.predictions import Floats, Ints
from modellab_core.registry import Registry

ALL_TASKS = (Task.BINARY, Task.MULTICLASS, Task.REGRESSION)


@dataclass(frozen=True)
class Draw:
    """One random draw of one corruption: the same (seed, stress, repeat, column) gives the same numbers."""

    seed: int
    stress: str
    repeat: int

    def rng(self, column: int = 0) -> np.random.Generator:
        """The numbers for one column."""
        return np.random.default_rng([self.seed, zlib.crc32(self.stress.encode()), self.repeat, column])


Corrupt = Callable[[pd.DataFrame, Sequence[int], float, Draw, Mapping[int, float]], pd.DataFrame]
F = TypeVar("F", bound=Callable[..., Any])
Relabel = Callable[[Ints, int, float, Draw], Ints]


@dataclass(frozen=True)
class Stress:
    """A corruption over a grid of severities, each drawn `repeats` times.

    `unit` says what a severity measures. `corrupt(frame, columns, severity, draw, spread)` gives the frame with the
    columns at some positions corrupted; `spread` is the training interquartile range of number columns by position.
    `relabel(codes, classes, severity, draw)` gives corrupted labels; exactly one of the two is set. With `each_feature`
    the columns are corrupted one at a time.
    """

    name: str
    title: str
    unit: str
    severities: tuple[float, ...]
    repeats: int
    tasks: tuple[Task, ...] = ALL_TASKS
    numbers_only: bool = False
    each_feature: bool = False
    corrupt: Corrupt | None = None
    relabel: Relabel | None = None


STRESSES: Registry[Stress] = Registry("stress test")


def stress(
    name: str, title: str, unit: str, severities: tuple[float, ...], repeats: int = 5, **more: Any
) -> Callable[[F], F]:
    """Add a function to STRESSES: a `corrupt`, or with `labels=True` a `relabel`; the fields are those of `Stress`."""
    role = "relabel" if more.pop("labels", False) else "corrupt"

    def add(function: F) -> F:
        fields: dict[str, Any] = {**more, role: function}
        STRESSES.add(name, Stress(name, title, unit, severities, repeats, **fields))
        return function

    return add


@stress("missing_values", "Missing values", "share of all cells emptied", (0.1, 0.2, 0.3, 0.5))
def missing_values(
    frame: pd.DataFrame, columns: Sequence[int], severity: float, draw: Draw, spread: Mapping[int, float]
) -> pd.DataFrame:
    """Empty each cell with probability `severity`, all features jointly, whatever they hold (MCAR)."""
    del spread
    return _with_columns(
        frame, {at: emptied(frame.iloc[:, at], draw.rng(at).random(len(frame)) < severity) for at in columns}
    )


def emptied(column: pd.Series, where: npt.NDArray[np.bool_]) -> pd.Series:
    """`column` with missing values at `where`; whole numbers become floats, booleans nullable ones."""
    return (column.astype("boolean") if column.dtype == bool else column).mask(where)


@stress("noise", "Noise", "interquartile ranges of the training rows", (0.1, 0.25, 0.5, 1.0), numbers_only=True)
def noise(
    frame: pd.DataFrame, columns: Sequence[int], severity: float, draw: Draw, spread: Mapping[int, float]
) -> pd.DataFrame:
    """Add Gaussian noise with standard deviation `severity` × interquartile range to every number."""

    def noisy(at: int) -> Floats:
        values = frame.iloc[:, at].to_numpy(dtype=np.float64, na_value=np.nan)
        return np.asarray(values + severity * spread[at] * draw.rng(at).standard_normal(len(frame)))

    return _with_columns(frame, {at: noisy(at) for at in columns})


@stress("shuffled_feature", "Shuffled feature", "share of rows", (1.0,), repeats=3, each_feature=True)
def shuffled_feature(
    frame: pd.DataFrame, columns: Sequence[int], severity: float, draw: Draw, spread: Mapping[int, float]
) -> pd.DataFrame:
    """Deal the values of one feature to other rows, for a share `severity` of the rows."""
    del spread

    def shuffled(at: int) -> Any:
        rng = draw.rng(at)
        hit = np.flatnonzero(rng.random(len(frame)) < severity)
        places = np.arange(len(frame))
        places[hit] = rng.permutation(hit)
        return frame.iloc[:, at].array.take(places)

    return _with_columns(frame, {at: shuffled(at) for at in columns})


@stress(
    "label_noise",
    "Noise in the test labels",
    "share of test labels swapped",
    (0.05, 0.1, 0.2),
    labels=True,
    tasks=(Task.BINARY, Task.MULTICLASS),
)
def label_noise(codes: Ints, classes: int, severity: float, draw: Draw) -> Ints:
    """Give each label another class with probability `severity`, each of the others equally likely."""
    rng = draw.rng()
    hit = rng.random(len(codes)) < severity
    other = (codes + 1 + rng.integers(0, max(classes - 1, 1), len(codes))) % classes
    return np.where(hit, other, codes)


def _with_columns(frame: pd.DataFrame, columns: Mapping[int, Any]) -> pd.DataFrame:
    changed = frame.copy(deep=False)
    for at, values in columns.items():
        changed.isetitem(at, values)
    return changed


def number_columns(frame: pd.DataFrame) -> list[int]:
    """Positions of the columns that hold numbers; truth values and dates are none."""
    types = list(frame.dtypes)
    numeric = pd.api.types.is_numeric_dtype
    return [at for at, kind in enumerate(types) if numeric(kind) and not pd.api.types.is_bool_dtype(kind)]


def spreads(frame: pd.DataFrame) -> dict[int, float]:
    """Interquartile range by position of each number column in which it is above 0 and finite."""
    found = {}
    for at in number_columns(frame):
        values = frame.iloc[:, at].to_numpy(dtype=np.float64, na_value=np.nan)
        values = values[np.isfinite(values)]
        low, high = np.quantile(values, [0.25, 0.75]) if len(values) else (0.0, 0.0)
        if np.isfinite(high - low) and high > low:
            found[at] = float(high - low)
    return found


def inverse_of_label_noise(metric: str, value: float, share: float, prevalence: float, classes: int) -> float:
    """What `value` would be without label noise, if a `share` of the test labels were swapped uniformly.

    Accuracy: (a − ρ/(k−1)) / (1 − ρ·k/(k−1)), for two classes (a − ρ)/(1 − 2ρ). ROC AUC: ½ + (AUC − ½)/(1 − α − β),
    α and β the shares of wrong labels among those seen as positive and as negative (Menon et al., ICML 2015);
    `prevalence` is the share seen as positive. NaN for other metrics and where no such noise is possible.
    """
    if metric == "accuracy":
        rest = 1 - share * classes / (classes - 1)
        found = (value - share / (classes - 1)) / rest if rest > 0 else np.nan
    elif metric == "roc_auc" and share < 0.5 and share < prevalence < 1 - share:
        true = (prevalence - share) / (1 - 2 * share)
        alpha, beta = share * (1 - true) / prevalence, share * true / (1 - prevalence)
        found = 0.5 + (value - 0.5) / (1 - alpha - beta)
    else:
        return float("nan")
    return float(found) if 0 <= found <= 1 else float("nan")
