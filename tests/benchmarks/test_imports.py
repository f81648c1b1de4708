"""Cost of imports (P12): `pytest -m benchmark -n 0 -s tests/benchmarks/test_imports.py`.

Each import in an interpreter of its own; CPU seconds of the child, in turns, the median of the rounds.
"""

from __future__ import annotations

import os
import subprocess
import sys
from statistics import median

import pytest

pytestmark = pytest.mark.benchmark

ROUNDS = 5
USUAL = "import numpy, pandas, sklearn"
SAID = """
import runpy, sys
sys.argv = ["modellab", "--version"]
try:
    runpy.run_module("modellab_core.cli", run_name="__main__")
except SystemExit:
    pass
assert not {"pandas", "numpy", "sklearn"} & set(sys.modules)
"""


def cpu(code: str) -> float:
    """CPU seconds of a fresh interpreter that runs `code`."""
    before = os.times()
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def test_importing_costs_little() -> None:
    """`import modellab_core` costs at most .4 of importing numpy, pandas and scikit-learn, the bare interpreter off."""
    cpu(USUAL)  # the files are in the cache of the disk
    rounds = [(cpu("import modellab_core"), cpu(USUAL), cpu("pass")) for _ in range(ROUNDS)]
    found = median((ours - bare) / (usual - bare) for ours, usual, bare in rounds)
    costs = ", ".join(f"{ours:.2f}/{usual:.2f}/{bare:.2f}" for ours, usual, bare in rounds)
    print(f"\nP12 import modellab_core: {found:.3f}x of numpy, pandas and scikit-learn   (CPU seconds {costs})")
    evaluate = median(cpu("from modellab_core import evaluate") for _ in range(3))
    print(f"P12 for information, `from modellab_core import evaluate`: {evaluate:.2f} CPU seconds")
    assert found <= 0.4


def test_the_version_is_said_without_pandas() -> None:
    """`modellab --version` loads neither pandas nor numpy."""
    print(f"\nP12 modellab --version: without pandas, {cpu(SAID):.2f} CPU seconds")
