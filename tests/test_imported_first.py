"""Whichever file of the package is imported first, its imports come to an end."""

from __future__ import annotations

import subprocess
import sys

import pytest
from test_floors import PACKAGE, name_of, sources

IMPORT_EACH = """
import importlib, os, sys
import alembic, matplotlib.pyplot, numpy, pandas, plotly.graph_objects, pyarrow.parquet, scipy.stats, skops.io
import sklearn.ensemble, sklearn.linear_model, sqlmodel, streamlit, typer, xgboost
for name in sys.stdin.read().split():
    if os.fork() == 0:
        try:
            importlib.import_module(name)
        except BaseException as error:
            print(name, repr(error), flush=True)
        os._exit(0)
    os.wait()
print("done")
"""


@pytest.mark.slow
def test_any_file_can_be_imported_first() -> None:
    """A circle by way of a room's own `__init__` shows only for some first imports, so each file is tried."""
    inside = [path for path in sources() if PACKAGE in path.parents]
    names = [f"modellab_core.{name_of(path).replace('/', '.')}".removesuffix(".__init__") for path in inside]
    names = [name for name in names if not name.endswith("__main__") and ".migrations.m" not in name]
    told = subprocess.run(
        [sys.executable, "-c", IMPORT_EACH], input="\n".join(names), capture_output=True, text=True, timeout=600
    )
    assert told.stdout.split("\n")[-2:] == ["done", ""], told.stderr
    assert told.stdout == "done\n", told.stdout
