"""Random tables in which nothing is wrong: numbers, categories, flags and dates of many shapes, from 30 rows on."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy.stats import norm, rankdata

SIZES = (30, 60, 120, 250, 500, 1000, 2500)
TARGETS = ("binary", "rare", "classes", "number", "skewed")

Draw = Callable[[np.random.Generator, int], np.ndarray]
NUMBERS: dict[str, Draw] = {
    "normal": lambda rng, n: rng.normal(size=n),
    "rounded": lambda rng, n: rng.normal(170, 12, n).round(1),
    "age": lambda rng, n: rng.integers(18, 90, n),
    "skewed": lambda rng, n: rng.lognormal(7, 1, n).round(2),
    "counts": lambda rng, n: rng.poisson(3, n),
    "rare_counts": lambda rng, n: rng.geometric(0.3, n) - 1,
    "heavy": lambda rng, n: rng.standard_t(3, n),
    "uniform": lambda rng, n: rng.random(n),
    "rating": lambda rng, n: rng.integers(1, 6, n),
    "percent": lambda rng, n: rng.integers(0, 101, n),
    "amount": lambda rng, n: np.where(rng.random(n) < 0.4, 0, rng.lognormal(5, 1.2, n).round()),
    "year": lambda rng, n: rng.integers(1990, 2024, n),
    "flag01": lambda rng, n: rng.integers(0, 2, n),
    "signed": lambda rng, n: rng.normal(0, 5, n).round().astype(int),
}
TEXTS: dict[str, Draw] = {
    "city": lambda rng, n: rng.choice(["Rome", "Oslo", "Bern", "Graz", "Lyon"], n, p=[0.4, 0.3, 0.15, 0.1, 0.05]),
    "grade": lambda rng, n: rng.choice(list("ABC"), n),
    "country": lambda rng, n: rng.choice(["DE", "FR", "NA", "US", "IT", "ES", "PL"], n),
    "product": lambda rng, n: np.array([f"item {k}" for k in rng.zipf(1.6, n).clip(1, 40)]),
    "yes": lambda rng, n: rng.choice(["yes", "no"], n, p=[0.15, 0.85]),
    "band": lambda rng, n: rng.choice(["<25", "25-34", "35-44", "45+"], n),
}


def clean(seed: int, most: int = 2500) -> tuple[pd.DataFrame, str]:
    """A table of 3 to 15 columns and 30 to `most` rows, and its target, which depends on some columns, more or less."""
    rng = np.random.default_rng(seed)
    n = int(rng.choice([size for size in SIZES if size <= most]))
    columns: dict[str, object] = {}
    for name in rng.permutation([*NUMBERS])[: rng.integers(2, 9)]:
        columns[name] = NUMBERS[name](rng, n)
    for name in rng.permutation([*TEXTS])[: rng.integers(0, 5)]:
        columns[name] = TEXTS[name](rng, n)
    if rng.random() < 0.3:
        columns["on"] = pd.Timestamp("2021-03-01") + pd.to_timedelta(rng.integers(0, 900, n), "D")
    if rng.random() < 0.3:
        columns["member"] = rng.random(n) < 0.3
    frame = pd.DataFrame(columns)
    frame["target"] = _target(rng, frame, TARGETS[seed % len(TARGETS)])
    return _with_gaps(rng, frame), "target"


def _target(rng: np.random.Generator, frame: pd.DataFrame, kind: str) -> np.ndarray:
    n, score = len(frame), np.zeros(len(frame))
    strength = rng.choice([0, 0.3, 1.0, 2.0])
    for name in [name for name in frame.columns if name not in ("year", "on")][:3]:
        column = frame[name]
        value = pd.factorize(column)[0] if column.dtype == "str" or column.dtype == object else column.rank()
        value = np.asarray(value, dtype=float)
        score += strength * rng.uniform(-1, 1) * (value - value.mean()) / (value.std() or 1)
    noisy = score + rng.normal(size=n)
    if kind in ("binary", "rare"):
        return (noisy > np.quantile(noisy, 0.5 if kind == "binary" else 0.85)).astype(int)
    if kind == "classes":
        return np.array(["low", "middle", "high"])[np.searchsorted(np.quantile(noisy, [0.35, 0.7]), noisy)]
    return noisy * 10 + 50 if kind == "number" else np.exp(norm.ppf((rankdata(noisy) - 0.5) / n)).round(3)


def _with_gaps(rng: np.random.Generator, frame: pd.DataFrame) -> pd.DataFrame:
    """Some cells of some columns missing at random."""
    if rng.random() < 0.4:
        for name in frame.columns[:-1]:
            if rng.random() < 0.3 and frame[name].dtype != bool:
                frame[name] = frame[name].mask(rng.random(len(frame)) < 0.1)
    return frame
