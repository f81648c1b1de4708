"""Every SQL statement about runs that a script logs: their start and end, and what was said of them meanwhile.

What is logged again under the same name is added; the last one holds.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, delete, insert
from sqlmodel import col, select

from modellab_core.errors import Conflict
from modellab_core.store.blobs import Blobs
from modellab_core.store.catalog_queue import RELEASED, Worker
from modellab_core.store.catalog_runs import Result, refuse_missing
from modellab_core.store.columns import Json, Row, now
from modellab_core.store.engine import Doors
from modellab_core.store.evidence_tables import Artifact, MetricRow, ParamRow, ScoreRow, Tag
from modellab_core.store.lookup import clean_name, get
from modellab_core.store.tables import INTERRUPTED, RUNNING, SUCCEEDED, Project, Run

EARLIER = "earlier"
"""The folder among the files of a run in which those are kept that were replaced."""
MANY = 400  # ids in one statement; SQLite takes a limited number of variables

Table = TypeVar("Table", bound=Row)


@dataclass(frozen=True)
class Point:
    """One value of a metric: `value` is None where it is no finite number."""

    name: str
    step: int
    value: float | None
    at: datetime = field(default_factory=now)


@dataclass(frozen=True)
class Param:
    """One parameter; `value` is JSON text."""

    name: str
    value: str
    at: datetime = field(default_factory=now)


@dataclass(frozen=True)
class Said:
    """All that a script logged with a run beside its report, in the order in which it was logged."""

    params: Sequence[ParamRow]
    metrics: Sequence[MetricRow]
    tags: Sequence[Tag]
    artifacts: Sequence[Artifact]


class Logged:
    """Runs of kind `logged`. They are worked on by the process that logs them and never wait in the queue."""

    def __init__(self, doors: Doors, blobs: Blobs) -> None:
        self._doors = doors
        self._blobs = blobs

    def start(
        self, project_id: str, name: str, recipe: Json, worker: Worker, *, parent_id: str | None, version_id: str | None
    ) -> Run:
        """A run that is running, in the hands of `worker`."""
        name = clean_name(name, "run")
        moment = now()
        with self._doors.write() as session:
            get(session, Project, project_id, "project")
            run = Run(
                project_id=project_id,
                parent_id=parent_id,
                version_id=version_id,
                name=name,
                kind="logged",
                recipe=recipe,
                state=RUNNING,
                created_at=moment,
                started_at=moment,
                heartbeat_at=moment,
                **vars(worker),
            )
            session.add(run)
            return run

    def say(self, run_id: str, params: Sequence[Param], metrics: Sequence[Point]) -> None:
        """Add values to a run, in order."""
        with self._doors.write() as session:
            get(session, Run, run_id, "run")
            for table, rows in ((ParamRow, params), (MetricRow, metrics)):
                if rows:
                    session.execute(insert(table), [{"run_id": run_id, **vars(row)} for row in rows])

    def tag(self, run_id: str, words: Mapping[str, str]) -> None:
        """Put words on a run, each with a value or ""."""
        with self._doors.write() as session:
            get(session, Run, run_id, "run")
            session.add_all(Tag(run_id=run_id, name=name, value=value) for name, value in words.items())

    def artifact(self, run_id: str, name: str, digest: str) -> None:
        """Add a file that is stored already. Conflict when it is not."""
        refuse_missing(self._blobs, Result(files={name: digest}))
        with self._doors.write() as session:
            get(session, Run, run_id, "run")
            session.add(Artifact(run_id=run_id, name=name, sha256=digest, size=self._blobs.size(digest)))

    def keep_files(self, run_id: str, files: Mapping[str, str], **values: Any) -> None:
        """Name files of a run that are stored already, and set fields of its row.

        A file that has the same name goes to a folder `earlier/1`, `earlier/2` …, together with its neighbours.
        """
        refuse_missing(self._blobs, Result(files=files))
        with self._doors.write() as session:
            run = get(session, Run, run_id, "run")
            run.files = {**_put_away(run.files, files), **files}
            for name, value in values.items():
                setattr(run, name, value)

    def keep_scores(self, run_id: str, scores: Sequence[Mapping[str, Any]]) -> None:
        """The scores of the report that holds, in the place of those of an earlier one."""
        with self._doors.write() as session:
            session.execute(delete(ScoreRow).where(col(ScoreRow.run_id) == run_id))
            if scores:
                session.execute(insert(ScoreRow), [{"run_id": run_id, **score} for score in scores])

    def end(self, run_id: str, state: str, error: str | None, notes: Sequence[Any], log: str | None) -> None:
        """End a run that is running, or was taken for interrupted while its machine slept. Conflict for any other."""
        with self._doors.write() as session:
            run = get(session, Run, run_id, "run")
            if run.state not in (RUNNING, INTERRUPTED):
                raise Conflict(f"The run {run_id} has ended already: it is {run.state}.")
            run.state, run.error, run.ended_at, run.notes, run.log = state, error, now(), list(notes), log
            for name, value in RELEASED.items():
                setattr(run, name, value)
            if state == SUCCEEDED:
                run.message = ""

    def said(self, run_id: str) -> Said:
        """What was logged with one run."""
        with self._doors.read() as session:
            tables = (ParamRow, MetricRow, Tag, Artifact)
            found: list[Any] = [
                list(session.scalars(select(table).where(table.run_id == run_id).order_by(col(table.id))))
                for table in tables
            ]
        return Said(*found)

    def params(self, runs: Sequence[str]) -> dict[str, dict[str, Any]]:
        """The parameters that hold, by run."""
        rows = self._last((ParamRow.run_id, ParamRow.name, ParamRow.value), ParamRow, runs)
        found: dict[str, dict[str, Any]] = {}
        for run, name, value in rows:
            found.setdefault(run, {})[name] = json_value(value)
        return found

    def metrics(self, runs: Sequence[str]) -> dict[str, dict[str, float | None]]:
        """The last value of each metric that was logged, by run: that of the largest step."""
        found: dict[str, dict[str, float | None]] = {}
        order = (col(MetricRow.step), col(MetricRow.id))
        for run, name, value in self._last((MetricRow.run_id, MetricRow.name, MetricRow.value), MetricRow, runs, order):
            found.setdefault(run, {})[name] = value
        return found

    def tags(self, runs: Sequence[str]) -> dict[str, dict[str, str]]:
        """The words that hold, by run."""
        found: dict[str, dict[str, str]] = {}
        for run, name, value in self._last((Tag.run_id, Tag.name, Tag.value), Tag, runs):
            found.setdefault(run, {})[name] = value
        return found

    def overall(self, runs: Sequence[str]) -> dict[str, dict[str, float | None]]:
        """The value of each metric over all rows that the report of a run has, by run."""
        whole = (col(ScoreRow.slice) == "all", col(ScoreRow.stress) == "none", col(ScoreRow.cls).is_(None))
        found: dict[str, dict[str, float | None]] = {}
        columns = (ScoreRow.run_id, ScoreRow.metric, ScoreRow.value)
        for run, name, value in self._last(columns, ScoreRow, runs, where=whole):
            found.setdefault(run, {})[name] = value
        return found

    def _last(
        self,
        columns: tuple[Any, ...],
        table: Any,
        runs: Sequence[str],
        order: Sequence[Any] = (),
        where: Sequence[ColumnElement[bool]] = (),
    ) -> Iterable[tuple[Any, ...]]:
        """(run, name, value) so that of one name what holds comes last."""
        with self._doors.read() as session:
            for start in range(0, len(runs), MANY):
                some = col(table.run_id).in_(runs[start : start + MANY])
                yield from session.execute(select(*columns).where(some, *where).order_by(*order or (col(table.id),)))


def _put_away(held: Mapping[str, str], coming: Mapping[str, str]) -> dict[str, str]:
    """The files of a run with those in a folder of their own that others are about to replace."""
    folders = {name.partition("/")[0] for name in coming if name in held}
    if not folders:
        return dict(held)
    taken = [int(name.split("/")[1]) for name in held if name.startswith(f"{EARLIER}/")]
    place = f"{EARLIER}/{max(taken, default=0) + 1}"
    return {f"{place}/{name}" if name.partition("/")[0] in folders else name: digest for name, digest in held.items()}


def json_value(text: str) -> Any:
    """The value of JSON text; the text itself where it is none."""
    try:
        return json.loads(text)
    except ValueError:
        return text
