"""The way out of a finding does away with it: on the file itself, read again or trained on otherwise."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import planted_traps_more  # noqa: F401  it adds to TRAPS
import pytest
from checked import found
from planted_traps import TRAPS

from modellab_core.checks.finding import Finding, Remedy
from modellab_core.checks.run import preflight
from modellab_core.data.reading import Asked, read

HELD = {"train_test_shift", "unseen_categories", "time_order"}  # another split may show what it changes


def applied(remedies: list[Remedy]) -> tuple[Asked, dict[str, Any]]:
    """How the file is to be read, and what the checks are to be asked, with the remedies."""
    reading, asked = Asked(), {"drop": ()}
    for one in remedies:
        if one.kind == "missing":
            reading = replace(reading, missing=(*(reading.missing or ()), one.value or ""))
        elif one.kind == "type":
            reading = replace(reading, types={**reading.types, **dict.fromkeys(one.columns, one.value)})
        elif one.kind == "drop":
            asked["drop"] = (*asked["drop"], *one.columns)
        elif one.kind in ("group", "time"):
            asked["split"] = f"{one.kind}:{one.columns[0]}"
        elif one.kind == "weight":
            asked["weight"] = one.columns[0]
    return reading, asked


def helped(findings: list[Finding]) -> list[Finding]:
    """The findings with a way out that changes what is looked at."""
    return [one for one in findings if one.found and one.remedy and one.remedy.kind != "metric"]


def check_file(path: Path, target: str, reading: Asked, asked: dict[str, Any]) -> list[Finding]:
    """The findings of a file."""
    return preflight(read(path, reading, scratch=path.parent / "scratch"), target, **asked)


def try_ways_out(folder: Path, name: str) -> None:
    """What is planted is found in the file, and is gone with all ways out taken."""
    made = TRAPS[name]()
    path = folder / "table.csv"
    made.frame.to_csv(path, index=False)
    before = check_file(path, made.target, Asked(), {})
    planted = {(code, column) for code, column in made.found if name != "titanic" or code != "id_like"}
    assert planted <= found(before), planted - found(before)
    reading, asked = applied([one.remedy for one in helped(before) if one.remedy])
    after = found(check_file(path, made.target, reading, asked))
    left = {(one.code, column) for one in helped(before) for column in one.columns} & after
    assert not {(code, column) for code, column in left if code not in HELD}, left


@pytest.mark.parametrize("name", ["adult", "glucose", "loans"])
def test_ways_out_do_away_with_findings(tmp_path: Path, name: str) -> None:
    """With every way out taken, in reading and in training, what it was for is found no more."""
    try_ways_out(tmp_path, name)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in TRAPS if name not in ("adult", "glucose", "loans")])
def test_ways_out_do_away_with_findings_of_all_tables(tmp_path: Path, name: str) -> None:
    """The same for every table with traps."""
    try_ways_out(tmp_path, name)
