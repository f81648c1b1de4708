"""Tables: from a file somewhere to exact bytes in the workspace, and back to a frame."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path, PurePath
from tempfile import mkdtemp
from typing import BinaryIO

import pandas as pd

from modellab_core.data.identity import reading_key
from modellab_core.data.parquet import from_parquet, parquet_metadata, to_parquet
from modellab_core.data.profile import ColumnProfile, profile
from modellab_core.data.reading import BROWSER, COMMAND, Asked, read, read_again
from modellab_core.data.table import Note, Reading, Table
from modellab_core.data.target import choose_positive, class_labels, sorted_classes, task_of
from modellab_core.data.task import Task
from modellab_core.errors import BadInput, Conflict, NotFound
from modellab_core.files import chunks, publish
from modellab_core.harness.metrics import headline_of
from modellab_core.lab.base import Base
from modellab_core.store.catalog_datasets import DatasetVersions, NewVersion
from modellab_core.store.tables import Dataset, DatasetVersion, Project

DEFAULT_PROJECT = "default"
Source = Path | str | tuple[str, BinaryIO]
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


class Datasets(Base):
    """Verbs about tables."""

    def add_dataset(
        self,
        file: Source,
        project: str = DEFAULT_PROJECT,
        name: str | None = None,
        asked: Asked | None = None,
        accept: Callable[[Table], object] | None = None,
    ) -> DatasetVersion:
        """Read a file, keep its bytes and give its version; the same bytes read the same way give the same version.

        `file` is a path, or a name with a binary stream, which is held to the limits of the browser. BadInput when it
        cannot be read, or when `accept` raises it for the table; then nothing is stored.
        """
        with self._landed(file) as (path, file_name):
            limits = BROWSER if isinstance(file, tuple) else COMMAND
            table = read(path, asked, scratch=self.scratch, limits=limits)
            if accept is not None:
                accept(table)
            home = self.catalog.projects.ensure(project) if project == DEFAULT_PROJECT else self._project(project)
            described = profile(table)
            digest = self.blobs.put_file(path)
        if digest != table.sha256:
            raise Conflict(f"{file_name} was changed while it was read: add it again.")
        self._keep_copy(table)
        new = NewVersion(
            sha256=table.sha256,
            size=table.size,
            rows=len(table.frame),
            columns=len(table.frame.columns),
            file_name=file_name,
            reading=table.reading.to_json(),
            reading_key=reading_key(table.reading),
            notes=[asdict(note) for note in table.notes],
            profile=[asdict(column) for column in described],
        )
        return self.catalog.datasets.add(home.id, name or PurePath(file_name).stem or file_name, new)[0]

    def _project(self, ref: str) -> Project:
        """The project of this name or id, made under this name when there is none."""
        try:
            return self.catalog.projects.find(ref)
        except NotFound:
            return self.catalog.projects.ensure(ref)

    @contextmanager
    def _landed(self, file: Source) -> Iterator[tuple[Path, str]]:
        """(path, name) of a file that can be read; a stream is written to a folder of its own first."""
        if not isinstance(file, tuple):
            path = Path(file)
            if not path.is_file():
                raise BadInput(f"There is no file {str(path)!r}: give the path of a CSV or Parquet file.")
            yield path, path.name
            return
        name, stream = file
        self.scratch.mkdir(parents=True, exist_ok=True)
        folder = Path(mkdtemp(prefix="upload-", dir=self.scratch))
        try:
            publish(folder / "upload", chunks(stream))
            yield folder / "upload", PurePath(name.replace("\\", "/")).name or "table"
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def datasets(self, project: str = DEFAULT_PROJECT) -> list[DatasetVersions]:
        """The datasets of a project by name, each with its versions, the newest first."""
        return self.catalog.datasets.all(self.catalog.projects.find(project).id)

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

    def delete_dataset(self, ref: str) -> None:
        """Delete a dataset with its versions; the bytes go with the next `clean`."""
        self.catalog.datasets.delete(self.dataset(ref).id)

    def table(self, version: str) -> Table:
        """The table of a version; from the Parquet copy where there is one, else the bytes are read again."""
        row = self.version(version)
        copy = self._copy_path(row.sha256, row.reading_key)
        if not copy.exists():
            path = self.blobs.path(row.sha256)
            table = read_again(path, Reading.from_json(row.reading), scratch=self.scratch)
            if table.sha256 != row.sha256:
                raise BadInput(f"The bytes of the dataset version {row.id} are damaged: restore them from a backup.")
            self._keep_copy(table)
            return table
        return Table(
            frame=from_parquet(copy),
            reading=Reading.from_json(row.reading),
            sha256=row.sha256,
            size=row.size,
            notes=tuple(Note(**note) for note in row.notes),
            spellings=json.loads(parquet_metadata(copy)["spellings"]),
        )

    def _keep_copy(self, table: Table) -> None:
        """Keep the frame as Parquet; a cache: it can be removed at any time."""
        spellings = {name: dict(forms) for name, forms in table.spellings.items()}
        content = to_parquet(table.frame, {"spellings": json.dumps(spellings, ensure_ascii=False)})
        publish(self._copy_path(table.sha256, reading_key(table.reading)), content)

    def _copy_path(self, sha256: str, key: str) -> Path:
        return self.folder / "cache" / f"{sha256[:32]}-{key[:32]}.parquet"

    def preview(self, version: str, start: int = 0, rows: int = 100) -> pd.DataFrame:
        """Some rows of a version, from the 0-based row `start` on."""
        return self.table(version).frame.iloc[start : start + rows]

    def profile(self, version: str) -> list[ColumnProfile]:
        """What is in each column of a version, as found when it was added."""
        return [ColumnProfile(**column) for column in self.version(version).profile]

    def suggest(self, version: str, target: str | None = None) -> Suggestion:
        """A guess at what to predict in a version, or at how to predict `target`."""
        table = self.table(version)
        names = [str(name) for name in table.frame.columns]
        if target is None:
            likely = {name.casefold(): name for name in names}
            target = next((likely[name] for name in TARGET_NAMES if name in likely), names[-1])
        try:
            task, reason = task_of(table, target)
        except BadInput as no:
            return Suggestion(target, None, "", (), None, "random", None, problem=str(no))
        classes = sorted_classes(class_labels(table, target)) if task.is_classification else ()
        positive = choose_positive(classes, None) if task is Task.BINARY else None
        return Suggestion(target, task, reason, classes, positive, "random", headline_of(task))
