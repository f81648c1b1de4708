"""Train offers to repeat its verdict with cross-validation; Compare says what its verdict was charged for."""

from __future__ import annotations

import json
import shutil
import threading
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from modellab_core.lab import Lab
from modellab_core.ui import background, crossing

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def told(trained: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What `modellab train --json` said of the finished batch in a workspace of the test's own."""
    shutil.copytree(trained[0], tmp_path / "workspace")
    monkeypatch.setenv("MODELLAB_HOME", str(tmp_path / "workspace"))
    monkeypatch.setattr(crossing, "REPEATS", 1)
    monkeypatch.setattr(crossing, "FOLDS", 2)
    answer: dict[str, Any] = json.loads(trained[1])
    return answer


def page(name: str, **address: str) -> AppTest:
    """A page at an address."""
    at = AppTest.from_file(str(ROOT / f"pages/{name}.py"), default_timeout=120)
    for key, value in address.items():
        at.query_params[key] = value
    return at.run()


def under_way(told: dict[str, Any]) -> background.Work:
    """The cross-validation of the batch, as the server knows it."""
    work = background.find(("crossed", told["batch"]))
    assert work is not None
    return work


@pytest.mark.slow
def test_the_verdict_is_repeated_beside_the_page(told: dict[str, Any]) -> None:
    """The button fits every model again in folds; any tab sees it under way, and a restarted server its answer."""
    at = page("train", project=told["project"], batch=told["batch"])
    at = at.button(key="cross").click().run()
    assert not at.exception
    assert under_way(told).ended.wait(120)
    background.forget(("crossed", told["batch"]))
    other = page("train", project=told["project"], batch=told["batch"])
    assert not other.error
    assert "cross" not in [one.key for one in other.button]
    assert any(one.value.startswith("As a recipe, use") for one in other.subheader)
    assert any("Nadeau" in one.value for one in other.caption)


def test_it_can_be_cancelled_from_any_tab(told: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Another tab shows how far it is and how long it takes; Cancel ends it before the next fit and keeps nothing."""
    step, at_work = threading.Event(), threading.Event()

    def fitted(_lab: Lab, _batch: Any, _repeats: int, _folds: int, told: background.Told) -> None:
        for done in range(6):
            told(done, 6)
            if done == 3:
                at_work.set()
                step.wait(60)

    monkeypatch.setattr(Lab, "cross_compare", fitted)
    page("train", project=told["project"], batch=told["batch"]).button(key="cross").click().run()
    assert at_work.wait(60)
    other = page("train", project=told["project"], batch=told["batch"])
    assert any(one.proto.text.startswith("Fit 4 of 6 · about") for one in other.get("progress"))
    other = other.button(key="stop-cross").click().run()
    step.set()
    assert under_way(told).ended.wait(60)
    other = other.run()
    assert any(one.value.startswith("Cancelled after 4 of 6 steps") for one in other.markdown)
    assert "cross" in [one.key for one in other.button]
    background.forget(("crossed", told["batch"]))


def test_large_tables_are_not_offered_it(told: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Above the number of rows where one split says little, nothing is offered."""
    monkeypatch.setattr(crossing, "MOST_ROWS", 100)
    at = page("train", project=told["project"], batch=told["batch"])
    assert "cross" not in [one.key for one in at.button]


def test_compare_says_what_was_charged(told: dict[str, Any]) -> None:
    """Compare tells over how many stored models the claims hold, and what they do not cover."""
    at = page("compare", project=told["project"])
    assert not at.exception
    said = " ".join(one.value for one in at.caption)
    assert "all 3 stored models of this split" in said
    assert "Tuning a model against these test rows is not covered" in said
    at = at.number_input(key="compare-margin").set_value(0.9).run()
    assert not at.exception
    assert any("Equivalent within 0.900" in one.value for one in at.caption)
