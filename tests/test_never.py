"""No file of the package, the launcher or the pages holds what `never.py` lists, and each of its rules bites."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from never import RULES, imported
from test_floors import PACKAGE, name_of, sources, tree_of

SOURCES = {path: tree_of(path) for path in sources()}


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_finds_each_of_its_samples(rule: str) -> None:
    """A rule that finds nothing would be worse than none."""
    for sample in RULES[rule].bad:
        assert list(RULES[rule].find(ast.parse(sample))), sample
    for sample in RULES[rule].good:
        assert not list(RULES[rule].find(ast.parse(sample))), sample


@pytest.mark.parametrize("rule", RULES)
def test_it_is_never_in_the_package(rule: str) -> None:
    """No place breaks the rule but in the files that may, which are named with their reason."""
    found = [
        f"{name_of(path)}:{line}: {what}"
        for path, tree in SOURCES.items()
        if not RULES[rule].permits(name_of(path))
        for line, what in RULES[rule].find(tree)
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("rule", RULES)
def test_an_exception_is_needed(rule: str) -> None:
    """A file that may but does not is taken off the list."""
    for name, reason in RULES[rule].allowed:
        files = [path for path in SOURCES if name_of(path) == name or name_of(path).startswith(f"{name.rstrip('/')}/")]
        assert reason
        assert any(list(RULES[rule].find(SOURCES[path])) for path in files), name


def test_the_name_of_the_machine_is_all_that_is_asked_of_the_network() -> None:
    """The one import of `socket` serves its function for the machine's name."""
    tree = SOURCES[PACKAGE / "store" / "processes.py"]
    assert list(imported("socket")(tree))
    used = {
        node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "socket"
    }
    assert used <= {"gethostname"}


def test_trusted_types_are_constants() -> None:
    """What a skops file may hold is written out in the code; no list is taken from a file."""
    assigned = 0
    for path, tree in SOURCES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.keyword) and node.arg == "trusted":
                assert ast.unparse(node.value) in ("list(trusted)", "sorted(TRUSTED)"), f"{path}:{node.value.lineno}"
                assigned += 1
    assert assigned


def test_nothing_stored_is_a_pickle(trained: tuple[Path, str]) -> None:
    """No file of a workspace with a finished batch begins as a pickle does, alone or inside a ZIP."""
    import zipfile

    seen = 0
    for path in (one for one in trained[0].rglob("*") if one.is_file()):
        parts = [path.read_bytes()]
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                parts += [archive.read(name) for name in archive.namelist()]
                assert not [name for name in archive.namelist() if name.endswith((".pkl", ".pickle", ".joblib"))]
        seen += len(parts)
        assert not [part for part in parts if part[:1] == b"\x80" and part[1:2] in b"\x02\x03\x04\x05"], path
    assert seen > 20
