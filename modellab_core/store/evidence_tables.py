"""The tables of what is known about runs and projects: scores, series, files, verifications, looks, actions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from modellab_core.store.columns import ID_LENGTH, Json, Moment, Row, new_id, now, plain_json
from modellab_core.store.tables import one_of

VERIFICATION_STATES = ("never", "reproduced", "within_tolerance", "failed")


class ScoreRow(Row, table=True):
    """One number of a run with its interval; the columns are the fields of the harness's Score."""

    __tablename__ = "score"

    id: int | None = Field(default=None, primary_key=True)
    run_id: str = Field(foreign_key="run.id", ondelete="CASCADE", index=True, max_length=ID_LENGTH)
    metric: str
    n: int
    value: float | None = None
    low: float | None = None
    high: float | None = None
    method: str = "none"
    note: str = ""
    cls: str | None = None
    slice: str = "all"
    stress: str = "none"
    severity: float | None = None
    repeat: int | None = None
    level: float = 0.95
    resamples: int = 0
    null_low: float | None = None
    null_high: float | None = None


class ParamRow(Row, table=True):
    """A parameter as a user logged it, its value as JSON text; the last row of a name holds, the others did before."""

    __tablename__ = "param"

    id: int | None = Field(default=None, primary_key=True)
    run_id: str = Field(foreign_key="run.id", ondelete="CASCADE", index=True, max_length=ID_LENGTH)
    name: str
    value: str
    at: datetime = Field(default_factory=now, sa_type=Moment)


class MetricRow(Row, table=True):
    """One point of a series that a user logged: the metric `name` at `step`; a step may be logged again."""

    __tablename__ = "metric"

    id: int | None = Field(default=None, primary_key=True)
    run_id: str = Field(foreign_key="run.id", ondelete="CASCADE", index=True, max_length=ID_LENGTH)
    name: str
    step: int
    value: float | None = None
    at: datetime = Field(default_factory=now, sa_type=Moment)


class Artifact(Row, table=True):
    """A file that a user logged with a run: its name, the blob and its size in bytes; the last of a name holds."""

    __tablename__ = "artifact"

    id: int | None = Field(default=None, primary_key=True)
    run_id: str = Field(foreign_key="run.id", ondelete="CASCADE", index=True, max_length=ID_LENGTH)
    name: str
    sha256: str = Field(max_length=64)
    size: int
    at: datetime = Field(default_factory=now, sa_type=Moment)


class Tag(Row, table=True):
    """A word that a user put on a run, with a value where it has one; the last of a name holds."""

    __tablename__ = "tag"

    id: int | None = Field(default=None, primary_key=True)
    run_id: str = Field(foreign_key="run.id", ondelete="CASCADE", index=True, max_length=ID_LENGTH)
    name: str
    value: str = ""


class SavedSlice(Row, table=True):
    """A slice query that a user kept under a name, for all runs of a project."""

    __tablename__ = "saved_slice"
    __table_args__ = (UniqueConstraint("project_id", "name"),)

    id: str = Field(default_factory=new_id, primary_key=True, max_length=ID_LENGTH)
    project_id: str = Field(foreign_key="project.id", ondelete="CASCADE", max_length=ID_LENGTH)
    name: str
    query: str
    created_at: datetime = Field(default_factory=now, sa_type=Moment)


class SplitLook(Row, table=True):
    """One look at test rows: `split` hashes the test rows and the target, `predictions` what was compared with them.

    No foreign key: that somebody looked stays true when the run is deleted.
    """

    __tablename__ = "split_look"
    __table_args__ = (UniqueConstraint("split", "predictions"),)

    id: int | None = Field(default=None, primary_key=True)
    split: str = Field(max_length=64)
    predictions: str = Field(max_length=64)
    at: datetime = Field(default_factory=now, sa_type=Moment)


class Verification(Row, table=True):
    """One try to reproduce a run: how it came out, when, on which machine, and the table of metrics in `result`."""

    __tablename__ = "verification"
    __table_args__ = (one_of("state", VERIFICATION_STATES),)

    id: str = Field(default_factory=new_id, primary_key=True, max_length=ID_LENGTH)
    run_id: str = Field(foreign_key="run.id", ondelete="CASCADE", index=True, max_length=ID_LENGTH)
    state: str
    at: datetime = Field(default_factory=now, sa_type=Moment)
    machine: str = ""
    result: Json = Field(default_factory=dict, sa_type=plain_json())


class Action(Row, table=True):
    """What a click already did: the same `key` again gives the same `result`, the id of what was made."""

    __tablename__ = "action"

    key: str = Field(primary_key=True, max_length=200)
    kind: str
    result: str = Field(index=True)
    at: datetime = Field(default_factory=now, sa_type=Moment)


class Acceptance(Row, table=True):
    """A finding that somebody accepted, why, and until when; `finding` is the hash of what it claims."""

    __tablename__ = "acceptance"
    __table_args__ = (UniqueConstraint("project_id", "finding"),)

    id: int | None = Field(default=None, primary_key=True)
    project_id: str = Field(foreign_key="project.id", ondelete="CASCADE", max_length=ID_LENGTH)
    finding: str
    reason: str
    expires: datetime | None = Field(default=None, sa_type=Moment)
    at: datetime = Field(default_factory=now, sa_type=Moment)


TABLES: tuple[type[Any], ...] = (
    ScoreRow,
    ParamRow,
    MetricRow,
    Artifact,
    Tag,
    SavedSlice,
    SplitLook,
    Verification,
    Action,
    Acceptance,
)
