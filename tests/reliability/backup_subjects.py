"""Programs that write, clean, back up and restore without end, for tests that kill or watch them.

    python tests/reliability/backup_subjects.py NAME ROOM …

ROOM holds the workspace `one` (and `two`), the backups in `kept`, and the place `place` that is restored again and
again. Each says `ready`, and `ack JSON` after each thing that it was told is done.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
import time
from collections.abc import Callable
from itertools import cycle
from pathlib import Path

from modellab_core.store.backup import back_up
from modellab_core.store.catalog import Catalog, open_catalog
from modellab_core.store.catalog_runs import NewRun, Result
from modellab_core.store.clean import clean
from modellab_core.store.restore import restore

SCORE = {"metric": "roc_auc", "n": 10, "value": 0.5, "low": 0.4, "high": 0.6, "method": "percentile"}
DAYS = 3 * 86_400


def ready(began: float) -> None:
    """Opening took this long; the rest was the start of Python."""
    print(f"ready {time.perf_counter() - began:.3f} {time.process_time():.3f}", flush=True)


def acknowledge(told: object) -> None:
    """What was just done is told to whoever listens."""
    print("ack " + json.dumps(told), flush=True)


def add_run(catalog: Catalog, project: str, files: int, size: int = 2_000) -> str:
    """A finished run with files of its own, in a project; its id."""
    names = ["eval/eval_summary.json", "predictions.parquet", *(f"eval/file_{place}" for place in range(files))]
    blobs = {name: catalog.blobs.put(secrets.token_bytes(size)) for name in names}
    home = catalog.projects.ensure(project)
    headline = {key: SCORE[key] for key in ("metric", "value", "low", "high")}
    return catalog.runs.add_finished(home.id, NewRun("r", "r", {}, "f" * 64), Result([SCORE], blobs, headline)).id


def write(room: Path) -> None:
    """Add runs; delete every third again and make its files old, so that cleaning takes them."""
    began = time.perf_counter()
    catalog = open_catalog(room / "one")
    ready(began)
    for number in cycle(range(3)):
        run = add_run(catalog, "load", 1)
        if number == 2:
            blobs = catalog.runs.get(run).files.values()
            catalog.runs.delete(run)
            for blob in blobs:
                os.utime(catalog.blobs.path(blob), (time.time() - DAYS, time.time() - DAYS))
        acknowledge({"run": run, "there": number != 2})


def tidy(room: Path) -> None:
    """Clean without end."""
    began = time.perf_counter()
    catalog = open_catalog(room / "one")
    ready(began)
    while True:
        gone = clean(catalog.workspace)
        if gone:
            acknowledge(len(gone))
        time.sleep(0.05)


def back_up_again(room: Path) -> None:
    """Back up without end, to three names in turn."""
    began = time.perf_counter()
    catalog = open_catalog(room / "one")
    ready(began)
    for number in cycle(range(3)):
        acknowledge(back_up(catalog.workspace, room / "kept" / f"b-{number}.tar.gz").file.name)


def restore_again(room: Path) -> None:
    """Restore the backups of two workspaces in turn to one place."""
    began = time.perf_counter()
    open_catalog(room / "place")
    ready(began)
    for name in cycle(("one", "two")):
        done = restore(room / f"{name}.tar.gz", room / "place", force=True)
        acknowledge({"name": name, "kept": str(done.kept)})


SUBJECTS: dict[str, Callable[[Path], None]] = {
    "write": write,
    "tidy": tidy,
    "backup": back_up_again,
    "restore": restore_again,
}


if __name__ == "__main__":
    SUBJECTS[sys.argv[1]](Path(sys.argv[2]))
