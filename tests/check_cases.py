"""What the tables for single checks share: columns of 600 rows, and how a table is put together from them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from checked import broken, checked, found
from planted_traps import logistic

Made = tuple[dict[str, Any], str | None, dict[str, Any]]
Case = tuple[str, str | None, Callable[[], Made]]
"""(code of the check, the column that it must find or None where it must find nothing, the table)."""

R = np.random.default_rng(11)
N = 600
X = R.normal(size=N)
LABEL = np.where(logistic(R, X) == 1, "yes", "no")
AMOUNT = 50 + 8 * X + R.normal(0, 6, N)
CITY = R.choice(["Rome", "Oslo", "Bern", "Lyon"], N)
WHO = np.repeat(np.arange(100), 6)
LEVEL = R.normal(0, 2.5, 100)[WHO]
DAYS = pd.Timestamp("2020-01-01") + pd.to_timedelta(np.arange(N), "D")
WALK = np.cumsum(R.normal(0, 1, N))


def some(target: Any = LABEL, /, _asked: dict[str, Any] | None = None, **columns: Any) -> Callable[[], Made]:
    """A table of a number, a text and `columns`, with the target `y`."""
    return lambda: ({"x": X, "city": CITY} | columns | {"y": target}, "y", _asked or {})


def mixed(share: float, one: Any, other: Any) -> np.ndarray:
    """`one` in a share of the rows, else `other`."""
    return np.where(np.random.default_rng(3).random(N) < share, one, other)


def texts(of: Callable[[int], str]) -> list[str]:
    """A text per row."""
    return [of(int(k)) for k in np.random.default_rng(5).integers(1, 9000, N)]


def judge(code: str, column: str | None, make: Callable[[], Made]) -> None:
    """The check finds `column`; with None nothing of its own; with "" something without a column."""
    columns, target, asked = make()
    frame = pd.DataFrame({name: np.asarray(values) for name, values in columns.items()})
    findings = checked(frame, target, **asked)
    assert not broken(findings)
    said = found(findings)
    if column is None:
        assert (code, None) not in said, [one.claim for one in findings if one.found and one.code == code]
    else:
        assert (code, column or None) in said, said
