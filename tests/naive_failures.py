"""Slow, obvious twins: confident learning and repeated rows, one row at a time."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd


def thresholds(y: Any, proba: Any) -> list[float]:
    """The mean of p(class) over the rows that carry the label, class by class."""
    found = []
    for code in range(len(proba[0])):
        own = [line[code] for label, line in zip(y, proba, strict=True) if label == code]
        found.append(sum(own) / len(own) if own else math.nan)
    return found


def confident_class(line: Any, limits: Any) -> int | None:
    """The most probable of the classes whose probability reaches its threshold (Northcutt et al., equation 1)."""
    reached = [(value, -code) for code, value in enumerate(line) if value >= limits[code]]
    return -max(reached)[1] if reached else None


def joint(y: Any, proba: Any, limits: Any) -> list[list[int]]:
    """The counts of (label, confident class)."""
    table = [[0] * len(proba[0]) for _ in proba[0]]
    for label, line in zip(y, proba, strict=True):
        said = confident_class(line, limits)
        if said is not None:
            table[label][said] += 1
    return table


def doubted(y: Any, proba: Any, limits: Any) -> list[bool]:
    """Off the diagonal of the joint, and the label is not the most probable class."""
    return [
        confident_class(line, limits) not in (None, label) and int(np.argmax(line)) != label
        for label, line in zip(y, proba, strict=True)
    ]


def first_twin(X: pd.DataFrame) -> list[int]:
    """The position of the first row with the same values; missing equals missing."""
    rows = [
        tuple("missing" if pd.isna(value) else ("is", value) for value in line) for line in X.itertuples(index=False)
    ]
    return [rows.index(row) for row in rows]


def opposed(X: pd.DataFrame, y: Any, apart: float) -> list[bool]:
    """Whether another row with the same values has a truth that differs by more than `apart`."""
    first = first_twin(X)
    return [
        any(first[i] == first[j] and abs(y[i] - y[j]) > apart for j in range(len(y)) if j != i) for i in range(len(y))
    ]
