"""What changed from one version of a dataset to another."""

from __future__ import annotations

from typing import Any

import modellab_core.data.changes as between
from modellab_core.data.copies import Unusable
from modellab_core.data.side import Side
from modellab_core.data.table import Reading
from modellab_core.data.table_changes import TableChanges
from modellab_core.data.values import as_column
from modellab_core.errors import BadInput
from modellab_core.lab.tables import Tables
from modellab_core.store.tables import DatasetVersion


class Changes(Tables):
    """The verb about two versions of a table."""

    def changes(self, older: str, newer: str | None = None, key: str | None = None) -> TableChanges:
        """What became of the version `older` in `newer`; each by its id, or the newest one of a dataset by name.

        Without `newer`, what `older` names is compared with the version of the same dataset before it. Rows are known
        by the column `key`, where one is given. BadInput when there is no version before, or `key` cannot be the key.
        """
        one, other = self.two_versions(older, newer)
        return between.changes(self._side(one), self._side(other), key)

    def two_versions(self, older: str, newer: str | None = None) -> tuple[DatasetVersion, DatasetVersion]:
        """The versions that `changes` compares, the older one first."""
        found = self.version(older)
        if newer is not None:
            return found, self.version(newer)
        before = [one for one in self.catalog.datasets.versions(found.dataset_id) if one.number < found.number]
        if not before:
            name = self.catalog.datasets.get(found.dataset_id).name
            raise BadInput(
                f"There is no version of {name!r} before version {found.number}: add the next one under the same name, "
                f"or name two versions."
            )
        return before[0], found

    def _side(self, row: DatasetVersion) -> Side:
        """The columns of a version from its Parquet copy, which is made again where it was damaged."""
        types = Reading.from_json(row.reading).types
        held = [self._copy(row)]

        def column(name: str) -> Any:
            try:
                return as_column(next(held[0].columns([name])), types[name])
            except Unusable:
                held[0] = self._copied_again(row)
                return as_column(next(held[0].columns([name])), types[name])

        return Side(types, row.rows, column, held[0].spellings)
