"""Cost of the whole report beside other tools (P10): `pytest -m benchmark -n 0 -s` on this file.

100,000 test rows with ten features, and a model that can be called: CPU seconds of `report_sides.py`, each side in its
own throwaway environment. A side that pip cannot install, or that does not finish, is "not run". `MODELLAB_SIDES` names
a folder in which environments are kept from one run to the next.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import pytest

pytestmark = pytest.mark.benchmark

SIDES = Path(__file__).with_name("report_sides.py")
ROOT = Path(__file__).resolve().parents[2]
ROWS, ROUNDS = 100_000, 3
MINUTES = 60
WANTED = {
    "mlflow": ["mlflow", "scikit-learn"],
    "mlflow with shap": ["mlflow", "scikit-learn", "shap"],
    # the newest release imports names that newer versions of these no longer have
    "deepchecks": ["deepchecks==0.19.1", "scikit-learn<1.6", "pandas<2.3", "numpy<2", "setuptools<81"],
}


def environment(name: str, folder: Path) -> Path | None:
    """The Python of an environment that holds a side; None where it cannot be made."""
    python = folder / name.replace(" ", "-") / "bin" / "python"
    if not python.exists():
        try:
            venv.create(python.parents[1], with_pip=True)
            install = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", *WANTED[name]]
            subprocess.run(install, check=True, capture_output=True, timeout=10 * MINUTES)
        except (subprocess.SubprocessError, OSError) as error:
            print(f"\nP10 {name}: not run, because it could not be installed ({type(error).__name__})")
            return None
    return python


def cost(python: Path | str, side: str, minutes: float) -> dict[str, float] | None:
    """CPU seconds of what a side does, by name, on one thread; None where it failed or took too long."""
    one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    where = {"PYTHONPATH": str(ROOT)} if side == "modellab" else {}
    command = [str(python), str(SIDES), side, str(ROWS)]
    try:
        done = subprocess.run(
            command, env=os.environ | one | where, capture_output=True, text=True, timeout=minutes * MINUTES
        )
    except subprocess.TimeoutExpired:
        print(f"\nP10 {side}: not run, because it took more than {minutes} minutes")
        return None
    line = next((line for line in done.stdout.splitlines() if line.startswith("COST ")), None)
    if line is None:
        print(f"\nP10 {side}: not run, because it failed: {done.stderr.strip().splitlines()[-1:]}")
        return None
    found: dict[str, float] = json.loads(line.removeprefix("COST "))
    return found


def told(name: str, ours: Sequence[float], other: Sequence[float]) -> float:
    """The median of the ratios, printed."""
    found = median(one / two for one, two in zip(ours, other, strict=True))
    costs = ", ".join(f"{one:.2f}/{two:.2f}" for one, two in zip(ours, other, strict=True))
    print(f"\nP10 the whole report, {name}: {found:.3f}x   (CPU seconds {costs})")
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the environments are."""
    kept = os.environ.get("MODELLAB_SIDES")
    return Path(kept) if kept else tmp_path_factory.mktemp("sides")


@pytest.mark.parametrize("name", ["mlflow", "mlflow with shap"])
def test_the_whole_report_costs_less_than_mlflows(name: str, folder: Path) -> None:
    """At most .5 of `mlflow.models.evaluate` with a model; with the PNG files, which it also draws, at most .8."""
    python = environment(name, folder)
    if python is None:
        pytest.skip("not run")
    rounds = [(cost(sys.executable, "modellab", 10), cost(python, "mlflow", 10)) for _ in range(ROUNDS)]
    pairs = [(ours, other) for ours, other in rounds if ours and other]
    if not pairs:
        pytest.skip("not run")
    other = [two["mlflow"] for _, two in pairs]
    bare = told(f"against {name}", [one["modellab"] for one, _ in pairs], other)
    drawn = told(f"with PNGs, against {name}", [one["modellab_pngs"] for one, _ in pairs], other)
    assert bare <= 0.5
    assert drawn <= 0.8


def test_the_whole_report_costs_a_fraction_of_deepchecks(folder: Path) -> None:
    """At most 1/15 of the suite for the evaluation of a model."""
    python = environment("deepchecks", folder)
    ours, other = cost(sys.executable, "modellab", 10), python and cost(python, "deepchecks", 40)
    if not ours or not other:
        pytest.skip("not run")
    assert told("against deepchecks", [ours["modellab"]], [other["deepchecks"]]) <= 1 / 15
