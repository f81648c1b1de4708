"""The process that opens a model from elsewhere: `python -m modellab_core.training.opener FOLDER`.

Its limits come as JSON on stdin. FOLDER holds `files/` with the files of the model and `rows.parquet`; it leaves
`said.parquet` there, or `refused.json` with a sentence. Its memory and time are bounded, so that a file made to do harm
ends this process and nothing else.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from modellab_core.data.parquet import from_parquet, to_parquet
from modellab_core.errors import BadInput
from modellab_core.files import publish
from modellab_core.training import logged, persistence


def predicted(files: Mapping[str, bytes], rows: pd.DataFrame) -> pd.DataFrame:
    """What the model in `files` says of `rows`: `prediction`, and for classes `proba_0` … in the order of its classes.

    BadInput when it is no model of ours, or the rows do not fit it.
    """
    if json.loads(files.get(persistence.CARD, b"{}")).get("schema") == logged.SCHEMA:
        return _of_estimator(logged.load_logged(files), rows)
    model = persistence.load(files)
    return _frame(model.predict(rows), model.predict_proba(rows) if model.task.is_classification else None)


def _of_estimator(model: Any, rows: pd.DataFrame) -> pd.DataFrame:
    try:
        return _frame(model.predict(rows), model.predict_proba(rows) if hasattr(model, "predict_proba") else None)
    except Exception as error:  # whatever a library raises for rows that do not fit
        raise BadInput(f"The model cannot predict these rows: {error}") from error


def _frame(prediction: Any, proba: Any) -> pd.DataFrame:
    columns = {} if proba is None else {f"proba_{place}": one for place, one in enumerate(np.asarray(proba).T)}
    return pd.DataFrame({"prediction": np.asarray(prediction), **columns})


def _limit(memory: int, seconds: int) -> None:
    if sys.platform == "win32":
        return
    import resource

    for what, most in ((resource.RLIMIT_DATA, memory), (resource.RLIMIT_CPU, seconds), (resource.RLIMIT_CORE, 0)):
        _, hard = resource.getrlimit(what)
        resource.setrlimit(what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def main(folder: Path) -> int:
    """Open and predict; 0, or 2 when the model or its rows were refused."""
    _limit(**json.load(sys.stdin))
    files = {path.name: path.read_bytes() for path in (folder / "files").iterdir()}
    try:
        said = predicted(files, from_parquet(folder / "rows.parquet"))
    except (BadInput, ValueError) as error:
        publish(folder / "refused.json", json.dumps(str(error)).encode())
        return 2
    publish(folder / "said.parquet", to_parquet(said))
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
