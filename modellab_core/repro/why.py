"""Why did it differ? One factor at a time is swapped for what is here, and the one that moves the numbers is named."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from modellab_core.repro import building, comparing
from modellab_core.repro.archive import REQUIREMENTS, Stop, examine, opened
from modellab_core.repro.facts import Facts, place_data
from modellab_core.repro.runner import Say, Verdict, judged, places, silent, stopped
from modellab_core.repro.swaps import NAMES, Swap, swaps

Effect = Literal["restores", "moves", "nothing", "same", "not tried"]
EFFECTS: dict[Effect, str] = {
    "restores": "brings the recorded numbers back",
    "moves": "moves the numbers",
    "nothing": "moves no number",
    "same": "is the same on both sides",
    "not tried": "differs, and could not be swapped",
}
OF_FILES = {"data/": "data", "code/": "code", "reproduce.py": "code", "__main__.py": "code", "column ": "data"}
"""Which factor a file, or a column, belongs to, by how its name begins."""


Base = tuple[Mapping[str, Any] | None, Verdict]
"""What the run gives as recorded, None when its training failed, and the Verdict on that."""


@dataclass(frozen=True)
class Factor:
    """What swapping one factor did: how many numbers are then not identical to the recorded ones, and where to look.

    `numbers` is None where nothing was trained.
    """

    name: str
    effect: Effect
    recorded: str = ""
    other: str = ""
    detail: tuple[str, ...] = ()
    numbers: int | None = None

    def text(self) -> str:
        """One line for a person."""
        sides = f" ({self.recorded} -> {self.other})" if self.other else ""
        return f"{self.name}{sides}: {EFFECTS[self.effect]}"


@dataclass(frozen=True)
class Why:
    """The Verdict on the run as recorded, every factor, the names of those that explain it, and one sentence."""

    verdict: Verdict
    factors: tuple[Factor, ...]
    culprits: tuple[str, ...]
    sentence: str

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        factors = [{**vars(one), "detail": list(one.detail)} for one in self.factors]
        return {"sentence": self.sentence, "culprits": list(self.culprits), "factors": factors}

    def text(self) -> str:
        """For a person: a line for each factor, the places to look at, the sentence last."""
        lines = [line for one in self.factors for line in (f"  {one.text()}", *(f"    {each}" for each in one.detail))]
        return "\n".join(["Why did it differ?", *lines, self.sentence])


def why(pack: Path, *, other: Path | None = None, uv: bool = True, data: Path | None = None, say: Say = silent) -> Why:
    """Train the run of a pack as it is recorded, then once more with each factor swapped alone.

    `other` is a pack of the same run that is trusted, whose data and code are swapped in; without it the code is
    swapped with this program's own, and the data with the file `data`, or not at all. What a Stop of `runner.verify`
    says is told as a Verdict; when it names altered data or code, these are the culprits.
    """
    with tempfile.TemporaryDirectory(prefix="modellab-why-", ignore_cleanup_errors=True) as temporary:
        try:
            return _Trials(Path(temporary), uv, say).why(pack, other, data)
        except Stop as stop:
            return _by_files(stopped(stop))


class _Trials:
    """Trainings of one pack, each in a folder of its own below `scratch`."""

    def __init__(self, scratch: Path, uv: bool, say: Say) -> None:
        self.scratch, self.uv, self.say, self.count = scratch, uv, say, 0

    def why(self, pack: Path, other: Path | None, data: Path | None) -> Why:
        folder = self.scratch / "pack"
        facts, held = _extracted(pack, folder, data)
        trusted = self._trusted(other)
        python, unbuilt = self._python(folder, facts)
        self.say("Training as recorded")
        result, verdict = self._recorded(folder, facts, python)
        tried = [
            self._factor(lambda to: _extracted(pack, to, data), facts, python, swap, (result, verdict))
            for swap in swaps(folder, facts, python, trusted, data if held else None)
        ]
        return _concluded(verdict, _one_each([*unbuilt, *tried]))

    def _recorded(self, folder: Path, facts: Facts, python: str) -> Base:
        """What the run gives as recorded; no result when the training fails, which another factor may mend."""
        try:
            result = building.train(python, folder, facts.replay, self.say)
        except Stop as stop:
            return None, stopped(stop)
        return result, judged(facts, result)

    def _trusted(self, other: Path | None) -> Path | None:
        if other is None:
            return None
        with opened(other) as members:
            examine(members, into=self.scratch / "trusted")
        return self.scratch / "trusted"

    def _python(self, folder: Path, facts: Facts) -> tuple[str, list[Factor]]:
        """The interpreter with the recorded versions; this one, and the open factor, when it cannot be."""
        requirements = folder / REQUIREMENTS
        different = building.other_versions(
            sys.executable, building.pinned(requirements.read_text("utf-8")), facts.minor
        )
        if not different:
            return sys.executable, []
        try:
            return building.build(self.scratch / "environment", requirements, facts.minor, self.uv, self.say), []
        except Stop as stop:
            self.say(f"{stop.sentence} Training with the versions that are here.")
            left = Factor("package versions", "not tried", "environment.txt", "this Python", tuple(different))
            return sys.executable, [left]

    def _factor(self, unpack: Callable[[Path], object], facts: Facts, python: str, swap: Swap, base: Base) -> Factor:
        self.say(f"Swapping the {swap.factor}: {swap.recorded} -> {swap.other}")
        self.count += 1
        copy = self.scratch / f"trial-{self.count}"
        unpack(copy)
        if swap.edit:
            swap.edit(copy)
        told = (swap.factor, swap.recorded, swap.other, swap.detail)
        try:
            result = building.train(swap.python or python, copy, swap.replay or facts.replay, self.say)
        except Stop as stop:
            return _told(told, "moves", None, (stop.sentence, *stop.problems[-1:]))
        finally:
            shutil.rmtree(copy, ignore_errors=True)
        moved = sum(line.agreement != "identical" for line in comparing.compared(facts.expected, result, True))
        return _told(told, _effect(base, result, moved), moved)


def _extracted(pack: Path, folder: Path, data: Path | None) -> tuple[Facts, bool]:
    """What the pack says of its run, and whether it holds the data; its files and the data are then in `folder`."""
    with opened(pack) as members:
        found = examine(members, into=folder)
        facts = Facts.of(members)
        held = facts.data_file in found
        place_data(facts, found, places(pack, facts, None if held else data), folder)
    return facts, held


def _told(
    told: tuple[str, str, str, tuple[str, ...]], effect: Effect, numbers: int | None, more: tuple[str, ...] = ()
) -> Factor:
    name, recorded, other, detail = told
    return Factor(name, effect, recorded, other, (*detail, *more), numbers)


def _effect(base: Base, result: Mapping[str, Any], moved: int) -> Effect:
    before, verdict = base
    if before is not None and all(before[key] == result[key] for key in ("metrics", "predictions")):
        return "nothing"
    was_moved = before is None or any(line.agreement != "identical" for line in verdict.lines)
    return "restores" if was_moved and not moved else "moves"


def _one_each(tried: Sequence[Factor]) -> tuple[Factor, ...]:
    """The most telling try of each factor, in the order of the names; `same` where there was nothing to try."""
    rank: list[Effect] = ["restores", "moves", "not tried", "nothing"]
    found = []
    for name in NAMES:
        of_name = [one for one in tried if one.name == name] or [Factor(name, "same")]
        found.append(min(of_name, key=lambda one: rank.index(one.effect) if one.effect in rank else len(rank)))
    return tuple(found)


def _concluded(verdict: Verdict, factors: tuple[Factor, ...]) -> Why:
    moved = sum(line.agreement != "identical" for line in verdict.lines)
    failed = not verdict.ran
    by = {effect: [one for one in factors if one.effect == effect] for effect in EFFECTS}
    if moved or failed:
        culprits = by["restores"] or by["not tried"]
        start = f"{moved} of {len(verdict.lines)} numbers are not identical to the recorded ones"
        start = verdict.sentence.rstrip(".") if failed else start
        if not culprits:
            told = f"{start}, and no swap brings the recorded numbers back: look at the recipe and the split."
            return Why(verdict, factors, (), told)
        sure = "because of" if by["restores"] else "and what is left to explain it is"
        return Why(verdict, factors, _names(culprits), f"{start} {sure} {_with_detail(culprits)}.")
    start = "Trained as recorded, every number is identical"
    if by["moves"]:
        told = f"{start}; here it would differ because of {_with_detail(by['moves'])}."
        return Why(verdict, factors, _names(by["moves"]), told)
    idle = f" What was swapped moves none: {_with_detail(by['nothing'])}." if by["nothing"] else ""
    return Why(verdict, factors, (), f"{start}.{idle}")


def _names(factors: Sequence[Factor]) -> tuple[str, ...]:
    return tuple(one.name for one in factors)


def _with_detail(factors: Sequence[Factor]) -> str:
    return " and ".join(f"the {one.name} ({one.detail[0] if one.detail else one.text()})" for one in factors)


def _by_files(verdict: Verdict) -> Why:
    """What the names of altered files say, when nothing could be compared."""
    told: dict[str, list[str]] = {}
    for problem in verdict.problems:
        for start, name in OF_FILES.items():
            if verdict.code == 2 and problem.startswith(start):
                told.setdefault(name, []).append(problem)
    factors = tuple(Factor(name, "not tried", detail=tuple(found)) for name, found in told.items())
    named = f" What was changed is {_with_detail(factors)}." if factors else ""
    return Why(verdict, factors, _names(factors), f"{verdict.sentence}{named}")
