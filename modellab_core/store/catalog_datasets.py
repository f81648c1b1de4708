"""Every SQL statement about datasets and their versions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func
from sqlalchemy.orm import Session
from sqlmodel import col, select

from modellab_core.errors import Conflict, NotFound
from modellab_core.store.columns import Json
from modellab_core.store.damage import fit_for_use
from modellab_core.store.engine import Doors
from modellab_core.store.lookup import clean_name, find, get, name_key
from modellab_core.store.tables import LIVE, Dataset, DatasetVersion, Project, Run


@dataclass(frozen=True)
class NewVersion:
    """What is stored of the bytes of a dataset; the fields are those of DatasetVersion."""

    sha256: str
    size: int
    rows: int
    columns: int
    reading: Json
    reading_key: str
    notes: list[Any] = field(default_factory=list)
    profile: list[Any] = field(default_factory=list)
    file_name: str = ""


@dataclass(frozen=True)
class DatasetVersions:
    """A dataset with its versions, the latest first."""

    dataset: Dataset
    versions: list[DatasetVersion]


class Datasets:
    """Datasets and their versions. Methods that change one take its id."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors

    def add(self, project_id: str, name: str, new: NewVersion) -> tuple[DatasetVersion, bool]:
        """Add a version to the dataset of this name, which is made when it is missing.

        Gives the version and whether it is new: the same bytes read in the same way are the version that is there.
        """
        name = clean_name(name, "dataset")
        with self._doors.write() as session:
            get(session, Project, project_id, "project")
            dataset = _ensure(session, project_id, name)
            return _ensure_version(session, dataset.id, new)

    def find(self, ref: str, project_id: str | None = None) -> Dataset:
        """By name, ignoring case, or id, in one project or in all; NotFound and BadInput as `lookup.find`."""
        where = [col(Dataset.project_id) == project_id] if project_id else []
        with self._doors.read() as session:
            return find(session, Dataset, ref, "dataset", *where)

    def get(self, dataset_id: str) -> Dataset:
        """The dataset with exactly this id."""
        with self._doors.read() as session:
            return get(session, Dataset, dataset_id, "dataset")

    def version(self, ref: str) -> DatasetVersion:
        """A version by its id or the beginning of it."""
        with self._doors.read() as session:
            return find(session, DatasetVersion, ref, "dataset version")

    def versions(self, dataset_id: str) -> list[DatasetVersion]:
        """The versions of a dataset, the latest first."""
        with self._doors.read() as session:
            return _versions(session, dataset_id)

    def latest(self, dataset_id: str) -> DatasetVersion:
        """The latest version of a dataset. NotFound when it was deleted."""
        versions = self.versions(dataset_id)
        if not versions:
            raise NotFound(f"The dataset {dataset_id} is not here any more: it was deleted.")
        return fit_for_use(versions[0])

    def all(self, project_id: str | None = None) -> list[DatasetVersions]:
        """The datasets of a project, or of all, by name, each with its versions."""
        where = [col(Dataset.project_id) == project_id] if project_id else []
        with self._doors.read() as session:
            datasets = session.scalars(select(Dataset).where(*where).order_by(Dataset.name_key)).all()
            return [DatasetVersions(dataset, _versions(session, dataset.id)) for dataset in datasets]

    def rename(self, dataset_id: str, name: str) -> Dataset:
        """Give it another name. Conflict when its project has that name already."""
        name = clean_name(name, "dataset")
        with self._doors.write() as session:
            dataset = get(session, Dataset, dataset_id, "dataset")
            taken = _named(session, dataset.project_id, name)
            if taken is not None and taken.id != dataset.id:
                raise Conflict(f"There is a dataset {taken.name!r} in this project already: choose another name.")
            dataset.name, dataset.name_key = name, name_key(name)
            return dataset

    def delete(self, dataset_id: str) -> None:
        """Delete it with its versions; its finished runs stay. Conflict while runs on it wait or run."""
        with self._doors.write() as session:
            dataset = get(session, Dataset, dataset_id, "dataset")
            on_it = select(func.count()).select_from(Run).join(DatasetVersion)
            live = session.scalars(on_it.where(DatasetVersion.dataset_id == dataset_id, col(Run.state).in_(LIVE))).one()
            if live:
                raise Conflict(f"The dataset {dataset.name!r} is used by {live} runs in progress: cancel them first.")
            session.delete(dataset)


def _named(session: Session, project_id: str, name: str) -> Dataset | None:
    wanted = select(Dataset).where(Dataset.project_id == project_id, Dataset.name_key == name_key(name))
    return session.scalars(wanted).first()


def _ensure(session: Session, project_id: str, name: str) -> Dataset:
    dataset = _named(session, project_id, name)
    if dataset is None:
        dataset = Dataset(project_id=project_id, name=name, name_key=name_key(name))
        session.add(dataset)
        session.flush()
    return dataset


def _ensure_version(session: Session, dataset_id: str, new: NewVersion) -> tuple[DatasetVersion, bool]:
    versions = _versions(session, dataset_id)
    for version in versions:
        if (version.sha256, version.reading_key) == (new.sha256, new.reading_key):
            return version, False
    number = versions[0].number + 1 if versions else 1
    version = DatasetVersion(dataset_id=dataset_id, number=number, **vars(new))
    session.add(version)
    return version, True


def _versions(session: Session, dataset_id: str) -> list[DatasetVersion]:
    wanted = select(DatasetVersion).where(DatasetVersion.dataset_id == dataset_id)
    return list(session.scalars(wanted.order_by(col(DatasetVersion.number).desc())))
