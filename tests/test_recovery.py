"""A worker or a program killed midway leaves a workspace that opens: one run interrupted, all others whole."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from command import run_command

from modellab_core.jobs import recover
from modellab_core.lab import Lab
from modellab_core.store.tables import Run

pytestmark = pytest.mark.slow


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A table that takes some seconds to train on."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(20_000, 12)), columns=[f"x{place}" for place in range(12)])
    frame["y"] = np.where(frame.x0 + rng.normal(size=len(frame)) > 0, "yes", "no")
    frame.to_csv(tmp_path / "slow.csv", index=False)
    return tmp_path / "slow.csv"


def until(lab: Lab, wanted: Callable[[Run], bool], seconds: float = 120) -> Run:
    """The first run that is as wanted."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for run in lab.all_runs():
            if wanted(run):
                return run
        time.sleep(0.05)
    raise AssertionError([(run.model, run.state, run.phase) for run in lab.all_runs()])


def is_training(run: Run) -> bool:
    """Whether a run other than the first is being fitted by a worker."""
    return run.state == "running" and run.position > 0 and run.phase == "fitting" and run.pid is not None


def start(table: Path, home: Path) -> subprocess.Popen[bytes]:
    """`modellab train` in the background."""
    line = [sys.executable, "-m", "modellab_core.cli", "train", str(table), "--target", "y", "--json"]
    quiet = subprocess.DEVNULL
    environment = os.environ | {"MODELLAB_HOME": str(home)}
    return subprocess.Popen(line, env=environment, stdout=quiet, stderr=quiet, preexec_fn=_heed_ctrl_c)


def _heed_ctrl_c() -> None:
    """A shell starts what runs in its background deaf to Ctrl-C, and so the tests may have been started."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def whole(lab: Lab) -> bool:
    """Whether no blob is missing or changed and every run that succeeded shows its report."""
    reports = [lab.report(run).n for run in lab.all_runs() if run.state == "succeeded"]
    return not lab.status(deep=True)["damaged"] and all(reports)


def test_a_killed_worker_is_interrupted_and_starts_again(table: Path, tmp_path: Path) -> None:
    """SIGKILL to a worker: its run is interrupted and says so, the others are whole, and it can be started again."""
    home = tmp_path / "workspace"
    lab = Lab.open(home)
    command = start(table, home)
    victim = until(lab, is_training)
    os.kill(victim.pid or 0, signal.SIGKILL)
    command.wait(180)
    assert command.returncode == 1
    states = {run.model: run.state for run in lab.all_runs()}
    assert states.pop(victim.model) == "interrupted"
    assert set(states.values()) == {"succeeded"}
    assert lab.run(victim.id).error
    assert whole(lab)
    again = run_command("runs", "retry", victim.id, home=home)
    assert again.returncode == 0, again.stderr
    assert lab.run(victim.id).state == "succeeded"


def test_a_killed_program_leaves_a_workspace_that_opens(table: Path, tmp_path: Path) -> None:
    """SIGKILL to the program that started the worker: the worker stops itself and the run becomes interrupted."""
    home = tmp_path / "workspace"
    lab = Lab.open(home)
    command = start(table, home)
    victim = until(lab, is_training)
    command.kill()
    command.wait(30)
    end = time.monotonic() + 45
    while lab.run(victim.id).state == "running" and time.monotonic() < end:
        recover(lab.catalog)
        time.sleep(0.2)
    assert lab.run(victim.id).state == "interrupted"
    assert not Path(f"/proc/{victim.pid}/exe").exists()
    assert whole(lab)
    assert run_command("runs", "list", home=home).returncode == 0


def test_ctrl_c_cancels_the_batch(table: Path, tmp_path: Path) -> None:
    """Ctrl-C stops the worker, marks every run that had not ended as cancelled, and leaves with 130."""
    home = tmp_path / "workspace"
    lab = Lab.open(home)
    command = start(table, home)
    victim = until(lab, is_training)
    command.send_signal(signal.SIGINT)
    assert command.wait(60) == 130
    assert {run.state for run in lab.all_runs() if run.position >= victim.position} == {"cancelled"}
    assert not Path(f"/proc/{victim.pid}/exe").exists()
    assert whole(lab)
