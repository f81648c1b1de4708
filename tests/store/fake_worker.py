"""A worker that trains nothing: it does what the recipe's `do` says. Run as `python -m fake_worker RUN`."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from modellab_core.errors import BadInput
from modellab_core.jobs import work
from modellab_core.progress import OnPhase
from modellab_core.store.catalog import open_catalog
from modellab_core.store.catalog_runs import Result
from modellab_core.store.tables import Run

CATALOG = open_catalog(Path(os.environ["MODELLAB_HOME"]))


def do(run: Run, on_phase: OnPhase) -> Result:
    what = run.recipe["do"]
    print(f"doing {what}", flush=True)
    if what == "child":
        print(subprocess.Popen(["sleep", "60"]).pid, flush=True)
    on_phase("fitting", 1, 4, what)
    if what == "refuse":
        raise BadInput("The target 'b' is not usable.")
    if what == "crash":
        raise ZeroDivisionError("oops")
    if what == "exit":
        os._exit(7)
    if what == "deaf":
        time.sleep(60)
    while what in ("long", "child"):
        on_phase("fitting", 2, 4, what)
        time.sleep(0.05)
    if what == "short":
        time.sleep(0.4)
    digest = CATALOG.blobs.put(what.encode())
    return Result(scores=[{"metric": "accuracy", "n": 4, "value": 0.5}], files={"eval/metrics.json": digest})


if __name__ == "__main__":
    sys.exit(work(CATALOG, sys.argv[1], do))
