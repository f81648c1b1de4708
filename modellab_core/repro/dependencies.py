"""`environment.txt`: the exact version of every distribution that the code of a pack needs, and of no other."""

from __future__ import annotations

import ast
import platform
import re
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

LOCK = Path(__file__).with_name("lock.txt")
NOT_NEEDED = ("nvidia-",)
"""XGBoost asks for NVIDIA's NCCL, 335 MB that no training on a CPU loads."""


def imported(sources: Mapping[str, bytes]) -> set[str]:
    """Top-level names of every module that Python files of `sources` import, at their top or inside functions."""
    found: set[str] = set()
    for name, content in sources.items():
        if not name.endswith(".py"):
            continue
        for node in ast.walk(ast.parse(content)):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.partition(".")[0])
    return found


def pins(sources: Mapping[str, bytes]) -> dict[str, str]:
    """Version by distribution, sorted, of what `sources` import and of all that these need in turn."""
    homes = packages_distributions()
    waiting = [canonicalize_name(home) for module in imported(sources) for home in homes.get(module, [])]
    found: dict[str, str] = {}
    while waiting:
        name = waiting.pop()
        if name in found or name.startswith((*NOT_NEEDED, "modellab")):
            continue
        try:
            known = distribution(name)
        except PackageNotFoundError:  # an optional part that this environment works without
            continue
        found[name] = known.version
        waiting += _needed(known.requires or [])
    return dict(sorted(found.items()))


def _needed(requires: list[str]) -> Iterator[NormalizedName]:
    for requirement in map(Requirement, requires):
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield canonicalize_name(requirement.name)


def locked_hashes(lock: str) -> dict[tuple[str, str], list[str]]:
    """Hashes by (distribution, version) in a lock of the form `name==version \\` and `--hash=sha256:…` lines."""
    found: dict[tuple[str, str], list[str]] = {}
    current: tuple[str, str] | None = None
    for line in lock.splitlines():
        if pin := re.match(r"([A-Za-z0-9._-]+)==([^\s;\\]+)", line):
            current = (canonicalize_name(pin[1]), pin[2])
        hashes = re.findall(r"--hash=(sha256:[0-9a-f]{64})", line)
        if current and hashes:
            found.setdefault(current, []).extend(hashes)
    return found


def requirements(versions: Mapping[str, str], lock: str | None = None) -> str:
    """`environment.txt` for `versions`, as `pip install --no-deps -r` takes it.

    Hashes come from `lock` (default: the one shipped beside this file), and only if it has every version: pip takes all
    hashed or none. Where it has not, a comment says `hashes: no` and why.
    """
    known = locked_hashes(LOCK.read_text("utf-8") if lock is None and LOCK.is_file() else lock or "")
    unknown = [f"{name}=={version}" for name, version in versions.items() if (name, version) not in known]
    made_on = (
        f"{platform.python_implementation()} {platform.python_version()}, {platform.system()} {platform.machine()}"
    )
    head = [f"# Every distribution that code/ needs, as it was when the run ended ({made_on})."]
    if unknown:
        head += [
            "# hashes: no",
            "# WARNING: what is downloaded cannot be checked against known hashes, because these versions are not in",
            f"# the lock that came with ModelLab: {', '.join(unknown)}",
        ]
        return "\n".join([*head, *(f"{name}=={version}" for name, version in versions.items())]) + "\n"
    entries = [
        " \\\n".join([f"{name}=={version}", *(f"    --hash={digest}" for digest in sorted(known[name, version]))])
        for name, version in versions.items()
    ]
    return "\n".join([*head, "# hashes: yes", *entries]) + "\n"
