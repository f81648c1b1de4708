"""The state of the workspace, and the example project."""

from __future__ import annotations

import sqlite3
from importlib.metadata import version
from typing import Any

from modellab_core import __version__
from modellab_core.errors import BadInput, NotFound
from modellab_core.lab.training import Training
from modellab_core.settings import app_folder
from modellab_core.store.tables import Batch

EXAMPLE = ("Example: customer churn", "customer_churn.csv", "churned")
LIBRARIES = ("numpy", "pandas", "pyarrow", "scikit-learn", "scipy", "sqlmodel", "streamlit", "xgboost")


class Upkeep(Training):
    """Verbs about the workspace as a whole."""

    def status(self, deep: bool = False) -> dict[str, Any]:
        """Where the workspace is, versions, counts and sizes; `damaged` names blobs that are missing or changed.

        `deep` reads every blob and compares it with its hash; otherwise only their presence is looked at.
        """
        named = sorted(self.catalog.evidence.blobs_referenced())
        return {
            "folder": str(self.folder),
            "modellab": __version__,
            "sqlite": sqlite3.sqlite_version,
            "libraries": {name: version(name) for name in LIBRARIES},
            "counts": self.catalog.evidence.counts(),
            "runs": self.catalog.evidence.run_states(),
            "blobs": len(named),
            "bytes": sum(self.blobs.size(blob) for blob in named if self.blobs.has(blob)),
            "deep": deep,
            "damaged": [blob for blob in named if not self._is_whole(blob, deep)],
        }

    def _is_whole(self, blob: str, deep: bool) -> bool:
        if not self.blobs.has(blob):
            return False
        try:
            if deep:
                self.blobs.checked(blob)
        except (BadInput, NotFound):
            return False
        return True

    def start_demo(self) -> Batch:
        """Add the example table to its project and queue its three models."""
        project, name, target = EXAMPLE
        file = app_folder() / "examples" / "data" / name
        if not file.is_file():
            raise NotFound(f"The example table {name} is not in {file.parent}: install ModelLab again.")
        return self.train(self.add_dataset(file, project=project), target)
