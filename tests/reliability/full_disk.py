"""Every command on a disk that gets full, and in a workspace that can only be read.

    python tests/reliability/full_disk.py [COMMAND …] [--size 40] [--levels 8]

As root a real file system of that many megabytes is mounted and filled until a certain number of bytes is free. Every
failure must be a sentence with exit code 2 (1 where a run failed), the workspace and the file of the person whole, and
the same command must work once there is space again.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from command import Done, run_command  # noqa: E402
from reliability.killing import audit, leftovers  # noqa: E402
from reliability.subjects import guesses, table  # noqa: E402

from modellab_core.lab import Lab  # noqa: E402

Call = Callable[..., Done]
IRIS = ROOT / "examples" / "data" / "iris.csv"


@dataclass(frozen=True)
class Scene:
    """A small disk with a workspace, and the files of a person on it."""

    disk: Path

    @property
    def home(self) -> Path:
        """The workspace."""
        return self.disk / "workspace"

    @property
    def table(self) -> Path:
        """A table that was not added yet."""
        return self.disk / "table.csv"

    @property
    def guesses(self) -> Path:
        """Predictions that were not kept yet."""
        return self.disk / "guesses.csv"

    @property
    def out(self) -> Path:
        """What a command shall write."""
        return self.disk / "out"

    def run(self) -> str:
        """The id of a run that succeeded."""
        return next(run.id for run in Lab.open(self.home).all_runs() if run.state == "succeeded")

    def dataset(self) -> str:
        """The id of a dataset."""
        return Lab.open(self.home).datasets()[0].dataset.id


COMMANDS: dict[str, Callable[[Scene], list[object]]] = {
    "datasets add": lambda scene: ["datasets", "add", scene.table],
    "projects create": lambda scene: ["projects", "create", "another"],
    "train": lambda scene: ["train", scene.table, "--target", "y"],
    "evaluate": lambda scene: ["evaluate", scene.guesses, "--y-true", "truth", "--proba", "1=score", "-o", scene.out],
    "evaluate --project": lambda scene: [*COMMANDS["evaluate"](scene), "--project", "default"],
    "predict": lambda scene: ["predict", scene.run(), IRIS, "-o", scene.out],
    "repro": lambda scene: ["repro", scene.run(), "-o", scene.out],
    "backup": lambda scene: ["backup", scene.out],
    "clean": lambda scene: ["clean"],
    "datasets list": lambda scene: ["datasets", "list"],
    "runs list": lambda scene: ["runs", "list"],
    "runs show": lambda scene: ["runs", "show", scene.run()],
    "runs delete": lambda scene: ["runs", "delete", scene.run(), "--yes"],
    "datasets delete": lambda scene: ["datasets", "delete", scene.dataset(), "--yes"],
    "status --deep": lambda scene: ["status", "--deep"],
    "restore --force": lambda scene: ["restore", scene.disk / "kept.backup", "--force"],
}
READERS = ("datasets list", "runs list", "runs show", "status --deep", "repro", "evaluate")
"""What a workspace that can only be read must still do, the output being elsewhere."""


def small_disk(folder: Path, megabytes: int) -> None:
    """Mount a file system of that size; OSError where this user may not."""
    folder.mkdir(parents=True)
    told = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if told.returncode:
        raise OSError(told.stderr.decode())


@contextmanager
def mounted(folder: Path) -> Iterator[Path]:
    """The file system that `small_disk` mounted is taken away at the end of the block."""
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)


@contextmanager
def filled(folder: Path, free: int) -> Iterator[None]:
    """While the block lasts, only `free` bytes are free on the file system of `folder`."""
    ballast = folder / "ballast"
    with ballast.open("wb") as stream:
        size = max(0, os.statvfs(folder).f_bavail * os.statvfs(folder).f_frsize - free)
        os.posix_fallocate(stream.fileno(), 0, size) if size else None
    try:
        yield
    finally:
        ballast.unlink()


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """While the block lasts, the file system mounted at `folder` can only be read."""
    subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
    try:
        yield
    finally:
        subprocess.run(["mount", "-o", "remount,rw", str(folder)], check=True)


def prepared(folder: Path, call: Call) -> Path:
    """A folder with a workspace in which a batch was trained, a backup of it, a table and predictions."""
    folder.mkdir(parents=True)
    home = folder / "workspace"
    assert call("train", IRIS, "--target", "species", home=home).returncode == 0
    assert call("backup", folder / "kept.backup", home=home).returncode == 0
    table(folder / "table.csv", 400)
    guesses(folder / "guesses.csv")
    return folder


def laid_down(template: Path, disk: Path) -> Scene:
    """A fresh copy of the template on the disk, which is emptied before."""
    for path in disk.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.copytree(template, disk, dirs_exist_ok=True)
    return Scene(disk)


def problems(scene: Scene, name: str, done: Done, before: dict[Path, str]) -> list[str]:
    """What is wrong after a command came to its end with too little space."""
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    wrong = []
    if done.returncode not in ((0, 1, 2) if name == "train" else (0, 2)) or "Traceback" in done.stderr:
        wrong.append(f"exit {done.returncode}: {done.stderr[-600:]}")
    if done.returncode == 2 and (not lines or not any(said in lines[-1] for said in CLEAR)):
        wrong.append(f"not clear: {lines[-1:]}")
    wrong += [f"{path.name} was changed" for path, digest in before.items() if digest_of(path) != digest]
    return wrong + audit(scene.home) + leftovers(scene.home)


CLEAR = ("full", "No space left", "space", "quota", "Read-only", "read-only", "only be read", "cannot be written")


def digest_of(path: Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def try_full(template: Path, disk: Path, name: str, free: int, call: Call) -> tuple[int, list[str]]:
    """(exit code, what was wrong) of a command with so many bytes free, and then with space."""
    scene = laid_down(template, disk)
    arguments = COMMANDS[name](scene)
    before = {path: digest_of(path) for path in (scene.table, scene.guesses, disk / "kept.backup")}
    with filled(disk, free):
        done = call(*arguments, home=scene.home)
        wrong = problems(scene, name, done, before)
    if done.returncode != 0:
        again = call(*COMMANDS[name](scene), home=scene.home)
        if again.returncode != 0:
            wrong.append(f"with space again, exit {again.returncode}: {again.stderr[-600:]}")
        wrong += [f"afterwards {one}" for one in audit(scene.home)]
    return done.returncode, wrong


def try_read_only(template: Path, disk: Path, name: str, call: Call) -> tuple[int, list[str]]:
    """(exit code, what was wrong) of a command while nothing on the disk can be written, and then again."""
    scene = laid_down(template, disk)
    arguments = COMMANDS[name](scene)
    if name in READERS:
        with tempfile.TemporaryDirectory() as elsewhere:
            arguments = [Path(elsewhere) / "out" if each == scene.out else each for each in arguments]
            with read_only(disk):
                done = call(*arguments, home=scene.home)
        return done.returncode, [] if done.returncode == 0 else [f"exit {done.returncode}: {done.stderr[-600:]}"]
    before = {path: digest_of(path) for path in (scene.table, scene.guesses, disk / "kept.backup")}
    with read_only(disk):
        done = call(*arguments, home=scene.home)
        wrong = problems(scene, name, done, before)
    wrong += [] if done.returncode == 2 or name == "clean" else [f"exit {done.returncode} where nothing can be written"]
    again = call(*arguments, home=scene.home)
    return done.returncode, wrong + ([] if again.returncode == 0 else [f"afterwards exit {again.returncode}"])


def levels(count: int) -> list[int]:
    """`count` numbers of free bytes from none to 8 megabytes, closer together where little is free."""
    return [0, *(int(4096 * 2 ** (11.0 * place / (count - 2))) for place in range(count - 1))]


def try_all(template: Path, disk: Path, name: str, count: int) -> int:
    """Try one command at every level, print how it went, and give how much was wrong."""
    tried = {str(free): try_full(template, disk, name, free, run_command) for free in levels(count)}
    tried["read-only"] = try_read_only(template, disk, name, run_command)
    wrong = [f"{free}: {one}" for free, (_, found) in tried.items() for one in found]
    codes = " ".join(f"{free}→{code}" for free, (code, _) in tried.items())
    print(f"{name}: {len(tried)} tries, {len(wrong)} wrong; {codes}", *wrong[:12], sep="\n  ", flush=True)
    return len(wrong)


def main() -> int:
    """Try every command at every level and say how it went."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("commands", nargs="*", metavar="COMMAND", help=", ".join(COMMANDS))
    parser.add_argument("--size", type=int, default=40)
    parser.add_argument("--levels", type=int, default=8)
    asked = parser.parse_args()
    bad = 0
    with tempfile.TemporaryDirectory() as base, mounted(Path(base) / "disk") as small:
        small_disk(small, asked.size)
        template = prepared(Path(base) / "template", run_command)
        for name in asked.commands or COMMANDS:
            bad += try_all(template, small, name, asked.levels)
    return int(bool(bad))


if __name__ == "__main__":
    sys.exit(main())
