"""The settings of a process, read once from the environment, and where the app's own files are.

| variable | meaning | default |
|---|---|---|
| `MODELLAB_HOME` | the workspace folder | `.modellab` here or in a folder above, else a new one here |
| `MODELLAB_WORKERS` | runs trained at once, at least 1 | 1 |
| `MODELLAB_THREADS` | threads one run may use, at least 1 | the CPUs of this process less one, at least 1 |
| `MODELLAB_MAX_UPLOAD_MB` | largest file that the browser may send | 200 |
| `MODELLAB_GIT_DIFF` | 1: keep with a run what was changed in its git repository since the commit | 0 |
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from modellab_core.errors import BadInput

WORKSPACE = ".modellab"


@dataclass(frozen=True)
class Settings:
    """What the environment says; see the table at the top of this file."""

    home: Path | None
    workers: int
    threads: int
    max_upload_mb: int
    git_diff: bool = False

    @classmethod
    def read(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """The settings in `environment` (default: this process's). BadInput names one that is no whole number."""
        env = os.environ if environment is None else environment
        home = env.get("MODELLAB_HOME")
        return cls(
            home=Path(home).expanduser() if home else None,
            workers=_at_least_one(env, "MODELLAB_WORKERS", 1),
            threads=_at_least_one(env, "MODELLAB_THREADS", max(1, usable_cpus() - 1)),
            max_upload_mb=_at_least_one(env, "MODELLAB_MAX_UPLOAD_MB", 200),
            git_diff=env.get("MODELLAB_GIT_DIFF", "0") == "1",
        )


def _at_least_one(env: Mapping[str, str], name: str, default: int) -> int:
    text = env.get(name, str(default))
    if not text.isdecimal() or int(text) < 1:
        raise BadInput(f"{name} is {text!r}: give a whole number of at least 1.")
    return int(text)


def usable_cpus() -> int:
    """CPUs that this process may run on; in a container this is fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def workspace_folder(start: Path | None = None, settings: Settings | None = None) -> Path:
    """The workspace: `MODELLAB_HOME`, else the `.modellab` found here or above as git looks, else `.modellab` here."""
    settings = settings or Settings.read()
    if settings.home:
        return settings.home
    here = (start or Path.cwd()).resolve()
    found = [folder / WORKSPACE for folder in (here, *here.parents) if (folder / WORKSPACE / "modellab.db").is_file()]
    return found[0] if found else here / WORKSPACE


def app_folder() -> Path:
    """The folder of `app.py`, `pages`, `.streamlit` and `examples`: inside an installed wheel, else the checkout."""
    package = Path(__file__).resolve().parent
    return package / "_app" if (package / "_app").is_dir() else package.parent
