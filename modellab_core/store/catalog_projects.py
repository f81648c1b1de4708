"""Every SQL statement about projects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, func
from sqlalchemy.orm import Session
from sqlmodel import col, select

from modellab_core.errors import Conflict
from modellab_core.store.columns import now
from modellab_core.store.engine import Doors
from modellab_core.store.lookup import clean_name, find, get, name_key
from modellab_core.store.references import blobs_of_project
from modellab_core.store.tables import LIVE, Dataset, DatasetVersion, Project, Run


@dataclass(frozen=True)
class ProjectCounts:
    """A project with how much is in it; `last_activity` is the latest change.

    `running` counts waiting runs too, `latest` the runs of the newest batch by their state.
    """

    project: Project
    datasets: int
    runs: int
    running: int
    last_activity: datetime
    latest: Mapping[str, int]


@dataclass(frozen=True)
class ProjectContents:
    """What goes when a project is deleted; `blobs` are those that nothing outside of it names."""

    datasets: int
    versions: int
    runs: int
    blobs: frozenset[str]


class Projects:
    """Projects: made, named, put away and deleted. Methods that change one take its id and give the new row."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors

    def create(self, name: str, description: str = "") -> Project:
        """A new project. Conflict when the name is taken, ignoring case; BadInput when it is no name."""
        name = clean_name(name, "project")
        with self._doors.write() as session:
            _refuse_taken(session, name)
            return _add(session, name, description)

    def ensure(self, name: str) -> Project:
        """The project of this name, made when it is missing."""
        name = clean_name(name, "project")
        with self._doors.write() as session:
            return _named(session, name) or _add(session, name, "")

    def find(self, ref: str) -> Project:
        """By name, ignoring case, or id; NotFound and BadInput as `lookup.find`."""
        with self._doors.read() as session:
            return find(session, Project, ref, "project")

    def names(self) -> dict[str, str]:
        """The names of all projects, also archived ones, by id."""
        with self._doors.read() as session:
            return {key: str(name) for key, name in session.execute(select(Project.id, Project.name))}

    def rename(self, project_id: str, name: str) -> Project:
        """Give it another name. Conflict when that is taken by another project."""
        name = clean_name(name, "project")
        with self._doors.write() as session:
            project = get(session, Project, project_id, "project")
            if name_key(name) != project.name_key:
                _refuse_taken(session, name)
            project.name, project.name_key = name, name_key(name)
            return project

    def describe(self, project_id: str, text: str) -> Project:
        """Replace its description."""
        with self._doors.write() as session:
            project = get(session, Project, project_id, "project")
            project.description = text
            return project

    def archive(self, project_id: str) -> Project:
        """Put it away: it is kept, and left out of lists."""
        return self._set_archived(project_id, now())

    def restore(self, project_id: str) -> Project:
        """Take it out of the archive."""
        return self._set_archived(project_id, None)

    def _set_archived(self, project_id: str, moment: datetime | None) -> Project:
        with self._doors.write() as session:
            project = get(session, Project, project_id, "project")
            project.archived_at = moment
            return project

    def delete(self, project_id: str) -> None:
        """Delete it with all its rows; blobs stay until `clean`. Conflict while runs of it wait or run."""
        with self._doors.write() as session:
            project = get(session, Project, project_id, "project")
            live = _count(session, Run, col(Run.project_id) == project_id, col(Run.state).in_(LIVE))
            if live:
                raise Conflict(f"The project {project.name!r} has {live} runs in progress: cancel them first.")
            session.delete(project)

    def contents(self, project_id: str) -> ProjectContents:
        """How much `delete` would take away."""
        with self._doors.read() as session:
            get(session, Project, project_id, "project")
            mine, others = blobs_of_project(session, project_id)
            versions = select(func.count()).select_from(DatasetVersion).join(Dataset)
            return ProjectContents(
                datasets=_count(session, Dataset, col(Dataset.project_id) == project_id),
                versions=session.scalars(versions.where(Dataset.project_id == project_id)).one(),
                runs=_count(session, Run, col(Run.project_id) == project_id),
                blobs=frozenset(mine - others),
            )

    def all(self, archived: bool = False) -> list[ProjectCounts]:
        """All projects that are (not) archived with their counts: those with live runs first, then the latest."""
        with self._doors.read() as session:
            wanted = col(Project.archived_at).is_not(None) if archived else col(Project.archived_at).is_(None)
            found = session.scalars(select(Project).where(wanted)).all()
            runs, tables, latest = _runs(session), _tables(session), _latest(session)
        none = (0, 0, None, None, None)
        counted = [
            _counted(one, runs.get(one.id, none), tables.get(one.id, (0, None)), latest.get(one.id, {}))
            for one in found
        ]
        return sorted(counted, key=lambda each: (each.running > 0, each.last_activity), reverse=True)


def _named(session: Session, name: str) -> Project | None:
    return session.scalars(select(Project).where(Project.name_key == name_key(name))).first()


def _refuse_taken(session: Session, name: str) -> None:
    if taken := _named(session, name):
        where = " in the archive" if taken.archived_at else ""
        raise Conflict(f"There is a project {taken.name!r} already{where}: choose another name.")


def _add(session: Session, name: str, description: str) -> Project:
    project = Project(name=name, name_key=name_key(name), description=description)
    session.add(project)
    return project


def _count(session: Session, table: type[Dataset] | type[Run], *where: object) -> int:
    return session.scalars(select(func.count()).select_from(table).where(*where)).one()  # type: ignore[arg-type]


def _runs(session: Session) -> dict[str, Sequence[Any]]:
    """Per project with runs: how many there are and how many are live, and the latest moments of their lives."""
    live = func.sum(case((col(Run.state).in_(LIVE), 1), else_=0))
    moments = (func.max(Run.created_at), func.max(Run.started_at), func.max(Run.ended_at))
    counted = select(Run.project_id, func.count(), live, *moments)  # type: ignore[call-overload]
    return {row[0]: row[1:] for row in session.execute(counted.group_by(Run.project_id))}


def _tables(session: Session) -> dict[str, Sequence[Any]]:
    """Per project with datasets: how many there are, and when the latest version was added."""
    counted = select(Dataset.project_id, func.count(func.distinct(Dataset.id)), func.max(DatasetVersion.created_at))
    joined = counted.outerjoin(DatasetVersion, col(DatasetVersion.dataset_id) == Dataset.id)
    return {row[0]: row[1:] for row in session.execute(joined.group_by(Dataset.project_id))}


def _latest(session: Session) -> dict[str, dict[str, int]]:
    """Per project the runs that were made last, all at one moment, counted by state."""
    place = func.rank().over(partition_by=col(Run.project_id), order_by=col(Run.created_at).desc()).label("place")
    ranked = select(Run.project_id, Run.state, place).subquery()
    newest = select(ranked.c.project_id, ranked.c.state, func.count()).where(ranked.c.place == 1)
    found: dict[str, dict[str, int]] = {}
    for project, state, count in session.execute(newest.group_by(ranked.c.project_id, ranked.c.state)):
        found.setdefault(project, {})[state] = count
    return found


def _counted(project: Project, runs: Sequence[Any], tables: Sequence[Any], latest: Mapping[str, int]) -> ProjectCounts:
    moments = (project.created_at, tables[1], *runs[2:])
    return ProjectCounts(
        project=project,
        datasets=tables[0],
        runs=runs[0],
        running=runs[1],
        last_activity=max(one for one in moments if isinstance(one, datetime)),
        latest=latest,
    )
