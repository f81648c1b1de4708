"""Help, many projects, and what a person sees of runs that did not succeed, without a browser."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest
from app_pages import at_page, tables, whole, words

from modellab_core import __version__
from modellab_core.harness.metrics import METRICS
from modellab_core.lab import Lab
from modellab_core.lab.pace import seconds_left, share
from modellab_core.store.columns import now
from modellab_core.store.tables import Run
from modellab_core.ui.words import duration


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """An empty workspace."""
    monkeypatch.setenv("MODELLAB_HOME", str(tmp_path / "workspace"))
    return Lab.open(tmp_path / "workspace")


def test_help_defines_every_metric_in_its_own_words(lab: Lab) -> None:
    """The page says the version, and gives for every metric of the registry the docstring of what computes it."""
    at = whole(at_page("help", "shell", view="Metrics"))
    assert f"ModelLab {__version__}" in words(at)
    shown = tables(at)[0].set_index("key")["means"]
    assert {name: shown[name] for name in METRICS} == {
        name: " ".join(one.definition.split()) for name, one in METRICS.items()
    }


def test_among_many_projects_one_is_found(lab: Lab) -> None:
    """A long list is shown a page at a time and searched by name and description."""
    for number in range(24):
        lab.create_project(f"Project {number}")
    lab.describe_project("Project 7", "about <b>bees</b>")
    at = whole(at_page("projects", "shell"))
    assert words(at).count("**Project") == 20
    at = whole(at.text_input(key="project-search").input("BEES").run())
    assert "1 of 24 projects." in words(at)
    assert words(at).count("**Project") == 1


def test_a_failed_run_says_why_and_can_be_started_again(
    trained: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failed run shows its reason with its log open, an interrupted one a button; one more starts both again."""
    shutil.copytree(trained[0], tmp_path / "home")
    monkeypatch.setenv("MODELLAB_HOME", str(tmp_path / "home"))
    lab = Lab.open()
    _, linear, boosted = (run.id for run in lab.batch_runs(lab.batches()[0]))
    with sqlite3.connect(lab.folder / "modellab.db") as database:
        for run, state, why in ((linear, "failed", "Not enough rows."), (boosted, "interrupted", "Try it again.")):
            database.execute("UPDATE run SET state = ?, error = ? WHERE id = ?", (state, why, run))
    at = whole(at_page("train", "shell"))
    told = words(at)
    assert "Not enough rows." in told
    assert "Try it again." in told
    assert len(at.code) == 1, "the log of the failed run"
    assert [one.label for one in at.button].count("Start again") == 2
    whole(at.button(key="retry-all").click().run())
    assert {run.state for run in lab.batch_runs(lab.batches()[0])} == {"succeeded", "queued"}
    assert "2 waiting" in words(whole(at_page("help", "shell")))


def test_time_left_comes_from_earlier_runs_else_from_its_own_pace() -> None:
    """By what the model usually takes; past that, and without it, by the share that is done; at first nobody knows."""
    moment = now()
    run = Run(project_id="p", name="r", model="linear", started_at=moment.replace(year=moment.year), phase="fitting")
    run.done, run.total = 1, 2
    later = moment.fromtimestamp(moment.timestamp() + 10, moment.tzinfo)
    assert seconds_left(run, later, {"linear": 25.0}) == pytest.approx(15.0)
    assert seconds_left(run, later, {}) == pytest.approx(10 * (1 - share(run)) / share(run))
    assert seconds_left(Run(project_id="p", name="r", started_at=moment), later, {}) is None
    assert [duration(seconds) for seconds in (0.2, 7, 43, 400, 4300)] == ["1 s", "7 s", "45 s", "7 min", "1 h 12 min"]
