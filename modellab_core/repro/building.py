"""An environment with the recorded versions, and the training inside it. Standard library only."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from modellab_core.repro.archive import Stop

Say = Callable[[str], None]

PASSED_ON = ("PATH", "SYSTEMROOT", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH")
"""All that the training sees of this process's variables, beside those that it replays."""

REPLAYED = re.compile(r"(BLIS|MKL|OMP|OPENBLAS)_NUM_THREADS|OPENBLAS_CORETYPE|MKL_CBWR|VECLIB_MAXIMUM_THREADS")
LISTING = """
import importlib.metadata, json, sys
found = {each.metadata["Name"]: each.version for each in importlib.metadata.distributions()}
print(json.dumps({"python": "%d.%d" % sys.version_info[:2], "packages": found}))
"""
PROGRESS = "progress: "
"""How a line of the training's stderr begins that is meant for the person who waits."""


def canonical_name(name: str) -> str:
    """A distribution's name as package indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned(requirements: str) -> dict[str, str]:
    """Version by distribution of an `environment.txt`. Stop 2 for a line that is more than a version or a hash."""
    found = {}
    for line in requirements.splitlines():
        text = line.partition("#")[0].strip().removesuffix("\\").strip()
        pin = re.fullmatch(r"([A-Za-z0-9._-]+)==([A-Za-z0-9._+!-]+)", text)
        if pin:
            found[canonical_name(pin[1])] = pin[2]
        elif text and not re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", text):
            raise Stop(2, "The pack is refused: a line of environment.txt is no version.", [f"environment.txt: {text}"])
    return found


def installed(python: str) -> tuple[str, dict[str, str]]:
    """Python's minor version and the version of each distribution that the interpreter `python` finds by itself."""
    answer = subprocess.run([python, "-I", "-c", LISTING], capture_output=True, text=True, check=False)
    if answer.returncode:
        raise Stop(3, f"The Python {python} does not start: {last_line(answer.stderr)}")
    told = json.loads(answer.stdout)
    return told["python"], {canonical_name(name): version for name, version in told["packages"].items()}


def other_versions(python: str, pins: Mapping[str, str], minor: str) -> list[str]:
    """What is not as recorded in the interpreter `python`, a line each; empty when the run can be trained with it."""
    here, packages = installed(python)
    found = [] if here == minor else [f"Python: {minor} recorded, {here} here"]
    return found + [
        f"{name}: {version} recorded, {packages.get(name, 'not installed')} here"
        for name, version in pins.items()
        if packages.get(name) != version
    ]


def running(pins: Mapping[str, str], minor: str) -> str:
    """The running interpreter. Stop 3 naming each version that is not as recorded."""
    if different := other_versions(sys.executable, pins, minor):
        raise Stop(3, "This Python does not hold the recorded versions; without --here they are installed.", different)
    return sys.executable


def build(folder: Path, requirements: Path, minor: str, uv: bool, say: Say) -> str:
    """A new environment in `folder` as `requirements` say; the path of its interpreter. Stop 3 when that fails."""
    python = str(folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))
    text = requirements.read_text("utf-8")
    exact = ["--no-deps", "--only-binary", ":all:", *(["--require-hashes"] if "--hash=" in text else [])]
    program = shutil.which("uv") if uv else None
    like_here = minor == "{}.{}".format(*sys.version_info[:2])
    if program:
        say(f"Building the environment with uv ({len(pinned(text))} packages)")
        _done([program, "venv", "--quiet", "--python", sys.executable if like_here else minor, str(folder)])
        _done([program, "pip", "install", "--quiet", "--python", python, *exact, "-r", str(requirements)])
    else:
        base = sys.executable if like_here else shutil.which(f"python{minor}") or sys.executable
        say(f"Building the environment with venv and pip ({len(pinned(text))} packages; this can take minutes)")
        _done([base, "-I", "-m", "venv", str(folder)])
        quiet = ["--quiet", "--no-input", "--disable-pip-version-check"]
        _done([python, "-I", "-m", "pip", "install", *quiet, *exact, "-r", str(requirements)])
    if missing := [line for line in other_versions(python, pinned(text), minor) if not line.startswith("Python:")]:
        raise Stop(3, "The environment was built, and it does not hold the recorded versions.", missing)
    return python


def _done(command: Sequence[str]) -> None:
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
    answer = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if answer.returncode:
        told = [line for line in (answer.stderr or answer.stdout).splitlines() if line.strip()]
        raise Stop(3, f"The environment could not be built: {Path(command[0]).name} failed.", told[-8:])


def train(python: str, folder: Path, replay: Mapping[str, str], say: Say) -> dict[str, Any]:
    """What `reproduce.py` in `folder` answers under the variables of `replay`. Stop 1 when it fails.

    A core type that this processor cannot run ends the process; then it is trained again with this machine's own.
    """
    result = folder / "result.json"
    ended, told = _run(python, folder, replay, result, say)
    if ended == -getattr(signal, "SIGILL", 4) and "OPENBLAS_CORETYPE" in replay:
        say("This processor cannot run the recorded kind of arithmetic: once more with its own")
        own = {name: value for name, value in replay.items() if name != "OPENBLAS_CORETYPE"}
        ended, told = _run(python, folder, own, result, say)
    if ended:
        raise Stop(1, "Training again failed, so no number could be compared.", told[-8:] or [f"exit code {ended}"])
    try:
        answer: dict[str, Any] = json.loads(result.read_bytes())
    except ValueError:
        raise Stop(1, "Training again gave no readable result.", told[-8:]) from None
    return answer


def _run(python: str, folder: Path, replay: Mapping[str, str], result: Path, say: Say) -> tuple[int, list[str]]:
    """Exit code and last lines of `reproduce.py`; its stdout goes to `result`, its progress to `say`."""
    lines: deque[str] = deque(maxlen=30)
    command = [python, "-I", "-B", "reproduce.py"]
    with (
        result.open("wb") as out,
        subprocess.Popen(
            command, cwd=folder, env=variables(folder, replay), stdout=out, stderr=subprocess.PIPE, text=True
        ) as process,
    ):
        try:
            for line in process.stderr or ():
                if line.startswith(PROGRESS):
                    say(line.removeprefix(PROGRESS).rstrip())
                else:
                    lines.append(line.rstrip())
        except BaseException:
            with contextlib.suppress(OSError):
                process.kill()
            raise
    return process.returncode, [line for line in lines if line]


def variables(folder: Path, replay: Mapping[str, str]) -> dict[str, str]:
    """The whole environment of the training: a few variables of this process, the replayed ones, and a home of its own.

    Only names and values of the known kind are replayed, whatever the pack asks for.
    """
    home = folder / "home"
    home.mkdir(exist_ok=True)
    asked = {name: str(value) for name, value in replay.items() if REPLAYED.fullmatch(name)}
    kept = {name: value for name, value in asked.items() if re.fullmatch(r"[A-Za-z0-9_,.-]{1,40}", value)}
    own = dict.fromkeys(("HOME", "USERPROFILE", "TMPDIR", "TEMP", "TMP", "MPLCONFIGDIR"), str(home))
    return {name: os.environ[name] for name in PASSED_ON if name in os.environ} | kept | own


def last_line(text: str) -> str:
    """The last line of `text` that holds something."""
    return next((line for line in reversed(text.splitlines()) if line.strip()), "no message")
