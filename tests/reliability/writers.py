"""Programs that write at once: nobody hears of a lock, and nothing that one wrote is lost by another.

    python tests/reliability/writers.py [--processes 4] [--threads 8] [--times 250]

Each thread takes turns at adding versions to one dataset, counting looks, clicking the buttons that all others click
too, claiming runs from one queue and ending them, and adding one to one number. Afterwards all of it must add up.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from sqlalchemy import text  # noqa: E402

from modellab_core.store.catalog import Catalog, open_catalog  # noqa: E402
from modellab_core.store.catalog_datasets import NewVersion  # noqa: E402
from modellab_core.store.catalog_queue import Worker  # noqa: E402
from modellab_core.store.catalog_runs import NewRun  # noqa: E402
from modellab_core.store.engine import Doors  # noqa: E402

TURNS = 5


class Writer:
    """What one thread does; `told` is what it was told, `errors` what it could not do."""

    def __init__(self, catalog: Catalog, name: str) -> None:
        self.catalog, self.name = catalog, name
        self.project = catalog.projects.ensure("shared")
        self.told: list[tuple[str, str]] = []
        self.errors: list[str] = []

    def run(self, times: int) -> None:
        """`times` transactions, one kind after the other."""
        turns = (self.version, self.look, self.click, self.claim, self.count)
        for number in range(times):
            try:
                turns[number % TURNS](number)
            except Exception as error:
                self.errors.append(f"{type(error).__name__}: {error}")

    def version(self, number: int) -> None:
        """Another version of the one dataset; its number comes from those that are there."""
        new = NewVersion(f"{hash((self.name, number)) & (2**256 - 1):064x}", 1, 1, 1, {"types": {}}, "c" * 64)
        self.told.append(("version", self.catalog.datasets.add(self.project.id, "one", new)[0].id))

    def look(self, number: int) -> None:
        """Another look at the one split."""
        self.catalog.evidence.look("split", f"{self.name}-{number}")
        self.told.append(("look", f"{self.name}-{number}"))

    def click(self, number: int) -> None:
        """The button number `number`, which every thread clicks."""
        runs = [NewRun("r", "dummy", {"sha256": "a" * 64}, "f" * 64)]
        batch, _ = self.catalog.runs.create_batch(
            self.project.id,
            None,  # type: ignore[arg-type]
            "t",
            {},
            runs,
            key=f"click-{number}",
        )
        self.told.append((f"click-{number}", batch.id))

    def claim(self, number: int) -> None:
        """The next run of the queue, if there is one, which then ends."""
        lease = f"{self.name}-{number}"
        run = self.catalog.queue.claim(1_000_000, Worker(lease, 1, "elsewhere|1"))
        if run is not None:
            self.told.append(("claim", run.id))
            assert self.catalog.queue.fail(run.id, lease, "done")

    def count(self, number: int) -> None:
        """One more, read and written in one transaction."""
        with Doors(self.catalog.workspace.database).write() as session:
            value = int(session.execute(text("SELECT description FROM project WHERE name = 'counter'")).scalar_one())
            session.execute(text("UPDATE project SET description = :v WHERE name = 'counter'"), {"v": str(value + 1)})
        self.told.append(("count", ""))


def write(folder: Path, name: str, threads: int, times: int) -> None:
    """One process: its threads write, and it prints what they were told."""
    catalog = open_catalog(folder)
    writers = [Writer(catalog, f"{name}.{each}") for each in range(threads)]
    started = [threading.Thread(target=writer.run, args=(times,)) for writer in writers]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join()
    print(json.dumps([[told for each in writers for told in each.told], [e for each in writers for e in each.errors]]))


def at_once(folder: Path, processes: int, threads: int, times: int) -> tuple[int, list[str]]:
    """(the transactions that were done, all that was wrong) when so many write at once."""
    catalog = open_catalog(folder)
    catalog.projects.create("counter", "0")
    command = [sys.executable, __file__, "--write", str(folder), "--threads", str(threads), "--times", str(times)]
    started = [
        subprocess.Popen([*command, "--name", str(each)], stdout=subprocess.PIPE, text=True)
        for each in range(processes)
    ]
    told: list[tuple[str, str]] = []
    wrong: list[str] = []
    for process in started:
        answer: Any = json.loads(process.communicate()[0])
        told += [(kind, what) for kind, what in answer[0]]
        wrong += answer[1]
    return len(told), wrong + _lost(catalog, told)


def _lost(catalog: Catalog, told: list[tuple[str, str]]) -> list[str]:
    """What was told and does not add up."""
    kinds = Counter(kind for kind, _ in told)
    (found,) = [one for one in catalog.datasets.all() if one.dataset.name == "one"]
    numbers = sorted(version.number for version in found.versions)
    claims = [what for kind, what in told if kind == "claim"]
    clicks = {kind: {what for other, what in told if other == kind} for kind in kinds if kind.startswith("click")}
    ended = [run.id for run in catalog.runs.all(states=["failed"])]
    counter = next(one.project.description for one in catalog.projects.all() if one.project.name == "counter")
    checks = {
        f"{kinds['version']} versions, numbered {numbers[:3]}…": numbers == list(range(1, kinds["version"] + 1)),
        "versions": {version.id for version in found.versions} == {what for kind, what in told if kind == "version"},
        f"{catalog.evidence.looks('split')} of {kinds['look']} looks": catalog.evidence.looks("split") == kinds["look"],
        "clicks that made two": all(len(made) == 1 for made in clicks.values()),
        f"{len(catalog.runs.batches())} batches": len(catalog.runs.batches()) == len(clicks),
        "runs claimed twice": len(set(claims)) == len(claims),
        f"{len(ended)} of {len(claims)} runs ended": sorted(ended) == sorted(claims),
        f"the counter stands at {counter} of {kinds['count']}": counter == str(kinds["count"]),
    }
    return [f"wrong: {what}" for what, right in checks.items() if not right]


def main() -> int:
    """Let so many write at once and say what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--processes", type=int, default=4)
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--times", type=int, default=250)
    parser.add_argument("--write", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--name", default="", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.write:
        write(asked.write, asked.name, asked.threads, asked.times)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        done, wrong = at_once(Path(folder) / "w", asked.processes, asked.threads, asked.times)
        seconds = time.monotonic() - began
    print(f"{done} transactions in {seconds:.0f} s ({done / seconds:.0f} a second), {len(wrong)} errors or losses")
    print("\n".join(wrong[:20]))
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
