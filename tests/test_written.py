"""What the program writes of itself into the docs stands there as it is."""

from __future__ import annotations

import pytest
from command import ROOT
from drawn_house import told
from test_floors import FLOORS
from written import WRITTEN


@pytest.mark.parametrize("name", WRITTEN)
def test_what_is_written_by_the_program_is_up_to_date(name: str) -> None:
    """Commands, docstrings and parameters stand in the docs as they are; `python tests/written.py` writes them anew."""
    assert (ROOT / "docs" / name).read_text("utf-8") == WRITTEN[name](), "run: python tests/written.py"


def test_the_table_of_floors_is_that_of_the_test() -> None:
    """docs/architecture.md tells the rooms of each floor as test_floors.py checks them, and so does its picture."""
    assert {number: rooms for number, (rooms, _) in told().items()} == dict(enumerate(FLOORS))
