"""Versions of a dataset compared by the Lab and by the command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from modellab_core.cli import app
from modellab_core.errors import BadInput
from modellab_core.lab import Lab

HEAD = "id,price,colour,since\n"
ROWS = [
    f"P{number:03},{10 + number % 17}.{number % 9},{'red' if number % 3 else 'blue'},2024-01-{1 + number % 28:02}\n"
    for number in range(120)
]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with three versions of `prices`: rows edited, then rows added."""
    folder = tmp_path_factory.mktemp("versions")
    lab = Lab.open(folder / "home")
    edited = [ROWS[0].replace("blue", "green"), *ROWS[1:]]
    more = [f"Q{number:03},{40 + number}.5,red,2024-03-01\n" for number in range(20)]
    for number, rows in enumerate((ROWS, edited, [*edited, *more])):
        (folder / f"{number}.csv").write_text(HEAD + "".join(rows))
        lab.add_dataset(folder / f"{number}.csv", name="prices")
    return folder / "home"


def test_versions_are_compared(home: Path) -> None:
    """A dataset is compared with the version before it, or with any other; copies that are gone are made again."""
    lab = Lab.open(home)
    third, second, first = lab.catalog.datasets.versions(lab.dataset("prices").id)
    found = lab.changes("prices")
    assert found == lab.changes(second.id, third.id) == lab.changes(third.id)
    assert (found.rows_added, found.rows_same, found.compared) == (20, 120, "added")
    assert {one.name for one in found.drifted} >= {"price", "since"}
    edit = lab.changes(first.id, second.id, key="id")
    assert [(one.row, one.older, one.newer) for one in edit.examples] == [("P000", "blue", "green")]
    for copy in (home / "cache").iterdir():
        copy.write_bytes(copy.read_bytes()[:-9] if copy.suffix == ".parquet" else copy.read_bytes())
    assert lab.changes("prices") == found
    assert lab.changes("prices", "prices").is_same
    with pytest.raises(BadInput, match="no version of 'prices' before version 1"):
        lab.changes(first.id)


def test_the_command_says_it(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`datasets diff` says what changed, as JSON too; `datasets show` has quartiles, frequent values and versions."""
    monkeypatch.setenv("MODELLAB_HOME", str(home))
    run = CliRunner().invoke
    told = run(app, ["datasets", "diff", "prices"])
    assert told.exit_code == 0
    assert "20 rows were added, 120 rows are the same" in told.stdout
    assert "'price': the median went from" in told.stdout
    plain = json.loads(run(app, ["datasets", "diff", "prices", "--json"]).stdout)
    assert (plain["rows_added"], plain["drift"][0]["drifted"]) == (20, True)
    assert isinstance(run(app, ["datasets", "diff", "prices", "--key", "colour"]).exception, BadInput)
    shown = run(app, ["datasets", "show", "prices"]).stdout
    assert all(word in shown for word in ("median", "red (", "2.csv", "0.csv", "4 characters"))
    assert len(json.loads(run(app, ["datasets", "show", "prices", "--json"]).stdout)["versions"]) == 3
