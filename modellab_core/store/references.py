"""Which blobs the rows name: what `clean` must keep and a backup must hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session
from sqlmodel import col, select

from modellab_core.store.evidence_tables import Artifact
from modellab_core.store.tables import Dataset, DatasetVersion, Run


def blobs_named(session: Session) -> set[str]:
    """The SHA-256 of every blob that some row names."""
    return _of_versions(session) | _of_runs(session) | _of_artifacts(session)


def blobs_of_project(session: Session, project_id: str) -> tuple[set[str], set[str]]:
    """(the blobs that rows of this project name, those that rows of other projects name)."""
    dataset, run = col(Dataset.project_id), col(Run.project_id)
    mine = _of_versions(session, dataset == project_id) | _of_runs(session, run == project_id)
    others = _of_versions(session, dataset != project_id) | _of_runs(session, run != project_id)
    return (
        mine | _of_artifacts(session, run == project_id),
        others | _of_artifacts(session, run != project_id),
    )


def _of_versions(session: Session, *where: ColumnElement[bool]) -> set[str]:
    return set(session.scalars(select(DatasetVersion.sha256).join(Dataset).where(*where)))


def _of_artifacts(session: Session, *where: ColumnElement[bool]) -> set[str]:
    return set(session.scalars(select(Artifact.sha256).join(Run).where(*where)))


def _of_runs(session: Session, *where: ColumnElement[bool]) -> set[str]:
    named: set[str] = set()
    for files, log, recipe in session.execute(select(Run.files, Run.log, Run.recipe).where(*where)):
        named.update(_present([*files.values(), log, _data_of(recipe)]))
    return named


def _data_of(recipe: Mapping[str, Any]) -> str | None:
    """The bytes a run was trained on: its pack needs them even when the dataset is deleted."""
    found = recipe.get("sha256")
    return found if isinstance(found, str) else None


def _present(digests: Iterable[str | None]) -> list[str]:
    return [digest for digest in digests if digest]
