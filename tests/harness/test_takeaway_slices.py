"""The sentence about weak slices says what was confirmed, or which gap would have been seen."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from modellab_core.harness.canonical import resolve
from modellab_core.harness.report import Report, evaluate
from modellab_core.harness.scores import Plan


def report(weak: bool, n: int = 1200, **plan: Any) -> Report:
    """A report on classes of which one in twenty is wrong, and where `age` is missing nearly half."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"age": rng.normal(40, 10, n), "job": rng.choice(list("abc"), n)})
    X.loc[rng.random(n) < 0.1, "age"] = np.nan
    truth = rng.integers(0, 2, n)
    chance = np.where(X["age"].isna(), 0.45, 0.05) if weak else 0.1
    said = np.where(rng.random(n) < chance, 1 - truth, truth)
    return evaluate(truth, said, X=X, plan=Plan(resamples=40, stresses=(), **plan))


def test_the_weakest_confirmed_slice_is_told_with_its_numbers() -> None:
    """Name, rows, error rate and its gap with both ends stand in the sentence, and each at a place in the summary."""
    found = report(weak=True)
    sentence = found.sentences[2]
    first = found.discovery["found"][0]
    assert sentence.startswith("The weakest slice that other rows confirmed is 'age: missing': on ")
    assert f"on {first['n']} rows its error rate is 0." in sentence
    places = found.takeaway[2]["numbers"]
    values = [resolve(found.to_json(), place) for place in places]
    assert {first[key] for key in ("n", "loss", "difference", "low", "high")} <= set(values)


def test_without_a_finding_the_visible_gap_is_told() -> None:
    """Where nothing was confirmed the sentence says how many were searched and which gap would have been visible."""
    found = report(weak=False)
    sentence = found.sentences[2]
    told = found.discovery
    assert sentence.startswith(f"No weak slice was confirmed among {told['searched']} searched: a gap of 0.")
    assert sentence.endswith(f"would have been visible in a slice of {told['visible_n']} rows.")


@pytest.mark.parametrize(
    ("plan", "why"), [({"discovery": False}, "made, so"), ({"slicers": ()}, "the plan does not cut by features")]
)
def test_no_search_is_no_finding(plan: dict[str, Any], why: str) -> None:
    """Where none was made, the sentence says so, with the reason where there is one."""
    sentence = report(weak=False, **plan).sentences[2]
    assert sentence.startswith("No search for weak slices was made")
    assert why in sentence
    assert sentence.endswith("so none is confirmed or ruled out.")


def test_a_report_with_findings_comes_back_from_its_file(tmp_path: Any) -> None:
    """What was found is in eval_summary.json and slices.json, and is read back as it was."""
    found = report(weak=True, queries=("age is missing and job == 'a'",))
    read = Report.load(found.save(tmp_path / "r", pngs=False))
    assert read == found
    assert read.plan.queries == ("age is missing and job == 'a'",)
    lines = [line for line in read.slice_lines() if line["confirmed"]]
    assert lines
    assert all(line["q_value"] <= 0.1 for line in lines)
    assert any(
        line["slicer"] == "query" and line["query"] == "age is missing and job == 'a'" for line in read.slice_lines()
    )
