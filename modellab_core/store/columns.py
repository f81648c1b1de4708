"""What the columns of all tables share: names of constraints, ids, moments in time, JSON."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, MetaData, String, TypeDecorator
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import registry
from sqlmodel import SQLModel

NAMES = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}
"""Every constraint has a name, so that a migration can speak of it."""

MOMENT_LENGTH = 32
ID_LENGTH = 12


class Row(SQLModel, registry=registry(metadata=MetaData(naming_convention=NAMES))):
    """The base of all tables; its registry is ours alone, so a user's own SQLModel tables never meet it."""


class Moment(TypeDecorator[datetime]):
    """A moment in UTC, kept as ISO text of one fixed form, so that the order of the texts is the order in time."""

    impl = String(MOMENT_LENGTH)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """The text for a datetime that knows its time zone."""
        return None if value is None else value.astimezone(UTC).isoformat(timespec="microseconds")

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """The datetime in UTC that was stored."""
        return None if value is None else datetime.fromisoformat(value)


def plain_json() -> JSON:
    """A column of JSON in which None is SQL's NULL."""
    return JSON(none_as_null=True)


def new_id() -> str:
    """A fresh id: 12 random hex characters."""
    return secrets.token_hex(ID_LENGTH // 2)


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


Json = dict[str, Any]
