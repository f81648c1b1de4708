"""Every move of a job: queued → running → succeeded, failed, cancelled or interrupted, and back to queued.

A move names the state and the lease that it expects and must touch one row, so of two that compete one wins.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, func, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session, aliased
from sqlmodel import col, select

from modellab_core.errors import Conflict
from modellab_core.store.blobs import Blobs
from modellab_core.store.catalog_runs import Result, publish_result, refuse_missing
from modellab_core.store.columns import now
from modellab_core.store.engine import Doors
from modellab_core.store.lookup import get
from modellab_core.store.tables import (
    CANCELLED,
    DAMAGED,
    FAILED,
    INTERRUPTED,
    LIVE,
    QUEUED,
    RETRIABLE,
    RUNNING,
    SUCCEEDED,
    Run,
)

RELEASED = {"lease": None, "pid": None, "process": None}
FRESH = {
    **RELEASED,
    "heartbeat_at": None,
    "cancel_requested": False,
    "phase": None,
    "done": 0,
    "total": 0,
    "message": "",
    "error": None,
    "started_at": None,
    "ended_at": None,
    "log": None,
}
_IS = {
    QUEUED: "waits",
    RUNNING: "is running",
    SUCCEEDED: "has succeeded",
    FAILED: "has failed",
    CANCELLED: "was cancelled",
    INTERRUPTED: "was interrupted",
    DAMAGED: "is damaged",
}


@dataclass(frozen=True)
class Worker:
    """Which process works on a run: its lease, its pid, and `process`, which tells it from a later one of that pid."""

    lease: str
    pid: int
    process: str


@dataclass(frozen=True)
class Progress:
    """How far a run is; `total` 0 means not known."""

    phase: str
    done: int = 0
    total: int = 0
    message: str = ""


class Queue:
    """The jobs of a workspace, shared by every program that opens it."""

    def __init__(self, doors: Doors, blobs: Blobs) -> None:
        self._doors = doors
        self._blobs = blobs

    def claimable(self, limit: int, batch_id: str | None = None) -> bool:
        """Whether `claim` may find a run; a look that takes no lock."""
        with self._doors.read() as session:
            return _next(session, limit, batch_id) is not None

    def claim(self, limit: int, worker: Worker, batch_id: str | None = None) -> Run | None:
        """Take the next run (of one batch, if given), unless `limit` are running; None when there is none to take.

        The oldest batch comes first, in it the simplest model; a run waits until its simpler siblings have ended,
        however they ended, because it is compared with them.
        """
        with self._doors.write() as session:
            run = _next(session, limit, batch_id)
            while run is not None and run.damage:  # it would stand at the head of the queue for ever
                _fail_damaged(session, run.id, run.damage)
                run = _next(session, limit, batch_id)
            if run is None:
                return None
            moment = now()
            run.state, run.started_at, run.heartbeat_at = RUNNING, moment, moment
            run.lease, run.pid, run.process = worker.lease, worker.pid, worker.process
            return run

    def beat(self, run_id: str, worker: Worker, progress: Progress | None = None) -> bool | None:
        """Say that `worker` lives and how far it is. Whether a cancel is asked for; None when the lease is lost."""
        values = {"heartbeat_at": now(), "pid": worker.pid, "process": worker.process}
        values |= vars(progress) if progress else {}
        with self._doors.write() as session:
            if not _move(session, run_id, worker.lease, [], values):
                return None
            return session.scalars(select(Run.cancel_requested).where(Run.id == run_id)).one()

    def cancel_requested(self, run_id: str, lease: str) -> bool | None:
        """Whether a cancel is asked for; None when the lease is lost. A look that takes no lock."""
        with self._doors.read() as session:
            held = select(Run.cancel_requested).where(Run.id == run_id, Run.state == RUNNING, Run.lease == lease)
            return session.scalars(held).first()

    def finish(self, run_id: str, lease: str, result: Result) -> None:
        """Publish a run with all that it left, in one transaction. Conflict when the lease is lost."""
        refuse_missing(self._blobs, result)
        with self._doors.write() as session:
            if not _move(session, run_id, lease, [], {"heartbeat_at": now()}):
                raise lost(run_id)
            publish_result(session, get(session, Run, run_id, "run"), result)

    def fail(self, run_id: str, lease: str, error: str) -> bool:
        """End a run that cannot go on, with the sentence why. Whether the lease was still held."""
        return self._end(run_id, lease, FAILED, error)

    def interrupt(self, run_id: str, lease: str, error: str, seen: datetime | None = None) -> bool:
        """End a run whose worker is gone; it counts as cancelled when that was asked for.

        With `seen`, only if the heartbeat is still that one. Whether this call ended it.
        """
        with self._doors.write() as session:
            where = [col(Run.heartbeat_at) == seen] if seen else []
            asked = [*where, col(Run.cancel_requested).is_(True)]
            return _move(session, run_id, lease, asked, _ended(CANCELLED, _CANCELLED)) or _move(
                session, run_id, lease, where, _ended(INTERRUPTED, error)
            )

    def stop(self, run_id: str, lease: str) -> bool:
        """End a run that stopped because somebody cancelled it. Whether the lease was still held."""
        return self._end(run_id, lease, CANCELLED, _CANCELLED)

    def _end(self, run_id: str, lease: str, state: str, error: str) -> bool:
        with self._doors.write() as session:
            return _move(session, run_id, lease, [], _ended(state, error))

    def cancel(self, run_id: str) -> Run:
        """Cancel a run: at once while it waits, else by a flag that its worker sees. Conflict when it has ended."""
        with self._doors.write() as session:
            run = get(session, Run, run_id, "run")
            if run.state not in LIVE:
                raise Conflict(f"The run {run_id} {_IS[run.state]}: only a run that waits or runs can be cancelled.")
            if run.state == QUEUED:
                run.state, run.error, run.ended_at = CANCELLED, _CANCELLED, now()
            run.cancel_requested = True
            return run

    def retry(self, run_id: str) -> Run:
        """Queue a run that did not succeed once more. Conflict for any other run."""
        with self._doors.write() as session:
            run = get(session, Run, run_id, "run")
            if run.state not in RETRIABLE or run.kind != "template":
                raise Conflict(
                    f"The run {run_id} {_IS[run.state]}: only a run that was trained here and did not succeed can be "
                    "tried again."
                )
            for name, value in FRESH.items():
                setattr(run, name, value)
            run.state, run.attempt = QUEUED, run.attempt + 1
            return run

    def running(self) -> list[Run]:
        """The runs that some process works on, the one that started first at the beginning."""
        with self._doors.read() as session:
            return list(session.scalars(select(Run).where(Run.state == RUNNING).order_by(col(Run.started_at))))

    def still_wanted(self, leases: Sequence[str]) -> dict[str, bool]:
        """Of these leases those that are still held, with whether a cancel is asked for."""
        held = select(Run.lease, Run.cancel_requested).where(Run.state == RUNNING, col(Run.lease).in_(leases))
        with self._doors.read() as session:
            return {lease: asked for lease, asked in session.execute(held) if lease}

    def keep_log(self, run_id: str, attempt: int, log: str) -> bool:
        """Name the blob of what the worker of this attempt printed. Whether the run is still at that attempt."""
        with self._doors.write() as session:
            kept = update(Run).where(col(Run.id) == run_id, col(Run.attempt) == attempt).values(log=log)
            return _touched(session.execute(kept)) == 1


_CANCELLED = "Cancelled."


def lost(run_id: str) -> Conflict:
    """The sentence for a worker whose lease is gone."""
    return Conflict(f"The run {run_id} is not this worker's any more: it was cancelled, ended or started again.")


def _next(session: Session, limit: int, batch_id: str | None) -> Run | None:
    busy = select(func.count()).select_from(Run).where(Run.state == RUNNING, Run.kind == "template")
    if session.scalars(busy).one() >= limit:
        return None
    sibling = aliased(Run)
    simpler = exists().where(
        col(sibling.batch_id) == col(Run.batch_id),
        col(sibling.position) < col(Run.position),
        col(sibling.state).in_(LIVE),
    )
    waiting = select(Run).where(Run.state == QUEUED, Run.kind == "template", ~simpler)
    if batch_id is not None:
        waiting = waiting.where(Run.batch_id == batch_id)
    return session.scalars(waiting.order_by(col(Run.created_at), col(Run.batch_id), col(Run.position))).first()


def _fail_damaged(session: Session, run_id: str, error: str) -> None:
    waiting = update(Run).where(col(Run.id) == run_id, col(Run.state) == QUEUED)
    session.execute(waiting.values(**_ended(FAILED, error)).execution_options(synchronize_session=False))


def _ended(state: str, error: str) -> dict[str, Any]:
    return {"state": state, "error": error, "ended_at": now(), **RELEASED}


def _move(
    session: Session, run_id: str, lease: str, where: Sequence[ColumnElement[bool]], values: Mapping[str, Any]
) -> bool:
    held = (col(Run.id) == run_id, col(Run.state) == RUNNING, col(Run.lease) == lease, *where)
    moved = update(Run).where(*held).values(**values).execution_options(synchronize_session=False)
    return _touched(session.execute(moved)) == 1


def _touched(result: Any) -> int:
    assert isinstance(result, CursorResult)
    return int(result.rowcount)
