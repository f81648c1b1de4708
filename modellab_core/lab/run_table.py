"""The table of runs: a line each, and the search in it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from modellab_core.errors import NotFound
from modellab_core.harness.slices.query import parse
from modellab_core.lab.base import Base
from modellab_core.lab.run_frame import RunFrame
from modellab_core.lab.values import tags_of
from modellab_core.store.tables import Run

FIXED = ("id", "name", "project", "state", "kind", "model", "metric", "value", "low", "high")
ENDING = ("parent", "created", "seconds")
NUMBERS = ("value", "low", "high", "seconds")
_DOTTED = re.compile(r"`[^`]*`|'[^']*'|\"[^\"]*\"|\b((?:metrics|params|tags)\.\w+)")


class RunTables(Base):
    """The verb that lists runs as a table."""

    def runs(
        self,
        project: str | None = None,
        *,
        where: str | None = None,
        tags: Sequence[str] | Mapping[str, Any] = (),
        params: Mapping[str, Any] | None = None,
        state: str | None = None,
        limit: int | None = None,
    ) -> RunFrame:
        """The runs of a project, or of all, the latest first: a DataFrame with a line each, which a notebook draws.

            lab.runs("churn", where="metrics.roc_auc > 0.8 and params.depth == 6", tags=["keep"])

        The columns are id, name, project, state, kind (template, logged, imported), model; `metric`, `value`, `low` and
        `high` of the headline; `parent`, `created` (UTC), `seconds`; then `metrics.*`, `params.*` and `tags.*` of what
        the runs have, missing where one has it not. `where` is a condition in the grammar of slice queries, `tags` are
        words or values that must be there, `params` values that must be equal. `limit` counts what was found.
        BadInput names the place in a condition that cannot be read, or the column that no run has.
        """
        home = self.catalog.projects.find(project).id if project else None
        found = self.catalog.runs.all(home, states=[state] if state else [])
        frame = self._frame(found)
        if where:
            frame = frame[parse(_DOTTED.sub(_ticked, where)).rows(frame.map(_comparable).infer_objects())]
        wanted = tags_of(tags)
        for name, value in wanted.items():
            frame = frame[_tagged(frame, name, value)]
        for name, value in (params or {}).items():
            frame = frame[_column(frame, f"params.{name}").map(lambda one, value=value: one == value)]
        return RunFrame(frame.head(limit if limit is not None else len(frame)).reset_index(drop=True))

    def _frame(self, runs: Sequence[Run]) -> pd.DataFrame:
        ids = [run.id for run in runs]
        names = self.catalog.projects.names()
        logged, overall = self.catalog.logged.metrics(ids), self.catalog.logged.overall(ids)
        said, words = self.catalog.logged.params(ids), self.catalog.logged.tags(ids)
        lines = [
            _line(run, names.get(run.project_id, ""))
            | _prefixed("metrics", {**overall.get(run.id, {}), **logged.get(run.id, {})})
            | _prefixed("params", {**_recipe_params(run), **said.get(run.id, {})})
            | _prefixed("tags", words.get(run.id, {}))
            for run in runs
        ]
        frame = pd.DataFrame(lines, columns=None if lines else [*FIXED, *ENDING], dtype="object")
        kinds = {name: str(name).partition(".")[0] for name in frame.columns}
        numbers = [name for name, kind in kinds.items() if kind == "metrics" or name in NUMBERS]
        order = {"metrics": 1, "params": 2, "tags": 3}
        frame = frame.astype(dict.fromkeys(numbers, "float64") | {"created": "datetime64[us, UTC]"})
        return frame[sorted(frame.columns, key=lambda name: order.get(kinds[name], 0))]


def _line(run: Run, project: str) -> dict[str, Any]:
    told = run.headline or {}
    lasted = (run.ended_at - run.started_at).total_seconds() if run.ended_at and run.started_at else None
    return {
        "id": run.id,
        "name": run.name,
        "project": project,
        "state": run.state,
        "kind": run.kind,
        "model": run.model,
        **{name: told.get(name) for name in ("metric", "value", "low", "high")},
        "parent": run.parent_id,
        "created": run.created_at,
        "seconds": lasted,
    }


def _recipe_params(run: Run) -> dict[str, Any]:
    """What a run was asked for: the parameters of its template, its target, its split and its seed."""
    wanted = {name: run.recipe.get(name) for name in ("target", "split", "seed", "template")}
    asked = run.recipe.get("params")
    return {name: value for name, value in {**wanted, **(asked or {})}.items() if value is not None}


def _prefixed(kind: str, values: Mapping[str, Any]) -> dict[str, Any]:
    return {f"{kind}.{name}": value for name, value in values.items()}


def _ticked(found: re.Match[str]) -> str:
    """`metrics.auc` as the grammar takes names with a dot: in backticks; quoted text stays as it is."""
    return f"`{found[1]}`" if found[1] else found[0]


def _comparable(value: Any) -> Any:
    """A cell as a condition takes it: lists and mappings are compared by their text."""
    return str(value) if isinstance(value, (list, dict)) else value


def _column(frame: pd.DataFrame, name: str) -> pd.Series:
    if name not in frame.columns:
        kind, _, short = name.partition(".")
        known = [str(column).partition(".")[2] for column in frame.columns if str(column).startswith(f"{kind}.")]
        raise NotFound(f"No run has the {kind.removesuffix('s')} {short!r}: there are {', '.join(known) or 'none'}.")
    return frame[name]


def _tagged(frame: pd.DataFrame, name: str, value: str) -> pd.Series:
    held = frame[f"tags.{name}"] if f"tags.{name}" in frame.columns else pd.Series(pd.NA, frame.index, dtype="object")
    return held.notna() if value == "" else held == value
