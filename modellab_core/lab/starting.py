"""Verbs about runs that a script logs: starting one, and reading what was logged."""

from __future__ import annotations

import logging
import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import pandas as pd

from modellab_core.data.split import Split, SplitRule
from modellab_core.errors import BadInput, NotFound, choices
from modellab_core.lab.datasets import DEFAULT_PROJECT
from modellab_core.lab.logged import LoggedRun, open_run, said_of
from modellab_core.lab.training import Training
from modellab_core.lab.values import tags_of
from modellab_core.store.catalog_logged import json_value
from modellab_core.store.catalog_queue import Worker
from modellab_core.store.lookup import clean_name
from modellab_core.store.processes import identity
from modellab_core.store.tables import Run

if TYPE_CHECKING:
    from modellab_core.lab import Lab

logger = logging.getLogger("modellab")


@dataclass(frozen=True)
class LoggedValues:
    """What was logged with a run: `params`, `metrics`, `tags` and `artifacts` (digests of files) as they hold.

    `series` has every value of every metric (name, step, value, at), `changes` every parameter and tag that was logged
    more than once (kind, name, value, in the order of logging).
    """

    params: Mapping[str, Any]
    metrics: Mapping[str, float | None]
    tags: Mapping[str, str]
    artifacts: Mapping[str, str]
    series: pd.DataFrame
    changes: pd.DataFrame

    def __bool__(self) -> bool:
        return bool(self.params or self.metrics or self.tags or self.artifacts)


class Starting(Training):
    """Verbs about logged runs."""

    def start_run(
        self,
        project: str = DEFAULT_PROJECT,
        name: str = "run",
        *,
        seed: int | None = None,
        parent: str | Run | LoggedRun | None = None,
        params: Mapping[str, Any] | None = None,
        tags: Sequence[str] | Mapping[str, Any] = (),
    ) -> LoggedRun:
        """A run of your own, to be used as `with lab.start_run(project="churn", name="my model", seed=42) as run:`.

        The project is made when there is none of this name. `seed` is kept with the run; it seeds nothing. `parent` is
        the run that this one belongs to, by itself the one whose block surrounds the call. `params` and `tags` are
        logged at once. BadInput for a name that cannot be one, NotFound for a parent that is not here; when the
        workspace cannot be written the block runs all the same, nothing is kept, and stderr says so.
        """
        name, project = clean_name(name, "run"), clean_name(project, "project")
        if seed is not None and (isinstance(seed, bool) or not isinstance(seed, int)):
            raise BadInput(f"seed is {seed!r}: give a whole number.")
        above = parent or open_run.get()
        parent_id = above.id if isinstance(above, (LoggedRun, Run)) else self.run(above).id if above else None
        lease, made = secrets.token_hex(16), None
        try:
            made = self.catalog.logged.start(
                self._project(project).id,
                name,
                {"sha256": None, "seed": seed, "split": "logged"},
                Worker(lease, os.getpid(), identity(os.getpid())),
                parent_id=parent_id,
                version_id=None,
            )
        except Exception as error:
            logger.warning("%s", f"ModelLab: the run {name!r} is not stored: {said_of(error)}")
        run = LoggedRun(cast("Lab", self), made, lease, seed)
        run.begin(params or {}, tags_of(tags))
        return run

    def logged(self, ref: str | Run) -> LoggedValues:
        """What a script logged with a run; empty for a run that was trained here."""
        said = self.catalog.logged.said(self.run(ref).id)
        points = [(row.name, row.step, row.value, row.at) for row in said.metrics]
        series = pd.DataFrame(points, columns=["name", "step", "value", "at"])
        params = [("param", row.name, json_value(row.value)) for row in said.params]
        words = [("tag", row.name, row.value) for row in said.tags]
        every = pd.DataFrame([*params, *words], columns=["kind", "name", "value"])
        return LoggedValues(
            params={name: value for _, name, value in params},
            metrics={row.name: row.value for row in sorted(said.metrics, key=lambda row: row.step)},
            tags={name: value for _, name, value in words},
            artifacts={row.name: row.sha256 for row in said.artifacts},
            series=series.sort_values(["name", "step"], kind="stable", ignore_index=True),
            changes=every[every.duplicated(["kind", "name"], keep=False)].reset_index(drop=True),
        )

    def artifact(self, ref: str | Run, name: str) -> bytes:
        """The checked bytes of a file that a script logged; the last one of this name. NotFound names the choices."""
        run = self.run(ref)
        held = self.logged(run).artifacts
        if name not in held:
            raise NotFound(f"The run {run.id} has no artifact {name!r}: {choices(name, held)}")
        return self.blobs.read(held[name], f"the artifact {name} of the run {run.id}")

    def split_of(self, ref: str | Run) -> tuple[pd.DataFrame, pd.DataFrame]:
        """(the rows a trained run was fitted on, its test rows), with the target; the index is the record's number.

        A model of your own that is fitted on the first and evaluated on the second, `evaluate_model(model, X, y)` with
        `X` taken from it, stands beside the run in Compare once its report is logged. BadInput when the data is gone.
        """
        run = self.run(ref)
        if run.version_id is None or run.kind != "template":
            raise BadInput(f"The run {run.id} was not trained here, or its data was deleted: name another run.")
        table, recipe = self.table(run.version_id), run.recipe
        split = Split.from_csv(self.file(run, "split.csv"), SplitRule.parse(recipe["split"]))
        rest = sorted({*split.rows("train"), *split.rows("valid")})
        return table.frame.iloc[rest], table.frame.iloc[split.rows("test")]
