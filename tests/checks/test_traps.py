"""Tables like the public ones that are known for their traps: each is found, and clean tables are left alone."""

from __future__ import annotations

import json

import numpy as np
import planted_traps_more  # noqa: F401  it adds to TRAPS
import pytest
from checked import broken, checked, found
from clean_tables import clean
from planted_traps import TRAPS, table_of
from sklearn import datasets

from modellab_core.checks.check import CHECKS
from modellab_core.checks.finding import Finding
from modellab_core.checks.run import preflight

MOST_ALARMS = 0.02


@pytest.mark.parametrize("name", TRAPS)
def test_the_traps_of_well_known_tables_are_found(name: str) -> None:
    """Each planted trap is found by its code and its column, and every way out is a change that can be made."""
    made = TRAPS[name]()
    findings = checked(made.frame, made.target)
    assert set(made.found) <= found(findings), set(made.found) - found(findings)
    assert not broken(findings)
    for one in (one for one in findings if one.found):
        assert one.claim, one.code
        assert one.way_out, one.code
        assert one.remedy is None or (one.remedy.options() and one.remedy.label), one.code
        assert set(one.columns) <= set(made.frame.columns)


def alarms(seeds: range, most: int) -> dict[int, list[Finding]]:
    """Seed → what was found in the clean table of that seed, for those with anything."""
    said = {seed: preflight(table_of(frame), target) for seed in seeds for frame, target in [clean(seed, most)]}
    assert not [reason for findings in said.values() for reason in broken(findings)]
    return {seed: told for seed, findings in said.items() if (told := [one for one in findings if one.found])}


def test_clean_tables_are_left_alone() -> None:
    """Of 60 random tables of up to 500 rows with nothing wrong at most one (2 %) has a finding of any severity."""
    told = alarms(range(2000, 2060), 500)
    assert len(told) <= MOST_ALARMS * 60, [(seed, one.claim) for seed, all_ in told.items() for one in all_]


@pytest.mark.slow
def test_many_clean_tables_are_left_alone() -> None:
    """Of 250 random tables with nothing wrong at most 2 % have any finding, and at most 1 % a serious one."""
    told = alarms(range(3000, 3250), 2500)
    serious = [seed for seed, all_ in told.items() if any(one.severity == "serious" for one in all_)]
    assert len(told) <= MOST_ALARMS * 250, [(seed, one.claim) for seed, all_ in told.items() for one in all_]
    assert len(serious) <= 2


@pytest.mark.parametrize("name", ["iris", "wine", "breast_cancer", "diabetes"])
def test_real_tables_without_traps_are_left_alone(name: str) -> None:
    """Tables that scikit-learn ships, measured and without a trap, have no finding."""
    frame = getattr(datasets, f"load_{name}")(as_frame=True).frame.rename(columns=str)
    if name != "diabetes":
        frame["target"] = frame["target"].map(lambda code: f"kind {code}")
    assert not found(checked(frame, "target"))


@pytest.mark.parametrize("name", ["adult", "bikes"])
def test_the_same_table_gives_the_same_findings(name: str) -> None:
    """The same arguments give the same bytes, and findings survive the way through JSON."""
    made = TRAPS[name]()
    first, second = (checked(made.frame, made.target) for _ in range(2))
    told = json.dumps([one.to_json() for one in first], allow_nan=False)
    assert told == json.dumps([one.to_json() for one in second])
    assert [Finding.from_json(one) for one in json.loads(told)] == first


def test_every_check_speaks_once_or_more() -> None:
    """Every check of the registry says something of a table, and found ones come first, the serious at the top."""
    made = TRAPS["loans"]()
    findings = checked(made.frame, made.target)
    assert {one.code for one in findings} == set(CHECKS)
    order = [("found", "clear", "not_applicable").index(one.outcome) for one in findings]
    assert order == sorted(order)
    severities = [("serious", "warning", "note").index(one.severity) for one in findings if one.found]
    assert severities == sorted(severities)


def test_rows_in_another_order_have_the_same_traps() -> None:
    """What does not depend on the order of rows is found in any order."""
    made = TRAPS["adult"]()
    turned = made.frame.sample(frac=1, random_state=np.random.RandomState(3), ignore_index=True)
    assert set(made.found) <= found(checked(turned, made.target))
