"""Finding a row by what a person types: an exact name, else an id or an unambiguous beginning of one."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any, TypeVar

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session
from sqlmodel import col, select

from modellab_core.errors import BadInput, NotFound, choices
from modellab_core.store.columns import ID_LENGTH, Row
from modellab_core.store.damage import fit_for_use

NAME_LENGTH = 200
Found = TypeVar("Found", bound=Row)


def name_key(name: str) -> str:
    """The name without case and in one Unicode form: two names with one key are the same name."""
    return unicodedata.normalize("NFC", name).casefold()


def clean_name(name: str, kind: str) -> str:
    """The name without surrounding blanks. BadInput when it is empty, too long or has control characters."""
    stripped = unicodedata.normalize("NFC", name).strip()
    if not stripped:
        raise BadInput(f"A {kind} needs a name, and {name!r} is blank.")
    if len(stripped) > NAME_LENGTH:
        raise BadInput(f"The {kind} name {stripped[:40]!r}… has {len(stripped)} characters: use at most {NAME_LENGTH}.")
    if any(unicodedata.category(letter) in ("Cc", "Cs") for letter in stripped):
        raise BadInput(f"The {kind} name {stripped!r} has control characters: leave them out.")
    return stripped


def find(session: Session, table: type[Found], ref: str, kind: str, *where: ColumnElement[bool] | bool) -> Found:
    """The one row of `table` that `ref` names among those that fulfil `where`.

    NotFound names the choices; BadInput when several rows fit.
    """
    columns: Any = table
    by_key = hasattr(table, "name_key")
    if by_key or hasattr(table, "name"):
        same = columns.name_key == name_key(ref.strip()) if by_key else columns.name == ref.strip()
        named = session.scalars(select(table).where(same, *where).limit(5)).all()
        if named:
            return _only(named, ref, kind)
    return _only(_by_id(session, table, ref, *where), ref, kind, _names(session, table, *where))


def _by_id(session: Session, table: type[Found], ref: str, *where: ColumnElement[bool] | bool) -> Sequence[Found]:
    columns: Any = table
    start = ref.strip().lower()
    if not start or len(start) > ID_LENGTH or set(start) - set("0123456789abcdef"):
        return []
    return session.scalars(select(table).where(col(columns.id).startswith(start), *where).limit(5)).all()


def _only(found: Sequence[Found], ref: str, kind: str, known: Sequence[str] = ()) -> Found:
    if not found:
        raise NotFound(f"There is no {kind} {ref!r}: {choices(ref, known)}")
    if len(found) > 1:
        ids: Any = found
        raise BadInput(f"{ref!r} means several {kind}s: say which, {' or '.join(row.id for row in ids)}.")
    return fit_for_use(found[0])


def _names(session: Session, table: type[Found], *where: ColumnElement[bool] | bool) -> list[str]:
    columns: Any = table
    wanted = columns.name if hasattr(table, "name_key") else columns.id
    found = session.scalars(select(wanted).where(*where).order_by(columns.created_at.desc()).limit(200))
    return [name for name in found if isinstance(name, str)]


def get(session: Session, table: type[Found], row_id: str, kind: str) -> Found:
    """The row with exactly this id. NotFound when it is gone."""
    found = session.get(table, row_id)
    if found is None:
        raise NotFound(f"The {kind} {row_id} is not here any more: it was deleted.")
    return fit_for_use(found)
