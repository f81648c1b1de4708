"""Checks of rows, of the split and of the shape of a table: what they find, and what only looks like it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from check_cases import AMOUNT, CITY, DAYS, LABEL, LEVEL, WALK, WHO, Case, Made, N, R, X, judge, mixed, some
from checks import test_columns

from modellab_core.checks.check import CHECKS


def again(times: int, target: Any = LABEL, **columns: Any) -> Callable[[], Made]:
    """The table of `some` with its first rows once more; `columns` are those of the repeated part that differ."""
    made = some(target, size=np.round(R.normal(170, 9, N), 1), width=R.lognormal(3, 1, N).round(2))()[0]
    longer = {name: np.r_[values, np.asarray(columns.get(name, values))[:times]] for name, values in made.items()}
    return lambda: (longer, "y", {})


def coarse() -> Made:
    """Rows of few different values, which are equal by chance."""
    rng = np.random.default_rng(4)
    return {f"c{k}": rng.integers(0, 3, N) for k in range(4)} | {"y": LABEL}, "y", {}


def people(effect: float) -> Callable[[], Made]:
    """Six rows a person, whose own level counts by `effect`."""
    names = [f"P{k:03d}" for k in WHO]
    return lambda: ({"who": names, "x": X, "y": effect * LEVEL + 2 * X + NOISE}, "y", {})


NOISE = R.normal(size=N)
GROUPED = np.where(LEVEL > 0, "up", "down")
STEPS = np.repeat(["a", "b", "c"], N // 3)
WIDE = {f"g{k}": R.normal(size=40) for k in range(60)}
SPLIT = np.where(np.arange(N) < 480, "train", "test")
BY_COLUMN = {"split": "column:part"}
BY_TIME = {"split": "time:day"}

CASES: list[Case] = [
    ("repeated_rows", "", again(90)),
    ("repeated_rows", "", again(5)),
    ("repeated_rows", None, again(0)),
    ("repeated_rows", None, coarse),
    ("rows_across_split", "", again(200)),
    ("rows_across_split", None, again(0)),
    ("rows_across_split", None, coarse),
    ("contradicting_rows", "y", again(60, y=np.where(LABEL == "yes", "no", "yes"))),
    ("contradicting_rows", None, again(60)),
    ("contradicting_rows", None, coarse),
    ("groups_across_split", "who", people(1.0)),
    ("groups_across_split", "number", some(GROUPED, number=R.permutation(100)[WHO] + 7)),
    ("groups_across_split", None, people(0.0)),
    ("groups_across_split", None, some(AMOUNT, age=np.round(AMOUNT))),
    ("groups_across_split", None, lambda: (people(1.0)()[0], "y", {"split": "group:who"})),
    ("time_order", "day", some(10 * WALK + X, day=DAYS)),
    ("time_order", "year", some(WALK, year=1990 + np.arange(N) // 20)),
    ("time_order", None, some(AMOUNT, day=DAYS)),
    ("time_order", None, some(day=pd.Timestamp("2020-01-01") + pd.to_timedelta(R.integers(0, 900, N), "D"))),
    ("time_order", None, some(10 * WALK, day=DAYS, _asked=BY_TIME)),
    ("train_test_shift", "x", some(part=SPLIT, x=X + (SPLIT == "test"), _asked=BY_COLUMN)),
    ("train_test_shift", "y", some(STEPS, day=DAYS, _asked=BY_TIME)),
    ("train_test_shift", None, some(part=SPLIT, _asked=BY_COLUMN)),
    ("train_test_shift", None, some()),
    ("unseen_categories", "city", some(city=np.where(SPLIT == "test", "Graz", CITY), part=SPLIT, _asked=BY_COLUMN)),
    ("unseen_categories", None, some(city=mixed(0.01, "Graz", CITY))),
    ("rare_classes", "y", some(np.r_[["seldom"] * 4, LABEL[4:]])),
    ("rare_classes", None, some(np.r_[["seldom"] * 40, LABEL[40:]])),
    ("one_class_split", "part", some(np.where(SPLIT == "test", "yes", LABEL), part=SPLIT, _asked=BY_COLUMN)),
    ("one_class_split", "", some(np.where(SPLIT == "train", "yes", LABEL), part=SPLIT, _asked=BY_COLUMN)),
    ("one_class_split", "day", some(STEPS, day=DAYS, _asked=BY_TIME)),
    ("one_class_split", None, some()),
    ("class_imbalance", "y", some(mixed(0.02, "yes", "no"))),
    ("class_imbalance", None, some(mixed(0.1, "yes", "no"))),
    ("target_tail", "y", some(np.r_[AMOUNT[1:], 9000.0])),
    ("target_tail", None, some(np.exp(R.normal(size=N)))),
    ("empty_columns", "none", some(none=np.full(N, np.nan))),
    ("empty_columns", None, some(few=np.r_[np.full(N - 3, np.nan), 1, 2, 3])),
    ("constant_columns", "one", some(one=np.full(N, 80))),
    ("constant_columns", None, some(one=mixed(0.1, np.nan, 80.0))),
    ("almost_constant_columns", "rare", some(rare=np.r_[["Grvl"], ["Pave"] * (N - 1)])),
    ("almost_constant_columns", None, some(rare=mixed(0.02, "Grvl", "Pave"))),
    ("many_columns", "", lambda: (WIDE | {"y": LABEL[:40]}, "y", {})),
    ("many_columns", None, some()),
    ("weight_column", "sample_weight", some(sample_weight=R.lognormal(size=N))),
    ("weight_column", None, some(weight=R.normal(70, 12, N))),
    ("duplicate_columns", "euros", some(dollars=AMOUNT, euros=AMOUNT * 0.92 + 3)),
    ("duplicate_columns", "code", some(code=np.unique(CITY, return_inverse=True)[1] * 7)),
    ("duplicate_columns", None, some(near=X + R.normal(0, 1e-3, N))),
    ("duplicate_columns", None, some(rare=np.arange(N) == 5, rarer=np.arange(N) == 5)),
]


@pytest.mark.parametrize(("code", "column", "make"), CASES, ids=lambda value: value if isinstance(value, str) else "")
def test_a_check_finds_what_it_is_for(code: str, column: str | None, make: Callable[[], Made]) -> None:
    """The check finds what was planted, or nothing where nothing was."""
    judge(code, column, make)


def test_every_check_has_both_tests() -> None:
    """Each check of the registry has a table in which it must find something, and one in which it must not."""
    cases = [*CASES, *test_columns.CASES]
    assert {code for code, column, _ in cases if column is not None} == set(CHECKS)
    assert {code for code, column, _ in cases if column is None} == set(CHECKS)
