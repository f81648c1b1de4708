"""Projects: made, named, put away and deleted, and how each stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from modellab_core.lab.base import Base
from modellab_core.store.catalog_lines import RunLine
from modellab_core.store.tables import Project


@dataclass(frozen=True)
class ProjectSummary:
    """A project with how much is in it; `recommended` is the run that its latest finished batch recommends.

    `running` counts waiting runs too, `latest` the runs of the newest batch by their state.
    """

    project: Project
    datasets: int
    runs: int
    running: int
    last_activity: datetime
    latest: Mapping[str, int]
    recommended: RunLine | None


@dataclass(frozen=True)
class Contents:
    """What goes when a project is deleted; `bytes` are those that nothing else in the workspace needs."""

    datasets: int
    runs: int
    bytes: int


class Projects(Base):
    """Verbs about projects. Each takes a name or an id; NotFound names the choices."""

    def projects(self, archived: bool = False, recommended: bool = True) -> list[ProjectSummary]:
        """The projects, those with running work first, then by last activity; `archived` gives the archived ones.

        Without `recommended` the runs that they recommend are left out, which is quicker where there are many.
        """
        found = self.catalog.projects.all(archived=archived)
        picks = self.recommended([one.project.id for one in found]) if recommended else {}
        return [ProjectSummary(**vars(one), recommended=picks.get(one.project.id)) for one in found]

    def recommended(self, projects: Sequence[str]) -> dict[str, RunLine]:
        """By id of these projects the run that the latest batch with a headline recommends, where there is one."""
        by_project: dict[str, list[RunLine]] = {}
        for run in self.catalog.lines.newest(projects):
            by_project.setdefault(run.project_id, []).append(run)
        return {project: _pick(runs) for project, runs in by_project.items()}

    def project(self, ref: str) -> Project:
        """The project of this name or id."""
        return self.catalog.projects.find(ref)

    def create_project(self, name: str, description: str = "") -> Project:
        """A new project. Conflict when the name is taken."""
        return self.catalog.projects.create(name, description)

    def rename_project(self, ref: str, name: str) -> Project:
        """Give a project another name. Conflict when it is taken."""
        return self.catalog.projects.rename(self.project(ref).id, name)

    def describe_project(self, ref: str, text: str) -> Project:
        """Say what a project is about."""
        return self.catalog.projects.describe(self.project(ref).id, text)

    def archive_project(self, ref: str) -> Project:
        """Put a project out of sight; nothing is lost."""
        return self.catalog.projects.archive(self.project(ref).id)

    def restore_project(self, ref: str) -> Project:
        """Bring an archived project back."""
        return self.catalog.projects.restore(self.project(ref).id)

    def delete_project(self, ref: str) -> None:
        """Delete a project with its datasets and runs. Conflict while a run of it is under way."""
        self.catalog.projects.delete(self.project(ref).id)

    def project_contents(self, ref: str) -> Contents:
        """What `delete_project` would delete."""
        found = self.catalog.projects.contents(self.project(ref).id)
        size = sum(self.blobs.size(blob) for blob in found.blobs if self.blobs.has(blob))
        return Contents(found.datasets, found.runs, size)


def _pick(runs: Sequence[RunLine]) -> RunLine:
    """The run that the last one of a batch recommends, else that last one."""
    last = max(runs, key=lambda run: run.position)
    wanted = (last.headline or {}).get("recommended", last.model)
    return next((run for run in runs if run.model == wanted), last)
