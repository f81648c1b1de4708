"""Every SQL statement about verifications, looks at a split, and what the whole workspace holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import String, case, func, inspect, type_coerce
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from modellab_core.store.columns import Json, Row
from modellab_core.store.damage import damaged_rows
from modellab_core.store.engine import Doors
from modellab_core.store.evidence_tables import SplitLook, Verification
from modellab_core.store.lookup import get
from modellab_core.store.references import blobs_named
from modellab_core.store.tables import DAMAGED, STATES, SUCCEEDED, Run

PREDICTIONS_PATH = '$."predictions.parquet"'  # where the blob of a run's predictions stands in its files


class Evidence:
    """What is known about runs beyond their own results."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors

    def verified(self, run_id: str, state: str, machine: str = "", result: Json | None = None) -> Verification:
        """Keep how a try to reproduce a run came out: reproduced, within_tolerance or failed."""
        with self._doors.write() as session:
            get(session, Run, run_id, "run")
            verification = Verification(run_id=run_id, state=state, machine=machine, result=result or {})
            session.add(verification)
            return verification

    def verifications(self, run_id: str) -> list[Verification]:
        """The tries to reproduce a run, the latest first; none means never tried."""
        with self._doors.read() as session:
            wanted = select(Verification).where(Verification.run_id == run_id)
            return list(session.scalars(wanted.order_by(col(Verification.at).desc())))

    def states(self, project_id: str | None = None) -> dict[str, str]:
        """How the latest try to reproduce each run came out, by the run's id; runs that were never tried are absent."""
        where = [col(Run.project_id) == project_id] if project_id else []
        wanted = select(Verification.run_id, Verification.state).join(Run).where(*where).order_by(col(Verification.at))
        with self._doors.read() as session:
            return {row.run_id: row.state for row in session.execute(wanted)}

    def tried(self, projects: Sequence[str]) -> dict[str, Counter[str]]:
        """Per project how the latest tries of its runs that can be trained again came out; `all` counts these runs."""
        again = (
            col(Run.project_id).in_(projects),
            col(Run.state) == SUCCEEDED,
            type_coerce(Run.files, String).like('%"pack/%'),
        )
        every = select(Run.project_id, func.count()).where(*again).group_by(col(Run.project_id))
        last = select(Run.id, Run.project_id, Verification.state).join(Verification).where(*again)
        with self._doors.read() as session:
            found = {project: Counter({"all": count}) for project, count in session.execute(every)}
            states = {row.id: row for row in session.execute(last.order_by(col(Verification.at)))}
        for row in states.values():
            found[row.project_id][row.state] += 1
        return found

    def look(self, split: str, predictions: str) -> int:
        """Count a look at the test rows with these predictions, once each; the number of looks there are now."""
        with self._doors.write() as session:
            same = select(SplitLook).where(SplitLook.split == split, SplitLook.predictions == predictions)
            if session.scalars(same).first() is None:
                session.add(SplitLook(split=split, predictions=predictions))
                session.flush()
            return session.scalars(_looks(split)).one()

    def looks(self, split: str) -> int:
        """How many different predictions were scored on these test rows."""
        with self._doors.read() as session:
            return session.scalars(_looks(split)).one()

    def look_numbers(self, split: str) -> dict[str, int]:
        """The number of the look, from 1, at which each set of predictions was first scored on these test rows."""
        with self._doors.read() as session:
            wanted = select(SplitLook.predictions).where(SplitLook.split == split).order_by(col(SplitLook.id))
            return {predictions: number for number, predictions in enumerate(session.scalars(wanted), start=1)}

    def runs_scored_on(self, split: str) -> dict[str, str]:
        """By their predictions the stored runs that were scored on these test rows: the id of the latest of each."""
        stored = case((func.json_valid(Run.files), func.json_extract(Run.files, PREDICTIONS_PATH)))
        looked = select(SplitLook.predictions).where(SplitLook.split == split)
        wanted = select(stored, Run.id).where(Run.state == SUCCEEDED, stored.in_(looked))
        with self._doors.read() as session:
            found = session.execute(wanted.order_by(col(Run.created_at), col(Run.position), col(Run.id)))
            return {row[0]: row[1] for row in found}

    def counts(self) -> dict[str, int]:
        """The number of rows of every table of ours that is there: a database of an older version has fewer."""
        with self._doors.read() as session:
            there = set(inspect(session.connection()).get_table_names())
            tables = [table for table in Row.metadata.sorted_tables if table.name in there]
            return {table.name: session.scalars(select(func.count()).select_from(table)).one() for table in tables}

    def run_states(self) -> dict[str, int]:
        """The number of runs in every state that occurs."""
        with self._doors.read() as session:
            counted = session.execute(select(Run.state, func.count()).group_by(Run.state)).all()
        found: Counter[str] = Counter()
        for state, count in counted:
            found[state if state in STATES else DAMAGED] += count
        return dict(found)

    def damaged_rows(self) -> list[str]:
        """A sentence for each row that cannot be read."""
        with self._doors.read() as session:
            return damaged_rows(session)

    def blobs_referenced(self) -> set[str]:
        """The SHA-256 of every blob that some row names."""
        with self._doors.read() as session:
            return blobs_named(session)


def _looks(split: str) -> SelectOfScalar[int]:
    return select(func.count()).select_from(SplitLook).where(SplitLook.split == split)
