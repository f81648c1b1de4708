"""From a table and a target to a queued batch, and following it until it has ended."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from modellab_core.data.reading import Asked
from modellab_core.data.split import SplitRule, assign
from modellab_core.data.table import Note, Table
from modellab_core.data.target import choose_positive, class_labels, column_of, sorted_classes, task_of
from modellab_core.data.task import Task
from modellab_core.errors import BadInput, Conflict, choices
from modellab_core.harness.comparing.comparison import Comparison
from modellab_core.harness.metrics import metric_for
from modellab_core.jobs import Starter
from modellab_core.lab.bars import bar_of_runs
from modellab_core.lab.datasets import DEFAULT_PROJECT, Datasets
from modellab_core.lab.runs import Runs
from modellab_core.store.catalog_runs import NewRun
from modellab_core.store.tables import Batch, DatasetVersion, Project, Run
from modellab_core.training.fit import check
from modellab_core.training.recipe import Recipe
from modellab_core.training.templates import TEMPLATES, Template, check_params, templates_for

POLL_SECONDS = 0.2
Asking = tuple[Recipe, Template, tuple[Note, ...]]


@dataclass(frozen=True)
class Wish:
    """What a person asks of a training beside the table and the target; None means the usual."""

    template: str | None = None
    task: str | None = None
    split: str = "random"
    test_size: float = 0.2
    seed: int = 42
    params: Mapping[str, Any] | None = None
    positive: str | None = None
    drop: tuple[str, ...] = ()
    weight: str | None = None
    metric: str | None = None


class Training(Datasets, Runs):
    """Verbs that train."""

    def templates(self, task: Task | None = None) -> list[Template]:
        """The templates that fit `task`, or all."""
        return list(TEMPLATES.values()) if task is None else templates_for(task)

    def train(
        self,
        version: str | DatasetVersion,
        target: str,
        *,
        project: str | None = None,
        key: str | None = None,
        **wish: Any,
    ) -> Batch:
        """Queue the models of a template on a version; the fields of `Wish` are the further arguments.

        Everything is checked first: BadInput says what cannot be trained, and then nothing is queued. The same `key`
        gives the batch that it made the first time.
        """
        row = version if isinstance(version, DatasetVersion) else self.version(version)
        asked_for = recipe_for(self.table(row.id), target, Wish(**wish))
        return self._queue(row, asked_for, self._home_of(row, project), key)

    def train_from(
        self, data: str, target: str, *, project: str = DEFAULT_PROJECT, asked: Asked | None = None, **wish: Any
    ) -> Batch:
        """`train` on a file, which is added to `project`, else on a stored dataset by id or exact name.

        BadInput says what cannot be trained, and then the file is not stored either.
        """
        if not Path(data).is_file():
            return self.train(self._stored_version(data, project), target, **wish)
        found: list[Asking] = []
        version = self.add_dataset(
            Path(data), project, asked=asked, accept=lambda table: found.append(recipe_for(table, target, Wish(**wish)))
        )
        return self._queue(version, found[0], self._home_of(version, None), None)

    def _queue(self, version: DatasetVersion, asked_for: Asking, home: Project, key: str | None) -> Batch:
        recipe, template, notes = asked_for
        recipes = [replace(recipe, model=model) for model in template.models]
        new = [NewRun(f"{recipe.target} · {one.model}", one.model, one.to_json(), one.fingerprint()) for one in recipes]
        told = recipe.to_json() | {"notes": [asdict(note) for note in notes]}
        request = {name: value for name, value in told.items() if name not in ("reading", "schema", "model")}
        return self.catalog.runs.create_batch(home.id, version.id, template.name, request, new, key)[0]

    def _home_of(self, version: DatasetVersion, project: str | None) -> Project:
        if project is not None:
            return self.catalog.projects.find(project)
        return self.catalog.projects.find(self.catalog.datasets.get(version.dataset_id).project_id)

    def batch(self, ref: str) -> Batch:
        """A batch by its id."""
        return self.catalog.runs.batch(ref)

    def batches(self, project: str | None = None) -> list[Batch]:
        """The batches of a project, or of all, the latest first."""
        return self.catalog.runs.batches(self.catalog.projects.find(project).id if project else None)

    def batch_runs(self, batch: str | Batch) -> list[Run]:
        """The runs of a batch, the simplest first."""
        return self.catalog.runs.of_batch(batch.id if isinstance(batch, Batch) else self.batch(batch).id)

    def verdict(self, batch: str | Batch) -> Comparison | None:
        """The one verdict over the models of a batch; None before two of them have succeeded."""
        done = [run for run in self.batch_runs(batch) if run.state == "succeeded"]
        told = self.report(done[-1]).comparison if len(done) > 1 else None
        return Comparison.from_json(told) if told else None

    def starter(self, batch: str | None = None) -> Starter:
        """What starts queued runs, all or those of a batch: by `step()` in the foreground, as a thread by `start()`."""
        return Starter(self.catalog, self.settings.workers, batch_id=batch)

    def follow(self, batch: str | Batch, show: Callable[[list[Run]], None] | None = None) -> list[Run]:
        """Start queued runs until those of `batch` have ended; `show` sees them several times a second.

        Without `show` a bar tells how far they are, in a notebook and on a terminal.

        KeyboardInterrupt cancels them, waits until they have stopped, and goes on its way.
        """
        ref = batch.id if isinstance(batch, Batch) else batch
        if show is None:
            with bar_of_runs() as bar:
                return self.follow(ref, bar)
        return self._follow(lambda: self.batch_runs(ref), show, ref)

    def follow_run(self, ref: str) -> Run:
        """Start queued runs until one of them has ended."""
        run = self.run(ref)
        return self._follow(lambda: [self.catalog.runs.get(run.id)], lambda _: None, run.batch_id)[0]

    def _follow(self, look: Callable[[], list[Run]], show: Callable[[list[Run]], None], batch: str | None) -> list[Run]:
        starter = self.starter(batch)
        try:
            return _until_ended(starter, look, show)
        except KeyboardInterrupt:
            self._cancel(look())
            _until_ended(starter, look, show)
            raise
        finally:
            starter.stop()

    def _cancel(self, runs: list[Run]) -> None:
        for run in runs:
            with suppress(Conflict):  # it ended meanwhile, which is what was wanted
                self.catalog.queue.cancel(run.id)


def _until_ended(starter: Starter, look: Callable[[], list[Run]], show: Callable[[list[Run]], None]) -> list[Run]:
    while True:
        starter.step()
        runs = look()
        show(runs)
        if not any(run.live for run in runs):
            return runs
        time.sleep(POLL_SECONDS)


def recipe_for(table: Table, target: str, wish: Wish) -> Asking:
    """The recipe of the first model of a batch, its template, and what a person should know about them."""
    task, reason = task_of(table, target, wish.task)
    template = _template_for(task, wish.template)
    _check_columns(table, target, wish)
    if not 0 < wish.test_size < 1:
        raise BadInput(f"--test-size is {wish.test_size}: give a share of the rows between 0 and 1, such as 0.2.")
    if not 0 <= wish.seed < 2**32:
        raise BadInput(f"--seed is {wish.seed}: give a whole number from 0 to {2**32 - 1}.")
    rule = SplitRule.parse(wish.split)
    split = assign(table, target, task, rule, wish.test_size, wish.seed)
    recipe = Recipe(
        sha256=table.sha256,
        reading=table.reading,
        target=target,
        task=task,
        template=template.name,
        model=template.models[0],
        metric=metric_for(wish.metric, task).name,
        positive=_positive(table, target, task, wish.positive),
        split=str(rule),
        test_size=wish.test_size,
        params=check_params(template, dict(wish.params or {})),
        drop=tuple(sorted(set(wish.drop))),
        weight=wish.weight,
        seed=wish.seed,
    )
    check(recipe, table, split)
    return recipe, template, (Note("task", reason, target), *split.notes)


def _template_for(task: Task, name: str | None) -> Template:
    template = templates_for(task)[0] if name is None else TEMPLATES[name]
    if task not in template.tasks:
        fitting = [one.name for one in templates_for(task)]
        raise BadInput(f"The template {template.name!r} does not fit a {task} task: {choices(template.name, fitting)}")
    return template


def _positive(table: Table, target: str, task: Task, asked: str | None) -> str | None:
    if task is Task.BINARY:
        return choose_positive(sorted_classes(class_labels(table, target)), asked)
    if asked is not None:
        raise BadInput(f"--positive {asked!r} needs a target of two classes, and the task of {target!r} is {task}.")
    return None


def _check_columns(table: Table, target: str, wish: Wish) -> None:
    for name in wish.drop:
        column_of(table, name, "--drop")
    if target in wish.drop:
        raise BadInput(f"The target {target!r} cannot be left out: take it from --drop.")
    if wish.weight is None:
        return
    weight = column_of(table, wish.weight, "--weight")
    if wish.weight == target or table.reading.types.get(wish.weight) != "number":
        raise BadInput(f"--weight {wish.weight!r} must be a column of numbers other than the target.")
    if weight.isna().any() or (weight < 0).any() or not (weight > 0).any():
        raise BadInput(f"--weight {wish.weight!r} must hold a number of at least 0 in every row, and one above 0.")
