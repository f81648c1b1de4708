"""`python reload.py FOLDER`: what the stored models below FOLDER predict for the table beside each, as JSON of hashes.

A case is a folder with `files/` as `dump` gives them and `rows.parquet`; with `--damaged` each folder holds one model
that must be refused, and what is told is the sentence.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

from modellab_core.data.parquet import from_parquet
from modellab_core.errors import BadInput
from modellab_core.training.persistence import load


def told(case: Path) -> str:
    """SHA-256 of the predictions of the model in `case`, or the sentence by which it is refused."""
    files = {path.name: path.read_bytes() for path in (case / "files").iterdir()}
    try:
        model = load(files)
    except BadInput as error:
        return str(error)
    rows = from_parquet(case / "rows.parquet")
    found = model.predict_proba(rows) if model.task.is_classification else model.predict(rows)
    return hashlib.sha256(found.tobytes()).hexdigest()


if __name__ == "__main__":
    print(json.dumps({case.name: told(case) for case in sorted(Path(sys.argv[1]).iterdir())}))
