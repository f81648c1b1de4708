"""A workspace of many runs is backed up and restored: `python tests/reliability/many_runs.py [RUNS [FOLDER]]`.

Every run has as many scores, named files and files of its own as one that was trained on a small table; the files are
random, so that nothing is saved by packing. Design: 10,000 runs restore in under a minute.
"""

from __future__ import annotations

import hashlib
import os
import random
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from sqlalchemy import insert  # noqa: E402
from store.making import catalog_in, version_in  # noqa: E402

from modellab_core.store.backup import back_up  # noqa: E402
from modellab_core.store.catalog import Catalog, open_catalog  # noqa: E402
from modellab_core.store.engine import Doors  # noqa: E402
from modellab_core.store.evidence_tables import ScoreRow  # noqa: E402
from modellab_core.store.restore import restore  # noqa: E402
from modellab_core.store.tables import Run  # noqa: E402

SCORES, NAMES, OWN, BYTES = 290, 260, 25, 4096
LIMIT_SECONDS = 60.0


def many_runs(folder: Path, runs: int) -> Catalog:
    """A workspace with so many finished runs; written at once, because storing them one by one takes long."""
    catalog = catalog_in(folder)
    project = catalog.projects.ensure("default")
    version, draw = version_in(catalog, project), random.Random(0)
    shared = {f"pack/code/file_{place}.py": version.sha256 for place in range(NAMES - OWN)}
    score = {"metric": "roc_auc", "n": 100, "value": 0.5, "low": 0.4, "high": 0.6, "method": "percentile"}
    for start in range(0, runs, 500):
        with Doors(catalog.workspace.database).write() as session:
            for place in range(start, min(start + 500, runs)):
                own = {f"eval/file_{one}.json": _blob(catalog, draw.randbytes(BYTES)) for one in range(OWN)}
                run = {"id": f"{place:012x}", "project_id": project.id, "version_id": version.id, "name": "dummy"}
                values = {**run, "state": "succeeded", "recipe": {"sha256": version.sha256}, "files": {**shared, **own}}
                session.execute(insert(Run), [values])
                session.execute(
                    insert(ScoreRow), [{"run_id": run["id"], "slice": str(one), **score} for one in range(SCORES)]
                )
    return catalog


def _blob(catalog: Catalog, content: bytes) -> str:
    digest = hashlib.sha256(content).hexdigest()
    path = catalog.blobs.path(digest)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return digest


def tried(folder: Path, runs: int) -> tuple[float, float]:
    """(seconds to restore, by the clock and of our own work) a workspace of so many runs; both are compared."""
    catalog = many_runs(folder, runs)
    began = time.monotonic()
    made = back_up(catalog.workspace, folder / "backup.tar.gz")
    packed = time.monotonic() - began
    began, worked = time.monotonic(), os.times().user
    done = restore(made.file, folder / "restored")
    unpacked, worked = time.monotonic() - began, os.times().user - worked
    restored = open_catalog(done.folder)
    assert restored.evidence.counts() == catalog.evidence.counts()
    assert set(restored.blobs.digests()) == set(catalog.blobs.digests())
    print(
        f"{runs} runs, {len(made.manifest.blobs)} files, database {made.manifest.database_bytes >> 20} MB, backup "
        f"{made.size >> 20} MB: backed up in {packed:.1f} s, restored in {unpacked:.1f} s "
        f"({worked:.1f} s of own work)"
    )
    return unpacked, worked


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory(dir=sys.argv[2] if len(sys.argv) > 2 else None) as scratch:
        sys.exit(tried(Path(scratch), count)[0] > LIMIT_SECONDS)
