"""SIGKILL at random moments of backup and restore, and before chosen steps, and what is there afterwards.

    python tests/reliability/backup_kills.py [backup] [restore] [--times 100] [--folder FOLDER] [--seed 1]

Every backup that was acknowledged is whole, and so is every file with the name of one; a restored place is the one
workspace or the other, never between; what was there is kept; nothing unfinished stays after the next start.
"""

from __future__ import annotations

import shutil
import signal
import sqlite3
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from reliability.backup_subjects import add_run  # noqa: E402
from reliability.killing import (  # noqa: E402
    READY_SECONDS,
    Killed,
    Subject,
    arguments,
    audit,
    kill_once,
    leftovers,
    moments,
    span_of,
    told,
)

from modellab_core.errors import ModelLabError  # noqa: E402
from modellab_core.store.backup import back_up  # noqa: E402
from modellab_core.store.catalog import open_catalog  # noqa: E402
from modellab_core.store.restore import restore  # noqa: E402

SUBJECTS = Path(__file__).with_name("backup_subjects.py")
RUNS, FILES = 5, 60


def furnished(room: Path) -> None:
    """Two workspaces of several runs each, and a backup of each."""
    (room / "kept").mkdir(parents=True)
    for name in ("one", "two"):
        catalog = open_catalog(room / name)
        for _ in range(RUNS):
            add_run(catalog, name, FILES)
        back_up(catalog.workspace, room / f"{name}.tar.gz")


def damaged_backups(room: Path, acknowledged: list[str]) -> list[str]:
    """What is wrong with the files in `kept`: each must restore, and those that were acknowledged must be there."""
    found = [f"{name} was acknowledged and is gone" for name in acknowledged if not (room / "kept" / name).is_file()]
    for file in sorted((room / "kept").iterdir()):
        if file.name.startswith("."):
            continue
        try:
            found += audit(restore(file, room / "tried").folder)
        except ModelLabError as why:
            found.append(f"{file.name}: {why}")
        shutil.rmtree(room / "tried", ignore_errors=True)
    return found


def mixed_places(room: Path, acknowledged: list[dict[str, str]]) -> list[str]:
    """What is wrong with the place and with every workspace that was kept: each is one of the two, and whole."""
    kept = sorted(room.glob("place.before-restore-*"))
    told_of = {one["kept"] for one in acknowledged if one["kept"] != "None"}
    found = [f"{path} was told to be kept and is gone" for path in told_of - {str(path) for path in kept}]
    for folder in (room / "place", *kept):
        with closing(sqlite3.connect(folder / "modellab.db")) as connection:
            projects = connection.execute("SELECT name FROM project").fetchall()
            runs = connection.execute("SELECT count(*) FROM run").fetchone()[0]
        if (projects, runs) not in ([([("one",)], RUNS), ([("two",)], RUNS)]):
            found.append(f"{folder.name} is neither the one nor the other: {projects}, {runs} runs")
        found += audit(folder)
    for path in kept:
        shutil.rmtree(path)
    return found


LOOKS: dict[str, Callable[[Path, list], list[str]]] = {"backup": damaged_backups, "restore": mixed_places}


def unfinished(room: Path) -> list[str]:
    """Folders and files on their way, anywhere."""
    found = [path for name in ("one", "place", "kept") for path in [room / name] if path.is_dir()]
    inside = [f"{folder.name}/{name}" for folder in found for name in leftovers(folder)]
    return [*inside, *(path.name for path in [*room.glob(".modellab-*"), *(room / "kept").glob(".*")])]


def kills(verb: str, times: int, room: Path, seed: int) -> tuple[list[Killed], list[str]]:
    """Kill `verb` so many times; how each went, and all that was wrong."""
    furnished(room)
    restore(room / "one.tar.gz", room / "place")
    span = span_of(SUBJECTS, verb, room, acts=4)
    mixed_places(room, [])
    done: list[Killed] = []
    wrong: list[str] = []
    for number, after in enumerate(moments(times, span, seed)):
        done.append(kill_once(SUBJECTS, verb, room, after=after))
        wrong += [f"kill {number} after {after:.3f} s: {one}" for one in LOOKS[verb](room, done[-1].acknowledged)]
    return done, wrong + settled(room)


def settled(room: Path) -> list[str]:
    """What is left unfinished after one more backup and one more restore."""
    back_up(open_catalog(room / "one").workspace, room / "kept" / "last.tar.gz")
    restore(room / "two.tar.gz", room / "place", force=True)
    return [f"left over: {name}" for name in unfinished(room)]


def to_its_end(verb: str, room: Path, step: int = 0) -> Subject:
    """`verb` once, ended by itself before its step of this number; 0 means that it is never ended."""
    subject = Subject(SUBJECTS, f"{verb} once", room, variables={"STEP": str(step)})
    subject.wait_ready()
    subject.process.wait(120)
    subject.kill()
    assert subject.process.returncode == (-signal.SIGKILL if step else 0), "".join(subject.said)
    return subject


def begin_again(room: Path) -> None:
    """The place is workspace `one`, with nothing beside it: the steps from here to the other are always as many."""
    restore(room / "one.tar.gz", room / "place", force=True)
    for kept in room.glob("place.before-restore-*"):
        shutil.rmtree(kept)


def stepwise(verb: str, times: int, room: Path) -> list[str]:
    """All that was wrong when `verb` is killed before so many of its steps: half of them the last ones."""
    furnished(room)
    begin_again(room)
    last = to_its_end(verb, room).acknowledged[-1][1]
    tail = last - times // 2
    wrong = []
    for step in [*range(last, tail, -1), *range(1, tail, max(1, tail // (times - times // 2)))]:
        begin_again(room)
        to_its_end(verb, room, step)
        wrong += [f"before step {step} of {last}: {one}" for one in LOOKS[verb](room, [])]
    print(f"{verb}: killed before {times} of its {last} steps on files, {len(wrong)} wrong")
    return wrong + settled(room)


def main() -> int:
    """Kill each verb and say how it went; the exit code is 1 when a promise was broken."""
    asked = arguments(__doc__, LOOKS)
    failed = False
    with tempfile.TemporaryDirectory(dir=asked.folder) as base:
        for verb in asked.verbs or LOOKS:
            done, wrong = kills(verb, asked.times, Path(base) / verb, asked.seed)
            print(told(verb, done, wrong), flush=True)
            failed |= bool(wrong) or max(one.ready for one in done) > READY_SECONDS
            failed |= bool(stepwise(verb, asked.times, Path(base) / f"{verb}-steps"))
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
