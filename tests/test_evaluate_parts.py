"""The parts of the Evaluate page about what was chosen, searched and tried, also on a report without them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from drawn_reports import binary_predictions, multiclass_predictions, regression_predictions, report_of
from streamlit.testing.v1 import AppTest

from modellab_core.harness.decisions.point import cheapest, point_at
from modellab_core.harness.summary import Report
from modellab_core.ui.cards import Card, slice_card
from modellab_core.ui.words import moment, number

PARTS = ("thresholds", "conformal", "importance", "advice", "discovery")
REPORTS = {
    "binary": report_of(binary_predictions()),
    "multiclass": report_of(multiclass_predictions()),
    "regression": report_of(regression_predictions()),
}


def shown(parts: str, report: Report) -> AppTest:
    """Some parts of the page, run once by themselves."""

    def script(parts, report):  # type: ignore[no-untyped-def]
        from modellab_core.ui import cards, decide, findings

        for part in parts.split():
            if part == "cards":
                cards.show_cards(cards.cards_of(report, None))
            else:
                getattr(decide if part == "threshold" else findings, part)(report)

    at = AppTest.from_function(script, args=(parts, report), default_timeout=30).run()
    assert not at.exception, [one.value for one in at.exception]
    return at


def words(at: AppTest) -> str:
    """The text of a part, without the marks of Markdown."""
    kinds = (at.subheader, at.markdown, at.caption)
    return " ".join(str(one.value) for kind in kinds for one in kind).replace("\\", "")


def test_the_slider_moves_everything_together() -> None:
    """Precision, recall, alert rate and cost are those of the threshold on the slider and the costs beside it."""
    report = REPORTS["binary"]
    at = shown("threshold", report)
    for cut, fp, fn in ((0.5, 1.0, 1.0), (0.25, 2.0, 10.0)):
        at.number_input(key="cost-fp").set_value(fp)
        at.number_input(key="cost-fn").set_value(fn)
        at.select_slider(key="threshold").set_value(cut)
        at = at.run()
        point = point_at(report.thresholds, cut, fp, fn)
        ends = [*(point.rates[name] for name in ("precision", "recall", "alert_rate")), point.cost]
        told = [number(value, high - low) for value, low, high in ends]  # type: ignore[operator]
        assert [one.value for one in at.metric] == told


def test_a_button_sets_the_slider() -> None:
    """The chosen thresholds and one half are one click away; another run keeps the nearest threshold of its own."""
    at = shown("threshold", REPORTS["binary"])
    chosen = REPORTS["binary"].thresholds["chosen"][0]["threshold"]
    next(one for one in at.button if one.label.startswith("Largest F1")).click()
    assert at.run().select_slider(key="threshold").value == chosen


def test_the_least_cost_is_found_on_development_rows_alone() -> None:
    """With a report that holds development counts the cheapest threshold is theirs; without, none is offered."""
    report = REPORTS["binary"]
    assert cheapest(report.thresholds, 1, 5) is None
    counts = report.thresholds["counts"]
    told = dict(report.thresholds) | {"development": {"on": "valid", "rows": 400, "counts": counts}}
    cost = [fp + 5 * fn for fp, fn in zip(counts["fp"], counts["fn"], strict=True)]
    cut = cheapest(told, 1, 5)
    assert cut is not None
    assert cost[told["thresholds"].index(cut)] == min(cost)
    at = shown("threshold", replace(report, thresholds=told))
    at.number_input(key="cost-fn").set_value(5.0)
    assert [one.label for one in at.run().button if "these costs" in one.label] == [
        f"Least cost at these costs: {cut:.3f}"
    ]


def test_the_confusion_matrix_has_the_order_of_the_classes() -> None:
    """Lines and columns follow the classes, whichever of them is positive."""
    point = point_at(REPORTS["binary"].thresholds, 0.5)
    tp, fp, fn, tn = (point.counts[name] for name in ("tp", "fp", "fn", "tn"))
    assert point.matrix(1) == [[tn, fp], [fn, tp]] == REPORTS["binary"].curves["confusion"]["counts"]
    assert point.matrix(0) == [[tp, fn], [fp, tn]]


def test_every_part_tells_what_the_report_holds() -> None:
    """Every part shows its numbers and its note."""
    text = words(shown("importance weak_slices cards", REPORTS["binary"]))
    for told in (
        *("Advice that was tried", "Drop age", "recommended", "Confirmed weak slices", "120 slices searched"),
        *("Searched out of fold", "age: < 20", "error rate 0.350 there"),
    ):
        assert told in text, told
    assert "marginal" in words(shown("conformal", REPORTS["regression"]))
    assert "Each class against the rest" in words(shown("classes", REPORTS["multiclass"]))


@pytest.mark.parametrize("task", list(REPORTS))
def test_a_report_without_these_parts_is_shown(task: str) -> None:
    """A report stored before the parts were made, or to which they do not apply, opens."""
    told = {key: value for key, value in REPORTS[task].to_json().items() if key not in PARTS}
    shown("cards threshold importance weak_slices conformal classes", Report.from_json(told))


def test_without_a_confirmed_slice_the_card_says_how_small_a_gap_was_visible() -> None:
    """None, the gap that would have been seen, and what was searched."""
    told = {"searched": 90, "kept": 20, "q": 0.1, "loss": "error rate", "found": [], "visible_gap": 0.081, "note": ""}
    card: Card = slice_card(replace(REPORTS["binary"], discovery=told))
    assert card.value == "None"
    assert "A gap of 0.081 in error rate would have been visible" in card.caption
    assert "90 slices searched" in card.caption


def test_lines_of_a_list_are_told_apart_and_stay_as_they_are() -> None:
    """Two runs of one name carry their ids, and the moment of a run reads the same a minute later."""

    def script() -> None:
        import modellab_core.ui.place as place

        place.choose("Run", {"aaaaaaaa": "Linear", "bbbbbbbb": "Linear", "cccccccc": "Dummy"}, "run")

    listed = AppTest.from_function(script).run().selectbox[0]
    assert listed.options == ["Linear · aaaaaa", "Linear · bbbbbb", "Dummy"]
    assert moment(datetime(2021, 11, 3, 23, 30), behind=-60) == "4 Nov 2021, 00:30"
