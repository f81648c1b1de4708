"""The SQL of long lists of runs: only what a line shows, a tenth of the cost of whole rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, type_coerce
from sqlalchemy.orm import Session
from sqlmodel import col, select

from modellab_core.store.columns import Json, plain_json
from modellab_core.store.damage import reads
from modellab_core.store.engine import Doors
from modellab_core.store.lookup import get
from modellab_core.store.tables import LIVE, SUCCEEDED, Run

REPORT_PATH = '$."eval/eval_summary.json"'  # where the blob of a report stands among the files of a run
LONG = ("$.reading", "$.schema")  # what is long in a recipe, and shown by no list


@dataclass(frozen=True)
class RunLine:
    """A run as a list shows it; the fields are those of `Run`, but `recipe` is without its reading and schema.

    `reported` says whether it succeeded and has a report.
    """

    id: str
    project_id: str
    batch_id: str | None
    parent_id: str | None
    version_id: str | None
    name: str
    kind: str
    model: str
    position: int
    state: str
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    headline: Json | None
    recipe: Json
    reported: bool
    damage: str | None = None

    @property
    def live(self) -> bool:
        """Whether it waits or runs."""
        return self.state in LIVE


NAMES = tuple(name for name in RunLine.__dataclass_fields__ if name not in ("recipe", "reported", "damage"))
LATEST = (col(Run.created_at).desc(), col(Run.batch_id), col(Run.position), col(Run.id))


class Lines:
    """Runs as lines of a list."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors

    def runs(
        self,
        project_id: str | None = None,
        *,
        states: Sequence[str] = (),
        reported: bool = False,
        parent_id: str | None = None,
        limit: int | None = None,
    ) -> list[RunLine]:
        """The runs that fulfil all that is given, the latest first, those of a batch simplest first.

        A run that cannot be read is a line that says so under `damage`.
        """
        where: list[ColumnElement[bool]] = []
        if project_id is not None:
            where.append(col(Run.project_id) == project_id)
        if parent_id is not None:
            where.append(col(Run.parent_id) == parent_id)
        if states:
            where.append(col(Run.state).in_(states))
        if reported:
            where.append(_reported())
        return self._found(_shown().where(*where).order_by(*LATEST).limit(limit))

    def mark(self, project_id: str) -> tuple[Any, ...]:
        """What changes when a run of the project comes, ends, goes or gets another name."""
        moments = (func.max(Run.created_at), func.max(Run.ended_at), func.total(func.length(Run.name)))
        states = func.total(func.length(Run.state))
        wanted = select(func.count(), states, *moments)  # type: ignore[call-overload]
        with self._doors.read() as session:
            return tuple(session.execute(wanted.where(col(Run.project_id) == project_id)).one())

    def newest(self, projects: Sequence[str]) -> list[RunLine]:
        """Per project the runs with a headline of the newest batch that has one, or the newest such run by itself."""
        own = func.coalesce(Run.batch_id, Run.id)
        newest = func.first_value(own).over(partition_by=col(Run.project_id), order_by=LATEST)
        headed = (col(Run.project_id).in_(projects), col(Run.state) == SUCCEEDED, col(Run.headline).is_not(None))
        ranked = select(col(Run.id), own.label("own"), newest.label("newest")).where(*headed).subquery()
        return self._found(_shown().join(ranked, ranked.c.id == Run.id).where(ranked.c.own == ranked.c.newest))

    def _found(self, wanted: Select[Any]) -> list[RunLine]:
        with self._doors.read() as session:
            return [_line(session, row._mapping) for row in session.execute(wanted)]


def _shown() -> Select[Any]:
    return select(*(getattr(Run, name) for name in NAMES), _short_recipe(), _reported())  # type: ignore[call-overload,no-any-return]


def _reported() -> ColumnElement[Any]:
    found = func.json_extract(case((func.json_valid(Run.files), Run.files), else_="{}"), REPORT_PATH)
    return and_(col(Run.state) == SUCCEEDED, found.is_not(None)).label("reported")


def _short_recipe() -> ColumnElement[Any]:
    short = case((func.json_valid(Run.recipe), func.json_remove(Run.recipe, *LONG)), else_=Run.recipe)
    return type_coerce(short, plain_json()).label("recipe")


def _line(session: Session, values: Mapping[Any, Any]) -> RunLine:
    if all(reads(Run, name, value) for name, value in values.items() if name != "reported"):
        return RunLine(**values)
    run = get(session, Run, values["id"], "run")
    return RunLine(**{name: getattr(run, name) for name in (*NAMES, "recipe", "damage")}, reported=False)
