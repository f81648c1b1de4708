"""Every SQL statement about the named slices of a project."""

from __future__ import annotations

from sqlalchemy.orm import Session
from sqlmodel import col, select

from modellab_core.errors import Conflict
from modellab_core.store.engine import Doors
from modellab_core.store.evidence_tables import SavedSlice
from modellab_core.store.lookup import clean_name, find, get, name_key
from modellab_core.store.tables import Project


class Slices:
    """Slice queries that were kept under a name, for all runs of a project. Names differ by more than case."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors

    def of(self, project_id: str) -> list[SavedSlice]:
        """The named slices of a project, in the order in which they were kept."""
        with self._doors.read() as session:
            return _all(session, project_id)

    def keep(self, project_id: str, name: str, query: str) -> SavedSlice:
        """Keep a query under a name; the same one again changes nothing. Conflict when the name means another query."""
        name = clean_name(name, "slice")
        with self._doors.write() as session:
            get(session, Project, project_id, "project")
            same = _named(session, project_id, name)
            if same is not None and same.query != query:
                raise Conflict(f"The slice {same.name!r} is {same.query!r} already: choose another name.")
            kept = same or SavedSlice(project_id=project_id, name=name, query=query)
            session.add(kept)
            return kept

    def rename(self, project_id: str, ref: str, name: str) -> SavedSlice:
        """Give a slice another name. Conflict when that is taken by another one."""
        name = clean_name(name, "slice")
        with self._doors.write() as session:
            kept = find(session, SavedSlice, ref, "slice", col(SavedSlice.project_id) == project_id)
            same = _named(session, project_id, name)
            if same is not None and same.id != kept.id:
                raise Conflict(f"There is a slice {same.name!r} already: choose another name.")
            kept.name = name
            return kept

    def delete(self, project_id: str, ref: str) -> None:
        """Forget a named slice; reports that hold it stay as they are."""
        with self._doors.write() as session:
            session.delete(find(session, SavedSlice, ref, "slice", col(SavedSlice.project_id) == project_id))


def _all(session: Session, project_id: str) -> list[SavedSlice]:
    wanted = select(SavedSlice).where(SavedSlice.project_id == project_id)
    return list(session.scalars(wanted.order_by(col(SavedSlice.created_at), col(SavedSlice.id))))


def _named(session: Session, project_id: str, name: str) -> SavedSlice | None:
    return next((one for one in _all(session, project_id) if name_key(one.name) == name_key(name)), None)
