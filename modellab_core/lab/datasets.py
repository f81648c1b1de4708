"""Tables: from a file somewhere to exact bytes in the workspace."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path, PurePath
from tempfile import mkdtemp
from typing import BinaryIO

from modellab_core.data.identity import reading_key
from modellab_core.data.reading import BROWSER, COMMAND, Asked, Taken, read_to
from modellab_core.data.said import said
from modellab_core.data.table import Reading, Table
from modellab_core.errors import BadInput, Conflict, NotFound
from modellab_core.files import chunks, publish
from modellab_core.lab.tables import Tables
from modellab_core.store.catalog_datasets import DatasetVersions, NewVersion
from modellab_core.store.tables import DatasetVersion, Project
from modellab_core.temporary import mark

DEFAULT_PROJECT = "default"
Source = Path | str | tuple[str, BinaryIO]


class Datasets(Tables):
    """Verbs that add and delete tables."""

    def add_dataset(
        self,
        file: Source,
        project: str = DEFAULT_PROJECT,
        name: str | None = None,
        asked: Asked | Reading | None = None,
        accept: Callable[[Table], object] | None = None,
    ) -> DatasetVersion:
        """Read a file, keep its bytes and give its version; the same bytes read the same way give the same version.

        `file` is a path, or a name with a binary stream, which is held to the limits of the browser. A Reading as
        `asked` is followed to the letter. BadInput when it cannot be read, or when `accept` raises it for the table;
        then nothing is stored.
        """
        with self._landed(file) as (path, file_name), self._room() as room:
            limits = BROWSER if isinstance(file, tuple) else COMMAND
            with _called(path, file_name):
                taken = read_to(path, room, asked, scratch=self.scratch, limits=limits)
            if accept is not None:
                accept(taken.table())
            home = self.catalog.projects.ensure(project) if project == DEFAULT_PROJECT else self._project(project)
            if self.blobs.put_file(path) != taken.sha256:
                raise Conflict(f"{file_name} was changed while it was read: add it again.")
            new = _new_version(taken, file_name, asked)
            self._keep_copy(taken.copy, new.sha256, new.reading_key)
        return self.catalog.datasets.add(home.id, name or PurePath(file_name).stem or file_name, new)[0]

    def read_differently(self, version: str, asked: Asked) -> DatasetVersion:
        """Read the bytes of a version once more, as `asked`: another version, or the one that was read so before.

        BadInput when they cannot be read so; then nothing is stored.
        """
        row = self.version(version)
        dataset, path = self.dataset(row.dataset_id), self.blobs.path(row.sha256)
        with self._room() as room:
            with _called(path, row.file_name or dataset.name):
                taken = read_to(path, room, asked, scratch=self.scratch)
            if taken.sha256 != row.sha256:
                raise BadInput(f"The bytes of the dataset version {row.id} are damaged: restore them from a backup.")
            new = _new_version(taken, row.file_name, asked)
            self._keep_copy(taken.copy, new.sha256, new.reading_key)
        return self.catalog.datasets.add(dataset.project_id, dataset.name, new)[0]

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
        folder = Path(mkdtemp(prefix=f"upload-{mark()}-", dir=self.scratch))
        try:
            publish(folder / "upload", chunks(stream))
            yield folder / "upload", PurePath(name.replace("\\", "/")).name or "table"
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def datasets(self, project: str = DEFAULT_PROJECT) -> list[DatasetVersions]:
        """The datasets of a project by name, each with its versions, the newest first."""
        return self.catalog.datasets.all(self.catalog.projects.find(project).id)

    def delete_dataset(self, ref: str) -> None:
        """Delete a dataset with its versions; the bytes go with the next `clean`."""
        self.catalog.datasets.delete(self.dataset(ref).id)


@contextmanager
def _called(path: Path, name: str) -> Iterator[None]:
    """A refusal names the file as a person knows it, not where it lies here."""
    try:
        yield
    except BadInput as refusal:
        raise BadInput(str(refusal).replace(f"{path.name}: ", f"{name}: ", 1)) from refusal


def _new_version(taken: Taken, file_name: str, asked: Asked | Reading | None) -> NewVersion:
    return NewVersion(
        sha256=taken.sha256,
        size=taken.size,
        rows=taken.rows,
        columns=len(taken.reading.types),
        file_name=file_name,
        reading=taken.reading.to_json(),
        reading_key=reading_key(taken.reading),
        notes=[asdict(note) for note in (*(() if isinstance(asked, Reading) else said(asked)), *taken.notes)],
        profile=[asdict(column) for column in taken.profile],
    )
