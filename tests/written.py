"""The parts of the docs that are written by the program itself: `python tests/written.py` writes them anew.

docs/command-reference.md from the live command, docs/python.md from docstrings, and the tables of parameters in
docs/templates.md from the templates, and the picture of the house. A test compares them with what stands there.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
MARKS = "<!-- written by tests/written.py -->", "<!-- until here -->"
MADE = "*Written by `python tests/written.py` from the program itself; a test compares the two.*"


def commands() -> Iterator[tuple[str, Any]]:
    """(words, command) of every command of the live program, groups taken apart, in the order of its help."""
    from typer.main import get_command

    from modellab_core.cli import app

    for name, command in get_command(app).commands.items():  # type: ignore[attr-defined]
        inner = getattr(command, "commands", None)
        yield from (
            [(f"{name} {word}", one) for word, one in inner.items()] if inner is not None else [(name, command)]
        )


def command_reference() -> str:
    """Every command with its arguments, its options, and the sentence that its help begins with."""
    lines = ["# Command reference", "", MADE, "What the answers look like: [commands.md](commands.md).", ""]
    for words, command in commands():
        usage = [_argument(one) for one in command.params if one.param_type_name == "argument"]
        lines += [f"## modellab {words}", "", *_sentences(command.help or ""), ""]
        lines += [
            "```text",
            " ".join(["modellab", words, *usage, "[OPTIONS]"]),
            "```",
            "",
            "| option | meaning | default |",
        ]
        lines += ["|---|---|---|", *(_row(one) for one in command.params), ""]
    return "\n".join(lines).rstrip() + "\n"


def _argument(parameter: Any) -> str:
    name = parameter.metavar or parameter.name.upper()
    return f"{name}…" if parameter.nargs == -1 else name


def _row(parameter: Any) -> str:
    names = ", ".join(f"`{name}`" for name in (*parameter.opts, *parameter.secondary_opts))
    names = names if parameter.param_type_name == "option" else f"`{_argument(parameter)}`"
    default = parameter.default
    shown = "required" if parameter.required else f"`{default}`" if default not in (None, False, (), []) else ""
    return f"| {names} | {_cell(parameter.help or '')} | {shown} |"


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def _sentences(text: str) -> list[str]:
    return [part.strip() for part in inspect.cleandoc(text).split("\n\n")][:1]


def python_reference() -> str:
    """Every public name with its signature and its docstring, then every verb of the Lab, a file a heading."""
    import modellab_core

    lines = ["# Python", "", MADE, "", "```text", inspect.getdoc(modellab_core) or "", "```", ""]
    for name in modellab_core.__all__:
        if name != "Lab":
            lines += _entry(name, getattr(modellab_core, name), "##")
            lines += _members(name, getattr(modellab_core, name))
    lines += ["## The verbs of the Lab", "", "```text", inspect.getdoc(modellab_core.Lab) or "", "```", ""]
    for room in modellab_core.Lab.__mro__:
        if room.__module__.startswith("modellab_core"):
            lines += _members("lab", room)
    return "\n".join(lines).rstrip() + "\n"


def _members(owner: str, kind: Any) -> list[str]:
    if not inspect.isclass(kind):
        return []
    found = [(name, item) for name, item in vars(kind).items() if not name.startswith("_") and inspect.getdoc(item)]
    return [
        line
        for name, item in found
        if callable(item) or isinstance(item, (property, classmethod))
        for line in _entry(f"{owner}.{name}", item, "###")
    ]


def _entry(name: str, item: Any, level: str) -> list[str]:
    called = item.__func__ if isinstance(item, classmethod) else item
    doc = inspect.getdoc(called) or ""
    return [f"{level} {name}", "", "```text", f"{name}{_signature(called)}", "", doc, "```", ""]


def _signature(item: Any) -> str:
    if isinstance(item, property):
        return ""
    told = str(inspect.signature(item)).replace("(self, ", "(").replace("(self)", "()").replace("(cls, ", "(")
    told = told.removesuffix(" -> None") if inspect.isclass(item) else told
    told = re.sub(r"<function .*? at 0x[0-9a-f]+>", "…", told.replace("'", ""))
    return told if len(told) <= 100 else re.sub(r"^\(|, (?=\*?\*?\w+[:,=])", lambda at: at[0].strip() + "\n    ", told)


def parameters() -> str:
    """A table of the parameters of each template."""
    from modellab_core.training.templates import TEMPLATES

    parts = []
    for template in TEMPLATES.values():
        fields = template.params.model_fields.items()
        rows = [
            f"| `{name}` | {one.title} | {_cell(one.description or '')} | `{one.default!r}` |" for name, one in fields
        ]
        head = [f"### {template.name}", "", f"{template.title}. {template.description}", ""]
        parts.append("\n".join([*head, "| parameter | title | meaning | default |", "|---|---|---|---|", *rows]))
    return "\n\n".join(parts)


def with_parameters() -> str:
    """docs/templates.md with the tables in their place."""
    before, _, rest = (ROOT / "docs" / "templates.md").read_text("utf-8").partition(MARKS[0])
    return "\n".join([before + MARKS[0], "", parameters(), "", MARKS[1] + rest.partition(MARKS[1])[2]])


def picture() -> str:
    """The picture of the house; drawn from what test_floors.py checks."""
    from drawn_house import house

    return house()


WRITTEN: dict[str, Callable[[], str]] = {
    "command-reference.md": command_reference,
    "python.md": python_reference,
    "templates.md": with_parameters,
    "pictures/architecture.svg": picture,
}

if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    for name, text in WRITTEN.items():
        (ROOT / "docs" / name).write_text(text(), encoding="utf-8")
