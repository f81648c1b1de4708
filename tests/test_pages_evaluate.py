"""The tabs of Evaluate that answer questions: slices, stress tests and errors, without a browser."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from app_pages import at_page, tables, whole, words
from drawn_reports import binary_predictions, report_of
from streamlit.testing.v1 import AppTest

from modellab_core.harness.failures.around import Known, right_rows
from modellab_core.lab import Lab
from modellab_core.ui.takeaway import evidence, linked

QUERY = "petal_length > 2.5 and petal_width < 1.7"


def at_tab(finished: dict[str, Any], tab: str, **address: str) -> AppTest:
    """A tab of the recommended run."""
    return at_page("evaluate", "alone", project=finished["project"], run=finished["recommended"], tab=tab, **address)


def test_a_query_is_opened_kept_and_forgotten(finished: dict[str, Any], tmp_path: Path) -> None:
    """The address opens a query; kept under a name it is a slice of the project, seen in the list of every run."""
    at = whole(at_tab(finished, "Slices", query=QUERY))
    assert "The rows asked for" in words(at)
    beside = next(one for one in tables(at) if "inside" in one)
    assert len(beside) >= 3
    at.text_input(key=f"slice-name-{QUERY}").set_value("Middling")
    at = whole(at.button(key="slice-keep").click().run())
    lab = Lab.open(tmp_path / "workspace")
    assert [(one.name, one.query) for one in lab.named_slices(finished["project"])] == [("Middling", QUERY)]
    other = next(one["id"] for one in finished["runs"] if one["id"] != finished["recommended"])
    at = whole(at_page("evaluate", "alone", project=finished["project"], run=other, tab="Slices"))
    listed = next(one for one in tables(at) if "kind" in one)
    assert listed.loc[listed["slice"] == "Middling", "kind"].tolist() == [["named"]]


def test_a_query_that_cannot_be_read_is_said_under_the_box(finished: dict[str, Any]) -> None:
    """The sentence names the place and the way out, and the rest of the page stands."""
    at = at_tab(finished, "Slices", query="petal_length >> 2")
    assert not at.exception
    assert len(at.error) == 1
    assert "at character" in at.error[0].value
    at = at_tab(finished, "Slices", query="petals > 2")
    assert "petals" in at.error[0].value
    assert len(at.metric) == 4


def test_two_features_are_crossed_into_a_map(finished: dict[str, Any]) -> None:
    """A choice of two features gives a line a cell, and a picture of them."""
    at = whole(at_tab(finished, "Slices"))
    at.selectbox(key="cut").set_value("petal_length")
    at = at.run()
    at.selectbox(key="across").set_value("petal_width")
    at = whole(at.run())
    listed = next(one for one in tables(at) if "kind" in one)
    assert listed["n"].sum() == 30
    assert listed["slice"].str.contains(" and petal_width").all()


def test_a_stress_test_is_chosen_by_the_address_and_the_slider(finished: dict[str, Any]) -> None:
    """The cards show the severity of the slider; what stands in the address is where it begins."""
    at = whole(at_tab(finished, "Stress", stress="Noise", severity="0.25"))
    assert at.selectbox(key="stress").value == "Noise"
    assert at.metric[4].label.endswith("at 0.25")
    at.select_slider(key="severity").set_value("1")
    at = whole(at.run())
    assert at.metric[4].label.endswith("at 1")
    lost = next(one for one in tables(at) if "lost" in one)
    assert len(lost) > 5


def test_errors_are_filtered_and_stepped_through(finished: dict[str, Any], tmp_path: Path) -> None:
    """The card is that of the row in the address; next goes on, a filter leaves what fits."""
    failures = Lab.open(tmp_path / "workspace").report(finished["recommended"]).failures
    at = whole(at_tab(finished, "Errors", row=str(failures[0]["row"])))
    assert f"Row {failures[0]['row']}" in words(at)
    at = whole(at.button(key="error-next").click().run())
    assert f"Row {failures[1]['row']}" in words(at)
    truth = str(failures[0]["y_true"])
    at.multiselect(key="truth").set_value([truth])
    at = whole(at.run())
    left = next(one for one in tables(at) if "evidence" in one)
    assert left["truth"].unique().tolist() == [truth]
    values = next(one for one in tables(at) if "known" in one)
    assert {"Nearest right"} <= set(values.columns)


def test_every_number_of_the_takeaway_is_a_link(finished: dict[str, Any], tmp_path: Path) -> None:
    """Numbers lead to the tab of what the sentence cites, and digits inside of names do not."""
    report = Lab.open(tmp_path / "workspace").report(finished["recommended"])
    tabs = [evidence(report, line["numbers"])[0] for line in report.takeaway]
    assert tabs[0] == "All metrics"
    assert tabs[1] == "compare"
    told = linked("In 'wing 2' it is 0.50 (0.1 to 0.9) on 1,200 rows.", "/x")
    assert told.count("](/x)") == 2
    assert "'wing 2'" in told


def test_the_nearest_rows_are_those_of_a_loop() -> None:
    """Gower's distance by a plain loop gives the same nearest row, and says what is known of a value."""
    rng = np.random.default_rng(3)
    X = pd.DataFrame({"a": rng.normal(size=60), "b": rng.choice(["x", "y", None], 60), "c": rng.integers(0, 9, 60)})
    X.loc[:4, "a"] = np.nan
    truth = rng.integers(0, 2, 60)
    said = np.where(rng.random(60) < 0.8, truth, 1 - truth)
    known = Known(X, np.arange(60), truth.tolist(), said.tolist(), right_rows(truth, said, True), "training row")
    one = pd.DataFrame({"a": [0.3], "b": ["x"], "c": [4]})
    spread = {name: np.subtract(*np.percentile(X[name].dropna(), [99, 1])) for name in ("a", "c")}

    def apart(row: pd.Series) -> float:
        numbers = [1.0 if pd.isna(row[k]) else min(abs(row[k] - one[k][0]) / spread[k], 1.0) for k in ("a", "c")]
        return float(np.mean([*numbers, float(row["b"] != "x")]))

    assert known.distances(one) == pytest.approx([apart(X.iloc[at]) for at in range(60)])
    right = [at for at in range(60) if truth[at] == said[at]]
    assert known.nearest(one, known.right) == min(right, key=lambda at: apart(X.iloc[at]))
    assert known.told("b", "z") == "in no row"
    assert "half below" in known.told("a", 0.3)


def test_a_report_without_stress_tests_says_so() -> None:
    """An old or short report has tabs that say what is missing."""

    def script(report):  # type: ignore[no-untyped-def]
        from modellab_core.ui.stress import stress

        stress(None, None, report)

    bare = report_of(binary_predictions())
    at = AppTest.from_function(script, args=(replace(bare, stress={}),), default_timeout=30).run()
    assert not at.exception
    assert "No stress test was made" in " ".join(one.value for one in at.caption)
