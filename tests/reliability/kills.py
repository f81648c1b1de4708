"""SIGKILL at random moments of upload, train, evaluate, import and migrate, and what is there afterwards.

    python tests/reliability/kills.py [VERB …] [--times 100] [--folder FOLDER] [--seed 1]

Nothing that was acknowledged may be lost, no run half visible, no row without its bytes, no unfinished file may stay
after the next start, and the workspace must be usable again in under 5 s. Backup and restore are in `backup_kills.py`.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from reliability.killing import READY_SECONDS, Killed, arguments, audit, kill_once, leftovers, moments, span_of, told  # noqa: E402
from store.old import old_workspace  # noqa: E402

from modellab_core.jobs import LEASE_SECONDS, RECOVER_SECONDS, recover  # noqa: E402
from modellab_core.lab import Lab  # noqa: E402
from modellab_core.store.migrate import revision  # noqa: E402
from modellab_core.store.migrations import HEAD  # noqa: E402

SUBJECTS = Path(__file__).with_name("subjects.py")
ENDED = ("succeeded", "failed", "cancelled", "interrupted")


def worker_of(folder: Path) -> Callable[[], int | None]:
    """Gives the process group of a worker of the workspace, if one is at work."""

    def found() -> int | None:
        with closing(sqlite3.connect(folder / "modellab.db", timeout=30)) as connection:
            row = connection.execute("SELECT pid, process FROM run WHERE state = 'running' AND phase <> ''").fetchone()
        return row[0] if row else None

    return found


def lost(lab: Lab, acknowledged: list[dict[str, Any]]) -> list[str]:
    """What was acknowledged and is not there, or is not as it was told."""
    wrong = []
    projects, runs = {one.project.id for one in lab.projects()}, {run.id: run for run in lab.all_runs()}
    versions = {one.id: one for each in lab.catalog.datasets.all() for one in each.versions}
    for ack in acknowledged:
        if "project" in ack and ack["project"] not in projects:
            wrong.append(f"lost project {ack['project']}")
        if "version" in ack:
            version = versions.get(ack["version"])
            if version is None or (version.sha256, version.rows) != (ack["sha256"], ack["rows"]):
                wrong.append(f"lost version {ack['version']}")
        if "batch" in ack and not set(ack["queued"]) <= set(runs):
            wrong.append(f"lost runs of batch {ack['batch']}")
        if "run" in ack and (ack["run"] not in runs or runs[ack["run"]].state != ack["state"]):
            wrong.append(f"lost run {ack['run']}, which had {ack['state']}")
        if "report" in ack:
            json.loads((Path(ack["report"]) / "eval_summary.json").read_bytes())
    return wrong


def readable(lab: Lab, acknowledged: list[dict[str, Any]]) -> list[str]:
    """Of what was acknowledged, the versions whose rows and the runs whose report cannot be read."""
    wrong = []
    for ack in acknowledged:
        if "version" in ack and len(lab.table(ack["version"]).frame) != ack["rows"]:
            wrong.append(f"the rows of version {ack['version']} are not those that were added")
        if ack.get("state") == "succeeded" and not lab.report(ack["run"]).overall:
            wrong.append(f"the report of run {ack['run']} is empty")
    return wrong


def settled(folder: Path) -> tuple[float, list[str]]:
    """Seconds until no run seems to run whose worker is gone, and what is wrong when that is too long."""
    began = time.monotonic()
    while time.monotonic() - began < LEASE_SECONDS + RECOVER_SECONDS:
        lab = Lab.open(folder)
        recover(lab.catalog)
        if not lab.catalog.queue.running():
            return time.monotonic() - began, []
        time.sleep(0.2)
    return time.monotonic() - began, [f"{run.id} still seems to run" for run in lab.catalog.queue.running()]


def kills(verb: str, times: int, base: Path, seed: int) -> tuple[list[Killed], list[str]]:
    """Kill `verb` so many times in one workspace; how each went, and all that was wrong."""
    folder, room = base / "workspace", base / "room"
    room.mkdir(parents=True)
    span = span_of(SUBJECTS, verb, folder, room, acts=4)
    done: list[Killed] = []
    wrong: list[str] = []
    for number, after in enumerate(moments(times, span, seed)):
        victim = worker_of(folder) if verb == "train" and number % 2 else None
        done.append(kill_once(SUBJECTS, verb, folder, room, after=after, victim=victim))
        done[-1].settled, stuck = settled(folder)
        here = stuck + audit(folder) + lost(Lab.open(folder), done[-1].acknowledged) + leftovers(folder)
        wrong += [f"kill {number} after {after:.2f} s: {one}" for one in here]
        if verb == "train":
            cancel_waiting(folder)
    last = kill_once(SUBJECTS, "look", folder, room, after=0)
    acknowledged = [ack for one in done for ack in one.acknowledged]
    lab = Lab.open(folder)
    wrong += audit(folder) + lost(lab, acknowledged) + readable(lab, acknowledged[-40:])
    wrong += [f"{name} is left over" for name in (*leftovers(folder), *(p.name for p in room.rglob(".modellab-*")))]
    return [*done, last], wrong


def cancel_waiting(folder: Path) -> None:
    """What a killed batch left in the queue, so that the next one begins at once."""
    lab = Lab.open(folder)
    for run in lab.all_runs():
        if run.state == "queued":
            lab.cancel(run.id)


def migration_kills(times: int, base: Path, seed: int) -> tuple[list[Killed], list[str]]:
    """Kill a migration of the workspace of the first version; it is old or new then, and all of it is there after."""
    base.mkdir(parents=True)
    span = span_of(SUBJECTS, "migrate", old_workspace(base / "first"), base, acts=1) * 1.2
    before = Lab.open(base / "first").catalog.evidence.counts()
    done: list[Killed] = []
    wrong: list[str] = []
    for number, after in enumerate(moments(times, span, seed)):
        folder = old_workspace(base / f"w{number}")
        one = kill_once(SUBJECTS, "migrate", folder, base, after=after)
        here = [f"revision {found}"] if (found := revision(folder / "modellab.db")) not in ("0001", HEAD) else []
        here += ["it was acknowledged and is old"] if found != HEAD and one.acknowledged else []
        here += audit(folder)
        done.append(kill_once(SUBJECTS, "look", folder, base, after=0))
        counts = Lab.open(folder).catalog.evidence.counts()
        here += [f"{name} lost rows" for name, count in before.items() if counts[name] < count]
        here += audit(folder) + leftovers(folder)
        wrong += [f"kill {number} after {after:.2f} s: {each}" for each in here]
    return done, wrong


VERBS = ("upload", "train", "evaluate", "import", "migrate")


def main() -> int:
    """Kill each verb and say how it went; the exit code is 1 when a promise was broken."""
    asked = arguments(__doc__, VERBS)
    failed = False
    with tempfile.TemporaryDirectory(dir=asked.folder) as base:
        for verb in asked.verbs or VERBS:
            did = migration_kills if verb == "migrate" else lambda *given, verb=verb: kills(verb, *given)
            done, wrong = did(asked.times, Path(base) / verb, asked.seed)
            print(told(verb, done, wrong), flush=True)
            failed |= bool(wrong) or max(one.ready for one in done) > READY_SECONDS
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
