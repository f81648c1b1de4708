"""The drill: a backup taken during training restores to a workspace in which everything works."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from command import run_command

from modellab_core.lab import Lab

pytestmark = pytest.mark.slow


def table(path: Path) -> Path:
    """A table that takes some seconds to train on, with text, numbers and gaps."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(2_000, 5)), columns=[f"x{place}" for place in range(5)])
    frame["where"] = rng.choice(["north", "south", "east"], len(frame))
    frame.loc[::17, "x1"] = np.nan
    frame["y"] = np.where(frame.x0 + rng.normal(size=len(frame)) > 0, "yes", "no")
    frame.to_csv(path, index=False)
    return path


def train(path: Path, home: Path) -> subprocess.Popen[bytes]:
    """`modellab train` in the background."""
    line = [sys.executable, "-m", "modellab_core.cli", "train", str(path), "--target", "y"]
    with path.with_suffix(".log").open("wb") as log:
        return subprocess.Popen(line, env=os.environ | {"MODELLAB_HOME": str(home)}, stdout=log, stderr=log)


def until_training(lab: Lab, training: subprocess.Popen[bytes]) -> None:
    """Wait until somebody works on the second model of the batch."""
    end = time.monotonic() + 240
    while time.monotonic() < end and training.poll() is None:
        if any(run.state == "running" and run.position == 1 and run.phase for run in lab.all_runs()):
            return
        time.sleep(0.05)
    raise AssertionError(f"it was never trained: {[(run.model, run.state, run.phase) for run in lab.all_runs()]}")


def test_a_backup_taken_during_training_restores_to_a_workspace_in_which_all_works(
    trained: tuple[Path, str], tmp_path: Path
) -> None:
    """Every run, report and prediction opens, a pack verifies, the interrupted run and the one that waited finish."""
    home, elsewhere, file = tmp_path / "home", tmp_path / "elsewhere", tmp_path / "b.tar.gz"
    shutil.copytree(trained[0], home)
    lab = Lab.open(home)
    before = {run.id: lab.report(run).to_json() for run in lab.all_runs()}
    training = train(table(tmp_path / "slow.csv"), home)
    try:
        until_training(lab, training)
        lab.backup(file)
    except AssertionError as error:
        raise AssertionError((tmp_path / "slow.log").read_text()) from error
    finally:
        training.terminate()
        training.wait(60)
    assert run_command("restore", file, home=elsewhere).returncode == 0

    restored = Lab.open(elsewhere)
    runs = {run.id: run for run in restored.all_runs()}
    assert set(before) <= set(runs)
    states = {run.model: run.state for run in runs.values() if run.id not in before}
    assert states == {"dummy": "succeeded", "linear": "interrupted", "xgboost": "queued"}
    for run in [run for run in runs.values() if run.state == "succeeded"]:
        report = restored.report(run).to_json()
        assert report == before.get(run.id, report)
        assert len(restored.predictions(run).y_pred) == restored.report(run).n
        assert restored.model(run) is not None
        assert len(restored.table(run.version_id or "").frame) in (150, 2_000)
    assert not restored.status(deep=True)["damaged"]

    stopped = next(run for run in runs.values() if run.state == "interrupted")
    batch = restored.catalog.runs.batch(restored.retry(stopped.id).batch_id or "")
    assert [run.state for run in restored.follow(batch, lambda _: None)] == ["succeeded"] * 3
    one = next(iter(before))
    assert run_command("repro", one, "-o", tmp_path / "pack.zip", home=elsewhere).returncode == 0
    verified = run_command("verify", tmp_path / "pack.zip", "--here", "--yes", home=elsewhere)
    assert verified.returncode == 0, verified.stdout + verified.stderr
