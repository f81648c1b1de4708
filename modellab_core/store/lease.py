"""The worker's side of a job: saying that it lives, and hearing that it must stop."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable

from modellab_core.errors import ModelLabError
from modellab_core.progress import Cancelled, Phase
from modellab_core.store.catalog import Catalog
from modellab_core.store.catalog_queue import Progress, Worker, lost
from modellab_core.store.catalog_runs import Result
from modellab_core.store.processes import end_this_process, identity

TICK_SECONDS = 0.5
BEAT_SECONDS = 5.0
LEASE_SECONDS = 30.0
STDIN = 0

logger = logging.getLogger(__name__)


class Lease:
    """The right of this process to work on one run, kept alive by a thread while the `with` block lasts.

    `on_phase` tells how far the work is and raises `Cancelled` once a cancel is asked for. `gone` is called when the
    lease is lost or the starter has ended; it ends the process.
    """

    def __init__(self, catalog: Catalog, run_id: str, token: str, gone: Callable[[], None] = end_this_process) -> None:
        self.run_id = run_id
        self.token = token
        self._queue = catalog.queue
        self._worker = Worker(token, os.getpid(), identity(os.getpid()))
        self._gone = gone
        self._progress: Progress | None = None
        self._ending = False
        self._asked = threading.Event()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="lease", daemon=True)

    def __enter__(self) -> Lease:
        asked = self._queue.beat(self.run_id, self._worker)
        if asked is None:
            raise lost(self.run_id)
        self._note(asked)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def on_phase(self, phase: Phase, done: int, total: int, message: str) -> None:
        """An `OnPhase`: keeps the latest word for the next write, of which there are at most two a second."""
        self._progress = Progress(phase, done, total, message)
        if self._asked.is_set():
            raise Cancelled

    def finish(self, result: Result) -> None:
        """Publish the run. Conflict when the lease is lost."""
        self._ending = True  # the lease ends with the run: losing it is no alarm from here on
        self._queue.finish(self.run_id, self.token, result)

    def fail(self, error: str) -> None:
        """End the run with the sentence why it cannot go on."""
        self._ending = True
        self._queue.fail(self.run_id, self.token, error)

    def stop(self) -> None:
        """End the run because a cancel was asked for."""
        self._ending = True
        self._queue.stop(self.run_id, self.token)

    def stop_with_starter(self) -> None:
        """Stop this process at end of file of its standard input, whose other end the starter holds."""
        threading.Thread(target=self._watch_starter, name="starter", daemon=True).start()

    def _watch_starter(self) -> None:
        while os.read(STDIN, 1024):
            pass
        try:
            self._queue.interrupt(self.run_id, self.token, "The program that had started it ended. Try it again.")
        finally:
            self._gone()

    def _keep(self) -> None:
        said, written = self._progress, time.time()  # the wall clock: after a machine slept a word is due at once
        while not self._over.wait(TICK_SECONDS):
            latest = self._progress
            due = latest is not said or time.time() - written >= BEAT_SECONDS
            try:
                asked = self._say(latest) if due else self._queue.cancel_requested(self.run_id, self.token)
            except ModelLabError as error:  # a full disk or a long lock may pass
                logger.warning("%s", error)
                continue
            if due:
                said, written = latest, time.time()
            if asked is None and not self._ending:
                self._gone()
            if asked is None:
                return
            self._note(asked)

    def _say(self, progress: Progress | None) -> bool | None:
        return self._queue.beat(self.run_id, self._worker, progress)

    def _note(self, asked: bool) -> None:
        if asked:
            self._asked.set()
