"""Programs that are killed: each opens a workspace, writes to it, says `ready`, and does one thing again and again.

    python tests/reliability/subjects.py NAME WORKSPACE ROOM

ROOM is a folder beside the workspace for the files of a person. `ready SECONDS CPU` tells how long opening took and the
seconds of a CPU since the program began, `ack JSON` what was acknowledged: that is what a kill must not take back.
"""

from __future__ import annotations

import json
import secrets
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from modellab_core.lab import Lab
from modellab_core.lab.imported import Columns, evaluate_table, keep
from modellab_core.store.catalog import open_catalog

ROWS = 3_000
PREDICTIONS = Columns("truth", "guess", ("1=score",))


def acknowledge(**told: object) -> None:
    """What was just done is told to whoever listens."""
    print("ack " + json.dumps(told), flush=True)


def opened(folder: Path) -> Lab:
    """The workspace, after a first write to it."""
    began = time.perf_counter()
    lab = Lab.open(folder)
    project = lab.create_project(f"p-{secrets.token_hex(6)}")
    lab.datasets(project.id)
    print(f"ready {time.perf_counter() - began:.3f} {time.process_time():.3f}", flush=True)
    acknowledge(project=project.id)
    return lab


def table(path: Path, rows: int) -> Path:
    """A CSV of random numbers that no other one equals, with a class that follows from them."""
    rng = np.random.default_rng(secrets.randbits(64))
    frame = pd.DataFrame(rng.normal(size=(rows, 6)), columns=list("abcdef"))
    frame["y"] = np.where(frame.a + frame.b + rng.normal(size=rows) > 0, "yes", "no")
    frame.to_csv(path, index=False)
    return path


def guesses(path: Path, rows: int = 200) -> Path:
    """A CSV of predictions that no other one equals."""
    rng = np.random.default_rng(secrets.randbits(64))
    truth = rng.integers(0, 2, rows)
    score = np.clip(0.5 + (truth - 0.5) * 0.5 + rng.normal(0, 0.3, rows), 0, 1)
    frame = pd.DataFrame({"truth": truth, "guess": (score >= 0.5).astype(int), "score": score})
    frame.to_csv(path, index=False)
    return path


def upload(folder: Path, room: Path) -> None:
    """Add one table after another."""
    lab = opened(folder)
    while True:
        version = lab.add_dataset(table(room / f"{secrets.token_hex(4)}.csv", ROWS), name=f"t{secrets.randbelow(5)}")
        acknowledge(version=version.id, sha256=version.sha256, rows=version.rows)


def train(folder: Path, room: Path) -> None:
    """Train one batch after another; a batch is acknowledged when it is queued, a run when it has ended."""
    lab = opened(folder)
    version = lab.add_dataset(table(room / f"{secrets.token_hex(4)}.csv", 120), name="small")
    while True:
        batch = lab.train(version, "y", seed=secrets.randbelow(2**32))
        acknowledge(batch=batch.id, queued=[run.id for run in lab.batch_runs(batch)])
        for run in lab.follow(batch, lambda _: None):
            acknowledge(run=run.id, state=run.state)


def evaluate(folder: Path, room: Path) -> None:
    """Write one report after another to the same folder, as the command does."""
    opened(folder)
    while True:
        file = guesses(room / "guesses.csv")
        evaluate_table(file, PREDICTIONS).save(room / "report")
        acknowledge(report=str(room / "report"))


def import_(folder: Path, room: Path) -> None:
    """Keep one report of somebody else's predictions after another as a run."""
    lab = opened(folder)
    while True:
        file = guesses(room / "guesses.csv")
        run = keep(lab, evaluate_table(file, PREDICTIONS), file, PREDICTIONS, "default", seed=42)
        acknowledge(run=run.id, state=run.state)


def migrate(folder: Path, room: Path) -> None:
    """Open a workspace of an older form. All is loaded before, so that the kill comes while the tables change."""
    import alembic.migration
    import alembic.operations  # noqa: F401

    print("ready 0 0", flush=True)
    open_catalog(folder)
    acknowledge(migrated=True)


def look(folder: Path, room: Path) -> None:
    """Open it and end: the measure of whether it can be used."""
    opened(folder)


SUBJECTS: dict[str, Callable[[Path, Path], None]] = {
    "upload": upload,
    "train": train,
    "evaluate": evaluate,
    "import": import_,
    "migrate": migrate,
    "look": look,
}


if __name__ == "__main__":
    SUBJECTS[sys.argv[1]](Path(sys.argv[2]), Path(sys.argv[3]))
