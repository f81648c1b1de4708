"""Backups while four programs write and one cleans: `python tests/reliability/backup_under_load.py [BACKUPS [FOLDER]]`.

Every run that was acknowledged before a backup began is in it, none is in it half, and every file of it verifies.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from reliability.killing import Subject, audit  # noqa: E402

from modellab_core.store.backup import back_up  # noqa: E402
from modellab_core.store.catalog import open_catalog  # noqa: E402
from modellab_core.store.restore import restore  # noqa: E402

SUBJECTS = Path(__file__).with_name("backup_subjects.py")


@contextmanager
def at_work(room: Path, writers: int) -> Iterator[list[Subject]]:
    """So many writers of the workspace `one`, and one who cleans it; all are working when the block begins."""
    subjects = [Subject(SUBJECTS, name, room) for name in ["write"] * writers + ["tidy"]]
    try:
        for subject in subjects:
            subject.wait_ready()
        while not all(subject.acknowledged for subject in subjects[:-1]):
            time.sleep(0.01)
        yield subjects[:-1]
    finally:
        for subject in subjects:
            subject.kill()


def tried(room: Path, backups: int, writers: int = 4, pause: float = 0.3) -> list[str]:
    """All that was wrong with so many backups taken one after the other; says how much was written meanwhile."""
    (room / "kept").mkdir(parents=True)
    catalog, wrong, seconds, held = open_catalog(room / "one"), [], [], 0
    with at_work(room, writers) as working:
        for number in range(backups):
            time.sleep(pause)
            before = [dict(one) for subject in working for one in list(subject.acknowledged)]
            began = time.monotonic()
            made = back_up(catalog.workspace, room / "kept" / f"{number}.tar.gz")
            seconds.append(time.monotonic() - began)
            restored = restore(made.file, room / "restored").folder
            wrong += [f"backup {number}: {one}" for one in [*audit(restored), *made.manifest.lacking]]
            there = {run.id for run in open_catalog(restored).runs.all()}
            wrong += [
                f"backup {number} lacks run {one['run']}" for one in before if one["there"] and one["run"] not in there
            ]
            wrong += [
                f"backup {number} has run {one['run']}" for one in before if not one["there"] and one["run"] in there
            ]
            held = len(there)
            shutil.rmtree(restored)
        written = sum(len(subject.acknowledged) for subject in working)
    wrong += audit(room / "one")
    print(
        f"{backups} backups while {writers} wrote {written} runs, {held} of them in the last: at most "
        f"{max(seconds):.2f} s each, {len(wrong)} wrong"
    )
    return wrong


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    with tempfile.TemporaryDirectory(dir=sys.argv[2] if len(sys.argv) > 2 else None) as scratch:
        found = tried(Path(scratch), count)
    print("\n".join(found[:20]))
    sys.exit(bool(found))
