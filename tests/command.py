"""The command in a process of its own, and where the checkout is."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
Done = subprocess.CompletedProcess[str]
Command = Callable[..., Done]


def run_command(*arguments: object, home: Path) -> Done:
    """`modellab …` in a process of its own, in the workspace `home`."""
    line = [sys.executable, "-m", "modellab_core.cli", *map(str, arguments)]
    environment = os.environ | {"MODELLAB_HOME": str(home)}
    return subprocess.run(line, capture_output=True, text=True, env=environment, cwd=home.parent, check=False)
