"""Cost of reading CSV beside polars: `pytest -m benchmark -n 0 -s tests/benchmarks/test_reading.py`.

Both find the types from all rows (ours dates too), in a process of their own with one thread; the start of Python,
hashing, the profile and the copy are not counted. In turns, three rounds, whose median ratio of CPU times counts (P13).
polars is looked for in the folders of MODELLAB_BENCHMARK_PATH, and the test is skipped where it cannot be imported.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd
import pytest

pytestmark = pytest.mark.benchmark

ROWS = 1_000_000
ROUNDS = 3
LIMIT = 1.6
OURS = """
import sys, tempfile, time
from pathlib import Path
import pyarrow as pa
from modellab_core.data.limits import COMMAND
from modellab_core.data.reader import parse
from modellab_core.data.request import Asked
from modellab_core.data.room import Room, kept_small
pa.set_cpu_count(1)
with tempfile.TemporaryDirectory() as folder, open(sys.argv[1], "rb") as stream:
    room = Room(Path(folder), COMMAND.disk)
    with kept_small(room):
        raw, began = room.mapped(stream), time.process_time()
        parsed = parse(raw, Asked(), COMMAND, room)
        print(time.process_time() - began, parsed.rows)
"""
THEIRS = """
import sys, time
import polars
began = time.process_time()
frame = polars.read_csv(sys.argv[1], infer_schema_length=None)
print(time.process_time() - began, len(frame))
"""


def columns(kind: str) -> dict[str, object]:
    """A million cells of each kind that people have."""
    rng = np.random.default_rng(0)
    numbers = {
        "measured": np.where(rng.random(ROWS) < 0.05, np.nan, rng.normal(size=ROWS)),
        "whole": rng.integers(0, 1000, ROWS),
        "price": rng.lognormal(3, 1, ROWS).round(2),
    }
    texts = {
        "level": rng.choice(["low", "middle", "high"], ROWS),
        "place": np.char.add("place ", rng.integers(0, 5000, ROWS).astype(str)),
    }
    days = pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 1500, ROWS), unit="D")
    return {"numbers": numbers, "texts": texts, "mixed": {**numbers, **texts, "day": days.astype(str)}}[kind]


def cpu(program: str, file: Path) -> float:
    """Seconds of processor time that a program says it took, once it has found all rows."""
    path = os.pathsep.join([*sys.path[:1], os.environ.get("MODELLAB_BENCHMARK_PATH", "")])
    environment = os.environ | {"PYTHONPATH": path, "POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", program, str(file)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if "No module named 'polars'" in done.stderr:
        pytest.skip("polars is not here")
    seconds, rows = done.stdout.split()
    assert int(rows) == ROWS
    return float(seconds)


@pytest.mark.parametrize("kind", ["numbers", "texts", "mixed"])
def test_reading_costs_little_more_than_polars(kind: str, tmp_path: Path) -> None:
    """At most 1.6 times the CPU time of polars for a million rows."""
    file = tmp_path / "table.csv"
    pd.DataFrame(columns(kind)).to_csv(file, index=False)
    rounds = [(cpu(OURS, file), cpu(THEIRS, file)) for _ in range(ROUNDS)]
    found = median(ours / theirs for ours, theirs in rounds)
    print(f"\n{kind}: {found:.2f} of polars; ", [f"{ours:.2f}/{theirs:.2f} s" for ours, theirs in rounds])
    assert found <= LIMIT
