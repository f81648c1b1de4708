"""One million rows × 5 columns through `modellab train`: run by `pytest -m benchmark -s tests/benchmarks`."""

from __future__ import annotations

import json
import resource
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from command import run_command

pytestmark = pytest.mark.benchmark

ROWS = 1_000_000


def test_a_million_rows_finish_in_time_and_memory(tmp_path: Path) -> None:
    """Dummy, linear and XGBoost on a million rows take under three minutes on two cores, and under 3 GB."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"amount": rng.lognormal(3, 1, ROWS).round(2), "age": rng.integers(18, 90, ROWS)})
    frame["region"] = rng.choice([f"region {number}" for number in range(40)], ROWS)
    frame["day"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 700, ROWS), unit="D")
    log_odds = 0.4 * np.log(frame["amount"]) - 0.02 * frame["age"] + (frame["region"] < "region 2") - 1
    frame["bought"] = np.where(rng.random(ROWS) < 1 / (1 + np.exp(-log_odds)), "yes", "no")
    frame.to_csv(tmp_path / "million.csv", index=False)
    began = time.monotonic()
    done = run_command("train", tmp_path / "million.csv", "--target", "bought", "--json", home=tmp_path / "workspace")
    seconds = time.monotonic() - began
    assert done.returncode == 0, done.stderr
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    for run in json.loads(done.stdout)["runs"]:
        print(run["model"], run["metrics"]["roc_auc"])
    print(f"{seconds:.0f} s, {peak:.2f} GB at the peak of one process")
    assert seconds < 180
    assert peak < 3
