"""What the commands share: the way to the Lab, options that several have, and how an answer is printed."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from modellab_core.cli.terminal import json_text, shown_lines
from modellab_core.errors import BadInput, choices
from modellab_core.letters import shown

if TYPE_CHECKING:
    from modellab_core.data.reading import Asked
    from modellab_core.data.table import ColumnType
    from modellab_core.lab import Lab

Json = Annotated[bool, typer.Option("--json", help="Print JSON on stdout and nothing else there.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do it without asking.")]
InProject = Annotated[str, typer.Option("--project", help="Project, by name or id; made when it does not exist.")]
Delimiter = Annotated[str | None, typer.Option("--delimiter", help="Character between fields; found out if not given.")]
Encoding = Annotated[str | None, typer.Option("--encoding", help="Encoding of the text; found out if not given.")]
NoHeader = Annotated[bool, typer.Option("--no-header", help="The first line is data.")]
Missing = Annotated[
    list[str] | None,
    typer.Option("--missing", help="A token that means missing, or COL=TOKEN for one column; may be repeated."),
]
Types = Annotated[
    list[str] | None,
    typer.Option("--type", help="COL=TYPE with number, text, date or boolean; may be repeated."),
]


def lab() -> Lab:
    """The workspace that the environment or the folder names; loaded last, because that is what takes time."""
    from modellab_core.lab import Lab

    opened = Lab.open()
    if opened.is_new:
        say(f"A new workspace was made: {opened.folder}")
    return opened


def say_damage(rows: Iterable[Any]) -> None:
    """Name each of the rows of the workspace that cannot be read, on stderr."""
    for row in rows:
        if row.damage:
            say(row.damage)


def say(text: str) -> None:
    """A line for the person, on stderr, so that stdout holds only the answer."""
    print(shown_lines(text), file=sys.stderr, flush=True)


def asked(
    delimiter: str | None, encoding: str | None, no_header: bool, missing: list[str] | None, types: list[str] | None
) -> Asked:
    """The reading options as one value."""
    from modellab_core.data.reading import Asked

    return Asked(
        delimiter={"\\t": "\t", "tab": "\t"}.get(delimiter or "", delimiter),
        encoding=encoding,
        header=False if no_header else None,
        missing=tuple(missing) if missing else None,
        types=_types(types or []),
    )


def _types(given: list[str]) -> dict[str, ColumnType]:
    from modellab_core.data.table import COLUMN_TYPES

    named = dict(pair("--type", item, at_last=True) for item in given)
    wrong = next((item for item in named.items() if item[1] not in COLUMN_TYPES), None)
    if wrong:
        raise BadInput(
            f"--type {wrong[0]}={wrong[1]}: there is no type {wrong[1]!r}; {choices(wrong[1], COLUMN_TYPES)}"
        )
    return {name: cast("ColumnType", type_) for name, type_ in named.items()}


def pair(option: str, text: str, *, at_last: bool = False) -> tuple[str, str]:
    """`NAME=VALUE` taken apart at the first `=`, or at the last where the name is a column's, which may hold one."""
    name, sign, value = text.rpartition("=") if at_last else text.partition("=")
    if not sign or not name:
        lacking = "nothing before its '='" if sign else "no '='"
        raise BadInput(f"{option} {text!r} has {lacking}: write it as NAME=VALUE.")
    return name, value


def plain(value: Any) -> Any:
    """`value` as JSON knows it: dataclasses and rows become objects, times ISO text, NaN null."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if hasattr(value, "model_dump"):
        return plain(value.model_dump())
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, (datetime, Path)):
        return value.isoformat() if isinstance(value, datetime) else str(value)
    return value


def answer(as_json: bool, value: Any, text: str | Iterable[str]) -> None:
    """Print `value` as JSON, or `text` for a person."""
    if as_json:
        print(json_text(plain(value)))
    else:
        print(shown_lines(text if isinstance(text, str) else "\n".join(text)))


def columns(rows: Sequence[Sequence[object]], head: Sequence[str]) -> str:
    """Rows under a head, aligned; cells of numbers to the right."""
    if not rows:
        return "none"
    cells = [list(head), *([_cell(item) for item in row] for row in rows)]
    widths = [max(len(line[place]) for line in cells) for place in range(len(head))]
    right = [all(isinstance(row[place], (int, float)) for row in rows) for place in range(len(head))]
    return "\n".join(
        "  ".join(
            text.rjust(width) if to_right else text.ljust(width)
            for text, width, to_right in zip(line, widths, right, strict=True)
        ).rstrip()
        for line in cells
    )


def _cell(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    return shown(value)
