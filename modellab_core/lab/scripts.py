"""A run written down as a script of Python."""

from __future__ import annotations

from modellab_core.errors import NotFound
from modellab_core.lab.datasets import Datasets
from modellab_core.lab.runs import Runs
from modellab_core.repro.script import Told, script
from modellab_core.store.tables import Run


class Scripts(Datasets, Runs):
    """Verbs that write runs as scripts."""

    def script(self, ref: str | Run) -> str:
        """A Python script that does what a run did and compares the numbers; for a logged run, one that opens it.

        NotFound unless the run has succeeded.
        """
        run = self.run(ref)
        if run.state != "succeeded":
            raise NotFound(f"The run {run.id} is {run.state}: only a run that succeeded can be written as a script.")
        version = self.version(run.version_id) if run.version_id else None
        file = (version.file_name if version else "") or "data.csv"
        values = {name: one.value for name, one in self.headlines(run).items()} if self.has_report(run) else {}
        project = self.catalog.projects.find(run.project_id).name
        facts = (run.id, run.kind, run.model, run.recipe, run.fingerprint, run.version_id or run.id, file, project)
        return script(Told(*facts, values))
