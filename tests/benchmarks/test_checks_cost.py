"""What all checks cost on a table that gives each of them something to do.

`pytest -m benchmark -s -n 0 tests/benchmarks/test_checks_cost.py`
CPU seconds of one process after its libraries are loaded. Goals: 0.7 s for 1,000 rows of 20 columns, 5 s for 100,000.
"""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest
import sklearn.ensemble  # noqa: F401  loading it is not what is measured
from planted_traps import table_of

from modellab_core.checks.check import CHECKS
from modellab_core.checks.run import ground_of

pytestmark = pytest.mark.benchmark

GOALS = {1_000: 0.7, 100_000: 5.0}


def busy(rows: int) -> pd.DataFrame:
    """Numbers, categories, groups that matter, dates, codes, names of rows, and a target of two classes; 20 columns."""
    rng = np.random.default_rng(0)
    columns: dict[str, object] = {f"x{place}": rng.normal(size=rows).round(3) for place in range(10)}
    shop = rng.integers(0, rows // 12 + 1, rows)
    columns |= {"shop": [f"s{code}" for code in shop], "city": rng.choice(list("abcd"), rows)}
    columns["on"] = pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, rows), "D")
    columns |= {"age": rng.integers(18, 90, rows), "customer": rng.integers(0, rows // 5 + 1, rows)}
    columns |= {"member": rng.random(rows) < 0.3, "kind": rng.integers(0, 30, rows)}
    columns |= {"note": [f"text number {code}" for code in rng.integers(0, rows, rows)]}
    columns["zip"] = rng.integers(10_000, 99_999, rows)
    level = rng.normal(size=rows // 12 + 1)[shop]
    frame = pd.DataFrame(columns)
    return frame.assign(y=(frame["x0"] + level + rng.normal(size=rows) > 0).astype(int))


@pytest.mark.parametrize("rows", GOALS)
def test_all_checks_cost_little(rows: int) -> None:
    """All checks stay within the goal."""
    table = table_of(busy(rows))
    start = time.process_time()
    ground = ground_of(table, "y")
    cost = {}
    for code, check in CHECKS.items():
        before = time.process_time()
        check.findings(ground)
        cost[code] = time.process_time() - before
    total = time.process_time() - start
    most = sorted(cost, key=lambda code: -cost[code])[:4]
    print(f"\n{rows:,} rows: {total:.2f} s; " + ", ".join(f"{code} {cost[code]:.2f}" for code in most))
    assert total <= GOALS[rows]
