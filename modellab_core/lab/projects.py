"""Projects: made, named, put away and deleted, and how each stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from modellab_core.lab.base import Base
from modellab_core.store.tables import Project, Run


@dataclass(frozen=True)
class ProjectSummary:
    """A project with how much is in it; `recommended` is the run that its latest finished batch recommends."""

    project: Project
    datasets: int
    runs: int
    running: int
    last_activity: datetime
    recommended: Run | None


@dataclass(frozen=True)
class Contents:
    """What goes when a project is deleted; `bytes` are those that nothing else in the workspace needs."""

    datasets: int
    runs: int
    bytes: int


class Projects(Base):
    """Verbs about projects. Each takes a name or an id; NotFound names the choices."""

    def projects(self, archived: bool = False) -> list[ProjectSummary]:
        """The projects, those with running work first, then by last activity; `archived` gives the archived ones."""
        return [
            ProjectSummary(one.project, one.datasets, one.runs, one.running, one.last_activity, self._pick(one.project))
            for one in self.catalog.projects.all(archived=archived)
        ]

    def _pick(self, project: Project) -> Run | None:
        """The run that the latest batch with a verdict recommends."""
        marked = (run for run in self.catalog.runs.all(project.id, states=["succeeded"]) if run.headline)
        by_batch: dict[str, list[Run]] = {}
        for run in marked:
            by_batch.setdefault(run.batch_id or run.id, []).append(run)
        for runs in by_batch.values():
            last = max(runs, key=lambda run: run.position)
            wanted = (last.headline or {}).get("recommended", last.model)
            return next((run for run in runs if run.model == wanted), last)
        return None

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
