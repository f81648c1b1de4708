"""SECURITY.md and docs/reliability.md promise nothing without a test, and name no test that is not there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from never import RULES

ROOT = Path(__file__).resolve().parents[1]
PAGES = {"SECURITY.md": ROOT / "SECURITY.md", "reliability.md": ROOT / "docs" / "reliability.md"}
PLACE = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")


def rows(page: str, heading: str) -> list[list[str]]:
    """The cells of the table under a heading, without its head."""
    part = PAGES[page].read_text("utf-8").split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in part.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


PROMISES = [
    *[(row[0], row[2]) for row in rows("reliability.md", "Promises")],
    *[(row[0], row[1]) for row in rows("SECURITY.md", "What is promised, and how it is tested")],
]


@pytest.mark.parametrize(("promise", "test"), PROMISES)
def test_a_promise_names_the_test_that_holds_it(promise: str, test: str) -> None:
    """Every row names one test function of the everyday, slow or browser tests."""
    found = PLACE.fullmatch(test)
    assert found, promise
    assert found[2], promise


@pytest.mark.parametrize(
    ("page", "path", "name"),
    [(page, *found) for page, file in PAGES.items() for found in PLACE.findall(file.read_text("utf-8"))],
)
def test_what_is_named_exists(page: str, path: str, name: str) -> None:
    """Each file is there and defines the test, and a script can be run by itself."""
    text = (ROOT / path).read_text("utf-8")
    if name:
        tree = ast.parse(text)
        assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, f"{page}: {path}::{name}"
    else:
        assert 'if __name__ == "__main__"' in text, f"{page}: {path}"


def test_every_script_that_is_run_by_hand_is_named() -> None:
    """No long form of a promise is kept without a promise."""
    told = PAGES["reliability.md"].read_text("utf-8")
    scripts = [path for path in (ROOT / "tests" / "reliability").glob("*.py") if "subjects" not in path.name]
    runnable = [path.name for path in scripts if 'if __name__ == "__main__"' in path.read_text("utf-8")]
    assert [name for name in runnable if f"tests/reliability/{name}`" not in told] == []


def test_the_number_of_rules_is_the_one_told() -> None:
    """docs/reliability.md counts the rules of what is never in the package."""
    assert f"{len(RULES)} rules" in PAGES["reliability.md"].read_text("utf-8")
