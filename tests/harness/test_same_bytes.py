"""The same predictions give the same bytes, whatever the threads and the process, however the rows are drawn."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from modellab_core.harness.engine.bundles import EXACT_ROWS
from modellab_core.harness.report import Report, evaluate
from modellab_core.harness.scores import Plan

HERE = Path(__file__).resolve()
ROWS = {"rows": 1_500, "bundles": 60_000}


def model(rows: pd.DataFrame) -> np.ndarray:
    """P(yes) from the first feature."""
    return np.asarray(1 / (1 + np.exp(-2 * np.nan_to_num(rows["a"].to_numpy(dtype=float)))))


def report_of(kind: str) -> Report:
    """A report with slices, stress test, baseline and calibration on few rows, drawn one by one, or on many."""
    rng, n = np.random.default_rng(0), ROWS[kind]
    X = pd.DataFrame({"a": rng.normal(size=n), "kind": rng.choice(["x", "y", "z"], n)})
    X.loc[rng.random(n) < 0.1, "a"] = np.nan
    y = np.where(X["a"].fillna(0) + rng.normal(size=n) > 0, "yes", "no")
    plan = Plan(resamples=24, model_rows=1_000)
    return evaluate(y, X=X, model=model, baselines={"dummy": np.full(n, 0.5)}, plan=plan)


def written(kind: str, threads: str, folder: Path) -> dict[str, bytes]:
    """The files that a process of its own writes with so many threads."""
    script = (
        "import sys; from pathlib import Path; sys.path[:0] = sys.argv[1:3]; import test_same_bytes;"
        " test_same_bytes.report_of(sys.argv[3]).save(Path(sys.argv[4]), pngs=False)"
    )
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "PYTHONHASHSEED")
    environment = os.environ | dict.fromkeys(names, threads)
    places = [str(HERE.parent), str(HERE.parents[2]), kind, str(folder)]
    subprocess.run([sys.executable, "-c", script, *places], check=True, env=environment)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.slow
@pytest.mark.parametrize("kind", ROWS)
def test_bytes_do_not_depend_on_process_or_threads(kind: str, tmp_path: Path) -> None:
    """Processes with 1, 2 and 3 threads, and this one, write the same bytes, by rows and by bundles."""
    assert (ROWS[kind] > EXACT_ROWS) is (kind == "bundles")
    seen = [written(kind, threads, tmp_path / threads) for threads in ("1", "2", "3", "2")]
    assert "eval_summary.json" in seen[0]
    seen.append(dict(report_of(kind).files(pngs=False)))
    assert [name for name in seen[0] if any(each.get(name) != seen[0][name] for each in seen)] == []
    assert len({frozenset(each) for each in seen}) == 1
