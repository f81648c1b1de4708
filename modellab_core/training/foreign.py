"""Models from elsewhere: they are opened by a process of their own and never by this one."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from modellab_core.data.parquet import from_parquet, to_parquet
from modellab_core.errors import BadInput
from modellab_core.files import publish

MEMORY, SECONDS = 4 << 30, 300
MOST_FILES, MOST_BYTES = 8, 1 << 30
_PACKAGES = Path(__file__).resolve().parents[2]
_NAME = re.compile(r"model\.[a-z.]{1,20}")


def predict_foreign(files: Mapping[str, bytes], rows: pd.DataFrame, *, scratch: Path) -> pd.DataFrame:
    """What a model that was trained elsewhere says of `rows`: `prediction`, and for classes `proba_0` ….

    `files` are those that `dump` or `dump_logged` wrote. BadInput with one sentence when they are no such files, do not
    fit their sums, hold types that are not trusted, or end the process that opens them.
    """
    if len(files) > MOST_FILES or sum(map(len, files.values())) > MOST_BYTES:
        raise BadInput(f"A model has at most {MOST_FILES} files and {MOST_BYTES >> 30} GB.")
    strange = [name for name in files if not _NAME.fullmatch(name)]
    if strange:
        raise BadInput(f"{strange[0][:80]!r} is no file of a model: model.json, model.skops and model.ubj are.")
    scratch.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="foreign-", dir=scratch) as made:
        folder = Path(made).resolve()
        for name, content in files.items():
            publish(folder / "files" / name, content)
        publish(folder / "rows.parquet", to_parquet(rows))
        code = _run(folder)
        if code == 0:
            return from_parquet(folder / "said.parquet").set_axis(rows.index)
        raise BadInput(_refusal(folder, code))


def _run(folder: Path) -> int:
    """How the process ends that opens the model; it starts in its own folder, so that no other code is found there."""
    environment = {**os.environ, "PYTHONPATH": str(_PACKAGES), "PYTHONSAFEPATH": "1", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "modellab_core.training.opener", str(folder)]
    limits = json.dumps({"memory": MEMORY, "seconds": SECONDS}).encode()
    try:
        done = subprocess.run(
            command, input=limits, cwd=folder, env=environment, capture_output=True, check=False, timeout=2 * SECONDS
        )
    except subprocess.TimeoutExpired:
        return -signal.SIGKILL
    return done.returncode


def _refusal(folder: Path, code: int) -> str:
    refused = folder / "refused.json"
    if code == 2 and refused.is_file():
        return str(json.loads(refused.read_text("utf-8")))
    cause = f"the process that opened it ended with {signal.Signals(-code).name}" if code < 0 else f"code {code}"
    return f"This model could not be opened safely ({cause}); nothing of it is used."
