"""The one Lab of a server process, and the queue that runs as long as the server."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import logging
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import cache
from importlib import import_module
from ipaddress import ip_address
from typing import Any

import streamlit as st

from modellab_core.errors import BadInput, ModelLabError
from modellab_core.harness.failures.around import Known
from modellab_core.harness.slices.columns import Columns, Mask
from modellab_core.harness.slices.query import parse
from modellab_core.harness.slices.slicers import slices_of
from modellab_core.lab import Lab
from modellab_core.settings import workspace_folder


def lab() -> Lab:
    """The Lab of this process's workspace, opened once. ModelLabError when the workspace cannot be used."""
    return _open(str(workspace_folder()))


@st.cache_resource(max_entries=4, show_spinner=False)
def _open(folder: str) -> Lab:
    return Lab.open(folder)


@asynccontextmanager
async def serving(_app: Any) -> AsyncIterator[None]:
    """Start the queue with the server and end it with the server: runs that wait go on after a restart."""
    _give_memory_back()
    starter = await asyncio.to_thread(_start)
    try:
        yield
    finally:
        if starter is not None:
            await asyncio.to_thread(starter.stop)


@cache
def _set_apart(when: str) -> None:  # noqa: ARG001 (once each time)
    """Let the collector of garbage pass over what is loaded, once `when` has come.

    Streamlit collects after each run of a script, and most of a click would go into looking through what never goes.
    """
    gc.collect()
    gc.freeze()


def _give_memory_back() -> None:
    """Let blocks of memory above 8 MB go back to the system when they are freed.

    The GNU C library raises this bound by itself, up to 32 MB, and gives each thread a heap of its own, up to eight for
    each processor. An upload passes through several threads, and each heap would keep its size (glibc: `mallopt`).
    """
    if sys.platform == "linux" and hasattr(library := ctypes.CDLL(None), "mallopt"):
        for bound in (-3, -1):  # M_MMAP_THRESHOLD, M_TRIM_THRESHOLD
            library.mallopt(bound, 8 << 20)


def refuse_other_machines(address: str | None) -> None:
    """BadInput unless `address`, on which the server listens, is of this machine only (None would be every one)."""
    with suppress(ValueError):
        if address == "localhost" or ip_address(address or "0.0.0.0").is_loopback:  # noqa: S104 - it is refused
            return
    raise BadInput(
        f"ModelLab has no sign-in, so it does not listen on {address or 'every address'}: leave out --server.address, "
        "and let other machines in through a server in front of it that asks who they are."
    )


def _start() -> Any:
    """The running queue, or None when the workspace cannot be used: every page then says why."""
    import_module("modellab_core.ui")
    _set_apart("the server starts")
    try:
        starter = lab().starter()
        starter.start()
        lab().announce(int(st.get_option("server.port")))
    except ModelLabError as error:
        logging.getLogger(__name__).error("No run can be started: %s", error)
        return None
    return starter


def opened(run: Any) -> Any:
    """(Report, Predictions, features of the test rows) of a run, kept while it is looked at."""
    return _opened(str(workspace_folder()), run.files.get("predictions.parquet", run.id), run.id)


@st.cache_resource(max_entries=4, show_spinner="Opening the run …")
def _opened(folder: str, predictions: str, ident: str) -> Any:  # noqa: ARG001 (they are the key)
    found = lab().opened(ident)
    _set_apart("a first run is opened")
    return found


def report(run: Any) -> Any:
    """The report of a run alone, kept while it is laid over others."""
    return _report(str(workspace_folder()), run.files.get("eval/eval_summary.json", run.id), run.id)


@st.cache_resource(max_entries=8, show_spinner=False)
def _report(folder: str, summary: str, ident: str) -> Any:  # noqa: ARG001 (they are the key)
    return lab().report(ident)


def columns(run: Any) -> Columns:
    """The features of the test rows of a run as queries and bins read them, each read once."""
    return _columns(str(workspace_folder()), run.files.get("predictions.parquet", run.id), run.id)


@st.cache_resource(max_entries=4, show_spinner=False)
def _columns(folder: str, predictions: str, ident: str) -> Columns:
    return Columns(_opened(folder, predictions, ident)[2])


def known(run: Any) -> Known | None:
    """The rows that a run's errors are held beside; None where they are not kept."""
    return _known(str(workspace_folder()), run.files.get("development.parquet", run.id), run.id)


@st.cache_resource(max_entries=2, show_spinner=False)
def _known(folder: str, development: str, ident: str) -> Known | None:  # noqa: ARG001 (they are the key)
    return lab().known(ident)


def rows_of(run: Any, query: str) -> Mask:
    """The test rows of a run that a query means. BadInput says what is wrong with it, and where."""
    return parse(query).rows(columns(run))


def slice_rows(run: Any, name: str) -> Mask | None:
    """The rows of a slice of the report by its name; None where it has none of this name."""
    report, predictions, _ = opened(run)
    found, _ = slices_of(predictions, report.plan)
    return next((one.rows for one in found if one.name == name), None)


def suggested(version: str, target: str | None = None) -> Any:
    """What a training of a version would most likely be asked for; it never changes, and a long table is read once."""
    key = (str(workspace_folder()), version, target)
    found = _suggested(*key)
    if found.problem:  # the next look may be better, as after a restored backup
        _suggested.clear(*key)
    return found


@st.cache_resource(max_entries=256, show_spinner=False)
def _suggested(folder: str, version: str, target: str | None) -> Any:  # noqa: ARG001 (it is part of the key)
    return lab().suggest(version, target)
