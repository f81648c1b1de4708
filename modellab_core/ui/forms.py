"""Fields for the parameters of a template, made from its pydantic model."""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import Any, Literal, Union, get_args, get_origin

import streamlit as st
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from modellab_core.ui.words import esc

AUTOMATIC = "automatic"


def params_form(model: type[BaseModel], key: str, start: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A field per parameter of `model`, with its default, bounds and description; gives {name: value}.

    `start` holds values to begin with, as when an earlier training is repeated.
    """
    values: dict[str, Any] = {}
    with st.grid(3, min_column_width=220):
        for name, field in model.model_fields.items():
            default = field.get_default(call_default_factory=True)
            values[name] = _field(name, field, f"{key}-{name}", (start or {}).get(name, default))
    return values


def _field(name: str, field: FieldInfo, key: str, value: Any) -> Any:
    label = esc(field.title or name.replace("_", " ").capitalize())
    told = esc(field.description) if field.description else None
    kind, may_be_none = _kind(field.annotation)
    if get_origin(kind) is Literal:
        choices = [*([None] if may_be_none else []), *get_args(kind)]
        shown = {choice: AUTOMATIC if choice is None else str(choice) for choice in choices}
        return st.selectbox(
            label, choices, index=choices.index(value), format_func=shown.__getitem__, key=key, help=told
        )
    if kind is bool:
        return st.toggle(label, value=bool(value), key=key, help=told)
    if kind in (int, float):
        return _number(label, kind, _bounds(field, kind), value, key, told)
    given = st.text_input(label, value="" if value is None else str(value), key=key, help=told)
    return None if may_be_none and not given else given


def _number(label: str, kind: type, bounds: dict[str, Any], value: Any, key: str, told: str | None) -> Any:
    return st.number_input(
        label,
        value=None if value is None else kind(value),
        key=key,
        help=told,
        step=1 if kind is int else None,
        format=None if kind is int else "%.6g",
        placeholder=AUTOMATIC,
        **bounds,
    )


def _kind(annotation: Any) -> tuple[Any, bool]:
    """The plain type behind `annotation`, and whether None is allowed."""
    if get_origin(annotation) in (Union, types.UnionType):
        inner = [one for one in get_args(annotation) if one is not type(None)]
        return inner[0], len(inner) < len(get_args(annotation))
    return annotation, False


def _bounds(field: FieldInfo, kind: type) -> dict[str, Any]:
    """`min_value` and `max_value` from the constraints of the field; open ends leave the check to the template."""
    found: dict[str, Any] = {}
    for rule in field.metadata:
        for name, bound in (("ge", "min_value"), ("gt", "min_value"), ("le", "max_value"), ("lt", "max_value")):
            limit = getattr(rule, name, None)
            if limit is not None:
                open_end = kind is int and name in ("gt", "lt")
                found[bound] = kind(limit) + ((1 if name == "gt" else -1) if open_end else 0)
    return found
