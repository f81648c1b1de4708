"""Cost of long lists in the app (P15): `pytest -m benchmark -n 0 -s tests/benchmarks/test_long_lists.py`.

CPU seconds of the server for the page Compare on 10,000 runs, and for the lists of 1,000 projects.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from store.making import version_in

from modellab_core.lab import Lab
from modellab_core.store.columns import new_id, now
from modellab_core.store.engine import Doors
from modellab_core.store.tables import Project, Run

pytestmark = pytest.mark.benchmark

RUNS, PROJECTS = 10_000, 1_000


def cpu(act: Callable[[], object]) -> float:
    """CPU seconds of this process for one call."""
    start = time.process_time()
    act()
    return time.process_time() - start


def many(folder: Path) -> tuple[Lab, str]:
    """A workspace with a project of 10,000 finished runs and 1,000 projects beside it."""
    lab = Lab.open(folder)
    home = lab.create_project("home")
    version = version_in(lab.catalog, home)
    moment, types = now() - timedelta(days=30), {f"column {place}": "number" for place in range(40)}
    files = {f"pack/code/file_{place}.py": version.sha256 for place in range(230)}
    runs = []
    for place in range(RUNS):
        value = 0.5 + place % 400 / 1000
        told = {"metric": "roc_auc", "value": value, "low": value - 0.03, "high": value + 0.03}
        recipe = {"target": "left", "seed": place, "sha256": version.sha256, "reading": {"types": types}, "params": {}}
        run = {"id": new_id(), "project_id": home.id, "version_id": version.id, "name": "r", "model": "linear"}
        at = moment + timedelta(seconds=place)
        named = {**files, "eval/eval_summary.json": version.sha256}
        runs.append({**run, "recipe": recipe, "headline": told, "files": named, "state": "succeeded", "created_at": at})
    others = [{"name": f"p {place}", "name_key": f"p {place}"} for place in range(PROJECTS)]
    with Doors(lab.folder / "modellab.db").write() as session:
        session.execute(insert(Run), runs)
        session.execute(insert(Project), [{**one, "id": new_id(), "created_at": moment} for one in others])
    return lab, home.id


def test_ten_thousand_runs_and_a_thousand_projects_open_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The table of 10,000 runs costs at most 1 CPU second at first and .1 afterwards, the list of projects .2."""
    monkeypatch.setenv("MODELLAB_HOME", str(tmp_path / "home"))
    lab, home = many(tmp_path / "home")
    from modellab_core.ui.compare import runs_to_compare

    first, again = (cpu(lambda: runs_to_compare(lab, home)) for _ in range(2))
    whole = cpu(lambda: lab.all_runs(home))
    projects = cpu(lambda: lab.projects(recommended=False))
    print(f"\nP15 10,000 runs: {first:.2f} CPU seconds, again {again:.3f} (whole rows: {whole:.2f})")
    print(f"P15 1,000 projects: {projects:.3f} CPU seconds, with recommended runs {cpu(lab.projects):.3f}")
    assert len(runs_to_compare(lab, home).runs) == RUNS
    assert first <= 1.0
    assert again <= 0.1
    assert projects <= 0.2
