"""What `python PACK.zip` does. Standard library only.

  verify        check the files, build the environment, train again, compare every number (the default)
  data          say which data the run used, and whether they are here
  env [DIR]     compare the recorded environment with this Python, or build it in the folder DIR
  extract DIR   check the files and write them to the folder DIR

Exit codes: 0 reproduced, identical or within tolerance; 1 a number moved; 2 a checksum is wrong; 3 the environment
could not be built; 4 wrong usage; 5 the data must be fetched first.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from modellab_core.repro import building, comparing
from modellab_core.repro.archive import REQUIREMENTS, Stop, examine, limited, opened
from modellab_core.repro.facts import MALFORMED, Facts, place_data

Say = Callable[[str], None]


@dataclass(frozen=True)
class Verdict:
    """What came out: the exit code, one sentence, and what stands behind it.

    `ran` says whether the run was trained again; `problems` name files or versions; `differences` of the environments
    are (recorded, now) by dotted path.
    """

    code: int
    sentence: str
    problems: tuple[str, ...] = ()
    lines: tuple[comparing.Line, ...] = ()
    differences: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    ran: bool = False

    @property
    def state(self) -> str:
        """`never` tried, `reproduced`, `within_tolerance` or `failed`."""
        if self.code in (1, 2):
            return "failed"
        if self.code or not self.ran:
            return "never"
        identical = all(line.agreement == "identical" for line in self.lines)
        return "reproduced" if identical else "within_tolerance"

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "code": self.code,
            "state": self.state,
            "sentence": self.sentence,
            "problems": list(self.problems),
            "numbers": [line.to_json() for line in self.lines],
            "differences": {path: list(pair) for path, pair in self.differences.items()},
        }

    def text(self) -> str:
        """For a person: the table, what differs if a number moved, the problems, and the sentence last."""
        rows = [*comparing.table(self.lines), ""] if self.lines else []
        if self.lines and self.code == 1:
            rows += ["How the environments differ (recorded -> now):"] if self.differences else []
            rows += [f"  {path}: {old} -> {new}" for path, (old, new) in self.differences.items()]
            rows += (
                [] if self.differences else ["The environments are the same: look at the data, the code, the recipe."]
            )
        return "\n".join(map(printable, [*rows, self.sentence, *(f"  {problem}" for problem in self.problems)]))


def printable(text: str) -> str:
    """`text` without characters by which a pack could command the terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def silent(_: str) -> None:
    """Say nothing."""


def stopped(stop: Stop) -> Verdict:
    """The Verdict that a Stop amounts to."""
    return Verdict(stop.code, stop.sentence, stop.problems)


def check(pack: Path, data: Path | None = None) -> Verdict:
    """Look at every file of a pack: nothing of it runs or is written. Stop as in `verify`, but for absent data."""
    with opened(pack) as members:
        found = examine(members)
        facts = Facts.of(members)
        building.pinned(limited(members, REQUIREMENTS, 1 << 24).decode("utf-8", "replace"))
        told = f"All {len(found)} files are as the manifest says, and nothing was run."
        try:
            place_data(facts, found, places(pack, facts, data), None)
        except Stop as stop:
            if stop.code != 5:
                raise
            told = f"{told} {stop.sentence}"
    return Verdict(0, told)


def places(pack: Path, facts: Facts, data: Path | None) -> list[Path]:
    """Where data that the pack does not hold may be: where the user says, else beside it under their own name."""
    return [data] if data else [pack.resolve().parent / Path(facts.data_name).name]


def verify(pack: Path, *, here: bool = False, uv: bool = True, data: Path | None = None, say: Say = silent) -> Verdict:
    """Check a pack, train its run again in a fresh temporary folder, and compare every number.

    `here` uses the running interpreter, which must hold the recorded versions; else they are installed, with uv if it
    is there and `uv` is not False. Stop 1 when the training fails, 2 for wrong files, 3 without environment, 4 when
    `pack` is no pack, 5 without data.
    """
    with tempfile.TemporaryDirectory(prefix="modellab-pack-", ignore_cleanup_errors=True) as temporary:
        folder = Path(temporary, "pack")
        with opened(pack) as members:
            say(f"1/4 Checking {len(members)} files against the manifest")
            found = examine(members, into=folder)
            facts = Facts.of(members)
            place_data(facts, found, places(pack, facts, data), folder)
        requirements = folder / REQUIREMENTS
        say(f"2/4 Environment: Python {facts.minor} with the recorded versions")
        if here:
            python = building.running(building.pinned(requirements.read_text("utf-8")), facts.minor)
        else:
            python = building.build(Path(temporary, "environment"), requirements, facts.minor, uv, say)
        say(f"3/4 Training again: {printable(facts.title)}")
        result = building.train(python, folder, facts.replay, say)
    say("4/4 Comparing every number")
    return judged(facts, result)


def judged(facts: Facts, result: Mapping[str, Any]) -> Verdict:
    """The Verdict on what the training answered. Stop 2 when that, or the pack, is not of the agreed form."""
    try:
        facts.check_columns(result["data"])
        different = comparing.differences(facts.environment, result["environment"])
        replayed = {f"variables.{name}" for name in facts.replay}
        different = {path: pair for path, pair in different.items() if path not in replayed}
        same = comparing.same_platform(different)
        lines = tuple(comparing.compared(facts.expected, result, same))
    except MALFORMED as error:
        raise Stop(2, "A JSON file of the pack is not of the agreed form.", [repr(error)]) from None
    moved = sum(line.agreement == "MISMATCH" for line in lines)
    near = sum(line.agreement == "within tolerance" for line in lines)
    where = "on the same platform" if same else "on another platform"
    sentence = f"REPRODUCED {where}: {len(lines)} numbers, " + (
        f"{near} within tolerance." if near else "all identical."
    )
    if moved:
        sentence = f"NOT REPRODUCED {where}: {moved} of {len(lines)} numbers moved."
    return Verdict(1 if moved else 0, sentence, (), lines, different, ran=True)


def describe_data(pack: Path, data: Path | None) -> Verdict:
    """Which data the run used; Stop 5 when they are not here, 2 when other data are."""
    with opened(pack) as members:
        found = examine(members)
        facts = Facts.of(members)
        place_data(facts, found, places(pack, facts, data), None)
    what = f"{facts.data_name!r}: {facts.rows} rows, {len(facts.columns)} columns, {facts.size} bytes"
    where = facts.data_file if facts.data_file in found else "beside the pack or where you say"
    return Verdict(0, f"The data are here ({where}): {what}, SHA-256 {facts.sha256}.")


def environment(pack: Path, folder: Path | None, uv: bool, say: Say) -> Verdict:
    """Compare the recorded versions with this Python, or install them in `folder`; Stop 3 when that fails."""
    with tempfile.TemporaryDirectory(prefix="modellab-pack-") as temporary, opened(pack) as members:
        examine(members, into=Path(temporary))
        facts, requirements = Facts.of(members), Path(temporary, REQUIREMENTS)
        if folder is None:
            building.running(building.pinned(requirements.read_text("utf-8")), facts.minor)
            return Verdict(0, "This Python holds the recorded versions: --here will work.")
        python = building.build(empty(folder), requirements, facts.minor, uv, say)
    return Verdict(0, f"The environment is ready: {python}")


def extract(pack: Path, folder: Path | None) -> Verdict:
    """Check a pack, then write its files to `folder`; Stop 4 when that is not a new or an empty folder."""
    if folder is None:
        raise Stop(4, "Say where to: extract DIR.")
    with opened(pack) as members:
        examine(members)
        found = examine(members, into=empty(folder))
    return Verdict(0, f"Wrote {len(found) + 1} files to {folder}. Train again with: python {folder}")


def empty(folder: Path) -> Path:
    """`folder`, which does not exist or is empty; Stop 4 otherwise."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Stop(4, f"{folder} exists and is not empty: name a new folder.")
    return folder


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the command line and end with this runner's own code for it."""
        self.print_usage(sys.stderr)
        self.exit(4, f"{self.prog}: {message}\n")


def parser(program: str) -> argparse.ArgumentParser:
    """The command line of a pack."""
    found = _Parser(prog=program, description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    found.add_argument("command", nargs="?", default="verify", choices=["verify", "data", "env", "extract"])
    found.add_argument("folder", nargs="?", type=Path, metavar="DIR", help="for env and extract")
    found.add_argument("--here", action="store_true", help="use this Python, if it holds the recorded versions")
    found.add_argument("--no-uv", action="store_true", help="build the environment with venv and pip")
    found.add_argument("--data", type=Path, metavar="FILE", help="the data, when the pack does not hold them")
    found.add_argument("--json", action="store_true", help="print the verdict as JSON; progress goes to stderr")
    return found


def main(pack: Path, arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says with `pack`, and give the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    asked = parser(f"python {pack.name}").parse_args(arguments)
    say: Say = lambda line: print(printable(line), file=sys.stderr, flush=True)  # noqa: E731
    try:
        verdict = _answer(pack, asked, say)
    except Stop as stop:
        verdict = stopped(stop)
    except OSError as error:
        verdict = Verdict(3, f"This machine could not do it: {error}.")
    except KeyboardInterrupt:
        return 130
    print(json.dumps(verdict.to_json(), indent=1) if asked.json else verdict.text())
    return verdict.code


def _answer(pack: Path, asked: argparse.Namespace, say: Say) -> Verdict:
    if asked.folder and asked.command not in ("env", "extract"):
        raise Stop(4, f"{asked.command} takes no folder: choose env DIR or extract DIR.")
    if asked.command == "data":
        return describe_data(pack, asked.data)
    if asked.command == "env":
        return environment(pack, asked.folder, not asked.no_uv, say)
    if asked.command == "extract":
        return extract(pack, asked.folder)
    return verify(pack, here=asked.here, uv=not asked.no_uv, data=asked.data, say=say)
