"""How well bundles stand for rows, and a report of a million rows: `pytest -m benchmark -n 0 -s` on this file."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from naive import made_up

from modellab_core.harness.engine.bundles import EXACT_ROWS
from modellab_core.harness.engine.drawing import resampled
from modellab_core.harness.engine.resampling import Resampling
from modellab_core.harness.intervals.formulas import expanded_percentile
from modellab_core.harness.metrics import metrics_for
from modellab_core.harness.report import evaluate

pytestmark = pytest.mark.benchmark

ROWS = EXACT_ROWS + 5_000
RESAMPLES = 12_000
MONTE_CARLO = 1 / np.sqrt(RESAMPLES)  # relative error of the ratio of two standard deviations, each from the resamples
FEATURES = 10
MILLION = 1_000_000
SECONDS, GIGABYTES = 30, 2


@pytest.mark.parametrize("kind", ["binary", "rare", "multiclass", "regression"])
def test_spread_of_bundles_and_rows(kind: str) -> None:
    """Standard deviations by bundles are .96 to 1.02 of those by rows (twice the Monte Carlo error allowed beside), and
    the ends of the intervals agree within that error."""
    task = "binary" if kind == "rare" else kind
    some = made_up(task, ROWS, 1, prevalence=0.01 if kind == "rare" else 0.5)
    metrics = [metric for metric in metrics_for(some.task) if metric.name not in ("max_error", "ece")]
    by_rows = resampled(some, metrics, Resampling(ROWS, RESAMPLES, exact=True))
    by_bundles = resampled(some, metrics, Resampling(ROWS, RESAMPLES))
    print()
    for metric in metrics:
        rows, bundles = by_rows[metric.name], by_bundles[metric.name]
        share = bundles.std() / rows.std()
        ends = [expanded_percentile(draws, ROWS) for draws in (rows, bundles)]
        off = [float(two - one) / rows.std() for one, two in zip(*ends, strict=True)]
        print(f"{kind:10} {metric.name:24} sd {share:.3f}   ends off by {off[0]:+.3f} and {off[1]:+.3f} sd")
        assert 0.96 - 2 * MONTE_CARLO < share < 1.02 + 2 * MONTE_CARLO
        assert max(map(abs, off)) < 0.15


def million() -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Ten features of several kinds, labels and probabilities."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame({f"x{number}": rng.normal(size=MILLION) for number in range(FEATURES - 4)})
    X["kind"], X["count"] = rng.choice(list("abcdefgh"), MILLION), rng.integers(0, 30, MILLION)
    X["flag"] = rng.random(MILLION) < 0.3
    X["day"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 700, MILLION), unit="D")
    X.loc[rng.random(MILLION) < 0.1, "x5"] = np.nan
    chance = 1 / (1 + np.exp(-(0.8 * X["x0"] - 0.5 * X["x1"] + (X["kind"] == "a")).to_numpy()))
    return X, np.where(rng.random(MILLION) < chance, "yes", "no"), chance


def report_of_a_million(folder: str) -> None:
    """Evaluate a million predictions and write the files; say how long it took and how much memory it needed."""
    X, y, chance = million()
    began = time.monotonic()
    report = evaluate(y, y_proba=chance, X=X)
    report.save(Path(folder), pngs=False)
    seconds, peak = time.monotonic() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    slices = sum(score.slice != "all" and score.low is not None for score in report.scores)
    print(f"{seconds:.1f} s, {peak:.2f} GB, {slices} intervals of slices", flush=True)
    assert seconds < SECONDS
    assert peak < GIGABYTES


def test_a_report_of_a_million_rows(tmp_path: Path) -> None:
    """A report on 1,000,000 binary predictions with 10 features takes under 30 s on two cores and under 2 GB."""
    code = (
        "import sys; sys.path[:0] = sys.argv[1:4]; import test_bundle_spread as b; b.report_of_a_million(sys.argv[4])"
    )
    here = Path(__file__).resolve()
    places = [str(here.parents[2]), str(here.parents[1]), str(here.parent), str(tmp_path / "report")]
    done = subprocess.run([sys.executable, "-c", code, *places], capture_output=True, text=True)
    print(f"\n1,000,000 rows x {FEATURES} features: {done.stdout.strip()}")
    assert done.returncode == 0, done.stderr
