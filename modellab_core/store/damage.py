"""A row whose values cannot be read is loaded all the same, says so, and is never taken for a whole one.

Neutral values stand in for what is unreadable; they are shown, and never written back. A run is then in the state
`damaged`, so that nothing trains, compares or packs it; a project, a dataset and a version say it in their text.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from types import NoneType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from sqlalchemy import inspect
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import select

from modellab_core.store.columns import Row
from modellab_core.store.tables import DAMAGED, KINDS, STATES, DatasetVersion, Project, Run

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
NEUTRAL: Mapping[type, Callable[[], Any]] = {
    str: str,
    int: int,
    float: float,
    bool: bool,
    dict: dict,
    list: list,
    datetime: lambda: BEGINNING,
}
WAYS_OUT: Mapping[type[Row], str] = {
    Run: ", or delete the run",
    DatasetVersion: ", or delete the dataset",
    Project: ", or give it a name and a description again",
}
SEALS: Mapping[type[Row], tuple[str, str]] = {
    Run: ("recipe", "fingerprint"),
    DatasetVersion: ("reading", "reading_key"),
}
"""The column of JSON whose hash stands in another one; imported runs have no schema, and another fingerprint."""
Found = TypeVar("Found", bound=Row)
_SHA256 = re.compile(r"[0-9a-f]{64}")


def _sentence(row: Any, columns: list[str]) -> str:
    kind = str(row.__tablename__).replace("_", " ")
    key = ", ".join(str(part) for part in inspect(row).identity)
    way_out = f"Restore a backup{WAYS_OUT.get(type(row), '')}."
    return f"The {kind} {key} is damaged: its {', '.join(sorted(columns))} cannot be read. {way_out}"


def _is_digest(value: object) -> bool:
    return isinstance(value, str) and _SHA256.fullmatch(value) is not None


def _is_headline(value: Mapping[str, Any] | None) -> bool:
    if value is None:
        return True
    ends = [value.get(name, "") for name in ("value", "low", "high")]
    return isinstance(value.get("metric"), str) and all(end is None or isinstance(end, (int, float)) for end in ends)


def _are_notes(value: list[Any]) -> bool:
    return all(isinstance(note, dict) and isinstance(note.get("text"), str) for note in value)


SHAPES: Mapping[type[Row], Mapping[str, Callable[[Any], bool]]] = {
    Run: {
        "state": STATES.__contains__,
        "kind": KINDS.__contains__,
        "files": lambda files: all(_is_digest(digest) for digest in files.values()),
        "headline": _is_headline,
        "notes": _are_notes,
    },
    DatasetVersion: {"sha256": _is_digest, "notes": _are_notes, "reading": lambda reading: "types" in reading},
}
"""What a column must hold beside its type, where everyone who reads it relies on that."""


@cache
def _types(table: type[Row]) -> dict[str, tuple[type, bool]]:
    """Per column the type of its values, and whether it may be empty."""
    hints = get_type_hints(table)
    found = {}
    for column in table.__table__.columns:  # type: ignore[attr-defined]
        hint = hints[column.name]
        parts = [part for part in get_args(hint) if part is not NoneType]
        optional = NoneType in get_args(hint)
        held = parts[0] if optional else hint
        found[column.name] = (get_origin(held) or held, optional)
    return found


def reads(table: type[Row], name: str, value: Any) -> bool:
    """Whether `value` is what the column `name` of `table` may hold."""
    kind, optional = _types(table)[name]
    if value is None:
        return optional
    if not isinstance(value, (int, float) if kind is float else kind):
        return False
    shape = SHAPES.get(table, {}).get(name)
    return shape is None or shape(value)


def examine(row: Row, *_: object) -> None:
    """Find what is unreadable in a row that was just loaded, and put neutral values in its place."""
    table, held = type(row), row.__dict__
    wrong = [name for name in _types(table) if not reads(table, name, held.get(name))]
    if wrong:
        _mend(row, wrong)


def fit_for_use(row: Found) -> Found:
    """The row, examined for use: what a run was asked for and how bytes were read must be what their hash says.

    Lists do without this, because it takes longer than loading the row.
    """
    name, key = SEALS.get(type(row), ("", ""))
    if name and row.damage is None:
        held = getattr(row, name)
        if (type(row) is not Run or "schema" in held) and seal(held) != getattr(row, key):
            _mend(row, [name])
    return row


def seal(value: Any) -> str:
    """SHA-256 of JSON in one fixed form, as the rooms `data` and `training` hash readings and recipes."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _mend(row: Row, wrong: list[str]) -> None:
    types, held = _types(type(row)), row.__dict__
    for name in wrong:
        kind, optional = types[name]
        set_committed_value(row, name, None if optional else NEUTRAL[kind]())
    held["_damage"] = _sentence(row, wrong)
    for name, value in _shown(row, wrong).items():
        set_committed_value(row, name, value)


def _shown(row: Any, wrong: list[str]) -> dict[str, Any]:
    """What a damaged row shows of itself in the columns that people read."""
    shown: dict[str, Any] = {"name": f"damaged {row.id}"} if "name" in wrong else {}
    if isinstance(row, Run):
        shown |= {"state": DAMAGED, "error": row.damage, "files": {}, "headline": None, "lease": None}
    elif isinstance(row, DatasetVersion):
        shown |= {"notes": [{"code": DAMAGED, "text": row.damage, "column": None}]}
    elif isinstance(row, Project):
        shown |= {"description": row.damage}
    return shown


def damaged_rows(session: Session) -> list[str]:
    """A sentence for each row of any table that cannot be read; rows are looked at one after the other."""
    tables = sorted(_tables(), key=lambda table: str(table.__tablename__))
    return [told for table in tables for told in _damaged_in(session, table)]


def _tables() -> list[type[Row]]:
    return [mapper.class_ for mapper in Row._sa_registry.mappers]


def _damaged_in(session: Session, table: type[Row]) -> Iterator[str]:
    for row in session.scalars(select(table).execution_options(yield_per=500)):
        if fit_for_use(row).damage:
            yield str(row.damage)
        session.expunge(row)
