"""The picture of the house in docs/architecture.md, executable: floors, homes of outside libraries, sizes, words."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "modellab_core"

FLOORS = [
    ("errors", "registry", "settings", "files", "temporary", "progress", "letters"),
    ("data",),
    ("harness", "training", "store"),
    ("experiment", "checks", "jobs", "repro"),
    ("lab",),
    ("worker",),
    ("cli", "notebook", "ui"),
]
NEIGHBOURS = {("repro", "experiment"), ("checks", "experiment")}  # the two that may look sideways
GROUND = FLOORS[0]
ROOM_OF_DOORS = {"app.py": "ui", "pages": "ui"}

HOMES = {
    "sqlmodel": {"store"},
    "sqlalchemy": {"store"},
    "alembic": {"store"},
    "streamlit": {"ui"},
    "typer": {"cli"},
    "click": {"cli"},
    "xgboost": {"training", "notebook"},
    "skops": {"training"},
    "sklearn": {"harness", "training", "checks", "notebook"},
    "scipy": {"harness", "checks", "training/design", "data/drift"},
    "pyarrow": {"data", "experiment", "repro"},
    "matplotlib": {"harness/figures"},
    "plotly": {"harness/figures", "harness/html"},
    "tqdm": {"cli", "lab/bars"},
}


def sources() -> list[Path]:
    """Every Python file of the package, the launcher and the pages."""
    return [
        *(path for path in PACKAGE.rglob("*.py") if "_app" not in path.parts),
        ROOT / "app.py",
        *(ROOT / "pages").glob("*.py"),
    ]


def name_of(path: Path) -> str:
    """`data/reading` for modellab_core/data/reading.py, `ui` for the doors outside the package."""
    if PACKAGE in path.parents:
        return path.relative_to(PACKAGE).with_suffix("").as_posix()
    return "ui"


def room_of(name: str) -> str:
    """The room, or the module of the ground floor, that a file or a dotted import belongs to."""
    return name.split("/")[0].split(".")[0]


def floor_of(room: str) -> int:
    """Number of the floor that holds `room`."""
    return next(number for number, rooms in enumerate(FLOORS) if room in rooms)


@cache
def tree_of(path: Path) -> ast.Module:
    """The file, parsed."""
    return ast.parse(path.read_text("utf-8"))


def imports(path: Path) -> Iterator[tuple[str, bool]]:
    """(dotted module, whether it is imported only for types) of every import in a file."""
    tree = tree_of(path)
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, id(node) in typing_only) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            if node.module.startswith("modellab_core"):  # what is imported may be a file of that room
                yield from ((f"{node.module}.{alias.name}", id(node) in typing_only) for alias in node.names)
            if node.module != "modellab_core":
                yield node.module, id(node) in typing_only


def test_imports_go_strictly_downward() -> None:
    """A file imports from its own room, or from a room on a lower floor."""
    wrong = [
        f"{name_of(path)} reaches up or sideways to {module}"
        for path in sources()
        if name_of(path) != "__init__"  # the package root names what is public and loads it lazily
        for module, _ in imports(path)
        if module.startswith("modellab_core.") and not may_import(path, module)
    ]
    assert not wrong, "\n".join(wrong)


def may_import(path: Path, module: str) -> bool:
    """Whether the floors let the file import the module of this package."""
    here, there = room_of(name_of(path)), room_of(module.removeprefix("modellab_core."))
    near = there in (here, "__version__") or (here, there) in NEIGHBOURS or {here, there} <= set(GROUND)
    return near or floor_of(there) < floor_of(here)


def test_no_import_circles() -> None:
    """No file imports itself by way of others, nor by way of the `__init__` of their rooms, which run first."""
    inside = [path for path in sources() if PACKAGE in path.parents]
    files = {f"modellab_core.{name_of(path).replace('/', '.')}".removesuffix(".__init__"): path for path in inside}

    def run_by(name: str, path: Path) -> set[str]:
        needed = {module for module, typing_only in imports(path) if module in files and not typing_only}
        around = {module.rsplit(".", up)[0] for module in needed for up in range(1, module.count("."))}
        return needed | {room for room in around if room in files and not name.startswith(room)}

    graph = {name: run_by(name, path) for name, path in files.items()}
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " -> ".join([*trail, name])
        if name not in done:
            for other in sorted(graph[name] - {name}):
                visit(other, (*trail, name))
            done.add(name)

    for name in sorted(graph):
        if name != "modellab_core":
            visit(name, ())


def test_outside_libraries_stay_at_home() -> None:
    """Each outside library is imported only in the rooms that are its home; what is nowhere is in `never.py`."""
    wrong = [
        f"{name_of(path)} imports {module}, whose home is {homes}"
        for path in sources()
        for module, typing_only in imports(path)
        if (homes := HOMES.get(module.split(".")[0])) and not typing_only
        if not any(name_of(path).startswith(home) for home in homes)
    ]
    assert not wrong, "\n".join(wrong)


def test_nobody_imports_from_the_package_root() -> None:
    """Inside the package a name is imported from the file that defines it."""
    wrong = [
        f"{name_of(path)}: {ast.unparse(node)}"
        for path in sources()
        if PACKAGE in path.parents
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ImportFrom) and node.module == "modellab_core"
        if not {alias.name for alias in node.names} <= {"__version__"}
    ]
    assert not wrong, "\n".join(wrong)


def test_files_are_short() -> None:
    """A file that grows past 300 lines is two files."""
    lengths = {
        path: len(path.read_text("utf-8").splitlines()) for path in [*sources(), *(ROOT / "tests").rglob("*.py")]
    }
    assert not {path: lines for path, lines in lengths.items() if lines > 300}


@pytest.mark.parametrize("path", sorted((ROOT / "pages").glob("*.py")), ids=lambda path: path.name)
def test_a_page_reads_as_a_paragraph(path: Path) -> None:
    """A page holds no pandas, no SQL and no arithmetic, and is at most 150 lines."""
    tree = tree_of(path)
    tops = {module.split(".")[0] for module, _ in imports(path)}
    assert tops <= {"__future__", "streamlit", "modellab_core"}, tops
    sums = [node for node in ast.walk(tree) if isinstance(node, ast.BinOp) and not isinstance(node.op, ast.BitOr)]
    assert not sums, [ast.unparse(node) for node in sums]
    assert len(path.read_text("utf-8").splitlines()) <= 150
