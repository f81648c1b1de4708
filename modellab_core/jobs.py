"""Runs as jobs: a `Starter` takes them from the queue and starts a worker process for each; a worker holds a `Lease`.

The queue is in the database, so the command and several servers share one. A worker says every few seconds that it
lives; whoever finds a run whose worker is gone, or was not heard of for `LEASE_SECONDS`, ends it as interrupted. A
worker stops itself when its starter ends (end of file on its standard input) or when its lease is lost, so no work
goes on that nobody can see or stop.
"""

from __future__ import annotations

import logging
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from modellab_core.errors import ModelLabError, NotFound, of_disk
from modellab_core.progress import Cancelled, OnPhase
from modellab_core.store.catalog import Catalog
from modellab_core.store.catalog_queue import Worker
from modellab_core.store.catalog_runs import Result
from modellab_core.store.columns import now
from modellab_core.store.lease import LEASE_SECONDS, TICK_SECONDS, Lease
from modellab_core.store.processes import identity, is_gone, signal_group
from modellab_core.store.tables import LIVE, Run

WORKER = "modellab_core.worker"
LEASE_VARIABLE = "MODELLAB_LEASE"
RECOVER_SECONDS = 15.0
POLITE_SECONDS = 5.0
TERM_SECONDS = 10.0
SCRIPT_SECONDS = 900.0  # a script may be stopped in a debugger; that its process ended is seen at once
LOG_BYTES = 1 << 20

logger = logging.getLogger(__name__)


def work(catalog: Catalog, run_id: str, do: Callable[[Run, OnPhase], Result]) -> int:
    """What a worker process does: `do` the run under the lease it was given, and publish how it ended.

    Gives the exit code of the process: 0 when the run succeeded or was cancelled, 1 when it failed.
    """
    token = os.environ.get(LEASE_VARIABLE, "")
    with Lease(catalog, run_id, token) as lease:
        lease.stop_with_starter()
        try:
            lease.finish(do(catalog.runs.get(run_id), lease.on_phase))
        except Cancelled:
            lease.stop()
        except ModelLabError as error:
            lease.fail(str(error))
            return 1
        except Exception as error:
            traceback.print_exc()
            told = of_disk(error) if isinstance(error, OSError) else None
            said = f"{type(error).__name__}: {error}".rstrip(": ")
            lease.fail(str(told) if told else f"An unexpected failure, which the log tells in full: {said}")
            return 1
    return 0


def recover(catalog: Catalog) -> list[str]:
    """End the runs whose worker is gone or was not heard of for `LEASE_SECONDS`; the ids of those that were ended."""
    ended = []
    for run in catalog.queue.running():
        gone = is_gone(run.pid, run.process)
        patience = SCRIPT_SECONDS if run.kind == "logged" else LEASE_SECONDS
        silent = run.heartbeat_at is None or now() - run.heartbeat_at > timedelta(seconds=patience)
        if run.lease is None or not (gone or silent):
            continue
        why = "Its worker ended without a word" if gone else f"Its worker was silent for {patience:.0f} seconds"
        if catalog.queue.interrupt(run.id, run.lease, f"{why}. Try it again.", None if gone else run.heartbeat_at):
            ended.append(run.id)
    _keep_logs(catalog)
    return ended


def _keep_logs(catalog: Catalog) -> None:
    """Store what workers printed whose starter did not live to do so."""
    for path in catalog.workspace.logs():
        with suppress(NotFound):
            run = catalog.runs.get(path.stem)
            if run.state in LIVE:
                continue
            keep_log(catalog, run)
        with suppress(OSError):
            path.unlink(missing_ok=True)


def keep_log(catalog: Catalog, run: Run) -> None:
    """Store what the worker of this attempt of the run printed, and remove the file."""
    path = catalog.workspace.log(run.id)
    with suppress(OSError):  # another program kept it, or the disk does not let us; then it stays
        printed = path.read_bytes()[-LOG_BYTES:]
        if printed:
            catalog.queue.keep_log(run.id, run.attempt, catalog.blobs.put(printed))
        path.unlink()


def log_text(catalog: Catalog, run: Run) -> str:
    """What the worker of the run printed so far; "" when there is nothing."""
    if run.log is not None and run.state not in LIVE:
        return catalog.blobs.read(run.log, f"log of the run {run.id}").decode(errors="replace")
    try:
        return catalog.workspace.log(run.id).read_bytes()[-LOG_BYTES:].decode(errors="replace")
    except FileNotFoundError:
        return ""


@dataclass
class _Child:
    """A worker that this process started; `asked` is when it was first seen that it must stop."""

    run: Run
    lease: str
    process: subprocess.Popen[bytes]
    asked: float | None = None
    terminated: bool = False
    swept: bool = False


class Starter:
    """Starts the waiting runs of a workspace, at most `workers` of all programs at once, and looks after them.

    In the foreground, call `step()` again and again and `stop()` at the end; in a server, `start()` a thread. With
    `batch_id` only the runs of that batch are started. `module` is run by Python with the id of the run.
    """

    def __init__(
        self,
        catalog: Catalog,
        workers: int,
        *,
        batch_id: str | None = None,
        module: str = WORKER,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._catalog = catalog
        self._workers = workers
        self._batch_id = batch_id
        self._module = module
        self._environment = environment
        self._children: list[_Child] = []
        self._recovered: float | None = None
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def children(self) -> list[str]:
        """The ids of the runs that this starter looks after."""
        return [child.run.id for child in self._children]

    def step(self) -> None:
        """Bury what ended, stop what must stop, recover what was lost, start what may start. Never waits for a run."""
        self._bury()
        self._stop_unwanted()
        if self._recovered is None or time.monotonic() - self._recovered >= RECOVER_SECONDS:
            recover(self._catalog)
            self._catalog.workspace.collect()
            self._recovered = time.monotonic()
        while self._catalog.queue.claimable(self._workers, self._batch_id) and self._start_next():
            pass

    def start(self) -> None:
        """Do the steps in a thread, which ends with this process; a second call does nothing."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._steps, name="starter", daemon=True)
            self._thread.start()

    def stop(self, seconds: float = POLITE_SECONDS) -> None:
        """Start nothing more and end the workers; their runs are interrupted."""
        self._over.set()
        if self._thread is not None:
            self._thread.join()
        for child in self._children:
            _close(child.process)
        end = time.monotonic() + seconds
        for child in self._children:
            try:
                child.process.wait(max(0.0, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                signal_group(child.process.pid, signal.SIGKILL)
                child.process.wait()
        self._bury()

    def _steps(self) -> None:
        while not self._over.is_set():
            try:
                self.step()
            except ModelLabError as error:
                logger.warning("%s", error)
            except Exception:  # the queue must go on for the other runs
                logger.exception("a step of the starter failed")
            self._over.wait(TICK_SECONDS)

    def _start_next(self) -> bool:
        worker = Worker(secrets.token_hex(16), os.getpid(), identity(os.getpid()))
        run = self._catalog.queue.claim(self._workers, worker, self._batch_id)
        if run is None:
            return False
        try:
            self._children.append(_Child(run, worker.lease, self._popen(run, worker.lease)))
        except OSError as error:
            self._catalog.queue.fail(run.id, worker.lease, f"Its worker could not be started: {error}.")
        return True

    def _popen(self, run: Run, lease: str) -> subprocess.Popen[bytes]:
        log = os.open(self._catalog.workspace.log(run.id), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            return subprocess.Popen(
                [sys.executable, "-P", "-m", self._module, run.id],  # -P: a random.py in this folder is not imported
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env=self._variables(lease),
            )
        finally:
            os.close(log)

    def _variables(self, lease: str) -> dict[str, str]:
        given = dict(os.environ if self._environment is None else self._environment)
        package = str(Path(__file__).resolve().parent.parent)
        path = os.pathsep.join(filter(None, (package, given.get("PYTHONPATH"))))
        home = str(self._catalog.workspace.folder)
        return given | {"MODELLAB_HOME": home, LEASE_VARIABLE: lease, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1"}

    def _bury(self) -> None:
        for child in [child for child in self._children if child.process.poll() is not None]:
            _sweep(child)
            self._catalog.queue.interrupt(child.run.id, child.lease, _obituary(child.process.returncode))
            self._children.remove(child)
            try:
                keep_log(self._catalog, child.run)
            except ModelLabError as error:  # the run has ended as it should; only what it printed is lost
                logger.warning("%s", error)

    def _stop_unwanted(self) -> None:
        """A worker whose run is to be cancelled or is no longer its own: wait, then SIGTERM, then SIGKILL."""
        if not self._children:
            return
        wanted = self._catalog.queue.still_wanted([child.lease for child in self._children])
        moment = time.monotonic()
        for child in self._children:
            if wanted.get(child.lease, True):
                child.asked = child.asked or moment
            if child.asked is not None:
                _press(child, moment - child.asked)


def _sweep(child: _Child) -> None:
    """End what the worker had started and left behind; once, because its number may belong to another later."""
    if not child.swept:
        child.swept = True
        signal_group(child.process.pid, signal.SIGKILL)
        _close(child.process)


def _press(child: _Child, waited: float) -> None:
    if waited >= POLITE_SECONDS + TERM_SECONDS:
        signal_group(child.process.pid, signal.SIGKILL)
    elif waited >= POLITE_SECONDS and not child.terminated:
        signal_group(child.process.pid, signal.SIGTERM)
        child.terminated = True


def _close(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        process.stdin.close()


def _obituary(code: int) -> str:
    how = f"was ended by signal {-code}" if code < 0 else f"ended with code {code} before the run was done"
    return f"Its worker {how}. Try it again."
