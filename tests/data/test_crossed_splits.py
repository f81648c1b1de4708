"""Cross-validation of a table: what is dealt out, and what stays together."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from modellab_core.data.split import SplitRule, crossed
from modellab_core.data.table import Reading, Table
from modellab_core.data.task import Task


@pytest.mark.parametrize("rule", ["random", "group:who", "time:when"])
def test_cross_validation_tests_every_row_once(rule: str) -> None:
    """Each row with a target is a test row of one split of a repeat (in time but the first block), groups stay whole,
    time goes forward, and another repeat deals anew."""
    y = [None if n == 7 else "ab"[n % 3 == 0] for n in range(90)]
    table = Table(
        pd.DataFrame({"y": y, "who": [f"p{n // 4}" for n in range(90)], "when": range(90)}), Reading("csv", {}), "", 0
    )
    splits = crossed(table, "y", Task.BINARY, SplitRule.parse(rule), 1)
    assert len(splits) == 5
    tested = np.concatenate([split.rows("test") for split in splits])
    assert len(tested) == len(set(tested.tolist())) == (89 if not rule.startswith("time") else 74)
    for split in splits:
        train, test = split.rows("train"), split.rows("test")
        assert 7 not in {*train.tolist(), *test.tolist()}
        if rule.startswith("group"):
            assert not {row // 4 for row in train.tolist()} & {row // 4 for row in test.tolist()}
        if rule.startswith("time"):
            assert train.max() < test.min()
        assert (split.fold[train] >= -1).all()
        assert (split.fold[test] == -1).all()
    again = crossed(table, "y", Task.BINARY, SplitRule.parse(rule), 1, repeat=1)
    assert (again[0].to_csv() == splits[0].to_csv()) == rule.startswith("time")
