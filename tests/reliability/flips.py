"""One flipped bit anywhere in a workspace: found before it is used, said in a sentence, and no process dies.

    python tests/reliability/flips.py [--times 5] [--database 400]

Every blob of a workspace of the first version has bits flipped, at its ends and at random places; so has the Parquet
copy of a table with its sums, and the database. For the database SQLite has no checksums: what is changed without a
trace there is counted and said.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from store.old import old_workspace  # noqa: E402

from modellab_core.errors import ModelLabError  # noqa: E402
from modellab_core.lab import Lab  # noqa: E402

USES: dict[str, Callable[[Lab, str, str], object]] = {
    "eval/eval_summary.json": lambda lab, run, _: lab.report(run),
    "predictions.parquet": lambda lab, run, _: lab.predictions(run),
    "development.parquet": lambda lab, run, _: lab.development(run),
    "model/": lambda lab, run, _: lab.model(run),
    "pack/": lambda lab, run, _: list(lab.pack(run)),
    "data": lambda lab, run, _: list(lab.pack(run)),
}
"""How a file of a run is used, by its name or the beginning of it; any other is looked at as it is."""


def use_of(name: str) -> Callable[[Lab, str, str], object]:
    """What a person does that needs this file of a run."""
    found = next((use for start, use in USES.items() if name.startswith(start)), None)
    return found or (lambda lab, run, file: lab.file(run, file))


@contextmanager
def flipped(path: Path, bit: int) -> Iterator[None]:
    """One bit of a file is the other way round while the block lasts."""
    content = path.read_bytes()
    changed = bytearray(content)
    changed[bit // 8] ^= 1 << bit % 8
    path.chmod(0o600)
    path.write_bytes(changed)
    try:
        yield
    finally:
        path.write_bytes(content)


def bits(size: int, times: int, draw: random.Random) -> list[int]:
    """The first bit, the last, and `times` others; none in an empty file."""
    return [0, 8 * size - 1, *(draw.randrange(8 * size) for _ in range(times))] if size else []


def blobs(lab: Lab, times: int, seed: int = 1) -> tuple[int, list[str]]:
    """(flips, what was wrong): each use of each file of each run that succeeded is refused, naming run and file."""
    draw, count, wrong = random.Random(seed), 0, []
    for run in [run for run in lab.all_runs() if run.state == "succeeded"]:
        for name, digest in run.files.items():
            if run.kind == "imported" and name == "data":
                continue
            path = lab.blobs.path(digest)
            for bit in bits(path.stat().st_size, times, draw):
                count += 1
                with flipped(path, bit):
                    wrong += refused(lab, run.id, name)
    return count, wrong


def refused(lab: Lab, run: str, name: str) -> Iterator[str]:
    """What is wrong when a file of a run was changed: that it was used, or is refused in other words."""
    try:
        use_of(name)(lab, run, name)
    except ModelLabError as error:
        if run not in str(error) or name not in str(error) or "damaged" not in str(error):
            yield f"{name} of {run}: {error}"
    except Exception as error:
        yield f"{name} of {run}: {type(error).__name__}: {error}"
    else:
        yield f"{name} of {run}: it was used"


def copies(lab: Lab, times: int, seed: int = 1) -> tuple[int, list[str]]:
    """(flips, what was wrong): a damaged copy of a table is made again from its bytes, and gives the same rows."""
    draw, count, wrong = random.Random(seed), 0, []
    version = lab.datasets()[0].versions[0].id
    whole = lab.table(version).frame
    for path in [*(lab.folder / "cache").glob("*.parquet"), *(lab.folder / "cache").glob("*.sums")]:
        for bit in bits(path.stat().st_size, times, draw):
            count += 1
            with flipped(path, bit):
                try:
                    same = lab.table(version).frame.equals(whole)
                except Exception as error:
                    wrong.append(f"{path.name} bit {bit}: {type(error).__name__}: {error}")
                else:
                    wrong += [] if same else [f"{path.name} bit {bit}: other rows"]
    return count, wrong


def listing(folder: Path) -> tuple[str, int, str]:
    """(the sentence that opening or listing ended with, how much the deep status names, all that was listed)."""
    told: list[object] = []
    try:
        lab = Lab.open(folder)
        told = [lab.projects(), lab.projects(archived=True), lab.all_runs(), lab.batches()]
        told += [lab.datasets(one.project.id) for one in lab.projects()]
        told += [(lab.run(run.id), lab.headlines(run)) for run in lab.all_runs() if run.state == "succeeded"]
    except ModelLabError as no:
        return str(no), 0, ""
    try:
        status = lab.status(deep=True)
    except ModelLabError as no:
        return "", 1, str(no)
    return "", len(status["problems"]) + len(status["damaged"]), repr(told)


def listed_apart(folder: Path) -> tuple[str, int, str]:
    """`listing` in a process of its own; RuntimeError when it dies or raises what is no sentence."""
    answer, sending = os.pipe()
    child = os.fork()
    if child == 0:
        with os.fdopen(sending, "w") as stream:
            try:
                stream.write(json.dumps(listing(folder)))
                stream.flush()
                os._exit(0)
            except BaseException:
                stream.write(traceback.format_exc()[-800:])
                stream.flush()
                os._exit(1)
    os.close(sending)
    with os.fdopen(answer) as stream:
        said = stream.read()
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code != 0:
        raise RuntimeError(f"exit {code}: {said}")
    error, problems, told = json.loads(said)
    return error, problems, told


def database(folder: Path, times: int, base: Path, seed: int = 1) -> tuple[Counter[str], list[str]]:
    """How flips in the database came out, by kind, and those that ended a process or gave no sentence."""
    draw, found, wrong = random.Random(seed), Counter[str](), []
    _, _, whole = listed_apart(folder)
    size = (folder / "modellab.db").stat().st_size
    for number in range(times):
        copy = base / "flipped"
        shutil.copytree(folder, copy)
        path = copy / "modellab.db"
        bit = draw.randrange(8 * size)
        content = bytearray(path.read_bytes())
        content[bit // 8] ^= 1 << bit % 8
        path.write_bytes(content)
        try:
            error, problems, told = listed_apart(copy)
            changed = told.replace(str(copy), str(folder)) != whole
            found[_outcome(error, problems, changed)] += 1
        except RuntimeError as failed:
            wrong.append(f"flip {number} at bit {bit}: {failed}")
        shutil.rmtree(copy)
    return found, wrong


def _outcome(error: str, problems: int, changed: bool) -> str:
    if error:
        return "refused in a sentence"
    if problems:
        return "named by status --deep"
    return "something else is shown, and nobody says so" if changed else "nothing that is shown has changed"


def main() -> int:
    """Flip bits everywhere and say how it went."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--database", type=int, default=400)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as base:
        folder = old_workspace(Path(base) / "old")
        lab = Lab.open(folder)
        bad = 0
        for name, (count, wrong) in (("files", blobs(lab, asked.times)), ("copies", copies(lab, 40 * asked.times))):
            print(f"{name}: {count} flips, {len(wrong)} wrong", *wrong[:20], sep="\n  ", flush=True)
            bad += len(wrong)
        found, wrong = database(folder, asked.database, Path(base))
        print(f"database: {dict(found)}, {len(wrong)} wrong", *wrong[:20], sep="\n  ")
    return int(bool(bad or wrong))


if __name__ == "__main__":
    sys.exit(main())
