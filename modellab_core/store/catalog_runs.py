"""Every SQL statement about batches and runs, but for the moves of a job, which are in `catalog_queue.py`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, insert
from sqlalchemy.orm import Session
from sqlmodel import col, select

from modellab_core.errors import Conflict
from modellab_core.store.blobs import Blobs
from modellab_core.store.catalog_lines import LATEST
from modellab_core.store.columns import Json, now
from modellab_core.store.engine import Doors
from modellab_core.store.evidence_tables import Action, ScoreRow
from modellab_core.store.lookup import clean_name, find, get
from modellab_core.store.tables import LIVE, QUEUED, SUCCEEDED, Batch, Kind, Project, Run

ScoreJson = Mapping[str, Any]
"""What `Score.to_json()` gives."""


@dataclass(frozen=True)
class NewRun:
    """A run as it is asked for; the fields are those of Run."""

    name: str
    model: str
    recipe: Json
    fingerprint: str


@dataclass(frozen=True)
class Result:
    """What a run that succeeded leaves: its scores, its files by name as blobs, the headline and notes, as JSON."""

    scores: Sequence[ScoreJson] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    headline: Json | None = None
    notes: Sequence[Any] = ()


class Runs:
    """Batches, runs and their scores. Methods that change one take its id."""

    def __init__(self, doors: Doors, blobs: Blobs) -> None:
        self._doors = doors
        self._blobs = blobs

    def create_batch(
        self,
        project_id: str,
        version_id: str,
        template: str,
        request: Json,
        runs: Sequence[NewRun],
        key: str | None = None,
        checks: Sequence[Any] = (),
    ) -> tuple[Batch, list[Run]]:
        """A batch with its queued runs, simplest first, in one transaction; `checks` is kept with it.

        The same `key` again gives the batch that it made the first time, so that a double click makes one.
        """
        with self._doors.write() as session:
            done: Batch | None = _action(session, key, Batch)
            if done is not None:
                return done, _of_batch(session, done.id)
            get(session, Project, project_id, "project")
            batch = Batch(
                project_id=project_id, version_id=version_id, template=template, request=request, checks=list(checks)
            )
            session.add(batch)
            session.flush()
            _remember(session, key, "batch", batch.id)
            return batch, [_queue(session, batch, place, new) for place, new in enumerate(runs)]

    def add_finished(
        self,
        project_id: str,
        new: NewRun,
        result: Result,
        *,
        kind: Kind = "imported",
        version_id: str | None = None,
        key: str | None = None,
    ) -> Run:
        """A run whose work was done elsewhere, with all its scores, in one transaction. `key` as in `create_batch`."""
        refuse_missing(self._blobs, result)
        with self._doors.write() as session:
            done: Run | None = _action(session, key, Run)
            if done is not None:
                return done
            get(session, Project, project_id, "project")
            run = Run(project_id=project_id, version_id=version_id, kind=kind, **vars(new))
            publish_result(session, run, result)
            _remember(session, key, "run", run.id)
            return run

    def find(self, ref: str, project_id: str | None = None) -> Run:
        """By name or id, in one project or in all; NotFound and BadInput as `lookup.find`."""
        where = [col(Run.project_id) == project_id] if project_id else []
        with self._doors.read() as session:
            return find(session, Run, ref, "run", *where)

    def get(self, run_id: str) -> Run:
        """The run with exactly this id."""
        with self._doors.read() as session:
            return get(session, Run, run_id, "run")

    def all(
        self,
        project_id: str | None = None,
        *,
        batch_id: str | None = None,
        version_id: str | None = None,
        states: Sequence[str] = (),
        kind: Kind | None = None,
        fingerprint: str | None = None,
        limit: int | None = None,
    ) -> list[Run]:
        """The runs that fulfil all that is given, the latest first, those of a batch simplest first."""
        equal = {"project_id": project_id, "batch_id": batch_id, "version_id": version_id}
        equal |= {"kind": kind, "fingerprint": fingerprint}
        where: list[ColumnElement[bool]] = [
            getattr(Run, name) == value for name, value in equal.items() if value is not None
        ]
        if states:
            where.append(col(Run.state).in_(states))
        with self._doors.read() as session:
            return list(session.scalars(select(Run).where(*where).order_by(*LATEST).limit(limit)))

    def batch(self, ref: str) -> Batch:
        """A batch by its id or the beginning of it."""
        with self._doors.read() as session:
            return find(session, Batch, ref, "batch")

    def keep_checks(self, batch_id: str, checks: Sequence[Any]) -> None:
        """Keep with a batch what the checks before it said, as JSON; a batch that is gone is let be."""
        with self._doors.write() as session:
            batch = session.get(Batch, batch_id)
            if batch is not None:
                batch.checks = list(checks)

    def batches(self, project_id: str | None = None) -> list[Batch]:
        """The batches of a project, or of all, the latest first."""
        where = [col(Batch.project_id) == project_id] if project_id else []
        with self._doors.read() as session:
            return list(session.scalars(select(Batch).where(*where).order_by(col(Batch.created_at).desc())))

    def of_batch(self, batch_id: str) -> list[Run]:
        """The runs of a batch, the simplest first."""
        with self._doors.read() as session:
            return _of_batch(session, batch_id)

    def rename(self, run_id: str, name: str) -> Run:
        """Give a run another name."""
        name = clean_name(name, "run")
        with self._doors.write() as session:
            run = get(session, Run, run_id, "run")
            run.name = name
            return run

    def delete(self, run_id: str) -> None:
        """Delete a run with its scores; blobs stay until `clean`. Conflict while it waits or runs."""
        with self._doors.write() as session:
            run = get(session, Run, run_id, "run")
            if run.state in LIVE:
                raise Conflict(f"The run {run_id} is {run.state}: cancel it first.")
            session.delete(run)
            session.flush()
            if run.batch_id and not _of_batch(session, run.batch_id):
                session.delete(get(session, Batch, run.batch_id, "batch"))

    def scores(self, run_id: str, slice_name: str | None = None, stress: str | None = None) -> list[ScoreRow]:
        """The scores of a run in the order in which they were computed; those of one slice or stress if given."""
        where = [col(ScoreRow.run_id) == run_id]
        if slice_name is not None:
            where.append(col(ScoreRow.slice) == slice_name)
        if stress is not None:
            where.append(col(ScoreRow.stress) == stress)
        with self._doors.read() as session:
            return list(session.scalars(select(ScoreRow).where(*where).order_by(col(ScoreRow.id))))


def _queue(session: Session, batch: Batch, place: int, new: NewRun) -> Run:
    run = Run(
        project_id=batch.project_id,
        batch_id=batch.id,
        version_id=batch.version_id,
        position=place,
        state=QUEUED,
        created_at=batch.created_at,
        **vars(new),
    )
    session.add(run)
    return run


def _of_batch(session: Session, batch_id: str) -> list[Run]:
    return list(session.scalars(select(Run).where(Run.batch_id == batch_id).order_by(col(Run.position))))


def _action(session: Session, key: str | None, table: type[Any]) -> Any:
    """What the click `key` made, None when it made nothing yet or that was deleted since."""
    action = session.get(Action, key) if key else None
    return session.get(table, action.result) if action else None


def _remember(session: Session, key: str | None, kind: str, result: str) -> None:
    if key:
        session.merge(Action(key=key, kind=kind, result=result))


def refuse_missing(blobs: Blobs, result: Result) -> None:
    """A row never points at nothing: Conflict when a file of `result` is not stored."""
    missing = [name for name, digest in result.files.items() if not blobs.has(digest)]
    if missing:
        raise Conflict(f"The files {', '.join(missing[:5])} were not stored, so the run cannot be kept.")


def publish_result(session: Session, run: Run, result: Result) -> None:
    """Make `run` a run that succeeded, with its scores."""
    run.state, run.ended_at, run.lease, run.pid, run.process = SUCCEEDED, now(), None, None, None
    run.started_at = run.started_at or run.ended_at
    run.error, run.message = None, ""
    run.files, run.headline, run.notes = dict(result.files), result.headline, list(result.notes)
    session.add(run)
    session.flush()
    if result.scores:  # as plain dictionaries: a row model cannot be given a value for its field `cls`
        session.execute(insert(ScoreRow), [{"run_id": run.id, **score} for score in result.scores])
