"""A stored table: its rows and columns from the Parquet copy, what is in them, and what to predict."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

import pandas as pd

from modellab_core.data.copies import Copy, Unusable, sums_path
from modellab_core.data.parquet import frame_of_copy
from modellab_core.data.profile import ColumnProfile
from modellab_core.data.reading import read_to
from modellab_core.data.table import Note, Reading, StoredTable, Table
from modellab_core.data.target import choose_positive, class_labels, sorted_classes, task_of
from modellab_core.data.task import Task
from modellab_core.errors import BadInput, NotFound, choices
from modellab_core.files import move
from modellab_core.harness.metrics import headline_of
from modellab_core.lab.base import Base
from modellab_core.store.tables import Dataset, DatasetVersion
from modellab_core.temporary import mark

TARGET_NAMES = ("target", "label", "class", "y", "outcome", "churned", "churn", "default", "price", "species")


@dataclass(frozen=True)
class Suggestion:
    """What a training of a table would most likely be asked for; everything can be changed.

    `problem` is the sentence that says why no model can be trained for `target`, else empty.
    """

    target: str
    task: Task | None
    reason: str
    classes: tuple[str, ...]
    positive: str | None
    split: str
    metric: str | None
    problem: str = ""


class Tables(Base):
    """Verbs about the table of a version."""

    def dataset(self, ref: str, project: str | None = None) -> Dataset:
        """A dataset by id or name. NotFound names the choices."""
        return self.catalog.datasets.find(ref, self.catalog.projects.find(project).id if project else None)

    def version(self, ref: str, project: str | None = None) -> DatasetVersion:
        """A version by its id, or the newest one of a dataset by the dataset's id or name."""
        try:
            return self.catalog.datasets.version(ref)
        except NotFound:
            return self.catalog.datasets.latest(self.dataset(ref, project).id)

    def _stored_version(self, ref: str, project: str) -> DatasetVersion:
        """A dataset by id or name, in `project` first. NotFound says that it is no file either."""
        for where in (project, None):
            try:
                return self.version(ref, where)
            except NotFound:
                continue
        raise NotFound(f"{ref!r} is neither a file here nor a dataset: check the path, or see: modellab datasets list")

    def table(self, version: str, columns: Sequence[str] | None = None) -> Table:
        """The table of a version, or some columns of it; its frame is read when it is first asked for.

        NotFound when there is no such version, BadInput for a column that it does not have, and, once the frame is
        asked for, when the stored bytes are damaged.
        """
        row = self.version(version)
        reading = Reading.from_json(row.reading)
        for name in columns or ():
            if name not in reading.types:
                raise BadInput(f"There is no column {name!r} in this table: {choices(name, reading.types)}")
        names = list(reading.types if columns is None else columns)
        notes = tuple(Note(**note) for note in row.notes)
        return StoredTable(
            lambda: self._rows(row, names), reading, row.sha256, row.size, notes, self._copy(row).spellings
        )

    def preview(self, version: str, start: int = 0, rows: int = 100) -> pd.DataFrame:
        """Some rows of a version, from the 0-based row `start` on; only these are read."""
        row = self.version(version)
        return self._rows(row, list(Reading.from_json(row.reading).types), max(0, start), max(0, rows))

    def _rows(self, row: DatasetVersion, names: Sequence[str], start: int = 0, rows: int | None = None) -> pd.DataFrame:
        try:
            return frame_of_copy(self._copy(row), names, start, rows)
        except Unusable:
            return frame_of_copy(self._copied_again(row), names, start, rows)

    def _copy(self, row: DatasetVersion) -> Copy:
        """The Parquet copy of a version, made again from the stored bytes where it is absent, old or damaged."""
        try:
            return Copy(self._copy_path(row.sha256, row.reading_key))
        except Unusable:
            return self._copied_again(row)

    def _copied_again(self, row: DatasetVersion) -> Copy:
        with self._room() as room:
            path = self.blobs.path(row.sha256)
            try:
                taken = read_to(path, room, Reading.from_json(row.reading), scratch=self.scratch)
            except (BadInput, NotFound):
                self.blobs.checked(row.sha256)  # says so if the bytes are not what they were
                raise
            if taken.sha256 != row.sha256:
                raise BadInput(f"The bytes of the dataset version {row.id} are damaged: restore them from a backup.")
            return Copy(self._keep_copy(taken.copy, row.sha256, row.reading_key))

    def _keep_copy(self, copy: Path, sha256: str, key: str) -> Path:
        """Move a copy with its sums to the cache, from which it can be removed at any time."""
        kept = self._copy_path(sha256, key)
        move(copy, kept)
        move(sums_path(copy), sums_path(kept))
        return kept

    def _copy_path(self, sha256: str, key: str) -> Path:
        return self.folder / "cache" / f"{sha256[:32]}-{key[:32]}.parquet"

    @contextmanager
    def _room(self) -> Iterator[Path]:
        """A folder for a copy on its way."""
        self.scratch.mkdir(parents=True, exist_ok=True)
        folder = Path(mkdtemp(prefix=f"reading-{mark()}-", dir=self.scratch))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def profile(self, version: str) -> list[ColumnProfile]:
        """What is in each column of a version, as found when it was added."""
        return [ColumnProfile.from_json(column) for column in self.version(version).profile]

    def suggest(self, version: str, target: str | None = None) -> Suggestion:
        """A guess at what to predict in a version, or at how to predict `target`."""
        row = self.version(version)
        names = list(Reading.from_json(row.reading).types)
        if target is None:
            likely = {name.casefold(): name for name in names}
            target = next((likely[name] for name in TARGET_NAMES if name in likely), names[-1])
        try:
            table = self.table(row.id, [target])
            task, reason = task_of(table, target)
        except BadInput as no:
            return Suggestion(target, None, "", (), None, "random", None, problem=str(no))
        classes = sorted_classes(class_labels(table, target)) if task.is_classification else ()
        positive = choose_positive(classes, None) if task is Task.BINARY else None
        return Suggestion(target, task, reason, classes, positive, "random", headline_of(task))
