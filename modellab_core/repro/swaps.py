"""What of a run can be swapped for what is here: versions, BLAS core type, threads, data, code."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from modellab_core.repro import building
from modellab_core.repro.archive import CONFIG, GIT, REQUIREMENTS, digest
from modellab_core.repro.code import snapshot
from modellab_core.repro.environment import capture
from modellab_core.repro.facts import Facts

Name = Literal["package versions", "BLAS core type", "threads", "data", "code"]
NAMES: tuple[Name, ...] = ("package versions", "BLAS core type", "threads", "data", "code")
CORE_TYPE = "OPENBLAS_CORETYPE"
COUNTS = ("BLIS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
MOST_LINES = 5
SCRIPT = "reproduce.py"


@dataclass(frozen=True)
class Swap:
    """One factor with another value: `recorded` and `other` say what stood and what is put there, `detail` where.

    `python`, `replay` and `edit` (a change of the extracted pack) are what is done; what is None stays.
    """

    factor: Name
    recorded: str
    other: str
    detail: tuple[str, ...] = ()
    python: str | None = None
    replay: Mapping[str, str] | None = None
    edit: Callable[[Path], object] | None = field(default=None, compare=False)


def swaps(folder: Path, facts: Facts, python: str, other: Path | None, data: Path | None) -> list[Swap]:
    """Every factor in which the pack in `folder` and what is here differ, with the values to try.

    `python` is the interpreter of the run. `other` is the extracted pack of the same run that is trusted, `data` a file
    of other data; without them the data are not swapped, and the code with this program's.
    """
    here = capture(1, [])
    return [
        *_versions(folder, facts, python),
        *_core_types(facts, here),
        *_threads(folder, facts, here),
        *_data(folder, facts, other, data),
        *_code(folder, other),
    ]


def _versions(folder: Path, facts: Facts, python: str) -> list[Swap]:
    pins = building.pinned((folder / REQUIREMENTS).read_text("utf-8"))
    different = building.other_versions(sys.executable, pins, facts.minor)
    if not different or python == sys.executable:
        return []
    return [Swap("package versions", "environment.txt", "this Python", tuple(different), python=sys.executable)]


def _core_types(facts: Facts, here: Mapping[str, Any]) -> list[Swap]:
    recorded = facts.replay.get(CORE_TYPE)
    told = [kind for side in (facts.environment, here) for kind in _of_blas(side, "architecture")]
    others = [kind for kind in dict.fromkeys(told) if kind != recorded]
    return [
        Swap("BLAS core type", recorded or "not told", str(kind), replay={**facts.replay, CORE_TYPE: str(kind)})
        for kind in others
    ]


def _of_blas(environment: Mapping[str, Any], key: str) -> list[Any]:
    libraries = environment.get("blas") or {}
    return [each[key] for name, each in libraries.items() if str(name).startswith("openblas") and each.get(key)]


def _threads(folder: Path, facts: Facts, here: Mapping[str, Any]) -> list[Swap]:
    """Another count in every place: that of the recorded environment, one, and all processors of this machine."""
    config = json.loads((folder / CONFIG).read_bytes())
    given = {name: facts.replay[name] for name in COUNTS if name in facts.replay}
    counts = {str(config["threads"]), *given.values()}
    told = [*_of_blas(facts.environment, "num_threads"), *(facts.environment.get("openmp") or {}).values()]
    wanted = [str(count) for count in (*told, facts.environment.get("threads"), 1, here["cpu"]["usable"]) if count]
    found = []
    for count in dict.fromkeys(wanted):
        if counts != {count}:
            replay = {**facts.replay, **dict.fromkeys((*given, "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), count)}
            edit = _with_json(CONFIG, {"threads": int(count)})
            found.append(Swap("threads", " and ".join(sorted(counts)), count, replay=replay, edit=edit))
    return found


def _with_json(name: str, changes: Mapping[str, Any]) -> Callable[[Path], object]:
    def edit(folder: Path) -> None:
        value = json.loads((folder / name).read_bytes()) | changes
        _replace(folder / name, json.dumps(value).encode())

    return edit


def _replace(path: Path, content: bytes) -> None:
    path.unlink(missing_ok=True)
    digest(lambda: io.BytesIO(content), path)


def _data(folder: Path, facts: Facts, other: Path | None, data: Path | None) -> list[Swap]:
    near = [data, other and other / facts.data_file]
    place = folder / facts.data_file
    old = place.read_bytes()
    for path in near:
        if path and path.is_file() and (new := path.read_bytes()) != old:
            detail = tuple(first_differences(facts.data_file, old, new))
            source = "the stored run's" if path == near[1] else str(path.name)
            return [Swap("data", facts.data_file, source, detail, edit=lambda to: _replace(to / facts.data_file, new))]
    return []


def _code(folder: Path, other: Path | None) -> list[Swap]:
    """The code of the trusted pack, else this program's own, in the place of the pack's."""
    theirs = sources(folder)
    ours = sources(other) if other else {f"code/{name}": content for name, content in snapshot().items()}
    if not other:
        head, mark, _ = theirs[SCRIPT].partition(b"# ///\n")
        body = snapshot()["modellab_core/repro/reproduce.py"]
        ours[SCRIPT] = head + mark + body if mark else body
    names = sorted(name for name in theirs.keys() | ours.keys() if theirs.get(name) != ours.get(name))
    if not names:
        return []
    detail = [
        line for name in names for line in first_differences(name, theirs.get(name, b""), ours.get(name, b""))[:1]
    ]

    def edit(to: Path) -> None:
        for name in names:
            if name in ours:
                _replace(to / name, ours[name])
            else:
                (to / name).unlink()

    return [Swap("code", "the pack's", "the stored run's" if other else "this program's", tuple(detail), edit=edit)]


def sources(folder: Path) -> dict[str, bytes]:
    """What an extracted pack runs to train again, by name."""
    files = [path for path in (folder / "code").rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in [*files, folder / SCRIPT]}
    return {name: content for name, content in found.items() if name != GIT}


def first_differences(name: str, old: bytes, new: bytes) -> list[str]:
    """Where two files differ, a line each: the first few lines of text that are not the same, else the file."""
    if b"\0" in old[:4096] or not old or not new:
        return [f"{name} differs" if old and new else f"{name} is on one side only"]
    before, after = old.splitlines(), new.splitlines()
    places = [
        place for place in range(max(len(before), len(after))) if before[place : place + 1] != after[place : place + 1]
    ]
    return [f"{name}, line {place + 1} differs" for place in places[:MOST_LINES]] or [f"{name} differs"]
