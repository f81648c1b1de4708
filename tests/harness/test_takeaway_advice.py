"""The fifth sentence: what it says of each outcome, with numbers that can be looked up."""

from __future__ import annotations

from typing import Any

import pytest
from harness.test_takeaway import NUMBER, stands_in

from modellab_core.harness.canonical import resolve
from modellab_core.harness.takeaway.advice import next_step
from modellab_core.harness.takeaway.citing import Citing


def tried(code: str, verdict: str, difference: float | None = 0.012, **more: Any) -> dict[str, Any]:
    """One piece of advice as a report holds it."""
    half = 0.006 if verdict in ("helps", "harms", "flatters") else 0.02
    ends = {"low": None, "high": None} if difference is None else {"low": difference - half, "high": difference + half}
    detail = {
        "drop_columns": {"columns": ["age 5", "b", "c", "d"], "count": 4, "of": 31},
        "drop_repeated_rows": {"count": 1177, "of": 5200},
        "split_by_time": {"column": "when 2", "fitted_on": 800},
    }[code]
    after = None if difference is None else 0.8123 + difference
    return {"code": code, "verdict": verdict, "metric": "roc_auc", "before": 0.8123, "after": after, "n": 4321} | {
        "difference": difference,
        "at_most": -ends["low"] if verdict == "harmless" and ends["low"] else None,
        "detail": detail,
        **ends,
        **more,
    }


def sentence(tried: list[dict[str, Any]], recommended: int | None, note: str = "") -> str:
    """The sentence, after each of its numbers was found at one of its places."""
    summary = {"advice": {"tried": tried, "recommended": recommended, "note": note}}
    citing = Citing(summary)
    told = next_step(citing, summary, "model")
    assert told.endswith(".")
    assert "None" not in told
    values = [resolve(summary, place) for place in citing.places]
    for number in NUMBER.findall(told):
        assert any(stands_in(number, value) for value in values), (number, told)
    return told


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (tried("drop_columns", "helps"), "drop 4 of 31 columns ('age 5', 'b', 'c', …) together, which helps"),
        (tried("drop_columns", "helps", detail={"columns": ["b"], "count": 1, "of": 31}), "drop the column 'b', which"),
        (tried("drop_columns", "harmless", -0.001), "so costs at most 0.021."),
        (tried("drop_repeated_rows", "flatters", -0.11), "drop the 1177 repeated training rows"),
        (tried("drop_repeated_rows", "helps"), "drop the 1177 repeated training rows"),
        (tried("split_by_time", "flatters", -0.11), "split by time"),
    ],
)
def test_what_is_worth_following_is_told_with_its_effect(one: dict[str, Any], words: str) -> None:
    """What was tried and did good is told with before, after, the paired difference and its interval."""
    told = sentence([tried("drop_columns", "harms", -0.2), one], 1)
    assert told.startswith("What to do next: ")
    assert words in told
    assert "a difference of" in told or "changes ROC AUC by" in told


def test_what_was_tried_in_vain_is_told() -> None:
    """Without a recommendation everything that was tried is told, undefined values too."""
    told = sentence(
        [
            tried("drop_repeated_rows", "open", 0.0),
            tried("split_by_time", "open", None),
            tried("drop_columns", "harms", -0.15),
        ],
        None,
    )
    assert told.startswith("No advice on what to do next is given; what was tried by fitting again: without repeated")
    assert "fitted forward in time ROC AUC is not defined on 4321 rows" in told
    assert "-0.15" in told


def test_why_nothing_was_tried_is_told() -> None:
    """The reason comes from the note; a report made without advice says so."""
    told = sentence([], None, "None was tried, because 9 training rows are too few to hold some out.")
    assert told.endswith("because none was tried: 9 training rows are too few to hold some out.")
    summary: dict[str, Any] = {"advice": {}}
    assert "made without" in next_step(Citing(summary), summary, "model")
