"""Runs that a script logs itself: `with lab.start_run(…) as run`.

What is logged is gathered and written twice a second by a thread of the run, so that a line in a training loop costs
nothing. Nothing here ever stops a training: what cannot be logged becomes a note of the run and a line on stderr.
"""

from __future__ import annotations

import logging
import os
import threading
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar, Token
from functools import wraps
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar, cast

from modellab_core.errors import BadInput, ModelLabError
from modellab_core.harness.report import Report
from modellab_core.lab.kept import keep_model, keep_report, keep_script, keep_surroundings
from modellab_core.lab.values import json_of, metric_of, name_of, words_of
from modellab_core.store.catalog_logged import Param, Point
from modellab_core.store.catalog_queue import Worker
from modellab_core.store.processes import identity
from modellab_core.store.tables import CANCELLED, FAILED, SUCCEEDED, Run

if TYPE_CHECKING:
    from modellab_core.lab import Lab

WRITE_SECONDS = 0.5
BEAT_SECONDS = 5.0
MOST_NOTES = 20
LOG_BYTES = 1 << 20

logger = logging.getLogger("modellab")
open_run: ContextVar[LoggedRun | None] = ContextVar("open_run", default=None)

Log = TypeVar("Log", bound=Callable[..., None])


def never_stops(log: Log) -> Log:
    """A method that logs: whatever goes wrong in it is noted, and the program that logs goes on."""

    @wraps(log)
    def logged(run: LoggedRun, /, *args: Any, **more: Any) -> None:
        never_stops_here(run, log.__name__, lambda: log(run, *args, **more))

    return cast("Log", logged)


def never_stops_here(run: LoggedRun, what: str, log: Callable[[], None]) -> None:
    """Call `log`; whatever goes wrong in it becomes a note of the run."""
    try:
        run.refuse_ended()
        log()
    except Exception as error:
        run.note(f"{what}: {said_of(error)}")


def said_of(error: BaseException) -> str:
    """An exception in one line: our own sentences as they are, others with their type."""
    return str(error) if isinstance(error, ModelLabError) else f"{type(error).__name__}: {error}".rstrip(": ")


class LoggedRun:
    """A run in the hands of the script that logs it; `id` is None when it could not be stored.

    Used as a context manager. At the end of the block it has succeeded; an exception in the block makes it failed, with
    the exception and its traceback kept, and goes on its way; Ctrl-C makes it cancelled. A run that is started inside
    the block is its child. Logging the same name again keeps both values, and the later one holds.
    """

    def __init__(self, lab: Lab, run: Run | None, lease: str, seed: int | None) -> None:
        self.lab, self.seed = lab, seed
        self.id = None if run is None else run.id
        self.name = "" if run is None else run.name
        self.project_id = "" if run is None else run.project_id
        self._worker = Worker(lease, os.getpid(), identity(os.getpid()))
        self._params: list[Param] = []
        self._points: list[Point] = []
        self._steps: dict[str, int] = {}
        self._notes: list[dict[str, str]] = []
        self._turn, self._over = threading.Lock(), threading.Event()
        self._thread: threading.Thread | None = None
        self._outer: Token[LoggedRun | None] | None = None
        self._ended = run is None

    def __repr__(self) -> str:
        return f"LoggedRun({self.id or 'not stored'}, {self.name!r})"

    def __enter__(self) -> LoggedRun:
        self._outer = open_run.set(self)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if self._outer is not None:
            open_run.reset(self._outer)
        if error is None or (isinstance(error, SystemExit) and not error.code):
            self.end()
        elif isinstance(error, KeyboardInterrupt):
            self.end(CANCELLED, "Stopped by Ctrl-C.")
        else:
            self.end(FAILED, said_of(error), "".join(traceback.format_exception(error)))

    def begin(self, params: Mapping[str, Any], tags: Mapping[str, str]) -> None:
        """Keep what was given at the start, and begin to say that the run is alive; `Lab.start_run` calls it."""
        if self.id is None:
            return
        self._thread = threading.Thread(target=self._keep, name="logging", daemon=True)
        self._thread.start()
        self.log_params(params)
        if tags:
            self.log_tags(**tags)

    @never_stops
    def log_params(self, values: Mapping[str, Any] | None = None, /, **more: Any) -> None:
        """Parameters by name: `run.log_params(depth=6)`, or a mapping for names that are no identifiers.

        Numbers, text, truth values, None, and lists and mappings of them stay what they are; all else becomes its text.
        """
        found = [Param(name_of(name), json_of(value)) for name, value in {**(values or {}), **more}.items()]
        self._gather(found, [])

    @never_stops
    def log_metrics(self, values: Mapping[str, Any] | None = None, /, *, step: int | None = None, **more: Any) -> None:
        """Numbers by name: `run.log_metrics(auc=.91)`; inside a loop `run.log_metrics(loss=loss, step=round)`.

        Without `step` each metric counts its own steps from 0. What is no finite number is kept as missing.
        """
        named = {name_of(name): value for name, value in {**(values or {}), **more}.items()}
        points = [Point(name, self._step(name, step), metric_of(name, value)) for name, value in named.items()]
        self._gather([], points)

    @never_stops
    def log_tags(self, *words: str, **named: Any) -> None:
        """Words to find the run by: `run.log_tags("keep", team="risk")`."""
        self._flush()
        self.lab.catalog.logged.tag(self._stored(), words_of(words, named))

    @never_stops
    def log_artifact(self, file: Path | str | bytes, name: str | None = None) -> None:
        """A file of any kind, or bytes with a name; a folder gives each file in it. A copy is kept in the workspace."""
        if isinstance(file, bytes):
            self._keep_artifact(name_of(name or "data"), self.lab.blobs.put(file))
            return
        path = Path(file)
        if not path.exists():
            raise BadInput(f"there is no file {str(file)!r}.")
        inner = sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else [path]
        for one in inner:
            called = f"{name or path.name}/{one.relative_to(path).as_posix()}" if path.is_dir() else name or path.name
            self._keep_artifact(name_of(called), self.lab.blobs.put_file(one))

    @never_stops
    def log_report(self, report: Report, rows: Sequence[int] | None = None) -> None:
        """The report of the run, with its page, its files and its place in Compare.

        It can be compared with a run that was trained here when both were scored on the same test rows with the same
        truth. Rows are known by `rows`, the 0-based number of each test row's record in its file; without it by the
        index of the features that `evaluate` was given, or by equal features. See `Lab.split_of`.
        """
        keep_report(self.lab, self._stored(), report, rows)

    @never_stops
    def log_model(self, model: Any, X: Any) -> None:
        """A fitted estimator of scikit-learn or XGBoost, kept without pickle; `X` are some rows to try it on.

        `Lab.model(run)` gives it back. A model of another library, or with parts of other libraries, is not kept.
        """
        keep_model(self.lab, self._stored(), model, X)

    @never_stops
    def log_script(self, path: Path | str | None = None) -> None:
        """The program that made the run, at most 1 MB: the file at `path`, else the script that is running."""
        keep_script(self.lab, self._stored(), path)

    def note(self, text: str) -> None:
        """Keep a sentence with the run and say it on stderr."""
        logger.warning("%s", f"ModelLab: {text}")
        if len(self._notes) < MOST_NOTES:
            self._notes.append({"code": "logging", "text": text, "column": ""})

    def refuse_ended(self) -> None:
        """Conflict when the run has ended or was never stored."""
        if self._ended:
            raise ModelLabError("nothing is kept, because the run has ended." if self.id else "the run is not stored.")

    def end(self, state: str = SUCCEEDED, error: str | None = None, log: str = "") -> None:
        """End the run; the `with` block does it. A second call does nothing."""
        if self._ended:
            return
        self._over.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()
        self._keep_surroundings()
        try:
            self._flush()
            kept = self.lab.blobs.put(log.encode(errors="replace")[-LOG_BYTES:]) if log else None
            self.lab.catalog.logged.end(self._stored(), state, error, self._notes, kept)
        except Exception as reason:
            self.note(f"the end of the run was not stored: {said_of(reason)}")
        self._ended = True

    def _keep_surroundings(self) -> None:
        try:
            keep_surroundings(self.lab, self._stored())
        except Exception as reason:  # what is not known of a machine is no reason to lose a run
            logger.debug("%s", reason)

    def _stored(self) -> str:
        self.refuse_ended()
        return str(self.id)

    def _step(self, name: str, step: int | None) -> int:
        with self._turn:
            place = self._steps.get(name, 0) if step is None else int(step)
            self._steps[name] = max(self._steps.get(name, 0), place + 1)
        return place

    def _keep_artifact(self, name: str, digest: str) -> None:
        self.lab.catalog.logged.artifact(self._stored(), name, digest)

    def _gather(self, params: Sequence[Param], points: Sequence[Point]) -> None:
        with self._turn:
            self._params += params
            self._points += points
        if os.getpid() != self._worker.pid:  # a child of a fork has no thread that writes
            self._flush()

    def _flush(self) -> None:
        """Write what was gathered; it stays gathered when it cannot be written."""
        with self._turn:
            params, points = self._params, self._points
            if params or points:
                self.lab.catalog.logged.say(str(self.id), params, points)
                self._params, self._points = [], []

    def _keep(self) -> None:
        """Twice a second write what was gathered, and say now and then that the run is alive."""
        waited = 0.0
        while not self._over.wait(WRITE_SECONDS):
            waited += WRITE_SECONDS
            try:
                self._flush()
                if waited >= BEAT_SECONDS:
                    waited = 0.0
                    self.lab.catalog.queue.beat(self._stored(), self._worker)
            except Exception as error:  # a full disk or a long lock may pass; the end says what was lost
                logger.debug("%s", error)
