"""What the columns of all tables share: names of constraints, ids, moments in time, JSON.

A value that cannot be read never raises: it becomes `Unreadable`, and `damage.py` makes the row one that says so. So
one damaged row does not hide all others.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Unreadable:
    """A value of the database that is not what its column holds; `text` is what stands there."""

    text: str


def decoded(stored: bytes) -> Any:
    """The text of the database; Unreadable when it is no UTF-8."""
    try:
        return stored.decode()
    except UnicodeDecodeError:
        return Unreadable(stored.decode(errors="replace"))


class Row(SQLModel, registry=registry(metadata=MetaData(naming_convention=NAMES))):
    """The base of all tables; its registry is ours alone, so a user's own SQLModel tables never meet it."""

    @property
    def damage(self) -> str | None:
        """The sentence that says which columns of this row cannot be read; neutral values stand in for them."""
        said: str | None = self.__dict__.get("_damage")
        return said


class Moment(TypeDecorator[datetime]):
    """A moment in UTC, kept as ISO text of one fixed form, so that the order of the texts is the order in time."""

    impl = String(MOMENT_LENGTH)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """The text for a datetime that knows its time zone."""
        return None if value is None else value.astimezone(UTC).isoformat(timespec="microseconds")

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:  # noqa: ARG002
        """The datetime in UTC that was stored."""
        if value is None or isinstance(value, Unreadable):
            return value
        try:
            moment = datetime.fromisoformat(value)
        except (TypeError, ValueError):
            return Unreadable(str(value))
        return moment if moment.tzinfo is not None else Unreadable(value)


class PlainJson(TypeDecorator[Any]):
    """A column of JSON in which None is SQL's NULL."""

    impl = JSON
    cache_ok = True

    def __init__(self) -> None:
        super().__init__(none_as_null=True)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:  # noqa: ARG002
        """What turns the stored text into a value."""
        return _from_json


def _from_json(stored: Any) -> Any:
    if stored is None or isinstance(stored, Unreadable):
        return stored
    try:
        return json.loads(stored)
    except (TypeError, ValueError, RecursionError):
        return Unreadable(str(stored))


def plain_json() -> PlainJson:
    """A column of JSON in which None is SQL's NULL."""
    return PlainJson()


def new_id() -> str:
    """A fresh id: 12 random hex characters."""
    return secrets.token_hex(ID_LENGTH // 2)


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


Json = dict[str, Any]
