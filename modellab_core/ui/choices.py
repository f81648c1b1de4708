"""What is chosen on several pages: the project, a batch, a run, and the run it is held against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

import modellab_core.ui.choice as choice
import modellab_core.ui.place as place
from modellab_core.lab import Lab
from modellab_core.ui.arrivals import arrivals
from modellab_core.ui.dialogs import confirm_delete
from modellab_core.ui.drop import add_table as add_dropped
from modellab_core.ui.drop import drop, take
from modellab_core.ui.empty import no_project, no_runs
from modellab_core.ui.frame import project as chosen_project
from modellab_core.ui.frame import tell_damage
from modellab_core.ui.named import STATES, model_name
from modellab_core.ui.scores import metric_label
from modellab_core.ui.words import esc, moment, number, percent, plural

GONE = "data deleted"
OWN = {"logged": "logged", "imported": "predictions of its own"}  # runs that never had data here
NEWEST = 200  # runs and batches in a list to choose from


def need_project(lab: Lab) -> Any:
    """The chosen project; without one the page says so and ends."""
    found = chosen_project(lab)
    if found is None:
        no_project()
        place.stop()
    return found


def add_table(lab: Lab, project: str) -> None:
    """A place to drop a table; it becomes a dataset of `project` and is the chosen one."""
    file = drop("A table", "add-table", lab.settings.max_upload_mb)
    if file is not None:
        version = take(file, lambda given: add_dropped(lab, given, project), "Reading the table …")
        if version is not None:
            place.stand("version", version.id)
            place.again()


def undo_reading(lab: Lab, version: Any) -> None:
    """How the table was read, and two ways to mend it: read it differently, or take it out again."""
    dataset = lab.dataset(version.dataset_id)
    with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
        st.caption(f"{esc(dataset.name)}, version {version.number}. Wrong?", width="content")
        place.link(
            "datasets", "Read it differently", icon=":material/tune:", version=version.id, view="How it was read"
        )
        if st.button("Take it out", key="undo-table", type="tertiary", icon=":material/undo:"):
            delete_dataset(lab, dataset)


def delete_dataset(lab: Lab, dataset: Any) -> None:
    """Ask, and delete a dataset with its versions; its runs stay."""
    confirm_delete("dataset", dataset.name, "with all its versions; runs keep their reports", _forgetting(lab, dataset))


def _forgetting(lab: Lab, dataset: Any) -> Any:
    def act() -> None:
        lab.delete_dataset(dataset.id)
        place.stand("version", None)

    return act


def pick_batch(lab: Lab, project: str) -> Any:
    """The batch of the address under `batch`, at first the newest; None when a new training is to be set up."""
    batches = lab.batches(project)[:NEWEST]
    asked = place.here("batch")
    data = data_names(lab, project)
    names = {place.NEW: "New training"} | {one.id: batch_name(one, data) for one in batches}
    if asked and asked not in names and asked != place.NEW:
        found = lab.batch(asked)
        names[found.id] = batch_name(found, data)
    if len(names) == 1:
        place.stand("batch", None)
        return None
    start = place.NEW if place.here("version") and not asked else batches[0].id
    chosen = place.choose("Training", names, "batch", default=start, visible=False, width=420)
    if chosen in (None, place.NEW):
        return None
    place.stand(choice.ADDRESS, None)  # belongs to a training that is yet to be set up
    return lab.batch(chosen)


def batch_name(batch: Any, data: Mapping[str, str]) -> str:
    """What a batch is called in a list; `data` are the names of the dataset versions."""
    return f"{batch.request.get('target', '')} · {data.get(batch.version_id, GONE)} · {_made(batch)}"


def data_names(lab: Lab, project: str) -> dict[str, str]:
    """What the dataset versions of a project are called, by id (not escaped)."""
    return {
        version.id: f"{one.dataset.name}, version {version.number}"
        for one in lab.datasets(project)
        for version in one.versions
    }


def told_data(lab: Lab, thing: Any) -> str:
    """The data of a run or batch, for the line of context."""
    names = data_names(lab, thing.project_id)
    return esc(data_of(thing, names) if hasattr(thing, "kind") else names.get(thing.version_id, GONE))


def told_batch(batch: Any) -> str:
    """What a batch was asked for, for the line of context."""
    asked = batch.request
    parts = [f"predicts {esc(asked.get('target', ''))}", f"split {esc(asked.get('split', ''))}"]
    return " · ".join([*parts, f"seed {asked.get('seed', '')}"])


def need_run(lab: Lab, project: str, page: str = "evaluate") -> Any:
    """The run of the address under `run`, at first what the newest batch recommends; without any the page ends.

    Runs to choose from are those with a report and those that a program logged. One that comes while people look is
    a link to itself on `page`.
    """
    newest = lab.lines(project, limit=NEWEST)
    tell_damage(newest)
    runs = lab.lines(project, reported=True, limit=NEWEST)
    best = _best_start(runs) if runs else None
    known = {run.id for run in runs}
    runs = [run for run in newest if run.id in known or run.kind == "logged"] or runs
    asked = place.here("run")
    if not runs:
        arrivals(lab, project, page)
        no_runs()
        place.stop()
    data = data_names(lab, project)
    names = {run.id: run_name(run, data) for run in runs}
    if asked and asked not in names:
        run = lab.run(asked)
        if run.project_id == project and (lab.has_report(run) or run.kind == "logged"):
            names[run.id] = run_name(run, data)
    chosen = place.choose("Run", names, "run", default=best)
    arrivals(lab, project, page)
    return lab.run(str(chosen))


def _best_start(runs: Sequence[Any]) -> str:
    """The id of the recommended run of the newest batch, else of the newest run."""
    newest = [run for run in runs if run.batch_id == runs[0].batch_id]
    last = max(newest, key=lambda run: run.position)
    wanted = (last.headline or {}).get("recommended")
    return str(next((run.id for run in newest if run.model == wanted), last.id))


def run_name(run: Any, data: Mapping[str, str]) -> str:
    """What a run is called in a list: its model, its score, its data and when."""
    told = run.headline
    score = f"{metric_label(told['metric'])} {number(told['value'])}" if told else STATES[run.state][0].lower()
    return f"{model_name(run)} · {score} · {data_of(run, data)} · {_made(run)}"


def data_of(run: Any, data: Mapping[str, str]) -> str:
    """What the data of a run is called, where `data` are the names of dataset versions (not escaped)."""
    own = OWN.get(run.kind, GONE) if run.version_id is None else GONE
    return data.get(run.version_id, own)


def alike(lab: Lab, run: Any) -> list[Any]:
    """The other finished runs on the same data with the same target: those of its batch, then the newest first."""
    batch = lab.batch_runs(run.batch_id) if run.batch_id else []
    mates: list[Any] = [one for one in batch if one.id != run.id and lab.has_report(one)]
    known = {run.id, *(one.id for one in mates)}
    newest = lab.lines(run.project_id, reported=True, limit=NEWEST)
    return mates + [one for one in newest if one.id not in known and _same_question(one, run)]


def pick_other(lab: Lab, run: Any) -> Any:
    """The run that this one is held against: the dummy of its batch at first; None while there is no other."""
    same = alike(lab, run)
    mates = [one for one in same if one.batch_id == run.batch_id and run.batch_id is not None]
    dummy = next((one.id for one in mates if one.model == "dummy"), mates[0].id if mates else None)
    called = data_names(lab, run.project_id)
    names = {one.id: run_name(one, called) for one in same}
    if place.here("against") not in names:
        place.stand("against", None)
    chosen = place.choose("Held against", names, "against", default=dummy)
    return lab.run(chosen) if chosen else None


def _same_question(one: Any, other: Any) -> bool:
    """Whether two runs have the same data and target."""
    return bool(one.version_id == other.version_id and one.recipe.get("target") == other.recipe.get("target"))


def told_report(report: Any, seed: Any = None) -> str:
    """n, interval method and seed, for the line of context."""
    plan = report.plan
    return (
        f"{plural(report.n, 'test row')} · {percent(plan.level)} intervals, {plan.resamples:,} resamples · "
        f"seed {plan.seed if seed is None else seed}"
    )


def _made(thing: Any) -> str:
    """When a run or batch was made; a browser takes a list whose words change by themselves for another choice."""
    return moment(thing.created_at, st.context.timezone_offset or 0)
