"""Named slices: queries that a person kept, seen in every run of the project."""

from __future__ import annotations

from modellab_core.harness.slices.query import parse
from modellab_core.lab.base import Base
from modellab_core.store.evidence_tables import SavedSlice


class NamedSlices(Base):
    """Verbs about the named slices of a project, which goes by its name or id."""

    def named_slices(self, project: str) -> list[SavedSlice]:
        """The named slices of a project, the oldest first."""
        return self.catalog.slices.of(self._home(project))

    def keep_slice(self, project: str, name: str, query: str) -> SavedSlice:
        """Keep a query under a name: later trainings report it, pages of earlier runs count it on the spot.

        The same again changes nothing. BadInput for a query that cannot be read, Conflict when the name is taken.
        """
        parse(query)
        return self.catalog.slices.keep(self._home(project), name, " ".join(query.split()))

    def rename_slice(self, project: str, ref: str, name: str) -> SavedSlice:
        """Give a named slice another name. NotFound names the choices, Conflict says that the name is taken."""
        return self.catalog.slices.rename(self._home(project), ref, name)

    def forget_slice(self, project: str, ref: str) -> None:
        """Take a named slice out of the project; reports that hold it keep it."""
        self.catalog.slices.delete(self._home(project), ref)

    def _home(self, project: str) -> str:
        return self.catalog.projects.find(project).id
