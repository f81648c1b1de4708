"""Long lists of runs, and how runs differ, on a trained workspace."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from modellab_core.errors import Conflict
from modellab_core.lab import Lab
from modellab_core.lab.contrast import differing
from modellab_core.store.damage import seal


@pytest.fixture
def lab(trained: tuple[Path, str], tmp_path: Path) -> Lab:
    """A copy of the trained workspace."""
    shutil.copytree(trained[0], tmp_path / "workspace")
    return Lab.open(tmp_path / "workspace")


def test_lines_say_what_rows_say(lab: Lab) -> None:
    """A list of lines has the runs in the order and with the values of whole rows; recipes lack what is long."""
    project = lab.projects()[0].project.id
    rows, lines = lab.all_runs(project), lab.lines(project)
    for name in ("id", "model", "state", "headline", "created_at", "ended_at", "batch_id", "live"):
        assert [getattr(one, name) for one in lines] == [getattr(one, name) for one in rows], name
    assert lines[0].recipe == {key: item for key, item in rows[0].recipe.items() if key not in ("reading", "schema")}
    assert [one.id for one in lab.lines(project, limit=1)] == [rows[0].id]
    assert [one.reported for one in lines] == [lab.has_report(one) for one in rows]
    assert lab.lines(project, reported=True) == lines


def test_a_damaged_run_is_a_line_that_says_so(lab: Lab) -> None:
    """A run whose row cannot be read stands among the others, damaged, and is not recommended."""
    project = lab.projects()[0].project.id
    broken = lab.all_runs(project)[0].id
    with sqlite3.connect(lab.folder / "modellab.db") as database:
        database.execute("UPDATE run SET headline = '{' WHERE id = ?", (broken,))
    states = {one.id: (one.state, one.damage is not None) for one in lab.lines(project)}
    assert states.pop(broken) == ("damaged", True)
    assert set(states.values()) == {("succeeded", False)}
    assert lab.projects()[0].recommended is not None


def test_a_project_says_what_its_newest_batch_came_to(lab: Lab, trained: tuple[Path, str]) -> None:
    """The list of projects counts the states of the newest batch and names the run that it recommends."""
    told: dict[str, Any] = json.loads(trained[1])
    found = lab.projects()[0]
    assert (found.runs, found.running, dict(found.latest)) == (3, 0, {"succeeded": 3})
    assert found.recommended is not None
    assert found.recommended.id == told["recommended"]
    assert lab.projects(recommended=False)[0].recommended is None


def test_runs_flip_and_differ(lab: Lab) -> None:
    """Two models of a batch differ in rows and in nothing but the model; a run and itself in nothing."""
    dummy, linear, boosted = (run.id for run in lab.batch_runs(lab.batches()[0]))
    found = lab.flips(dummy, boosted)
    assert found.second > found.first
    assert found.n == found.first + found.second + found.both + found.neither
    assert lab.differing([dummy, linear]).index.tolist() == ["model"]
    assert differing([lab.run(linear), lab.run(linear)]).empty


def test_runs_of_other_rows_do_not_flip(lab: Lab) -> None:
    """Runs that were scored on other rows are refused with the reason."""
    one, two = (run.id for run in lab.batch_runs(lab.batches()[0])[:2])
    with sqlite3.connect(lab.folder / "modellab.db") as database:
        other = lab.run(two).recipe | {"sha256": "0" * 64}
        kept = (json.dumps(other), seal(other), two)
        database.execute("UPDATE run SET recipe = ?, fingerprint = ? WHERE id = ?", kept)
    with pytest.raises(Conflict, match="cannot be ranked"):
        lab.flips(one, two)
