"""README and docs say what the program does: their code runs, their commands and links exist."""

from __future__ import annotations

import re
import shlex
from importlib import import_module
from pathlib import Path

import pytest
from command import ROOT
from typer.main import get_command

from modellab_core.cli import app
from modellab_core.harness.metrics import METRICS

NAMED = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "examples/README.md", "examples/data/README.md")
PAGES = [*(ROOT / name for name in NAMED), *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"```(\w*)\n(.*?)```", re.DOTALL)


def blocks(language: str) -> list[tuple[str, str]]:
    """(page, text) of every block of code in `language`."""
    return [
        (page.name, text) for page in PAGES for kind, text in BLOCK.findall(page.read_text("utf-8")) if kind == language
    ]


@pytest.mark.parametrize(("page", "code"), blocks("python"))
def test_python_in_the_docs_runs(
    page: str, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every block of Python in README and docs runs as it stands, and prints what stands below it as text."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(METRICS, "_things", dict(METRICS))  # a metric of the docs is no metric of the tests
    exec(compile(code, page, "exec"), {"__name__": "__docs__"})
    below = (ROOT / page).read_text("utf-8").partition(code)[2] if (ROOT / page).exists() else ""
    said = re.match(r"```\n\n```text\n(.*?)```", below, re.DOTALL)
    assert said is None or said[1] in capsys.readouterr().out


def lines() -> list[tuple[str, str]]:
    """(page, line) of every `modellab …` in a shell block or in a table of commands."""
    shell = [(page, line) for page, text in blocks("sh") for line in text.splitlines()]
    row = re.compile(r"^\| `(modellab [^`]+)`", re.MULTILINE)
    tables = [(page.name, line) for page in PAGES for line in row.findall(page.read_text("utf-8"))]
    bare = [(page, re.sub(r"^(\w+=\S+ )+", "", line).split("#")[0].strip()) for page, line in [*shell, *tables]]
    return [(page, line) for page, line in bare if line.startswith("modellab")]


@pytest.mark.parametrize(("page", "line"), lines())
def test_commands_in_the_docs_exist(page: str, line: str) -> None:
    """Every command and option that README and docs name is one of the live program."""
    words = shlex.split(line)[1:]
    command = get_command(app)
    while words and getattr(command, "commands", None) and words[0] in command.commands:
        command = command.commands[words.pop(0)]
    known = {option for parameter in command.params for option in getattr(parameter, "opts", [])} | {"--help"}
    assert {word for word in words if word.startswith("-")} <= known, f"{page}: {line}"
    assert not getattr(command, "commands", None) or words == ["--help"], f"{page}: {line}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_in_the_docs_lead_somewhere(page: Path) -> None:
    """Every relative link points at a file that is there."""
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text("utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), target


def test_the_readme_has_the_two_commands() -> None:
    """The two commands that set everything up stand in README as the gate runs them."""
    text = (ROOT / "README.md").read_text("utf-8")
    assert "pip install -e . && streamlit run app.py" in text
    assert 'pip install -e ".[test]" && pytest' in text
    assert 'pip install --quiet -e ".[test]" && pytest' in (ROOT / ".ci/run").read_text("utf-8")


def test_every_command_is_documented() -> None:
    """docs/commands.md names every command of the program."""
    text = (ROOT / "docs/commands.md").read_text("utf-8")
    for name in get_command(app).commands:  # type: ignore[attr-defined]
        assert f"modellab {name}" in text, name


FUNCTIONS = re.findall(
    r"`([a-z_]+(?:\.[a-z_]+)+)`", (ROOT / "docs/statistics.md").read_text("utf-8").split("| what | function |")[1]
)


@pytest.mark.parametrize("path", FUNCTIONS)
def test_functions_in_the_docs_exist(path: str) -> None:
    """Every function of arrays that docs/statistics.md names can be imported and says what it gives."""
    module, name = path.rsplit(".", 1)
    found = getattr(import_module(f"modellab_core.harness.{module}"), name)
    assert callable(found)
    assert found.__doc__


NO_ADDRESS = re.compile(r"https?://|/root/|/home/\w")


def test_the_lock_has_hashes_and_no_addresses() -> None:
    """The lock pins every package with hashes and names no registry."""
    text = (ROOT / ".ci/lock.txt").read_text("utf-8")
    assert not NO_ADDRESS.search(text)
    pinned = re.findall(r"^([\w.-]+)==[\w.]+.*\\\n    --hash=sha256:", text, re.M)
    assert {"numpy", "pandas", "streamlit", "xgboost", "pytest", "playwright"} <= set(pinned)
    assert len(pinned) == len(re.findall(r"^[\w.-]+==", text, re.M))


def test_every_page_has_its_guide() -> None:
    """docs/guide has a file for each page of the app, and its table of tabs those of the page Evaluate."""
    guides = {path.stem for path in (ROOT / "docs" / "guide").glob("*.md")} - {"README"}
    assert guides == {path.stem for path in (ROOT / "pages").glob("*.py")}
    listed = re.findall(r"^\| ([A-Z][\w ]+) \|", (ROOT / "docs/guide/evaluate.md").read_text("utf-8"), re.M)
    page = (ROOT / "pages" / "evaluate.py").read_text("utf-8")
    named = {name for line in re.findall(r"names = (.*)", page) for name in re.findall(r'"([A-Z][\w ]+)"', line)}
    assert set(listed) == named
