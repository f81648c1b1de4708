"""Rows for the tests of the store and of the jobs."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

from modellab_core.store.catalog import Catalog, open_catalog
from modellab_core.store.catalog_datasets import NewVersion
from modellab_core.store.catalog_queue import Worker
from modellab_core.store.catalog_runs import NewRun, Result
from modellab_core.store.damage import seal
from modellab_core.store.tables import Batch, DatasetVersion, Project, Run

MODELS = ("dummy", "linear", "xgboost")


@cache
def template() -> tempfile.TemporaryDirectory[str]:
    """An empty workspace, made once, because making the tables is the slowest part of a small test."""
    folder = tempfile.TemporaryDirectory()
    open_catalog(Path(folder.name) / "workspace")
    return folder


def catalog_in(folder: Path) -> Catalog:
    shutil.copytree(Path(template().name) / "workspace", folder / "workspace")
    return open_catalog(folder / "workspace")


def version_in(catalog: Catalog, project: Project, name: str = "t.csv") -> DatasetVersion:
    content = b"a,b\n1,2\n"
    reading = {"format": "csv", "types": {"a": "number", "b": "number"}}
    new = NewVersion(catalog.blobs.put(content), len(content), 1, 2, reading, seal(reading))
    return catalog.datasets.add(project.id, name, new)[0]


def batch_in(
    catalog: Catalog, *does: str, key: str | None = None, project: str = "default", models: tuple[str, ...] = MODELS
) -> tuple[Batch, list[Run]]:
    """A queued batch; `does` says per model what the fake worker shall do."""
    made = catalog.projects.ensure(project)
    version = version_in(catalog, made)
    what = does or ("quick",) * len(models)
    runs = [
        NewRun(model, model, {"sha256": version.sha256, "do": do}, "f" * 64)
        for model, do in zip(models, what, strict=True)
    ]
    return catalog.runs.create_batch(made.id, version.id, "tabular_classification", {"target": "b"}, runs, key)


def worker(lease: str = "lease", pid: int = 1, process: str = "elsewhere|1") -> Worker:
    return Worker(lease, pid, process)


def result_in(catalog: Catalog, value: float = 0.5) -> Result:
    return Result(
        scores=[{"metric": "roc_auc", "n": 10, "value": value, "low": 0.4, "high": 0.6, "method": "percentile"}],
        files={"eval/metrics.json": catalog.blobs.put(f"{value}".encode())},
        headline={"metric": "roc_auc", "value": value, "low": 0.4, "high": 0.6},
        notes=[{"code": "x", "text": "y"}],
    )


def wait_until(true: Callable[[], bool], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not become true in time"
        time.sleep(0.02)
