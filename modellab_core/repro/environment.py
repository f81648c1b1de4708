"""Where a run was made: what of it can move a number, and nothing that could be a secret.

This file also lies in a pack's `code/`, so that the machine that trains again is described in the same words.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_info

SCHEMA = "modellab.environment/1"

VARIABLES = (
    "BLIS_NUM_THREADS",
    "LANG",
    "LC_ALL",
    "MKL_CBWR",
    "MKL_NUM_THREADS",
    "OMP_NUM_THREADS",
    "OPENBLAS_CORETYPE",
    "OPENBLAS_NUM_THREADS",
    "TZ",
    "VECLIB_MAXIMUM_THREADS",
)
"""The only environment variables that are ever recorded: each can change a number, none can hold a secret."""

REPLAYED = tuple(name for name in VARIABLES if name not in ("LANG", "LC_ALL", "TZ"))


def capture(threads: int, packages: Iterable[str]) -> dict[str, Any]:
    """The environment of this process as plain JSON values; call it when the numeric libraries are loaded.

    `threads` is the number that the run was given, `packages` the distributions whose versions count. `blas` maps a
    library and its version to its core type and threads, `openmp` the name of each OpenMP to its threads.
    """
    pools = threadpool_info()
    return {
        "schema": SCHEMA,
        "python": {
            "version": platform.python_version(),
            "minor": ".".join(platform.python_version_tuple()[:2]),
            "implementation": platform.python_implementation(),
        },
        "os": {
            "system": platform.system(),
            "release": platform.release(),
            "machine": platform.machine(),
            "libc": " ".join(platform.libc_ver()).strip(),
        },
        "cpu": {"model": cpu_model(), "usable": _usable_cpus()},
        "blas": {_library(pool): _blas(pool) for pool in pools if pool["user_api"] == "blas"},
        "openmp": {str(pool["prefix"]): pool["num_threads"] for pool in pools if pool["user_api"] == "openmp"},
        "threads": threads,
        "variables": {name: os.environ[name] for name in VARIABLES if name in os.environ},
        "packages": {name: installed(name) for name in sorted(packages)},
    }


def installed(name: str) -> str | None:
    """The installed version of a distribution, None when it is not there."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def cpu_model() -> str:
    """The processor's name as its maker writes it, "" when the system does not tell."""
    listing = Path("/proc/cpuinfo")
    if listing.is_file():
        lines = [line.partition(":") for line in listing.read_text("utf-8", "replace").splitlines()]
        found = [value.strip() for key, _, value in lines if key.strip() in ("model name", "Model", "Hardware")]
        return found[0] if found else ""
    return platform.processor()


def _usable_cpus() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _library(pool: Mapping[str, Any]) -> str:
    return f"{pool['internal_api']} {pool['version']}"


def _blas(pool: Mapping[str, Any]) -> dict[str, Any]:
    return {key: pool.get(key) for key in ("architecture", "threading_layer", "num_threads")}


def replay(environment: Mapping[str, Any]) -> dict[str, str]:
    """The variables under which the same numeric code runs on another machine, by name.

    OpenBLAS picks its code by processor, and the choice moves last bits; where it picked by itself the choice is
    spelled out. Thread counts likewise.
    """
    found: dict[str, str] = {}
    for library, facts in environment["blas"].items():
        if library.startswith("openblas"):
            found |= {"OPENBLAS_NUM_THREADS": str(facts["num_threads"])}
            found |= {"OPENBLAS_CORETYPE": str(facts["architecture"])} if facts["architecture"] else {}
    if environment["openmp"]:
        found["OMP_NUM_THREADS"] = str(max(environment["openmp"].values()))
    given = {name: value for name, value in environment["variables"].items() if name in REPLAYED}
    return dict(sorted({**found, **given}.items()))
