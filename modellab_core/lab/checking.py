"""What could go wrong with a table, looked for before it is trained on."""

from __future__ import annotations

from modellab_core.checks.finding import Finding
from modellab_core.checks.run import preflight
from modellab_core.data.table import Table
from modellab_core.data.target import task_of
from modellab_core.data.task import Task
from modellab_core.lab.datasets import Datasets
from modellab_core.progress import OnPhase, silent
from modellab_core.store.tables import Batch, DatasetVersion
from modellab_core.training.recipe import Recipe


class Checking(Datasets):
    """Verbs of the pre-flight checks."""

    def check(
        self,
        version: str | DatasetVersion,
        target: str | None = None,
        *,
        task: str | None = None,
        split: str = "random",
        test_size: float = 0.2,
        seed: int = 42,
        drop: tuple[str, ...] = (),
        weight: str | None = None,
        positive: str | None = None,
    ) -> list[Finding]:
        """What every check says of a version as it would be trained on: found first, the serious at the top.

        Without a target only the checks of the table alone apply. BadInput names a column that is not there, or says
        why `target` cannot be predicted.
        """
        table = self.table(version.id if isinstance(version, DatasetVersion) else version)
        return preflight(table, target, task, split, test_size, seed, drop, weight, positive)

    def task(self, version: str | DatasetVersion, target: str | None, asked: str | None = None) -> Task | None:
        """What predicting `target` is, as asked or guessed; None without a target."""
        if target is None:
            return None
        return task_of(self.table(version.id if isinstance(version, DatasetVersion) else version), target, asked)[0]

    def keep_checks(self, batch_id: str, recipe: Recipe, table: Table, on_phase: OnPhase = silent) -> list[Finding]:
        """What the checks say of a training by `recipe`, kept with its batch.

        The worker of the batch's first run does this: there the table is at hand, and no click waits for it.
        """
        found = preflight(
            table,
            recipe.target,
            recipe.task.value,
            recipe.split,
            recipe.test_size,
            recipe.seed,
            recipe.drop,
            recipe.weight,
            recipe.positive,
            on_phase,
        )
        self.catalog.runs.keep_checks(batch_id, [one.to_json() for one in found])
        return found

    def checks_of(self, batch: str | Batch) -> list[Finding]:
        """What the checks said of a batch; empty until its first run has begun, and for batches of earlier releases."""
        row = batch if isinstance(batch, Batch) else self.catalog.runs.batch(batch)
        return [Finding.from_json(one) for one in row.checks]
