"""A pack made by hand whose training is ten lines: what the runner does is tested without training a model."""

from __future__ import annotations

import hashlib
import json
import platform
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from modellab_core.repro import zipping
from modellab_core.repro.code import main_file, snapshot

DATA = b"x,y\n1,2\n3,4\n"

SCRIPT = """
import hashlib, json, os, sys
from pathlib import Path
here = Path(__file__).resolve().parent
data = (here / "data" / "data.csv").read_bytes()
print("progress:       fitting 1/2", file=sys.stderr)
value = float((here / "data" / "split.csv").read_text().split(",")[-1])
number = {"id": "accuracy", "value": value, "low": 0.7, "high": 0.9, "n": 10}
answer = {
    "metrics": [number], "from_recorded": None,
    "predictions": {"rows": 10, "same_rows": True, "flipped": 0, "largest": 0.0}, "stored_model": None,
    "data": {"rows": 2, "columns": {"x": "a" * 64, "y": "b" * 64}},
    "environment": json.loads((here / "environment.json").read_bytes()),
    "variables": dict(os.environ), "flags": [sys.flags.isolated], "folder": os.getcwd(),
}
print(json.dumps(answer))
"""


def contents(changed: Mapping[str, bytes | None] | None = None) -> dict[str, bytes]:
    """Members of a pack with one number, one data file and a script that needs nothing; None leaves a member out."""
    sha = hashlib.sha256(DATA).hexdigest()
    tolerance = {"kind": "relative", "same": 1e-9, "across": 1e-6, "scale": 0.9}
    entry = {"id": "accuracy", "value": 0.8, "low": 0.7, "high": 0.9, "n": 10, "tolerance": tolerance}
    moved = {"same": 1e-9, "across": 1e-4, "flips": {"same": 0, "across": 1}}
    columns = [{"name": "x", "sha256": "a" * 64}, {"name": "y", "sha256": "b" * 64}]
    recipe = {"sha256": sha, "model": "dummy", "target": "y"}
    members: dict[str, bytes | None] = {
        "__main__.py": main_file(),
        "reproduce.py": SCRIPT.encode(),
        "reproduce.md": b"# Steps\n",
        "environment.txt": b"# hashes: yes\n",
        "environment.json": as_json({"schema": "modellab.environment/1", "python": {"minor": minor()}}),
        "run_config.json": as_json({"schema": "modellab.run_config/1", "recipe": recipe, "replay": {}}),
        "dataset_info.json": as_json(
            {
                "schema": "modellab.dataset_info/1",
                "file": "data/data.csv",
                "name": "table.csv",
                "sha256": sha,
                "size": len(DATA),
                "rows": 2,
                "columns": columns,
            }
        ),
        "expected/metrics.json": as_json(
            {"schema": "modellab.expected/1", "metrics": [entry], "predictions": {"tolerance": moved}}
        ),
        "expected/predictions.parquet": b"PAR1",
        "data/split.csv": b"0,0.8",
        "data/data.csv": DATA,
        **{f"code/{name}": source for name, source in snapshot().items() if "/repro/" in name},
        "code/modellab_core/__init__.py": b"",
    }
    return {name: content for name, content in (members | dict(changed or {})).items() if content is not None}


def minor() -> str:
    """The minor version of this Python."""
    return ".".join(platform.python_version_tuple()[:2])


def as_json(value: Mapping[str, Any]) -> bytes:
    """`value` as JSON bytes."""
    return json.dumps(value).encode()


def pack(folder: Path, members: Mapping[str, bytes] | None = None, name: str = "pack.zip") -> Path:
    """A pack in `folder` with a manifest that fits, as the program writes it."""
    path = folder / name
    given = contents() if members is None else members
    path.write_bytes(b"".join(zipping.zipped(zipping.with_manifest(given.items()))))
    return path


def read(path: Path) -> dict[str, bytes]:
    """Every member of a ZIP file."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rezipped(path: Path, change: Callable[[dict[str, bytes]], object], *, manifest: bool, kind: int = 0) -> Path:
    """The pack at `path` changed and zipped again by the standard library; `manifest` rewrites its manifest."""
    members = read(path)
    change(members)
    if manifest:
        lines = [
            f"{hashlib.sha256(content).hexdigest()}  {name}\n"
            for name, content in sorted(members.items())
            if name != "manifest-sha256.txt"
        ]
        members["manifest-sha256.txt"] = "".join(lines).encode()
    target = path.with_name("changed.zip")
    with zipfile.ZipFile(target, "w", kind) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return target
