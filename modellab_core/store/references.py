"""Which blobs the rows name: what `clean` must keep and a backup must hold."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session
from sqlmodel import col, select

from modellab_core.store.columns import Unreadable
from modellab_core.store.evidence_tables import Artifact
from modellab_core.store.tables import Dataset, DatasetVersion, Run

_DIGEST = re.compile(r"[0-9a-f]{64}")


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
    return set(_digests(session.scalars(select(DatasetVersion.sha256).join(Dataset).where(*where))))


def _of_artifacts(session: Session, *where: ColumnElement[bool]) -> set[str]:
    return set(_digests(session.scalars(select(Artifact.sha256).join(Run).where(*where))))


def _of_runs(session: Session, *where: ColumnElement[bool]) -> set[str]:
    named: set[str] = set()
    for files, log, recipe in session.execute(select(Run.files, Run.log, Run.recipe).where(*where)):
        named.update(_digests([*files_in(files).values(), log, data_of(recipe)]))
    return named


def files_in(stored: Any) -> dict[str, str]:
    """The files of a run, name to digest; of a row that cannot be read every digest that still stands in it."""
    if isinstance(stored, Unreadable):
        return {f"file {place}": digest for place, digest in enumerate(_DIGEST.findall(stored.text))}
    return stored if isinstance(stored, dict) else {}


def data_of(recipe: Any) -> str | None:
    """The bytes a run was trained on: its pack needs them even when the dataset is deleted."""
    return recipe.get("sha256") if isinstance(recipe, dict) else None


def _digests(found: Iterable[object]) -> Iterator[str]:
    return (digest for digest in found if isinstance(digest, str) and _DIGEST.fullmatch(digest))
