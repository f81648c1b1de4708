"""Train offers to repeat its verdict with cross-validation; Compare says what its verdict was charged for."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from modellab_core.ui import crossing

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


@pytest.mark.slow
def test_the_verdict_is_repeated_with_a_click(told: dict[str, Any]) -> None:
    """The button fits every model again in folds, shows the verdict over the recipes, and is then gone."""
    at = page("train", project=told["project"], batch=told["batch"])
    at = at.button(key="cross").click().run()
    assert not at.exception
    assert not at.error
    assert any(one.value.startswith("As a recipe, use") for one in at.subheader)
    assert any("Nadeau" in one.value for one in at.caption)
    again = at.run()
    assert "cross" not in [one.key for one in again.button]
    assert any(one.value.startswith("As a recipe, use") for one in again.subheader)


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
