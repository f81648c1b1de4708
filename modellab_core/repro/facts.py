"""What a pack says of its run, checked against itself, and where the data of the run are. Standard library only."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modellab_core.repro.archive import CONFIG, ENVIRONMENT, EXPECTED, INFO, Opener, Stop, digest, load, reader

DATA = re.compile(r"data/data\.(csv|parquet)")
MALFORMED = (KeyError, TypeError, AttributeError, ValueError, IndexError)
"""What JSON of another shape than agreed leads to."""


@dataclass(frozen=True)
class Facts:
    """What a re-run needs to know of a pack.

    `data_file` is the data's place in the pack, `data_name` what the file was called; `minor` the minor version of
    Python; `replay` the variables to replay; `columns` the hash of each column's content by name.
    """

    title: str
    data_file: str
    data_name: str
    sha256: str
    size: int
    rows: int
    columns: Mapping[str, str]
    minor: str
    replay: Mapping[str, str]
    environment: Mapping[str, Any]
    expected: Mapping[str, Any]

    @classmethod
    def of(cls, members: Mapping[str, Opener]) -> Facts:
        """Read from the JSON files of a pack. Stop 2 when they contradict one another or are not of the agreed form."""
        config, info, environment = load(members, CONFIG), load(members, INFO), load(members, ENVIRONMENT)
        try:
            found = cls(
                title=f"{config['recipe']['model']} for {config['recipe']['target']!r}",
                data_file=info["file"],
                data_name=str(info["name"]),
                sha256=info["sha256"],
                size=info["size"],
                rows=info["rows"],
                columns={column["name"]: column["sha256"] for column in info["columns"]},
                minor=str(environment["python"]["minor"]),
                replay=dict(config["replay"]),
                environment=environment,
                expected=load(members, EXPECTED),
            )
            agrees = config["recipe"]["sha256"] == found.sha256 and DATA.fullmatch(found.data_file)
        except MALFORMED as error:
            raise Stop(2, "A JSON file of the pack is not of the agreed form.", [repr(error)]) from None
        if not agrees:
            raise Stop(2, "The pack contradicts itself.", [f"{INFO} and {CONFIG} do not name the same data"])
        return found

    def check_columns(self, data: Mapping[str, Any]) -> None:
        """Stop 2 when the table that was read from the data is not the recorded one."""
        wrong = [f"column {name!r}" for name, sha in self.columns.items() if data["columns"].get(name) != sha]
        wrong += [f"{data['rows']} rows, {self.rows} recorded"] if data["rows"] != self.rows else []
        if wrong or len(data["columns"]) != len(self.columns):
            raise Stop(2, f"{INFO} contradicts the data.", wrong or ["there are columns that it does not name"])


def place_data(facts: Facts, found: Mapping[str, tuple[str, int]], given: Sequence[Path], folder: Path | None) -> None:
    """See to it that the run's data are at their place in `folder`; without one they are only looked at.

    `found` are the examined files of the pack, `given` the places where data that it does not hold may be. Stop 2 when
    the data are other data, 5 when there are none.
    """
    wanted = (facts.sha256, facts.size)
    if facts.data_file in found:
        if found[facts.data_file] != wanted:
            raise Stop(2, "The data are not those of the run.", [f"{facts.data_file} contradicts {INFO}"])
        return
    near = next((path for path in given if path.is_file()), None)
    if near is None:
        described = f"{facts.data_name!r}, {facts.size} bytes, SHA-256 {facts.sha256}"
        raise Stop(5, f"The pack holds no data. Fetch the file ({described}) and give it with --data FILE.")
    if digest(reader(near), folder and folder / facts.data_file) != wanted:
        raise Stop(2, "The data are not those of the run.", [f"{near} contradicts {INFO}"])
