"""Programs that write, clean, back up and restore without end, for tests that kill or watch them.

    python tests/reliability/backup_subjects.py NAME ROOM …

ROOM holds the workspace `one` (and `two`), the backups in `kept`, and the place `place` that is restored again and
again. Each says `ready`, and `ack JSON` after each thing that it was told is done.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
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
STEPS = ("open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "sqlite3.connect")


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


def die_at(step: int, room: Path) -> list[int]:
    """From here on count the steps of this process on files in `room`, and end it before the one of this number."""
    count = [0]

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event in STEPS and str(room) in str(arguments[0]):
            count[0] += 1
            if count[0] == step:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)
    return count


def back_up_once(room: Path) -> None:
    """Back up to one name, and end before the step that the environment names."""
    catalog = open_catalog(room / "one")
    ready(time.perf_counter())
    count = die_at(int(os.environ["STEP"]), room)
    name = back_up(catalog.workspace, room / "kept" / "once.tar.gz").file.name
    acknowledge([name, count[0]])


def restore_once(room: Path) -> None:
    """Restore the other workspace to the place, and end before the step that the environment names."""
    here = open_catalog(room / "place").projects.all()[0].project.name
    ready(time.perf_counter())
    count = die_at(int(os.environ["STEP"]), room)
    done = restore(room / f"{'two' if here == 'one' else 'one'}.tar.gz", room / "place", force=True)
    acknowledge([str(done.kept), count[0]])


SUBJECTS: dict[str, Callable[[Path], None]] = {
    "write": write,
    "tidy": tidy,
    "backup": back_up_again,
    "restore": restore_again,
    "backup once": back_up_once,
    "restore once": restore_once,
}


if __name__ == "__main__":
    SUBJECTS[sys.argv[1]](Path(sys.argv[2]))
