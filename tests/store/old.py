"""The workspace that the first version left, unpacked: see `make_workspace_v1.py` for what is in it."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path
from typing import Any

ARCHIVE = Path(__file__).with_name("workspace_v1.tar.xz")


def old_workspace(folder: Path) -> Path:
    """A fresh copy of it, in the new folder `folder`."""
    folder.mkdir(parents=True)
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(folder, filter="data")
    return folder / "workspace"


def old_facts(workspace: Path) -> dict[str, Any]:
    """What was known when it was made: `runs` (what each finished one answers), `blobs` (sizes), `referenced`."""
    told: dict[str, Any] = json.loads((workspace.parent / "facts.json").read_text())
    return told
