"""The tables of what a person owns: projects, datasets, batches and runs; see `evidence_tables.py` for the rest.

Every row is plain: no relationships, so that it can be used when its session is gone. Text in a row is for people
only; it never becomes a path. No row holds an absolute path, so that the workspace folder can be moved.
"""

from __future__ import annotations

from datetime import datetime
from html import escape
from typing import Any, Literal

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field

from modellab_core.store.columns import ID_LENGTH, Json, Moment, Row, new_id, now, plain_json

QUEUED, RUNNING, SUCCEEDED = "queued", "running", "succeeded"
FAILED, CANCELLED, INTERRUPTED = "failed", "cancelled", "interrupted"
DAMAGED = "damaged"
"""What a run is shown as whose row cannot be read; no row holds it."""
STATES = (QUEUED, RUNNING, SUCCEEDED, FAILED, CANCELLED, INTERRUPTED)
LIVE = (QUEUED, RUNNING)
RETRIABLE = (FAILED, CANCELLED, INTERRUPTED)

Kind = Literal["template", "logged", "imported"]
KINDS = ("template", "logged", "imported")


def one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    """The constraint that `column` holds one of `values`, which come from this package."""
    return CheckConstraint(f"{column} IN ({', '.join(repr(value) for value in values)})", name=column)


class Project(Row, table=True):
    """A folder of work. `name_key` is the name without case, unique; `archived_at` is set while it is archived."""

    __tablename__ = "project"
    __table_args__ = (UniqueConstraint("name_key"),)

    id: str = Field(default_factory=new_id, primary_key=True, max_length=ID_LENGTH)
    name: str
    name_key: str
    description: str = ""
    created_at: datetime = Field(default_factory=now, sa_type=Moment)
    archived_at: datetime | None = Field(default=None, sa_type=Moment)


class Dataset(Row, table=True):
    """A named table in a project; its name is unique there, ignoring case."""

    __tablename__ = "dataset"
    __table_args__ = (UniqueConstraint("project_id", "name_key"),)

    id: str = Field(default_factory=new_id, primary_key=True, max_length=ID_LENGTH)
    project_id: str = Field(foreign_key="project.id", ondelete="CASCADE", max_length=ID_LENGTH)
    name: str
    name_key: str
    created_at: datetime = Field(default_factory=now, sa_type=Moment)


class DatasetVersion(Row, table=True):
    """The exact bytes of a dataset and how they were read; never changed.

    `sha256` names the blob, `size` is its bytes. `reading`, `notes` and `profile` are the JSON of the room `data`;
    `reading_key` is the SHA-256 of the reading. `number` counts from 1 within the dataset; `file_name` is what the
    file was called where it came from, for people only.
    """

    __tablename__ = "dataset_version"
    __table_args__ = (UniqueConstraint("dataset_id", "sha256", "reading_key"), UniqueConstraint("dataset_id", "number"))

    id: str = Field(default_factory=new_id, primary_key=True, max_length=ID_LENGTH)
    dataset_id: str = Field(foreign_key="dataset.id", ondelete="CASCADE", max_length=ID_LENGTH)
    number: int
    sha256: str = Field(max_length=64, index=True)
    size: int
    rows: int
    columns: int
    file_name: str = ""
    reading: Json = Field(sa_type=plain_json())
    reading_key: str = Field(max_length=64)
    notes: list[Any] = Field(default_factory=list, sa_type=plain_json())
    profile: list[Any] = Field(default_factory=list, sa_type=plain_json())
    created_at: datetime = Field(default_factory=now, sa_type=Moment)


class Batch(Row, table=True):
    """The runs started together.

    `request` is what was asked for, `checks` what the checks before it found, as JSON of the room `checks`. The version
    is None once its dataset is deleted.
    """

    __tablename__ = "batch"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=ID_LENGTH)
    project_id: str = Field(foreign_key="project.id", ondelete="CASCADE", index=True, max_length=ID_LENGTH)
    version_id: str | None = Field(
        default=None, foreign_key="dataset_version.id", ondelete="SET NULL", index=True, max_length=ID_LENGTH
    )
    template: str
    request: Json = Field(default_factory=dict, sa_type=plain_json())
    checks: list[Any] = Field(default_factory=list, sa_type=plain_json(), sa_column_kwargs={"server_default": "[]"})
    created_at: datetime = Field(default_factory=now, sa_type=Moment)


class Run(Row, table=True):
    """One fitted model, and the job that fits it.

    `position` is its place in the batch (0 = dummy). `recipe` is the JSON of the Recipe and `fingerprint` its hash.
    `state` is one of STATES; while it runs, `lease` is the random token of the attempt, `pid` and `process` say which
    process works on it and `heartbeat_at` when that was last heard of. `phase`, `done`, `total` (0 = unknown) and
    `message` tell how far it is. `error` is the sentence of a run that did not succeed. `headline` is
    {metric, value, low, high}; `files` maps the name of every file of the run to the SHA-256 of its blob; `log` is the
    blob of what the worker printed. The version is None once its dataset is deleted, and for an imported run.
    """

    __tablename__ = "run"
    __table_args__ = (
        one_of("state", STATES),
        one_of("kind", KINDS),
        CheckConstraint("attempt >= 1", name="attempt"),
        CheckConstraint("state <> 'running' OR lease IS NOT NULL", name="lease"),
    )

    id: str = Field(default_factory=new_id, primary_key=True, max_length=ID_LENGTH)
    project_id: str = Field(foreign_key="project.id", ondelete="CASCADE", index=True, max_length=ID_LENGTH)
    batch_id: str | None = Field(
        default=None, foreign_key="batch.id", ondelete="SET NULL", index=True, max_length=ID_LENGTH
    )
    parent_id: str | None = Field(
        default=None, foreign_key="run.id", ondelete="SET NULL", index=True, max_length=ID_LENGTH
    )
    version_id: str | None = Field(
        default=None, foreign_key="dataset_version.id", ondelete="SET NULL", index=True, max_length=ID_LENGTH
    )
    name: str
    kind: str = "template"
    model: str = ""
    position: int = 0
    recipe: Json = Field(default_factory=dict, sa_type=plain_json())
    fingerprint: str = Field(default="", index=True, max_length=64)

    state: str = Field(default=QUEUED, index=True)
    lease: str | None = None
    pid: int | None = None
    process: str | None = None
    heartbeat_at: datetime | None = Field(default=None, sa_type=Moment)
    cancel_requested: bool = False
    attempt: int = 1
    phase: str | None = None
    done: int = 0
    total: int = 0
    message: str = ""
    error: str | None = None
    created_at: datetime = Field(default_factory=now, sa_type=Moment)
    started_at: datetime | None = Field(default=None, sa_type=Moment)
    ended_at: datetime | None = Field(default=None, sa_type=Moment)

    headline: Json | None = Field(default=None, sa_type=plain_json())
    notes: list[Any] = Field(default_factory=list, sa_type=plain_json())
    files: dict[str, str] = Field(default_factory=dict, sa_type=plain_json())
    log: str | None = Field(default=None, max_length=64)

    @property
    def live(self) -> bool:
        """Whether it waits or runs."""
        return self.state in LIVE

    def __repr__(self) -> str:
        return f"Run({', '.join(self._told().values())})"

    def _repr_html_(self) -> str:
        cells = "".join(
            f"<tr><th>{escape(name)}</th><td>{escape(told)}</td></tr>" for name, told in self._told().items()
        )
        return f"<table>{cells}</table>"

    def _told(self) -> dict[str, str]:
        """What a person wants to know of it first, in words."""
        score, told = self.headline or {}, {"Run": self.id, "Name": self.name, "Model": self.model, "State": self.state}
        if score.get("value") is not None:
            told["Score"] = f"{score['metric']} {score['value']:.4g}"
        if score.get("low") is not None and score.get("high") is not None:
            told["Score"] += f" ({score['low']:.4g} to {score['high']:.4g})"
        told |= {"Error": self.error or "", "Made": f"{self.created_at:%Y-%m-%d %H:%M} UTC"}
        return {name: text for name, text in told.items() if text}
