"""Every SQL statement about projects."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func
from sqlalchemy.orm import Session
from sqlmodel import col, select

from modellab_core.errors import Conflict
from modellab_core.store.columns import now
from modellab_core.store.engine import Doors
from modellab_core.store.lookup import clean_name, find, get, name_key
from modellab_core.store.references import blobs_of_project
from modellab_core.store.tables import LIVE, RUNNING, Dataset, DatasetVersion, Project, Run


@dataclass(frozen=True)
class ProjectCounts:
    """A project with how much is in it; `running` counts waiting runs too, `last_activity` is the latest change."""

    project: Project
    datasets: int
    runs: int
    running: int
    last_activity: datetime


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
            counted = [_with_counts(session, project) for project in session.scalars(select(Project).where(wanted))]
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


def _with_counts(session: Session, project: Project) -> ProjectCounts:
    in_it = col(Run.project_id) == project.id
    moments = session.execute(
        select(func.max(Run.created_at), func.max(Run.started_at), func.max(Run.ended_at)).where(in_it)
    ).one()
    versions = select(func.max(DatasetVersion.created_at)).join(Dataset).where(Dataset.project_id == project.id)
    added = session.scalars(versions).one()
    return ProjectCounts(
        project=project,
        datasets=_count(session, Dataset, col(Dataset.project_id) == project.id),
        runs=_count(session, Run, in_it),
        running=_count(session, Run, in_it, col(Run.state).in_((*LIVE, RUNNING))),
        last_activity=max(one for one in (project.created_at, added, *moments) if isinstance(one, datetime)),
    )
