"""Each check finds what it is for, and says nothing of what only looks like it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from check_cases import AMOUNT, CITY, DAYS, LABEL, LEVEL, WALK, WHO, Case, Made, N, R, X, judge, mixed, some, texts

SEVERAL = R.integers(1, 50, N) * 100 + R.integers(0, 60, N)
CASES: list[Case] = [
    ("target_given_away", "late", some(late=np.where(LABEL == "yes", "A", "B"))),
    ("target_given_away", "late", some(AMOUNT, late=np.exp(AMOUNT / 20) + R.normal(0, 1e-3, N))),
    ("target_given_away", "band", some(AMOUNT, band=pd.cut(AMOUNT, [-99, 44, 50, 58, 199]).astype(str))),
    ("target_given_away", "copy", some(copy=mixed(0.03, "no", LABEL))),
    ("target_given_away", None, some(strong=np.where(LABEL == "yes", 1.5, 0) + R.normal(size=N))),
    ("target_given_away", None, some(AMOUNT, strong=AMOUNT + R.normal(0, 4, N))),
    ("target_from_columns", "a", some(AMOUNT, a=AMOUNT * 0.3 + X, b=AMOUNT * 0.7 - X)),
    ("target_from_columns", "b", some(np.exp(X / 2), a=np.exp(X / 4 + WALK / 30), b=np.exp(X / 4 - WALK / 30))),
    (
        "target_from_columns",
        None,
        some(AMOUNT, a=AMOUNT * 0.3 + R.normal(0, 1, N), b=AMOUNT * 0.7 + R.normal(0, 1.5, N)),
    ),
    ("target_from_missing", "when", some(when=np.where(LABEL == "yes", R.random(N), np.nan))),
    ("target_from_missing", "left", some(left=np.where((LABEL == "yes") & (R.random(N) < 0.3), R.random(N), np.nan))),
    ("target_from_missing", None, some(gaps=np.where(R.random(N) < 0.3, np.nan, R.random(N)))),
    ("target_sorted_by_row", "row", some(np.sort(LABEL), row=np.arange(N) * 40)),
    ("target_sorted_by_row", None, some(row=np.arange(N))),
    ("known_afterwards", "call_duration", some(call_duration=np.where(LABEL == "yes", 1.6, 0) + R.normal(size=N))),
    ("known_afterwards", None, some(call_duration=R.normal(size=N))),
    ("known_afterwards", None, some(strong=np.where(LABEL == "yes", 1.6, 0) + R.normal(size=N))),
    ("id_like", "key", some(key=texts(lambda k: f"{k:05d}-{k % 7}"))),
    ("id_like", "any", some(any=R.permutation(N) + 500)),
    ("id_like", None, some(value=R.integers(0, 10**6, N))),
    ("number_codes", "zip_code", some(zip_code=R.integers(10_000, 99_999, N))),
    ("number_codes", "kind", lambda: ({"kind": WHO, "x": X, "y": LEVEL + R.normal(size=N)}, "y", {})),
    ("number_codes", None, some(AMOUNT, grade=np.round(AMOUNT / 4))),
    ("number_codes", None, some(AMOUNT + 9 * np.sin(np.arange(N) % 24 / 4), hour=np.arange(N) % 24)),
    ("clock_times", "dep", some(dep=R.integers(0, 24, N) * 100 + R.integers(0, 60, N))),
    ("clock_times", None, some(dep=R.integers(0, 2400, N))),
    ("clock_times", None, some(price=SEVERAL)),
    ("clock_times", None, some(price=R.integers(1, 24, N) * 100)),
    ("numbers_as_text", "cost", some(cost=texts(lambda k: f"${k:,}.50"))),
    ("numbers_as_text", "cost", some(cost=texts(lambda k: f"{k / 7:.2f} €".replace(".", ",")))),
    ("numbers_as_text", "cost", some(cost=texts(lambda k: f"{k % 97} %"))),
    ("numbers_as_text", "cost", some(cost=texts(lambda k: f"{k / 100:.2f} kg"))),
    ("numbers_as_text", "cost", some(cost=texts(lambda k: f"{k * 1000:,}"))),
    ("numbers_as_text", None, some(plate=texts(lambda k: f"{k:06d}"))),
    ("numbers_as_text", None, some(flat=texts(lambda k: f"{k % 30}{'abcdefgh'[k % 8]}"))),
    ("numbers_as_text", None, some(ages=texts(lambda k: f"{k % 9 * 10}-{k % 9 * 10 + 9}"))),
    ("dates_as_text", "day", some(day=texts(lambda k: f"{k % 12 + 1:02d}/{k % 12 + 1:02d}/2021"))),
    ("dates_as_text", "day", some(day=texts(lambda k: f"2014{k % 12 + 1:02d}{k % 28 + 1:02d}T000000"))),
    ("dates_as_text", None, some(part=texts(lambda k: f"A-{k}-12"))),
    ("mixed_types", "size", some(size=texts(lambda k: str(k % 40) if k % 3 else f"size {k % 60}"))),
    ("mixed_types", None, some(size=texts(lambda k: f"{k % 40} to {k % 60}"))),
    ("hidden_missing", "job", some(job=mixed(0.05, "?", CITY))),
    ("hidden_missing", "job", some(job=mixed(0.05, " Unknown", CITY))),
    ("hidden_missing", "y", some(mixed(0.05, "n/a", LABEL))),
    ("hidden_missing", "count", some(count=mixed(0.05, "not counted", [str(k) for k in range(N)]))),
    ("hidden_missing", None, some(land=R.choice(["NA", "DE", "FR", "US", "IT", "ES", "GB"], N))),
    ("hidden_missing", None, some(sign=R.choice(["+", "-"], N))),
    ("hidden_missing", None, some(deck=mixed(0.05, "A", [str(k % 90) for k in range(N)]))),
    ("sentinel_numbers", "a", some(a=mixed(0.05, -999, R.normal(50, 9, N)))),
    ("sentinel_numbers", "a", some(a=mixed(0.7, 999, R.integers(0, 28, N)))),
    ("sentinel_numbers", "a", some(a=mixed(0.7, -1, R.integers(1, 400, N)))),
    ("sentinel_numbers", "a", some(a=mixed(0.03, 12345, R.normal(50, 9, N)))),
    ("sentinel_numbers", "a", some(a=mixed(0.03, 99, R.integers(1, 8, N)))),
    ("sentinel_numbers", "a", some(a=pd.Series(DAYS).where(R.random(N) > 0.05, pd.Timestamp("1900-01-01")))),
    ("sentinel_numbers", None, some(a=R.lognormal(3, 1.2, N).round())),
    ("sentinel_numbers", None, some(a=R.integers(-9, 100, N))),
    ("sentinel_numbers", None, some(a=mixed(0.9, 0, R.lognormal(8, 1, N).round()))),
    ("sentinel_numbers", None, some(a=R.integers(0, 100, N))),
    ("sentinel_numbers", None, some(a=R.choice([9, 19, 49, 99], N))),
    ("impossible_zeros", "bmi", some(bmi=mixed(0.04, 0, R.normal(30, 6, N).clip(18)))),
    ("impossible_zeros", None, some(paid=mixed(0.4, 0, R.lognormal(4, 1, N)))),
    ("impossible_zeros", None, some(children=R.poisson(2, N))),
]


@pytest.mark.parametrize(("code", "column", "make"), CASES, ids=lambda value: value if isinstance(value, str) else "")
def test_a_check_finds_what_it_is_for(code: str, column: str | None, make: Callable[[], Made]) -> None:
    """The check finds the column that was planted, or nothing where none was."""
    judge(code, column, make)
