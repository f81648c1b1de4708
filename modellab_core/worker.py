"""`python -m modellab_core.worker RUN`: trains one claimed run, in a process of its own.

The workspace comes by `MODELLAB_HOME`, the lease by the environment. Bytes first, row last: all files become blobs,
then one transaction makes the run visible. It imports no streamlit, and draws only in its last phase.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path, PurePath

from threadpoolctl import threadpool_limits

from modellab_core.data.split import SplitRule, assign
from modellab_core.data.table import Note, Table
from modellab_core.errors import BadInput
from modellab_core.experiment import Outcome, perform, plan_of
from modellab_core.harness.predictions import Predictions
from modellab_core.jobs import work
from modellab_core.lab import Lab
from modellab_core.lab.runs import headline_json, split_key
from modellab_core.progress import OnPhase
from modellab_core.repro.code import snapshot
from modellab_core.repro.git import git_state
from modellab_core.repro.pack import PackSource, members
from modellab_core.store.catalog_runs import Result
from modellab_core.store.tables import Run
from modellab_core.training.recipe import Recipe

POLITENESS = 10


def train(lab: Lab, run: Run, on_phase: OnPhase) -> Result:
    """Do what the recipe of `run` says and store every file of it; what comes back makes it visible."""
    on_phase("reading", 0, 1, "")
    recipe = Recipe.from_json(run.recipe)
    if run.version_id is None:
        raise BadInput("The dataset of this run was deleted while it waited.")
    table = lab.table(run.version_id)
    on_phase("splitting", 0, 1, "")
    rule = SplitRule.parse(recipe.split)
    split = assign(table, recipe.target, recipe.task, rule, recipe.test_size, recipe.seed)
    if run.batch_id is not None and run.position == 0:
        lab.keep_checks(run.batch_id, recipe, table, on_phase)
    simpler, notes = _simpler(lab, run)
    threads = lab.settings.threads
    kept = tuple((one.name, one.query) for one in lab.named_slices(run.project_id))
    plan = replace(plan_of(recipe, split), named=kept)
    outcome = perform(recipe, table, split, plan, on_phase, simpler, threads)
    files = {**outcome.files, **_pack_files(lab, run, recipe, table, outcome, simpler)}
    on_phase("files", 0, len(files), "storing")
    stored = {name: lab.blobs.put(content) for name, content in files.items()}
    lab.catalog.evidence.look(split_key(run, outcome.predictions), stored["predictions.parquet"])
    return Result(
        scores=[score.to_json() for score in outcome.report.scores],
        files=stored | {"data": recipe.sha256},
        headline=headline_json(outcome.report),
        notes=[asdict(note) for note in (*outcome.notes, *notes)],
    )


def _simpler(lab: Lab, run: Run) -> tuple[dict[str, Predictions], list[Note]]:
    """The predictions of the simpler models of the batch, simplest first, and why one is absent."""
    found, notes = {}, []
    for sibling in lab.catalog.runs.of_batch(run.batch_id or ""):
        if sibling.position >= run.position:
            continue
        if sibling.state == "succeeded":
            found[sibling.model] = lab.predictions(sibling)
        else:
            reason = f"The comparison lacks {sibling.model}: that run is {sibling.state}."
            notes.append(Note("baseline_absent", reason))
    return found, notes


def _pack_files(
    lab: Lab,
    run: Run,
    recipe: Recipe,
    table: Table,
    outcome: Outcome,
    simpler: Mapping[str, Predictions],
) -> dict[str, bytes]:
    """What a pack of this run holds beside the data and the evaluation: fixed when the run ends."""
    version = lab.version(run.version_id or "")
    source = PackSource(
        recipe=recipe,
        plan=outcome.report.plan,
        table=table,
        files=outcome.files,
        baselines=simpler,
        threads=lab.settings.threads,
        dataset=PurePath(version.file_name).name or "data",
        version=version.number,
        run=run.id,
        started=run.started_at.isoformat(timespec="seconds") if run.started_at else "",
        ended=datetime.now(UTC).isoformat(timespec="seconds"),
        git=git_state(Path.cwd(), lab.settings.git_diff),
    )
    return {f"pack/{name}": content for name, content in members(source).items()}


def main() -> int:
    """Train the run that the command line names; the exit code of the process."""
    if hasattr(os, "nice"):
        os.nice(POLITENESS)
    snapshot()
    lab = Lab.open()
    with threadpool_limits(lab.settings.threads):
        return work(lab.catalog, sys.argv[1], lambda run, on_phase: train(lab, run, on_phase))


if __name__ == "__main__":
    sys.exit(main())
