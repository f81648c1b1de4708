"""Killing programs at random moments, and looking whether the workspace is whole afterwards.

A subject is a script that is run as `python SCRIPT NAME FOLDER …`: it opens the workspace in FOLDER, prints `ready`
(or `ready SECONDS CPU`, see `Killed`), works without end, and prints `ack JSON` after each thing that is
done. It is killed with SIGKILL at a random moment after `ready`; then `audit` names all that is wrong, and the next
start must be ready in time.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
READY_SECONDS = 5.0
"""A workspace must be usable again within this time after a kill, the start of the program included."""
START_SECONDS = 180.0


@dataclass
class Killed:
    """How one kill went: when, what had been acknowledged by then, and how long the workspace took to open before.

    `ready` is from the start of the program on this machine with all else that runs on it, `busy` the seconds of a CPU
    that this took, `opening` the part without the start of Python and the loading of libraries.
    """

    after: float
    acknowledged: list[Any] = field(default_factory=list)
    ready: float = 0.0
    opening: float = 0.0
    busy: float = 0.0
    ended: bool = False
    said: str = ""
    settled: float = 0.0


class Subject:
    """A started subject; what it acknowledges is read as it comes."""

    def __init__(self, script: Path, *arguments: object, variables: dict[str, str] | None = None) -> None:
        command = [sys.executable, str(script), *map(str, arguments)]
        path = os.pathsep.join([str(ROOT), str(ROOT / "tests"), os.environ.get("PYTHONPATH", "")])
        self.began = time.monotonic()
        self.acknowledged: list[Any] = []
        self.said: list[str] = []
        self.seconds = self.opening = self.busy = 0.0
        self.ready = threading.Event()
        self.process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1", **(variables or {})},
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith("ready"):
                self.seconds = time.monotonic() - self.began
                self.opening, self.busy = (float(word) for word in (*line.split()[1:], 0, 0)[:2])
                self.ready.set()
            elif line.startswith("ack "):
                with suppress(json.JSONDecodeError):  # a line that the kill cut off acknowledged nothing
                    self.acknowledged.append(json.loads(line[4:]))
            else:
                self.said.append(line)

    def wait_ready(self) -> float:
        """Seconds from its start until it said that it is ready."""
        end = time.monotonic() + START_SECONDS
        while not self.ready.wait(0.01):
            if self.process.poll() is not None:
                self._reader.join(5)
            assert self.process.poll() is None or self.ready.is_set(), f"it ended: {''.join(self.said)}"
            assert time.monotonic() < end, f"it was never ready: {''.join(self.said)}"
        return self.seconds

    def kill(self) -> bool:
        """SIGKILL to it and all that it started in its group; whether it had ended before."""
        ended = self.process.poll() is not None
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self._reader.join(30)
        return ended


def kill_once(script: Path, *arguments: object, after: float, victim: Callable[[], int | None] | None = None) -> Killed:
    """Start a subject, wait until it is ready and `after` seconds more, and kill it.

    With `victim` the process group of that number is killed first, if it gives one: a worker of the subject.
    """
    subject = Subject(script, *arguments)
    ready = subject.wait_ready()
    time.sleep(after)
    if victim is not None and (number := victim()) is not None:
        with suppress(ProcessLookupError):
            os.killpg(number, signal.SIGKILL)
    ended = subject.kill()
    return Killed(after, subject.acknowledged, ready, subject.opening, subject.busy, ended, "".join(subject.said))


def span_of(script: Path, *arguments: object, acts: int = 3) -> float:
    """Seconds that `acts` acknowledged things take, or the whole subject if it ends before; kills fall within."""
    subject = Subject(script, *arguments)
    subject.wait_ready()
    began = time.monotonic()
    while len(subject.acknowledged) < acts and subject.process.poll() is None:
        assert time.monotonic() - began < START_SECONDS, "".join(subject.said)
        time.sleep(0.01)
    took = time.monotonic() - began
    subject.kill()
    assert subject.acknowledged, f"it acknowledged nothing: {''.join(subject.said)}"
    return took


def moments(times: int, span: float, seed: int) -> list[float]:
    """`times` random moments in `span` seconds, one in each of `times` equal parts, in random order."""
    draw = random.Random(seed)
    found = [(place + draw.random()) * span / times for place in range(times)]
    draw.shuffle(found)
    return found


def audit(folder: Path) -> list[str]:
    """All that is wrong with the workspace in `folder`: the database, rows without their bytes, half-visible runs."""
    with closing(sqlite3.connect(folder / "modellab.db")) as connection:
        connection.row_factory = sqlite3.Row
        found = [f"integrity: {row[0]}" for row in connection.execute("PRAGMA integrity_check") if row[0] != "ok"]
        found += [f"orphan: {tuple(row)}" for row in connection.execute("PRAGMA foreign_key_check")]
        for row in connection.execute("SELECT id, sha256, size FROM dataset_version"):
            found += _wrong_blobs(folder, f"version {row['id']}", [row["sha256"]])
        for row in connection.execute("SELECT * FROM run"):
            found += _wrong_run(folder, connection, row)
        for row in connection.execute("SELECT sha256 FROM artifact"):
            found += _wrong_blobs(folder, "artifact", [row["sha256"]])
    return found


def _wrong_blobs(folder: Path, owner: str, digests: Sequence[str]) -> Iterator[str]:
    for digest in digests:
        path = folder / "blobs" / digest[:2] / digest
        if not path.is_file():
            yield f"{owner}: the blob {digest[:12]} is missing"
        elif sha256(path.read_bytes()).hexdigest() != digest:
            yield f"{owner}: the blob {digest[:12]} is wrong"


def _wrong_run(folder: Path, connection: sqlite3.Connection, row: sqlite3.Row) -> list[str]:
    owner, files = f"run {row['id']} ({row['state']})", json.loads(row["files"])
    found = list(_wrong_blobs(folder, owner, [*files.values(), *([row["log"]] if row["log"] else [])]))
    scores = connection.execute("SELECT count(*) FROM score WHERE run_id = ?", (row["id"],)).fetchone()[0]
    if row["state"] == "succeeded":
        needed = {"eval/eval_summary.json", "predictions.parquet"}
        if not needed <= set(files) or not scores or row["headline"] is None or row["ended_at"] is None:
            found.append(f"{owner} is half-visible: {len(files)} files, {scores} scores, headline {row['headline']}")
    elif files or scores or row["headline"] not in (None, "null"):
        found.append(f"{owner} shows {len(files)} files and {scores} scores of what did not succeed")
    return found


def leftovers(folder: Path) -> list[str]:
    """Unfinished files in the workspace: nothing may be in `tmp`, and no `.tmp` or `.partial` anywhere."""
    inside = [path for path in (folder / "tmp").rglob("*") if path.is_file()]
    others = [path for path in folder.rglob("*") if path.suffix in (".tmp", ".partial")]
    return sorted({str(path.relative_to(folder)) for path in [*inside, *others]})


def arguments(says: str | None, verbs: Iterable[str]) -> argparse.Namespace:
    """What the command line of a script that kills `verbs` asks for: verbs, times, seed, folder."""
    parser = argparse.ArgumentParser(description=says, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("verbs", nargs="*", metavar="VERB", help=", ".join(verbs))
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path)
    return parser.parse_args()


def told(name: str, kills: Sequence[Killed], wrong: Sequence[str]) -> str:
    """One line for a person about all kills of one verb."""
    acknowledged = sum(len(one.acknowledged) for one in kills)
    ready = max((one.ready for one in kills), default=0.0)
    opening, busy = (max((getattr(one, name) for one in kills), default=0.0) for name in ("opening", "busy"))
    settled = max((one.settled for one in kills), default=0.0)
    ended = sum(one.ended for one in kills)
    line = (
        f"{name}: {len(kills)} kills ({ended} came after the end), {acknowledged} acknowledged, {len(wrong)} wrong, "
        f"ready again in at most {ready:.2f} s ({busy:.2f} s of a CPU, {opening:.2f} s to open), "
        f"recovered in {settled:.1f} s"
    )
    return "\n  ".join([line, *wrong[:20]])
